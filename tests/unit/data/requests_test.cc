// SPDX-License-Identifier: Apache-2.0
// Requests, contexts and uids out of JSON and text.
#include "engine/data/requests.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/diagnostics.h"

namespace thuja::data {
namespace {

std::shared_ptr<const SourceText> Text(std::string text) {
  return std::make_shared<const SourceText>("t", std::move(text));
}

// `principal action resource context`, or the code of what is wrong.
std::string Read(const std::string& text) {
  Diagnostics diagnostics;
  const auto request = ReadRequest(Text(text), diagnostics);
  if (!request) return std::string(DiagnosticCode(diagnostics.kept().front().kind));
  return Print(request->principal.view()) + " " + Print(request->action.view()) + " " +
         Print(request->resource.view()) + " " + Print(request->context);
}

TEST(ReadRequest, TakesUidsInThreeForms) {
  EXPECT_EQ(Read(R"({"principal": "N::User::\"a\"", "action": {"type": "Action", "id": "b"},
                     "resource": {"__entity": {"type": "Doc", "id": "c"}}, "context": {"x": 1}})"),
            "N::User::\"a\" Action::\"b\" Doc::\"c\" {x: 1}");
}

TEST(ReadRequest, AContextThatIsLeftOutIsEmpty) {
  EXPECT_EQ(Read(R"({"principal": "U::\"a\"", "action": "A::\"b\"", "resource": "R::\"c\""})"),
            "U::\"a\" A::\"b\" R::\"c\" {}");
}

TEST(ReadRequest, RefusesWhatIsMissingOrMisspelt) {
  const std::string start = R"({"principal": "U::\"a\"", "action": "A::\"b\"")";
  EXPECT_EQ(Read(start + "}"), "json-missing-key");
  EXPECT_EQ(Read(start + R"(, "resource": "R::\"c\"", "Context": {}})"), "json-unknown-key");
  EXPECT_EQ(Read(start + R"(, "resource": "R"})"), "json-expected");
  EXPECT_EQ(Read(start + R"(, "resource": "R::\"c\" "extra"})"), "json-syntax");
  EXPECT_EQ(Read(start + R"(, "resource": 1})"), "json-expected");
  EXPECT_EQ(Read(start + R"(, "resource": {"type": "R"}})"), "json-expected");
  EXPECT_EQ(Read(start + R"(, "resource": {"type": "R S", "id": "c"}})"), "json-type-name");
  EXPECT_EQ(Read("[]"), "json-expected");
}

TEST(ReadRequest, TheContextIsARecord) {
  const std::string start =
      R"({"principal": "U::\"a\"", "action": "A::\"b\"", "resource": "R::\"c\"", "context": )";
  for (const char* context : {"[]", "1", "\"a\"", R"({"__entity": {"type": "U", "id": "a"}})",
                              R"({"__extn": {"fn": "ip", "arg": "1.1.1.1"}})"}) {
    EXPECT_EQ(Read(start + context + "}"), "json-expected") << context;
  }
  EXPECT_EQ(Read(start + "null}"), "json-null");
}

TEST(ReadRequest, OtherKeysCanBeIgnoredForDocumentsThatHoldMore) {
  Diagnostics diagnostics;
  const auto document =
      value::ReadJson(Text(R"([{"description": "x", "principal": "U::\"a\"", "action": "A::\"b\"",
                "resource": "R::\"c\"", "decision": "allow"}])"),
                      diagnostics);
  ASSERT_TRUE(document);
  EXPECT_TRUE(ReadRequest(*document, document->root().elements[0], Place("r"), diagnostics,
                          OtherKeys::kIgnore));
  EXPECT_FALSE(ReadRequest(*document, document->root().elements[0], Place("r"), diagnostics));
}

TEST(ReadRequest, BringsItsEntities) {
  Diagnostics diagnostics;
  const auto request = ReadRequest(
      Text(R"({"principal": "U::\"a\"", "action": "A::\"b\"", "resource": "R::\"c\"", "entities": [
               {"uid": {"type": "R", "id": "c"}, "attrs": {"n": 1}, "parents": [{"type": "F", "id": "f"}],
                "tags": {"t": "x"}}]})"),
      diagnostics);
  ASSERT_TRUE(request) << Render(diagnostics);
  ASSERT_EQ(request->entities.size(), 1u);
  EXPECT_EQ(Print(request->entities[0].attributes), "{n: 1}");
  EXPECT_EQ(Print(request->entities[0].tags), "{t: \"x\"}");
  EXPECT_EQ(Print(request->entities[0].parents[0]), "F::\"f\"");
}

TEST(ReadRequest, NeedsNothingOfItsTextAfterwards) {
  std::optional<value::Request> request;
  {
    Diagnostics diagnostics;
    request = ReadRequest(Text(R"({"principal": "U::\"a\"", "action": "A::\"b\"",
                                   "resource": "R::\"c\"", "context": {"long key": "long text"}})"),
                          diagnostics);
  }
  const value::Request moved = std::move(*request);
  EXPECT_EQ(Print(moved.context), "{\"long key\": \"long text\"}");
}

TEST(ReadContext, IsARecordAlone) {
  base::Arena arena;
  Diagnostics diagnostics;
  EXPECT_EQ(Print(*ReadContext(Text(R"({"a": {"__extn": {"fn": "decimal", "arg": "1.5"}}})"), arena,
                               diagnostics)),
            "{a: decimal(\"1.5000\")}");
  EXPECT_FALSE(ReadContext(Text("[]"), arena, diagnostics));
}

}  // namespace
}  // namespace thuja::data
