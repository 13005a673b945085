// SPDX-License-Identifier: Apache-2.0
// The OpenAPI document, held against the routes, the reference and what is really answered.
#include <gtest/gtest.h>

#include <fstream>
#include <functional>
#include <map>
#include <regex>
#include <set>
#include <string>
#include <vector>

#include "server/grants/api_routes.h"
#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

JsonDocument Parse(const std::string& text) {
  Diagnostics diagnostics;
  auto document = ReadJson(std::make_shared<const SourceText>("openapi", text), diagnostics);
  EXPECT_TRUE(document.has_value()) << Render(diagnostics);
  return document ? *std::move(document) : JsonDocument();
}

class OpenApi : public ::testing::Test {
 protected:
  OpenApi() : text(world.Ask("GET", "/openapi.json", "", "").body), document(Parse(text)) {}

  const Json& At(std::initializer_list<std::string_view> path) const {
    const Json* at = &document.root();
    for (const std::string_view key : path) {
      at = at->Find(key);
      if (at == nullptr) {
        ADD_FAILURE() << "there is no " << key;
        static const Json kNull;
        return kNull;
      }
    }
    return *at;
  }

  // Every `$ref` below.
  static void ForEachReference(const Json& json, const std::function<void(std::string)>& visit) {
    for (const Json& element : json.elements) ForEachReference(element, visit);
    for (const JsonMember& member : json.members) {
      if (member.key == "$ref") visit(std::string(member.value.text));
      ForEachReference(member.value, visit);
    }
  }

  GrantApiWorld world;
  std::string text;
  JsonDocument document;
};

TEST_F(OpenApi, IsForEverybodyAndOfTheVersionThatItSays) {
  EXPECT_EQ(At({"openapi"}).text, "3.1.0");
  EXPECT_EQ(At({"info", "title"}).text, "Grants of a Thuja decision point");
  EXPECT_EQ(world.Get("/openapi.json").status, 200);
  EXPECT_EQ(text, server::WriteOpenApi());
}

TEST_F(OpenApi, DescribesEachRouteAndNoOther) {
  std::set<std::string> routes;
  std::set<std::string> described;
  for (const server::ApiRoute& route : server::ApiRoutes()) {
    routes.insert((route.method == "GET" ? "get " : "post ") + std::string(route.path));
  }
  for (const JsonMember& path : At({"paths"}).members) {
    for (const JsonMember& method : path.value.members) {
      described.insert(std::string(method.key) + " " + std::string(path.key));
    }
  }
  EXPECT_EQ(described, routes);
  // And the listener has what is described: nothing is answered with 404 or 405.
  for (const server::ApiRoute& route : server::ApiRoutes()) {
    std::string path(route.path);
    if (const size_t at = path.find("{id}"); at != path.npos) path.replace(at, 4, "x");
    const int status = world.Ask(std::string(route.method), path, "", "").status;
    EXPECT_EQ(status, route.role ? 401 : 200) << path;
  }
}

TEST_F(OpenApi, SaysWhoMay) {
  for (const server::ApiRoute& route : server::ApiRoutes()) {
    const Json& operation = *At({"paths", route.path}).Find(route.method == "GET" ? "get" : "post");
    const Json* const role = operation.Find("x-role");
    EXPECT_EQ(role != nullptr, route.role.has_value()) << route.path;
    if (role != nullptr) {
      EXPECT_EQ(role->text, AdminRoleName(*route.role));
    }
    EXPECT_EQ(operation.Find("security")->elements.empty(), !route.role) << route.path;
    EXPECT_NE(operation.Find("summary")->text, "");
    const bool keyed = WriteJson(operation).find("Idempotency-Key") != std::string::npos;
    EXPECT_EQ(keyed, route.method == "POST") << route.path;
    EXPECT_EQ(operation.Find("requestBody") != nullptr, route.method == "POST") << route.path;
  }
}

