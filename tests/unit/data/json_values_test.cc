// SPDX-License-Identifier: Apache-2.0
// Cedar's values out of JSON, with their escapes.
#include "engine/data/json_values.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "engine/diagnostics.h"

namespace thuja::data {
namespace {

// The value as Cedar's text, or the code of what is wrong.
std::string Read(const std::string& text, Escapes escapes = Escapes::kHonour) {
  Diagnostics diagnostics;
  const auto document =
      value::ReadJson(std::make_shared<const SourceText>("t", "[" + text + "]"), diagnostics);
  if (!document) return "no json";
  base::Arena arena;
  const auto value = ValueReader(*document, arena, diagnostics, escapes)
                         .ReadValue(document->root().elements[0], Place("v"));
  return value ? Print(*value) : std::string(DiagnosticCode(diagnostics.kept().front().kind));
}

// A batch may have many items that fail, and its text may be long.
TEST(ValueReader, ReadersOfOneTextShareTheSourceThatAProblemMakesOfIt) {
  value::JsonDocument document;
  Diagnostics diagnostics;
  ASSERT_TRUE(document.Read(LentText("t", "[null, null]"), diagnostics));
  base::Arena arena;
  for (const value::Json& element : document.root().elements) {
    EXPECT_FALSE(ValueReader(document, arena, diagnostics).ReadValue(element, Place("t")));
  }
  ASSERT_EQ(diagnostics.kept().size(), 2u);
  EXPECT_EQ(diagnostics.kept()[0].source, diagnostics.kept()[1].source);
}

TEST(ReadValue, GivesEveryTypeOfCedar) {
  const std::pair<const char*, const char*> kRows[] = {
      {"true", "true"},
      {"-5", "-5"},
      {"\"a\\u00e9\"", "\"aé\""},
      {"[2, 1, 2]", "[1, 2]"},
      {R"({"b": 1, "a": {"c": []}})", "{a: {c: []}, b: 1}"},
      {R"({"__entity": {"type": "N::U", "id": "x"}})", "N::U::\"x\""},
      {R"({"__entity": {"type": "U", "id": "x", "more": 1}})", "U::\"x\""},
      {R"({"__extn": {"fn": "ip", "arg": "10.0.0.1"}})", "ip(\"10.0.0.1/32\")"},
      {R"({"__extn": {"fn": "ip", "args": ["10.0.0.1"]}})", "ip(\"10.0.0.1/32\")"},
      {R"({"__extn": {"fn": "decimal", "arg": "-0.5"}})", "decimal(\"-0.5000\")"},
      {R"({"__extn": {"fn": "duration", "arg": "1m"}})", "duration(\"60000ms\")"},
      {R"({"__extn": {"fn": "toDays", "arg": {"__extn": {"fn": "duration", "arg": "2d"}}}})", "2"},
      {R"({"__extn": {"fn": "isInRange", "args": [{"__extn": {"fn": "ip", "arg": "10.0.0.1"}},
          {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}}]}})",
       "true"},
  };
  for (const auto& [json, cedar] : kRows) EXPECT_EQ(Read(json), cedar) << json;
}

TEST(ReadValue, TakesMalformedEscapesForRecords) {
  const std::pair<const char*, const char*> kRows[] = {
      {R"({"__entity": "x"})", "{__entity: \"x\"}"},
      {R"({"__entity": {"type": "U"}})", "{__entity: {type: \"U\"}}"},
      {R"({"__entity": {"type": "U", "id": 1}})", "{__entity: {id: 1, type: \"U\"}}"},
      {R"({"__entity": {"type": "U", "id": "x"}, "y": 1})",
       "{__entity: {id: \"x\", type: \"U\"}, y: 1}"},
      {R"({"__extn": {"fn": "ip"}})", "{__extn: {fn: \"ip\"}}"},
      {R"({"__extn": {"arg": "x", "fn": 1}})", "{__extn: {arg: \"x\", fn: 1}}"},
      {R"({"__extn": {"fn": "ip", "args": "x"}})", "{__extn: {args: \"x\", fn: \"ip\"}}"},
      {R"({"__expr": 1})", "{__expr: 1}"},
  };
  for (const auto& [json, cedar] : kRows) EXPECT_EQ(Read(json), cedar) << json;
}

TEST(ReadValue, NamesWhatCedarHasNot) {
  EXPECT_EQ(Read("null"), "json-null");
  EXPECT_EQ(Read("1.5"), "json-number");
  EXPECT_EQ(Read("9223372036854775808"), "json-number");
  EXPECT_EQ(Read(R"({"__expr": "1"})"), "json-expression");
  EXPECT_EQ(Read(R"({"__entity": {"type": "a b", "id": "x"}})"), "json-type-name");
  EXPECT_EQ(Read(R"({"__extn": {"fn": "now", "arg": "x"}})"), "json-function");
  EXPECT_EQ(Read(R"({"__extn": {"fn": "ip", "arg": "x"}})"), "json-call");
  EXPECT_EQ(Read(R"({"__extn": {"fn": "ip", "args": []}})"), "json-call");
  EXPECT_EQ(Read(R"({"__extn": {"fn": "ip", "arg": null}})"), "json-null");
}

TEST(ReadValue, PlainTextNeverBecomesAnEntityOrAnExtensionValue) {
  const std::pair<const char*, const char*> kRows[] = {
      {R"({"__entity": {"type": "U", "id": "x"}})", "{__entity: {id: \"x\", type: \"U\"}}"},
      {R"([{"__extn": {"fn": "ip", "arg": "10.0.0.1"}}])",
       "[{__extn: {arg: \"10.0.0.1\", fn: \"ip\"}}]"},
      {R"({"__expr": "x"})", "{__expr: \"x\"}"},
      {"1.5", "json-number"},
      {"null", "json-null"},
  };
  for (const auto& [json, text] : kRows) EXPECT_EQ(Read(json, Escapes::kPlain), text) << json;
}

TEST(Place, ReadsLikeAPath) {
  const Place root("entities");
  const Place element(root, size_t{3});
  const Place attributes(element, "attrs");
  EXPECT_EQ(Place(attributes, "owner").ToString(), "entities[3].attrs.owner");
  EXPECT_EQ(Place(attributes, "two words").ToString(), "entities[3].attrs[`two words`]");
}

}  // namespace
}  // namespace thuja::data
