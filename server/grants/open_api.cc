// SPDX-License-Identifier: Apache-2.0
// The description of the endpoints as OpenAPI 3.1, written from their rows.
//
// Tested by tests/grants_api/open_api_test.cc.
#include <map>
#include <string>
#include <vector>

#include "engine/json.h"
#include "server/grants/api_routes.h"

namespace thuja::server {
namespace {

// Members of an object, with commas between them.
class Members {
 public:
  explicit Members(std::string* out) : out_(out) {}

  void Add(std::string_view name, std::string_view json) {
    if (!first_) *out_ += ',';
    first_ = false;
    *out_ += QuoteJson(name) + ":";
    *out_ += json;
  }

 private:
  std::string* const out_;
  bool first_ = true;
};

std::string Object(const std::vector<std::pair<std::string_view, std::string>>& members) {
  std::string out = "{";
  Members writer(&out);
  for (const auto& [name, json] : members) writer.Add(name, json);
  return out + "}";
}

std::string Content(std::string_view type, std::string_view schema) {
  return Object({{type, Object({{"schema", Object({{"$ref", QuoteJson("#/components/schemas/" +
                                                                      std::string(schema))}})}})}});
}

std::string Parameter(std::string_view in, std::string_view name, std::string_view schema,
                      std::string_view summary) {
  return Object({{"name", QuoteJson(name)},
                 {"in", QuoteJson(in)},
                 {"required", in == "path" ? "true" : "false"},
                 {"description", QuoteJson(summary)},
                 {"schema", std::string(schema)}});
}

std::string Parameters(const ApiRoute& route) {
  std::string out;
  const auto add = [&](const std::string& parameter) {
    out += (out.empty() ? "" : ",") + parameter;
  };
  if (route.path.find("{id}") != route.path.npos) {
    add(Parameter("path", "id", R"({"$ref":"#/components/schemas/Id"})", "of the grant"));
  }
  for (const ApiParameter& parameter : route.parameters) {
    add(Parameter("query", parameter.name, parameter.schema, parameter.summary));
  }
  if (route.changes()) {
    add(Parameter("header", "Idempotency-Key", R"({"type":"string","minLength":1,"maxLength":128})",
                  "of the request: repeated with it, it changes nothing and is answered the same"));
  }
  return "[" + out + "]";
}

std::string Answers(const ApiRoute& route) {
  std::string out = "{";
  Members answers(&out);
  answers.Add(std::to_string(route.status),
              Object({{"description", QuoteJson(route.summary)},
                      {"content", Content(route.answer_type, route.answer_schema)}}));
  answers.Add("default", Object({{"description", QuoteJson("refused")},
                                 {"content", Content("application/json", "Refusal")}}));
  return out + "}";
}

std::string Operation(const ApiRoute& route) {
  std::string out = "{";
  Members operation(&out);
  operation.Add("summary", QuoteJson(route.summary));
  operation.Add("parameters", Parameters(route));
  if (route.body != ApiBody::kNone) {
    operation.Add("requestBody",
                  Object({{"required", route.body == ApiBody::kRequired ? "true" : "false"},
                          {"content", Content("application/json", route.body_schema)}}));
  }
  operation.Add("responses", Answers(route));
  if (route.role) {
    operation.Add("security", R"([{"bearer":[]}])");
    operation.Add("x-role", QuoteJson(AdminRoleName(*route.role)));
  } else {
    operation.Add("security", "[]");
  }
  return out + "}";
}

std::string Lower(std::string_view method) { return method == "GET" ? "get" : "post"; }

std::string Paths() {
  // All methods of a path stand under it.
  std::map<std::string_view, std::string> paths;
  for (const ApiRoute& route : ApiRoutes()) {
    std::string& methods = paths[route.path];
    methods +=
        (methods.empty() ? "" : ",") + QuoteJson(Lower(route.method)) + ":" + Operation(route);
  }
  std::string out = "{";
  Members members(&out);
  for (const auto& [path, methods] : paths) members.Add(path, "{" + methods + "}");
  return out + "}";
}

std::string Schemas() {
  std::string out = "{";
  Members members(&out);
  for (const ApiSchema& schema : ApiSchemas()) members.Add(schema.name, schema.json);
  return out + "}";
}

}  // namespace

std::string WriteOpenApi() {
  return Object({{"openapi", QuoteJson("3.1.0")},
                 {"info", Object({{"title", QuoteJson("Grants of a Thuja decision point")},
                                  {"version", QuoteJson("1")},
                                  {"license", Object({{"name", QuoteJson("Apache-2.0")}})}})},
                 {"paths", Paths()},
                 {"components",
                  Object({{"schemas", Schemas()},
                          {"securitySchemes",
                           Object({{"bearer", Object({{"type", QuoteJson("http")},
                                                      {"scheme", QuoteJson("bearer")}})}})}})}});
}

}  // namespace thuja::server
