// SPDX-License-Identifier: Apache-2.0
// One table of hostile texts, run through every reader of JSON: none may crash or be taken for
// something harmless, and each refusal names its place.
#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "engine/entities.h"
#include "engine/json.h"
#include "engine/policies.h"

namespace thuja {
namespace {

using Source = std::shared_ptr<const SourceText>;

// The readers, each with the text that it gets around a hostile value.
struct EntryPoint {
  const char* name;
  std::string before;  // what stands around the value, so that the reader comes to it
  std::string behind;
  std::function<bool(Source, Diagnostics&)> read;
};

bool Link(Source source, Diagnostics& diagnostics) {
  const Source policies[] = {std::make_shared<const SourceText>(
      "p", "permit (principal == ?principal, action, resource);")};
  Diagnostics none;
  std::optional<PolicySet> set = ParsePolicySet(policies, PolicyIds::kPosition, none);
  return set && LinkPolicies(std::move(source), *set, diagnostics);
}

const std::vector<EntryPoint>& EntryPoints() {
  static const std::vector<EntryPoint> kPoints = {
      {"json", "[", "]",
       [](Source s, Diagnostics& d) { return ReadJson(std::move(s), d).has_value(); }},
      {"attribute", R"([{"uid":{"type":"U","id":"a"},"attrs":{"x":)", R"(},"parents":[]}])",
       [](Source s, Diagnostics& d) { return ReadEntities(std::move(s), d).has_value(); }},
      {"tag", R"([{"uid":{"type":"U","id":"a"},"attrs":{},"parents":[],"tags":{"x":)", "}}]",
       [](Source s, Diagnostics& d) { return ReadEntities(std::move(s), d).has_value(); }},
      {"ignored member", R"([{"uid":{"type":"U","id":"a"},"attrs":{},"parents":[],"note":)", "}]",
       [](Source s, Diagnostics& d) { return ReadEntities(std::move(s), d).has_value(); }},
      {"request",
       R"({"principal":"U::\"a\"","action":"Action::\"b\"","resource":"R::\"c\"","context":{"x":)",
       "}}", [](Source s, Diagnostics& d) { return ReadRequest(std::move(s), d).has_value(); }},
      {"overlay",
       R"({"principal":"U::\"a\"","action":"Action::\"b\"","resource":"R::\"c\"","entities":[
       {"uid":{"type":"U","id":"a"},"parents":[],"attrs":{"x":)",
       "}}]}", [](Source s, Diagnostics& d) { return ReadRequest(std::move(s), d).has_value(); }},
      {"context", "{\"x\":", "}",
       [](Source s, Diagnostics& d) {
         base::Arena arena;
         return ReadContext(std::move(s), arena, d).has_value();
       }},
      {"link",
       R"([{"templateId":"policy0","newId":"n","values":{"?principal":{"type":"U","id":"a"}},"x":)",
       "}]", [](Source s, Diagnostics& d) { return Link(std::move(s), d); }},
  };
  return kPoints;
}

// Who refuses a value: every reader, because it is no JSON, or those that want a value of Cedar.
enum class Refused { kByAll, kAsValue, kByNone };

struct Row {
  std::string value;
  Refused refused;
};

std::string Repeat(const std::string& part, int count) {
  std::string out;
  for (int i = 0; i < count; ++i) out += part;
  return out;
}

std::vector<Row> Rows() {
  const auto all = Refused::kByAll;
  const auto value = Refused::kAsValue;
  const auto none = Refused::kByNone;
  return {
      // No JSON.
      {"", all},
      {",", all},
      {":", all},
      {"]", all},
      {"}", all},
      {"[", all},
      {"{", all},
      {"1 2", all},
      {"1,", all},
      {"\"a", all},
      {"'a'", all},
      {"a", all},
      {"nul", all},
      {"True", all},
      {"NaN", all},
      {"-Infinity", all},
      {"01", all},
      {"1.", all},
      {".1", all},
      {"+1", all},
      {"-", all},
      {"1e", all},
      {"0x10", all},
      {"1_000", all},
      {"[1,]", all},
      {"[,1]", all},
      {"[1 2]", all},
      {"[1:2]", all},
      {"[\"a\":1]", all},
      {"{\"a\"}", all},
      {"{\"a\":}", all},
      {"{\"a\":1,}", all},
      {"{a:1}", all},
      {"{1:2}", all},
      {"{\"a\" 1}", all},
      {"[1}", all},
      {"{\"a\":1]", all},
      {"\"\\x\"", all},
      {"\"\\u12\"", all},
      {"\"\\\"", all},
      {"\"a\nb\"", all},
      {"\"\x01\"", all},
      {std::string("\"\0\"", 3), all},
      {std::string("1\0", 2), all},
      {"/**/1", all},
      {"1 // c", all},
      {"\xEF\xBB\xBF"
       "1",
       all},
      {"\"\xFF\"", all},
      {"\"\xC0\xAF\"", all},
      {"\"\xED\xA0\x80\"", all},
      {"\"\\ud800\"", all},
      {"\"\\udc00\\ud800\"", all},
      {"{\"\\ud800\":1}", all},
      {"{\"a\":1,\"a\":2}", all},
      {"{\"a\":1,\"\\u0061\":2}", all},
      {"[{\"b\":{\"c\":1,\"c\":1}}]", all},
      {Repeat("[", 200) + Repeat("]", 200), all},
      {Repeat("[", 100'000), all},
      {Repeat("{\"a\":", 100'000), all},
      // JSON that is no value of Cedar.
      {"null", value},
      {"[null]", value},
      {"{\"a\":null}", value},
      {"1.5", value},
      {"1.0", value},
      {"-0", value},
      {"1e3", value},
      {"9223372036854775808", value},
      {"-9223372036854775809", value},
      {Repeat("9", 1000), value},
      {"1e400", value},
      {"{\"__expr\":\"1\"}", value},
      {R"({"__entity":{"type":"","id":"a"}})", value},
      {R"({"__entity":{"type":"A ::B","id":"a"}})", value},
      {R"({"__entity":{"type":"if","id":"a"}})", value},
      {R"({"__entity":{"type":"__cedar::A","id":"a"}})", value},
      {R"({"__entity":{"type":"A::","id":"a"}})", value},
      {R"({"__extn":{"fn":"","arg":"a"}})", value},
      {R"({"__extn":{"fn":"nothing","arg":"a"}})", value},
      {R"({"__extn":{"fn":"contains","args":[[1],1]}})", value},
      {R"({"__extn":{"fn":"ip","arg":"300.0.0.1"}})", value},
      {R"({"__extn":{"fn":"ip","args":[]}})", value},
      {R"({"__extn":{"fn":"ip","args":["1.1.1.1","2.2.2.2"]}})", value},
      {R"({"__extn":{"fn":"ip","arg":{"__extn":{"fn":"ip","arg":"1.1.1.1"}}}})", value},
      {R"({"__extn":{"fn":"decimal","arg":1}})", value},
      {R"({"__extn":{"fn":"offset","args":[{"__extn":{"fn":"datetime","arg":"9999-12-31"}},
          {"__extn":{"fn":"duration","arg":"9223372036854775807ms"}}]}})",
       value},
      // Odd, and what Cedar takes.
      {"[]", none},
      {"{}", none},
      {"\"\"", none},
      {"-9223372036854775808", none},
      {"\"\\u0000\"", none},
      {"\"\\ud83d\\ude00\"", none},
      {"{\"\":1}", none},
      {"{\"__entity\":1}", none},
      {R"({"__entity":"U::\"a\""})", none},
      {R"({"__entity":{"type":"U"}})", none},
      {R"({"__entity":{"type":"U","id":1}})", none},
      {R"({"__extn":{"fn":"ip"}})", none},
      {R"({"__extn":{"fn":1,"arg":"a"}})", none},
      {R"({"__extn":{"fn":"nothing","arg":"a"},"x":1})", none},
      {"{\"__expr\":1}", none},
      {R"({"__extn":{"fn":"isIpv4","arg":{"__extn":{"fn":"ip","arg":"1.1.1.1"}}}})", none},
      {"\"" + Repeat("a", 1'000'000) + "\"", none},
      {"[" + Repeat("1,", 100'000) + "1]", none},
      {Repeat("[", 100) + Repeat("]", 100), none},
  };
}

bool ReadsCedarValues(const EntryPoint& point) {
  const std::string name = point.name;
  return name != "json" && name != "ignored member" && name != "link";
}

TEST(HostileJson, EveryEntryPointRefusesWhatItMustAndNamesThePlace) {
  const std::vector<Row> rows = Rows();
  EXPECT_GE(rows.size(), 60u);
  for (const EntryPoint& point : EntryPoints()) {
    for (const Row& row : rows) {
      // An array without elements is one, too.
      if (std::string(point.name) == "json" && row.value.empty()) continue;
      Diagnostics diagnostics;
      const bool accepted = point.read(
          std::make_shared<const SourceText>("t.json", point.before + row.value + point.behind),
          diagnostics);
      const bool refused = row.refused == Refused::kByAll ||
                           (row.refused == Refused::kAsValue && ReadsCedarValues(point));
      const std::string what = std::string(point.name) + ": " + row.value.substr(0, 80);
      EXPECT_EQ(accepted, !refused) << what << "\n" << Render(diagnostics);
      EXPECT_EQ(diagnostics.empty(), accepted) << what;
      if (!accepted) {
        EXPECT_TRUE(Render(diagnostics).starts_with("t.json:")) << what << Render(diagnostics);
      }
      if (row.refused == Refused::kAsValue && refused) {
        EXPECT_NE(Render(diagnostics).find(".x"), std::string::npos) << what << Render(diagnostics);
      }
    }
  }
}

TEST(HostileJson, ATextCutAnywhereIsRefusedByEveryEntryPoint) {
  for (const EntryPoint& point : EntryPoints()) {
    const std::string whole = point.before + R"({"a":["é\n",-1,true]})" + point.behind;
    for (size_t length = 0; length < whole.size(); ++length) {
      Diagnostics diagnostics;
      EXPECT_FALSE(point.read(std::make_shared<const SourceText>("t.json", whole.substr(0, length)),
                              diagnostics))
          << point.name << " " << length;
      EXPECT_FALSE(diagnostics.empty());
    }
  }
}

}  // namespace
}  // namespace thuja