// Methods, paths and roles of the table in docs/grants.md.
TEST_F(OpenApi, IsTheTableOfTheReference) {
  std::ifstream file(THUJA_SOURCE_DIR "/docs/grants.md");
  static const std::regex kRow(R"(\| `(GET|POST) (/[^`]*)` \| (\w+) \|.*)");
  std::map<std::string, std::string> documented;
  for (std::string line; std::getline(file, line);) {
    std::smatch row;
    if (std::regex_match(line, row, kRow)) documented[row[1].str() + " " + row[2].str()] = row[3];
  }
  std::map<std::string, std::string> routes;
  for (const server::ApiRoute& route : server::ApiRoutes()) {
    routes[std::string(route.method) + " " + std::string(route.path)] =
        route.role ? std::string(AdminRoleName(*route.role)) : "none";
  }
  EXPECT_EQ(documented, routes);
}

TEST_F(OpenApi, ReferencesLeadSomewhereAndEachSchemaIsUsed) {
  std::set<std::string> referred;
  ForEachReference(document.root(), [&](const std::string& reference) {
    const std::string prefix = "#/components/schemas/";
    ASSERT_TRUE(reference.starts_with(prefix)) << reference;
    referred.insert(reference.substr(prefix.size()));
  });
  std::set<std::string> there;
  for (const JsonMember& schema : At({"components", "schemas"}).members) {
    there.insert(std::string(schema.key));
  }
  EXPECT_EQ(referred, there);
}

// ---- What is answered fits what is described.

// Whether a value fits a schema, for the words that the document uses.
class Fitting {
 public:
  explicit Fitting(const Json& schemas) : schemas_(schemas) {}

  bool Fits(const Json& value, const Json& schema) const {
    for (const JsonMember& word : schema.members) {
      if (!FitsWord(value, word, schema)) return false;
    }
    return true;
  }

 private:
  bool FitsWord(const Json& value, const JsonMember& word, const Json& schema) const {
    const Json& rule = word.value;
    if (word.key == "$ref") return Fits(value, *schemas_.Find(rule.text.substr(21)));
    if (word.key == "type") return TypeOf(value, rule.text);
    if (word.key == "const") return WriteJson(value) == WriteJson(rule);
    if (word.key == "enum") {
      return std::ranges::any_of(
          rule.elements, [&](const Json& one) { return WriteJson(one) == WriteJson(value); });
    }
    if (word.key == "oneOf") {
      return std::ranges::count_if(rule.elements,
                                   [&](const Json& one) { return Fits(value, one); }) == 1;
    }
    if (word.key == "required") {
      return std::ranges::all_of(rule.elements,
                                 [&](const Json& key) { return value.Find(key.text) != nullptr; });
    }
    if (word.key == "items") {
      return std::ranges::all_of(value.elements,
                                 [&](const Json& element) { return Fits(element, rule); });
    }
    if (word.key == "pattern") {
      return std::regex_match(std::string(value.text), std::regex(std::string(rule.text)));
    }
    if (word.key == "properties") return FitsProperties(value, rule);
    if (word.key == "additionalProperties") return FitsOthers(value, rule, schema);
    return true;
  }

  bool FitsProperties(const Json& value, const Json& properties) const {
    return std::ranges::all_of(value.members, [&](const JsonMember& member) {
      const Json* const schema = properties.Find(member.key);
      return schema == nullptr || Fits(member.value, *schema);
    });
  }

  bool FitsOthers(const Json& value, const Json& rule, const Json& schema) const {
    const Json* const properties = schema.Find("properties");
    return std::ranges::all_of(value.members, [&](const JsonMember& member) {
      if (properties != nullptr && properties->Find(member.key) != nullptr) return true;
      return rule.IsObject() && Fits(member.value, rule);
    });
  }

  static bool TypeOf(const Json& value, std::string_view type) {
    switch (value.kind) {
      case Json::Kind::kNull: return type == "null";
      case Json::Kind::kBool: return type == "boolean";
      case Json::Kind::kInteger: return type == "integer" || type == "number";
      case Json::Kind::kOtherNumber: return type == "number";
      case Json::Kind::kString: return type == "string";
      case Json::Kind::kArray: return type == "array";
      case Json::Kind::kObject: return type == "object";
    }
    return false;
  }

  const Json& schemas_;
};

