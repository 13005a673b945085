// SPDX-License-Identifier: Apache-2.0
// Entity files: their shape, and what a file may say of an entity.
#include "engine/data/entities.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine/diagnostics.h"

namespace thuja::data {
namespace {

// Empty if the file is read, otherwise the code of what is wrong.
std::string Verdict(std::string text) {
  Diagnostics diagnostics;
  const auto store =
      ReadEntities(std::make_shared<const SourceText>("t", std::move(text)), diagnostics);
  return store ? "" : std::string(DiagnosticCode(diagnostics.kept().front().kind));
}

TEST(ReadEntities, WantsUidAttrsAndParentsAndIgnoresTheRest) {
  const std::string uid = R"("uid": {"type": "U", "id": "a"})";
  EXPECT_EQ(Verdict("[]"), "");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": {}, "parents": []}])"), "");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": {}, "parents": [], "tags": {}, "extra": null}])"),
            "");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "parents": []}])"), "json-missing-key");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": {}}])"), "json-missing-key");
  EXPECT_EQ(Verdict(R"([{"attrs": {}, "parents": []}])"), "json-missing-key");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": [], "parents": []}])"), "json-expected");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": {}, "parents": {}}])"), "json-expected");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": {}, "parents": ["U::\"b\""]}])"), "json-expected");
  EXPECT_EQ(Verdict("[{" + uid + R"(, "attrs": {}, "parents": [], "tags": []}])"), "json-expected");
  EXPECT_EQ(Verdict("[1]"), "json-expected");
  EXPECT_EQ(Verdict("{}"), "json-expected");
}

TEST(ReadEntities, AttrsAreNeverAnEscapeThemselves) {
  Diagnostics diagnostics;
  const auto store = ReadEntities(
      std::make_shared<const SourceText>("t", R"([{"uid": {"type": "U", "id": "a"}, "parents": [],
                    "attrs": {"__entity": {"type": "U", "id": "b"}}}])"),
      diagnostics);
  ASSERT_TRUE(store);
  EXPECT_EQ(Print(store->Attributes(store->NumberOf({"U", "a"}))),
            "{__entity: {id: \"b\", type: \"U\"}}");
}

TEST(ReadEntities, ParentsOfActionsAreActions) {
  const auto verdict = [](const std::string& child, const std::string& parent) {
    return Verdict(R"([{"uid": {"type": ")" + child + R"(", "id": "a"}, "attrs": {}, "parents": [
                        {"type": ")" +
                   parent + R"(", "id": "b"}]}])");
  };
  EXPECT_EQ(verdict("Action", "Action"), "");
  EXPECT_EQ(verdict("A::Action", "B::Action"), "");
  EXPECT_EQ(verdict("Action", "Group"), "action-parent");
  EXPECT_EQ(verdict("User", "Action"), "");
}

TEST(ReadEntities, IdsMayHoldAnything) {
  Diagnostics diagnostics;
  const auto store = ReadEntities(
      std::make_shared<const SourceText>(
          "t", R"([{"uid": {"type": "U", "id": "a\u0000\n\"é"}, "attrs": {}, "parents": []}])"),
      diagnostics);
  ASSERT_TRUE(store);
  EXPECT_TRUE(store->IsStored({"U", std::string_view("a\0\n\"é", 6)}));
}

// A file of many entities of which only what comes last is wrong.
TEST(ReadEntities, WhatIsWrongAtTheEndOfALargeFileIsFoundThere) {
  constexpr int kCount = 20'000;
  const auto entity = [](const std::string& id, const std::string& rest) {
    return R"({"uid": {"type": "U", "id": ")" + id + R"("}, )" + rest + "}";
  };
  const auto in = [](const std::string& id) {
    return R"("attrs": {"name": "n"}, "parents": [{"type": "U", "id": ")" + id + R"("}])";
  };
  std::string before = "[";
  for (int i = 0; i < kCount; ++i) {
    before += entity(std::to_string(i), in(std::to_string(i + kCount - i % 1'000))) + ",\n";
  }
  struct Row {
    const char* code;
    std::string last;
    std::string behind;
  };
  const Row kRows[] = {
      {"", entity("last", in("0")), "]"},
      {"json-missing-key", entity("last", R"("attrs": {})"), "]"},
      {"json-null", entity("last", R"("attrs": {"a": [null]}, "parents": [])"), "]"},
      {"duplicate-entity", entity("0", in("another")), "]"},
      {"entity-cycle", entity(std::to_string(kCount), in("0")), "]"},
      {"json-duplicate-key", entity("last", R"("attrs": {"a": 1, "a": 1}, "parents": [])"), "]"},
      {"json-syntax", entity("last", in("0")), ""},
      {"json-syntax", entity("last", in("0")), "] ]"},
      {"invalid-utf8", entity("last", in("0")), "]\xff"},
  };
  for (const Row& row : kRows) {
    Diagnostics diagnostics;
    const auto store = ReadEntities(
        std::make_shared<const SourceText>("t", before + row.last + row.behind), diagnostics);
    EXPECT_EQ(store.has_value(), diagnostics.empty());
    if (diagnostics.empty()) {
      EXPECT_STREQ(row.code, "");
      EXPECT_EQ(store->size(), size_t{kCount} + 1);
      continue;
    }
    EXPECT_EQ(DiagnosticCode(diagnostics.kept().front().kind), row.code);
    // A cycle is told of one of those who are in it.
    if (row.code != std::string_view("entity-cycle") && row.behind == "]") {
      EXPECT_GE(diagnostics.kept().front().span.begin, before.size()) << row.code;
    }
  }
}

}  // namespace
}  // namespace thuja::data
