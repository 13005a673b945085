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

// What is written plainly is not given to the parser of policies; both must say the same.
TEST(ReadRequest, TakesAUidTextExactlyAsTheParserDoes) {
  for (const char* uid : {R"(U::"a")",
                          R"(A::B::C::"a b")",
                          R"(_u1::"é")",
                          R"(U::"")",
                          R"(U::"a\n")",
                          R"(U::"a\"b")",
                          R"(U::"a\u{41}")",
                          R"(U :: "a")",
                          R"( U::"a" )",
                          R"(U::"a" // c)",
                          R"(U::"a"")",
                          R"(U::"a)",
                          R"(U:"a")",
                          R"(U"a")",
                          R"(::"a")",
                          R"(U::::"a")",
                          R"(U::)",
                          R"(U)",
                          R"("a")",
                          R"(")",
                          "",
                          R"(if::"a")",
                          R"(__cedar::"a")",
                          R"(A::in::"a")",
                          R"(true::"a")",
                          R"(1U::"a")",
                          R"(Ü::"a")",
                          R"(U::"a"::"b")",
                          "U::\"a\tb\"",
                          "U::\"a\nb\"",
                          "U::\"a\rb\"",
                          "U::\"\x7F\""}) {
    Diagnostics by_parser;
    const auto parsed = ParseEntityUid(Text(uid), by_parser);
    const std::string quoted = value::QuoteJson(uid);
    const std::string read = Read(R"({"principal": {"type": "U", "id": "a"}, "action": )" + quoted +
                                  R"(, "resource": )" + quoted + "}");
    const std::string printed = parsed ? Print(parsed->view()) : "";
    EXPECT_EQ(read, parsed ? "U::\"a\" " + printed + " " + printed + " {}" : "json-expected")
        << uid;
  }
}

TEST(ReadRequest, WhatIsReadAnewHasNothingOfTheRequestBefore) {
  value::JsonDocument document;
  value::Request request;
  Diagnostics diagnostics;
  const auto read = [&](const char* text) {
    return ReadRequest(base::LentText("t", text), document, request, diagnostics);
  };
  EXPECT_TRUE(read(R"({"principal": "U::\"a\"", "action": "A::\"b\"", "resource": "R::\"c\"",
                       "context": {"x": 1}, "entities": [
                       {"uid": {"type": "R", "id": "c"}, "attrs": {}, "parents": []}]})"));
  EXPECT_EQ(request.entities.size(), 1u);
  EXPECT_TRUE(read(R"({"principal": {"type": "V", "id": "d"}, "action": "A::\"b\"",
                       "resource": "R::\"c\""})"));
  EXPECT_EQ(Print(request.principal.view()), "V::\"d\"");
  EXPECT_EQ(Print(request.context), "{}");
  EXPECT_TRUE(request.entities.empty());
  EXPECT_TRUE(diagnostics.empty());
  EXPECT_FALSE(read(R"({"principal": 1})"));
  EXPECT_EQ(diagnostics.count(), 1u);
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
