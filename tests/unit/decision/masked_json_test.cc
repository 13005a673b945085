// SPDX-License-Identifier: Apache-2.0
// Values as JSON for records, secrets masked.
#include "server/decision/masked_json.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/base/arena.h"
#include "engine/diagnostics.h"
#include "engine/json.h"
#include "tests/support/decide_fixture.h"

namespace thuja::server {
namespace {

constexpr size_t kNoLimit = size_t{1} << 20;

// A context out of JSON, and what holds it.
struct Context {
  explicit Context(std::string_view json) {
    Diagnostics diagnostics;
    const auto read = ReadContext(testing::MakeSource(json, "context"), arena, diagnostics);
    EXPECT_TRUE(read) << json << Render(diagnostics);
    if (read) value = *read;
  }

  base::Arena arena;
  Value value = Value::EmptyRecord();
};

std::string Mask(std::string_view json, size_t most = kNoLimit,
                 const std::vector<std::string>& more = {}) {
  const Context context(json);
  std::string out;
  Masker(more).Append(context.value, most, &out);
  return out;
}

// The one text of an array.
std::string Unquote(const std::string& quoted) {
  Diagnostics diagnostics;
  const auto document = ReadJson(testing::MakeSource("[" + quoted + "]", "quoted"), diagnostics);
  EXPECT_TRUE(document) << quoted << Render(diagnostics);
  if (!document || document->root().elements.size() != 1) return "no JSON";
  return std::string(document->root().elements[0].text);
}

TEST(Masker, WritesEachKindOfValue) {
  const std::pair<const char*, const char*> kRows[] = {
      {"{}", "{}"},
      {R"({"a": true, "b": false})", R"({"a":true,"b":false})"},
      {R"({"a": 0, "b": -9223372036854775808, "c": 9223372036854775807})",
       R"({"a":0,"b":-9223372036854775808,"c":9223372036854775807})"},
      {R"({"a": "", "b": "x y", "c": "é😀"})", R"({"a":"","b":"x y","c":"é😀"})"},
      {R"({"a": "\"\\\n\u0000\u001f"})", R"({"a":"\"\\\n\u0000\u001f"})"},
      {R"({"a": []})", R"({"a":[]})"},
      {R"({"a": [3, 1, 2, 1]})", R"({"a":[1,2,3]})"},
      {R"({"a": [[], {}, "x"]})", R"({"a":["x",[],{}]})"},
      {R"({"b": {"d": 1, "c": 2}, "a": {}})", R"({"a":{},"b":{"c":2,"d":1}})"},
      {R"({"a \"\n": 1})", R"({"a \"\n":1})"},
      {R"({"a": {"__entity": {"type": "N::U", "id": "x\"\n"}}})",
       R"({"a":{"__entity":{"type":"N::U","id":"x\"\n"}}})"},
  };
  for (const auto& [json, written] : kRows) EXPECT_EQ(Mask(json), written);
}

// In the form in which Cedar reads values: a record of the log can be asked again.
TEST(Masker, WhatIsWrittenIsReadAsTheSameValue) {
  for (
      const char* json : {
          R"({"a": [true, -5, "x\u0001"], "b": {"c": {"__entity": {"type": "U", "id": "\u0000"}}}})",
          R"({"a": {"__extn": {"fn": "ip", "arg": "10.0.0.0/8"}}})",
          R"({"a": {"__extn": {"fn": "decimal", "arg": "-0.5"}}})",
          R"({"a": {"__extn": {"fn": "datetime", "arg": "2026-03-02T00:00:00Z"}}})",
          R"({"a": [{"__extn": {"fn": "duration", "arg": "1m"}}]})",
      }) {
    const Context before(json);
    const Context after(Mask(json));
    EXPECT_EQ(Print(after.value), Print(before.value)) << Mask(json);
  }
}

TEST(Masker, AnyTimeIsReadAsTheSameTime) {
  for (const int64_t milliseconds : {INT64_MIN, int64_t{-1}, int64_t{0}, INT64_MAX}) {
    Field field{"a", Value::Datetime(milliseconds)};
    std::string out;
    Masker({}).Append(Value::Record({&field, 1}), kNoLimit, &out);
    const Context after(out);
    EXPECT_EQ(after.value, Value::Record({&field, 1})) << out << Print(after.value);
  }
}

TEST(Masker, MasksWhatAKeyWithASecretWordHolds) {
  for (const char* word : {"authorization", "cookie", "credential", "key", "passw", "secret",
                           "session", "signature", "token"}) {
    const std::string name = word;
    std::string upper = name;
    for (char& c : upper) c = static_cast<char>(c - 'a' + 'A');
    for (const std::string& key : {name, upper, "x" + name, name + "s", "my-" + name + "_id"}) {
      const std::string json = "{\"a\":1,\"" + key + "\":\"s3\",\"zz\":{\"" + key + "\":\"s3\"}}";
      const std::string written = Mask(json);
      EXPECT_EQ(written.find("s3"), std::string::npos) << written;
      EXPECT_NE(written.find("\"" + key + "\":\"<masked>\""), std::string::npos) << written;
      EXPECT_NE(written.find("\"zz\":{\"" + key + "\":\"<masked>\"}"), std::string::npos)
          << written;
      EXPECT_NE(written.find("\"a\":1"), std::string::npos) << written;
      EXPECT_TRUE(Masker({}).IsSecret(key)) << key;
    }
  }
}

