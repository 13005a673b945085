// SPDX-License-Identifier: Apache-2.0
// The JSON reader: RFC 8259 read strictly.
#include "engine/value/json.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace thuja::value {
namespace {

// The document written again, or the code of what is wrong.
std::string Read(std::string text) {
  base::Diagnostics diagnostics;
  const auto document =
      ReadJson(std::make_shared<const base::SourceText>("t.json", std::move(text)), diagnostics);
  if (document) return WriteJson(document->root());
  return std::string(base::DiagnosticCode(diagnostics.kept().front().kind));
}

TEST(Json, ReadsEveryKindOfValue) {
  EXPECT_EQ(Read(R"( { "a" : [ 1 , true,false , null,"x" ,{ } , [ ] ] } )"),
            R"({"a":[1,true,false,null,"x",{},[]]})");
  EXPECT_EQ(Read("[]"), "[]");
  EXPECT_EQ(Read("\t\r\n {}\n"), "{}");
}

TEST(Json, WholeNumbersOf64BitsAreExactAndOthersKeepTheirText) {
  struct Row {
    const char* text;
    Json::Kind kind;
  };
  const Row kRows[] = {
      {"0", Json::Kind::kInteger},
      {"-1", Json::Kind::kInteger},
      {"9007199254740993", Json::Kind::kInteger},
      {"9223372036854775807", Json::Kind::kInteger},
      {"-9223372036854775808", Json::Kind::kInteger},
      {"9223372036854775808", Json::Kind::kOtherNumber},
      {"-9223372036854775809", Json::Kind::kOtherNumber},
      {"99999999999999999999999999", Json::Kind::kOtherNumber},
      {"-0", Json::Kind::kOtherNumber},
      {"1.0", Json::Kind::kOtherNumber},
      {"1e2", Json::Kind::kOtherNumber},
      {"-1.5E+10", Json::Kind::kOtherNumber},
      {"1e999999", Json::Kind::kOtherNumber},
  };
  for (const Row& row : kRows) {
    base::Diagnostics diagnostics;
    const auto document =
        ReadJson(std::make_shared<const base::SourceText>("t", "[" + std::string(row.text) + "]"),
                 diagnostics);
    ASSERT_TRUE(document) << row.text << base::Render(diagnostics);
    EXPECT_EQ(document->root().elements[0].kind, row.kind) << row.text;
    EXPECT_EQ(WriteJson(document->root()), "[" + std::string(row.text) + "]");
  }
}

TEST(Json, RefusesWhatIsNoValue) {
  for (const char* element : {"01",
                              "1.",
                              ".5",
                              "+1",
                              "1e",
                              "1e+",
                              "--1",
                              "-",
                              "0x1",
                              "1a",
                              "NaN",
                              "Infinity",
                              "nul",
                              "nulll",
                              "True",
                              "truefalse",
                              "tru",
                              "'a'",
                              "a",
                              "\\\"a\\\"",
                              "1 2",
                              "\"a\" \"b\"",
                              ":",
                              "1:2",
                              "\"a\":1",
                              ",",
                              "",
                              ",1",
                              "{1:2}",
                              "{a:1}",
                              "{\"a\" 1}",
                              "{\"a\":}",
                              "{\"a\"}",
                              "{\"a\":1,}",
                              "{,}",
                              "{\"a\":1 \"b\":2}",
                              "{\"a\":1,,\"b\":2}",
                              "[1,]",
                              "[,]",
                              "[1 2]",
                              "[1,,2]",
                              "{\"a\":1]",
                              "[1}",
                              "{",
                              "[",
                              "]",
                              "}",
                              "/*a*/1",
                              "1//a",
                              "\"a",
                              "\"\\\"",
                              "\"\\x41\"",
                              "\"\\u12\"",
                              "\"\\u12G4\"",
                              "\"\\\"",
                              "\"a\nb\"",
                              "\"a\tb\"",
                              "\"a\\\nb\""}) {
    if (std::string(element).empty()) continue;
    EXPECT_EQ(Read("[" + std::string(element) + "]"), "json-syntax") << element;
  }
}

TEST(Json, RefusesTextsThatAreNoDocument) {
  for (const char* text : {"",
                           " ",
                           "\n",
                           "1",
                           "null",
                           "\"a\"",
                           "[] []",
                           "[]1",
                           "{}x",
                           "[]]",
                           "{}}",
                           "[",
                           "{",
                           "[1",
                           "[1,",
                           "{\"a\"",
                           "{\"a\":",
                           "{\"a\":1",
                           "\xEF\xBB\xBF[]",
                           "[]\x01",
                           "// a\n[]"}) {
    EXPECT_EQ(Read(text), "json-syntax") << text;
  }
  EXPECT_EQ(Read(std::string("[]\0", 3)), "json-syntax");
  EXPECT_EQ(Read(std::string("[\"a\0b\"]", 7)), "json-syntax");
}

TEST(Json, RefusesInvalidUtf8) {
  for (const char* text :
       {"[\"\xFF\"]", "[\"\xC0\x80\"]", "[\"\xED\xA0\x80\"]", "{\"\xE2\x82\":1}"}) {
    EXPECT_EQ(Read(text), "invalid-utf8") << text;
  }
}

TEST(Json, UnescapesStringsAndKeys) {
  EXPECT_EQ(Read(R"(["\"\\\/\b\f\n\r\t\u0041\u00e9\u20ac\ud83d\ude00"])"),
            "[\"\\\"\\\\/\\u0008\\u000c\\n\\r\\tAé€😀\"]");
  EXPECT_EQ(Read(R"({"\u0061":1})"), R"({"a":1})");
  EXPECT_EQ(Read(R"(["\u0000"])"), R"(["\u0000"])");
}