class OpenApiAnswers : public OpenApi {
 protected:
  void Check(std::string_view schema, const std::string& json) {
    const Json& schemas = At({"components", "schemas"});
    ASSERT_NE(schemas.Find(schema), nullptr) << schema;
    const JsonDocument answer = Parse(json);
    EXPECT_TRUE(Fitting(schemas).Fits(answer.root(), *schemas.Find(schema)))
        << schema << " is not " << json;
  }
};

constexpr std::string_view kEverything = R"({
  "holder": {"type": "Thuja::Agent", "id": "a"}, "class": "coder", "task": "T", "tenant": "acme",
  "workflow": "w", "step": "s", "environment": "staging", "deployment": "d",
  "tools": ["git/read",
    {"tool": "git/push", "arguments": {"branch": {"regex": "a"}, "force": {"exact": false},
      "n": {"range": {"min": 1, "max": {"decimal": "9.99"}}}}},
    {"tool": "git/x", "arguments": {"n": {"range": {"min": 1}}, "o": {"one_of": ["a", 5]},
      "p": {"path": "/a"}, "h": {"host": ["a.test"]}, "c": {"cidr": ["10.0.0.0/8"]}, "x": "any"}},
    {"tool_regex": "ci/[a-z]+", "open": true, "arguments": {}}],
  "resources": ["repos/**", {"regex": "a+"}], "ttl": 600, "heartbeat": 60, "calls": 100,
  "not_before": "2026-03-02T09:00:00Z", "pending": false, "credential": true})";

TEST_F(OpenApiAnswers, TheyFitTheirSchemas) {
  // A range of an integer and a decimal is none; everything else stays.
  std::string request(kEverything);
  request.replace(request.find(R"({"decimal": "9.99"})"), 19, "9");
  Check("GrantRequest", request);
  const ApiAnswer issued = world.Post("/v1/grants", request);
  ASSERT_EQ(issued.status, 201) << issued.body;
  Check("IssuedGrant", issued.body);
  const std::string id = issued.At("grant.id");
  const ApiAnswer child = world.Post(
      "/v1/grants/" + id + "/delegate",
      R"({"holder": {"type": "Thuja::Agent", "id": "b"}, "class": "coder", "calls": 1})");
  ASSERT_EQ(child.status, 201) << child.body;
  Check("IssuedGrant", child.body);
  Check("ChangedGrant", world.Post("/v1/grants/" + id + "/heartbeat").body);
  Check("ChangedGrant", world.Get("/v1/grants/" + id).body);
  Check("WhatCan", world.Get("/v1/grants/" + world.Issue() + "/whatcan").body);
  Check("ChangedGrant", world.Post("/v1/grants/" + id + "/fail", R"({"reason": "gave up"})").body);
  Check("GrantList", world.Get("/v1/grants?limit=2").body);
  Check("GrantList", world.Get("/v1/grants").body);
  Check("Revoked", world.Post("/v1/revoke", R"({"everything": true})").body);
  Check("Refusal", world.Get("/v1/grants/x").body);
  Check("Refusal", world.Get("/v1/grants", "").body);
  Check("OpenApi", text);
  ChangeReader reader(world, "/v1/changes");
  for (uint64_t i = 0; i < world.store().revision(); ++i) {
    const auto event = reader.Next();
    ASSERT_TRUE(event.has_value());
    Check("Change", event->data.body);
  }
}

TEST_F(OpenApiAnswers, TheCheckCanFail) {
  const Json& schemas = At({"components", "schemas"});
  const Fitting fitting(schemas);
  for (const auto& [schema, json] :
       {std::pair("Refusal", R"({"error": "x"})"), std::pair("Refusal", R"([])"),
        std::pair("Refusal", R"({"error": "x", "message": 5})"),
        std::pair("Refusal", R"({"error": "x", "message": "y", "more": 1})"),
        std::pair("Id", R"(["x"])"), std::pair("Reason", R"({"reason": null})"),
        std::pair("Number", R"({"decimal": 5})"), std::pair("Tool", R"({"tool": 5})"),
        std::pair("Constraint", R"({"regex": 5})")}) {
    const JsonDocument document_of = Parse(json);
    EXPECT_FALSE(fitting.Fits(document_of.root(), *schemas.Find(schema))) << schema << json;
  }
}

}  // namespace
}  // namespace thuja::testing