TEST(Masker, MasksEverythingBelowASecret) {
  EXPECT_EQ(Mask(R"({"tokens": {"a": {"b": "s3"}}, "keys": ["s3", {"c": "s3"}], "SECRET": true})"),
            R"({"SECRET":"<masked>","keys":"<masked>","tokens":"<masked>"})");
  EXPECT_EQ(Mask(R"({"list": [{"Password": "s3"}, [{"cookie": "s3"}]]})"),
            R"({"list":[[{"cookie":"<masked>"}],{"Password":"<masked>"}]})");
}

TEST(Masker, LeavesOtherKeysAlone) {
  for (const char* key : {"", "k", "ke", "k-ey", "tok", "tokn", "pass", "secre", "id", "ession"}) {
    EXPECT_FALSE(Masker({}).IsSecret(key)) << key;
  }
  EXPECT_EQ(Mask(R"({"path": "my secret token"})"), R"({"path":"my secret token"})");
}

TEST(Masker, TakesMoreWordsInAnyCase) {
  EXPECT_EQ(Mask(R"({"customerIBAN": "s3", "iBan": 1, "iba": 2})", kNoLimit, {"Iban"}),
            R"({"customerIBAN":"<masked>","iBan":"<masked>","iba":2})");
  EXPECT_EQ(Mask(R"({"token": 1})", kNoLimit, {"iban"}), R"({"token":"<masked>"})");
}

TEST(Masker, WhatIsTooLongIsRedactedAsAWhole) {
  const char* rows[] = {
      R"({"a": "xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx", "b": 1})",
      R"({"a": [1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15]})",
      R"({"a": {"b": {"c": {"d": {"e": {"f": "gggggggggggg"}}}}}})",
      R"({"a": {"__entity": {"type": "User", "id": "aaaaaaaaaaaaaaaaaaa"}}})",
      R"({"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa": 1})",
      R"({"a": "\u0001\u0001\u0001\u0001\u0001\u0001\u0001\u0001"})",
  };
  for (const char* json : rows) {
    const std::string whole = Mask(json);
    EXPECT_EQ(Mask(json, whole.size()), whole);
    for (size_t most = 0; most < whole.size(); ++most) {
      EXPECT_EQ(Mask(json, most), "\"<redacted>\"") << most << whole;
    }
  }
}

TEST(Masker, KeepsWhatWasThereBefore) {
  const Context context(R"({"a": "long enough"})");
  std::string out = "{\"context\":";
  Masker({}).Append(context.value, 4, &out);
  EXPECT_EQ(out, "{\"context\":\"<redacted>\"");
  out = "before ";
  Masker({}).Append(context.value, 19, &out);
  EXPECT_EQ(out, "before {\"a\":\"long enough\"}");
}

TEST(AppendQuoted, AnyTextIsReadBack) {
  std::string controls;
  for (int byte = 0; byte < 0x80; ++byte) controls.push_back(static_cast<char>(byte));
  for (const std::string& text : {std::string(), std::string("a b"), controls,
                                  std::string("\"quoted\" \\ back"), std::string("é😀\u2028")}) {
    std::string out = "before";
    AppendQuoted(text, &out);
    ASSERT_TRUE(out.starts_with("before\"")) << out;
    EXPECT_EQ(Unquote(out.substr(6)), text);
  }
}

TEST(AppendQuotedUid, IsAJsonStringThatHoldsCedarsUid) {
  std::string controls;
  for (int byte = 0; byte < 0x80; ++byte) controls.push_back(static_cast<char>(byte));
  for (const std::string& id :
       {std::string(), std::string("alice"), std::string("a b/c"), std::string("\"; drop"),
        std::string("\\"), std::string("\\\""), std::string("a\nb\tc"), std::string("\0", 1),
        std::string("\x7f"), std::string("é😀\u2028"), std::string("{\"a\":1}"), controls}) {
    for (const char* type : {"User", "Acme::Iam::User"}) {
      const EntityUid uid{type, id};
      std::string out;
      AppendQuotedUid(uid.view(), &out);
      const std::string cedar = Unquote(out);
      EXPECT_EQ(cedar, Print(uid.view()));
      Diagnostics diagnostics;
      const auto read = ParseEntityUid(testing::MakeSource(cedar, "uid"), diagnostics);
      ASSERT_TRUE(read) << cedar << Render(diagnostics);
      EXPECT_EQ(read->type, type);
      EXPECT_EQ(read->id, id);
    }
  }
}

}  // namespace
}  // namespace thuja::server