TEST(Json, RefusesLoneSurrogates) {
  for (const char* text :
       {R"(["\ud800"])", R"(["\udfff"])", R"(["\ud83d\u0041"])", R"(["\ud83d\ud83d"])",
        R"(["\ude00\ud83d"])", R"({"\ud800":1})", R"(["\ud83dx"])"}) {
    EXPECT_EQ(Read(text), "json-surrogate") << text;
  }
}

TEST(Json, RefusesDuplicateKeysByTheirMeaningAtEveryDepth) {
  for (const char* text : {R"({"a":1,"a":1})", R"({"a":1,"\u0061":2})",
                           R"([{"x":{"b":1,"c":2,"b":3}}])", R"({"":1,"":2})"}) {
    EXPECT_EQ(Read(text), "json-duplicate-key") << text;
  }
  EXPECT_EQ(Read(R"({"a":{"a":1},"A":2,"á":3})"), R"({"a":{"a":1},"A":2,"á":3})");
}

std::string Nested(size_t depth) { return std::string(depth, '[') + std::string(depth, ']'); }

TEST(Json, TakesAsManyLevelsAsCedar) {
  EXPECT_EQ(Read(Nested(127)), Nested(127));
  EXPECT_EQ(Read(Nested(128)), "json-too-deep");
  EXPECT_EQ(Read(Nested(100'000)), "json-too-deep");
  std::string objects = "1";
  for (int i = 0; i < 127; ++i) objects = "{\"a\":" + objects + "}";
  EXPECT_EQ(Read(objects), objects);
  EXPECT_EQ(Read("[" + objects + "]"), "json-too-deep");
}

TEST(Json, ATextCutAnywhereIsRefused) {
  const std::string whole =
      R"([{"uid":{"type":"A","id":"é\u0041"},"n":-12,"l":[true,null,{}]},"😀"])";
  ASSERT_EQ(Read(whole).front(), '[');
  for (size_t length = 0; length < whole.size(); ++length) {
    const std::string verdict = Read(whole.substr(0, length));
    EXPECT_TRUE(verdict == "json-syntax" || verdict == "invalid-utf8") << length << verdict;
  }
}

// Whatever is read is what is written again: no byte is dropped or taken for another.
TEST(Json, AnyByteReplacedIsReadOrRefused) {
  const std::string whole = R"({"a":[1,"b\n",{"c":true}],"d":-5})";
  ASSERT_EQ(Read(whole), whole);
  for (size_t i = 0; i < whole.size(); ++i) {
    for (int byte = 0; byte < 256; ++byte) {
      std::string text = whole;
      text[i] = static_cast<char>(byte);
      const std::string once = Read(text);
      if (once.starts_with('{') || once.starts_with('[')) {
        EXPECT_EQ(Read(once), once) << text;
      } else {
        EXPECT_TRUE(once.starts_with("json-") || once == "invalid-utf8") << once;
      }
    }
  }
}

TEST(Json, EachErrorNamesItsPlace) {
  base::Diagnostics diagnostics;
  ReadJson(std::make_shared<const base::SourceText>("t.json", "{\n \"a\": 1,\n \"a\": 2}"),
           diagnostics);
  EXPECT_TRUE(Render(diagnostics).starts_with("t.json:3:2: error: the key `a` stands twice"));
}

TEST(JsonDocument, IsReadAnewAndForgetsTheTextBefore) {
  JsonDocument document;
  base::Diagnostics diagnostics;
  EXPECT_TRUE(document.Read(base::LentText("t", R"({"a":["\u0061",1]})"), diagnostics));
  EXPECT_FALSE(document.Read(base::LentText("t", R"([[{"b":[1,2,)"), diagnostics));
  EXPECT_TRUE(document.Read(base::LentText("t", R"([[3],"x"])"), diagnostics));
  EXPECT_EQ(WriteJson(document.root()), R"([[3],"x"])");
  EXPECT_EQ(diagnostics.count(), 1u);
}

TEST(JsonDocument, ShowsElementsUntilItIsToldToStop) {
  const auto show = [](std::string_view text, size_t most) {
    JsonDocument document;
    base::Diagnostics diagnostics;
    std::string shown;
    const bool read = document.ReadElements(
        base::LentText("t", text), diagnostics, [&](const Json& root) { shown = WriteJson(root); },
        [&](const Json& element) {
          shown += WriteJson(element) + ";";
          return --most > 0;
        });
    return shown + (read ? " read" : diagnostics.empty() ? " stopped" : " wrong");
  };
  EXPECT_EQ(show(R"([1,"\n",{"a":[2]}])", 9), R"(1;"\n";{"a":[2]}; read)");
  EXPECT_EQ(show("[]", 9), " read");
  EXPECT_EQ(show("[1,2,3]", 2), "1;2; stopped");
  EXPECT_EQ(show("[1,2,}", 9), "1;2; wrong");
  EXPECT_EQ(show("[1,2,", 2), "1;2; stopped");
  EXPECT_EQ(show("[1] 2", 9), "1; wrong");
  EXPECT_EQ(show(R"({"a":1})", 9), R"({"a":1} stopped)");
}

// Where an error is, is said of the text as a whole first: what is left open is seldom where the
// reader stumbles over it.
TEST(Json, WhatIsLeftOpenIsReportedFirst) {
  struct Row {
    const char* text;
    const char* report;
  };
  const Row kRows[] = {
      {R"([1 2, "a])", "1:1: error: this is not JSON: a string is not closed"},
      {"[1 2, \"a\nb\"]", "1:9: error: this is not JSON: a control character stands in a string"},
      {"[\"a\\\nb\"]", "1:5: error: this is not JSON: a control character stands in a string"},
      {"[[1], 2", "1:1: error: this is not JSON: an array or an object is not closed"},
      {"[1 2]",
       "1:2: error: this is not JSON: expected `,`, a closing bracket, or a quoted key and `:`"},
      {"[nulll]", "1:2: error: this is not JSON: expected a value"},
      {"[1] []", "1:5: error: this is not JSON: the text goes on behind the document"},
  };
  for (const Row& row : kRows) {
    base::Diagnostics diagnostics;
    ReadJson(std::make_shared<const base::SourceText>("t", row.text), diagnostics);
    EXPECT_TRUE(Render(diagnostics).starts_with("t:" + std::string(row.report)))
        << Render(diagnostics);
  }
}

TEST(QuoteJson, EscapesWhatJsonDemands) {
  EXPECT_EQ(QuoteJson(std::string("a\"\\\n\r\t\0\x1F"
                                  "é",
                                  10)),
            "\"a\\\"\\\\\\n\\r\\t\\u0000\\u001fé\"");
}

}  // namespace
}  // namespace thuja::value
