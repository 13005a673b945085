// SPDX-License-Identifier: Apache-2.0
// What is delegated is less, and ends with what it comes from; budgets are spent once.
#include <gtest/gtest.h>

#include <atomic>
#include <string>
#include <thread>
#include <vector>

#include "tests/attacks/attacks.h"

namespace thuja::testing {
namespace {

constexpr std::string_view kChild = "coder-2";

Want ChildOf(const std::string& tools = R"(["crm/search"])", const std::string& more = "") {
  return {.holder = std::string(kChild), .task = "", .tools = tools, .more = more};
}

TEST_F(Attacks, A03_A16_AChildHasNoToolThatItsParentLacks) {
  const std::string parent = Issue({.tools = R"(["crm/search", "files/*"])"});
  EXPECT_EQ(CodeOf(TryDelegate(parent, ChildOf())), "201");
  for (const char* tools :
       {R"(["crm/update"])", R"(["crm/*"])", R"(["*/*"])", R"(["**"])",
        R"(["crm/search", "crm/update"])", R"(["files/**"])", R"([{"tool_regex": "crm/.*"}])"}) {
    const std::string code = CodeOf(TryDelegate(parent, ChildOf(tools)));
    EXPECT_TRUE(code == "attenuation" || code == "malformed_request") << tools << " " << code;
  }
}

TEST_F(Attacks, A04_AChildEndsNoLaterThanItsParent) {
  const std::string parent = Issue({.more = "\"ttl\": 300"});
  EXPECT_EQ(CodeOf(TryDelegate(parent, ChildOf(R"(["crm/search"])", "\"ttl\": 302"))),
            "attenuation");
  EXPECT_EQ(CodeOf(TryDelegate(parent, ChildOf(R"(["crm/search"])", "\"ttl\": 200"))), "201");
  const ApiAnswer inherits = TryDelegate(parent, ChildOf());
  EXPECT_EQ(inherits.At("grant.expires"), Admin("GET", "/v1/grants/" + parent).At("grant.expires"));
}

TEST_F(Attacks, A05_WhatComesFromARevokedGrantIsWorthless) {
  const std::string root = Issue({});
  const std::string child = Delegate(root, ChildOf());
  const std::string leaf =
      Delegate(child, {.holder = "coder-3", .task = "", .tools = R"(["crm/search"])"});
  const Call by_child = {.agent = std::string(kChild)};
  const Call by_leaf = {.agent = "coder-3"};
  EXPECT_EQ(Reason(by_child), "permit");
  EXPECT_EQ(Reason(by_leaf), "permit");
  const ApiAnswer revoked = Admin("POST", "/v1/grants/" + root + "/revoke", "{}");
  ASSERT_EQ(revoked.status, 200);
  for (const Call& call : {by_child, by_leaf}) {
    EXPECT_EQ(Reason(call), "ancestor_revoked");
    Call later = call;
    later.headers = "Thuja-Min-Revision: " + revoked.At("revision") + "\r\n";
    EXPECT_EQ(Reason(later), "ancestor_revoked");
  }
  EXPECT_EQ(Reason({}), "grant_revoked");
  EXPECT_EQ(CodeOf(TryDelegate(child, ChildOf())), "parent_not_active");
}

// Children are delegated while the parent is revoked: whatever came first, none can be used after.
TEST_F(Attacks, A06_AChildThatIsBornWhileItsParentEndsIsWorthless) {
  for (int round = 0; round < 20; ++round) {
    const std::string task = "T" + std::to_string(round);
    const std::string root = Issue({.task = task});
    std::atomic<bool> acknowledged = false;
    std::thread revoker([&] {
      EXPECT_EQ(Do("revoke", root), "200");
      acknowledged = true;
    });
    std::vector<std::string> children;
    while (!acknowledged) {
      const ApiAnswer answer = TryDelegate(root, ChildOf());
      const std::string code = CodeOf(answer);
      ASSERT_TRUE(code == "201" || code == "parent_not_active") << code;
      if (answer.status == 201) children.push_back(answer.At("grant.id"));
    }
    revoker.join();
    EXPECT_EQ(CodeOf(TryDelegate(root, ChildOf())), "parent_not_active");
    const std::string why = Reason({.agent = std::string(kChild), .task = task});
    EXPECT_EQ(why, children.empty() ? "no_active_grant" : "ancestor_revoked");
  }
}

// A reader asks a coder to do it: the child of the reader's grant is bound by both classes.
TEST_F(Attacks, A07_WhoActsForAReaderOnlyReads) {
  const std::string reader =
      Issue({.holder = "summarizer-1", .agent_class = "summarizer", .tools = R"(["files/*"])"});
  Delegate(reader, ChildOf(R"(["files/*"])"));
  EXPECT_EQ(Reason({.agent = std::string(kChild), .tool = "files/read"}), "permit");
  EXPECT_EQ(Reason({.agent = std::string(kChild), .tool = "files/write"}), "tool_not_in_scope");
  Issue({.holder = std::string(kChild), .task = "own", .tools = R"(["files/*"])"});
  EXPECT_EQ(Reason({.agent = std::string(kChild), .tool = "files/write", .task = "own"}), "permit");
}

TEST_F(Attacks, S30_AtMostEightLevelsAreDelegated) {
  std::string at = Issue({});
  for (int depth = 1; depth <= 8; ++depth) {
    at = Delegate(at, {.holder = "level-" + std::to_string(depth), .task = "", .tools = ""});
  }
  EXPECT_EQ(Reason({.agent = "level-8"}), "permit");
  EXPECT_EQ(CodeOf(TryDelegate(at, ChildOf())), "depth_exceeded");
}

TEST_F(Attacks, S31_A37_ABudgetOfTenAllowsTenOfAHundred) {
  Issue({.more = "\"calls\": 10"});
  std::atomic<int> allowed = 0;
  std::atomic<int> exhausted = 0;
  std::vector<std::thread> callers;
  for (int i = 0; i < 100; ++i) {
    callers.emplace_back([&] {
      const std::string why = Shown({});
      if (why == "permit") ++allowed;
      if (why == "budget_exhausted") ++exhausted;
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(allowed, 10);
  EXPECT_EQ(exhausted, 90);
}

TEST_F(Attacks, A40_ChildrenSpendWhatTheirParentHas) {
  const std::string parent = Issue({.more = "\"calls\": 5"});
  EXPECT_EQ(CodeOf(TryDelegate(parent, ChildOf())), "attenuation") << "without a limit of its own";
  EXPECT_EQ(CodeOf(TryDelegate(parent, ChildOf(R"(["crm/search"])", "\"calls\": 6"))),
            "budget_exhausted");
  Delegate(parent, ChildOf(R"(["crm/search"])", "\"calls\": 3"));
  EXPECT_EQ(CodeOf(TryDelegate(parent, ChildOf(R"(["crm/search"])", "\"calls\": 3"))),
            "budget_exhausted");
  int parents = 0;
  int childrens = 0;
  for (int i = 0; i < 6; ++i) {
    parents += Shown({}) == "permit";
    childrens += Shown({.agent = std::string(kChild)}) == "permit";
  }
  EXPECT_EQ(parents, 2);
  EXPECT_EQ(childrens, 3);
}

TEST_F(Attacks, S39_TheKillSwitchEndsEverything) {
  const std::string root = Issue({});
  Delegate(root, ChildOf());
  Issue({.task = "T2"});
  Issue({.holder = "summarizer-1", .agent_class = "summarizer", .task = "T3"});
  const auto revoke = [&](const std::string& body) {
    return Admin("POST", "/v1/revoke", body, kGuardian).status;
  };
  EXPECT_EQ(revoke(R"({"task": "T1"})"), 200);
  EXPECT_EQ(Reason({}), "grant_revoked");
  EXPECT_EQ(Reason({.agent = std::string(kChild)}), "grant_revoked");
  EXPECT_EQ(Reason({.task = "T2"}), "permit");
  EXPECT_EQ(revoke(R"({"class": "summarizer"})"), 200);
  EXPECT_EQ(Reason({.agent = "summarizer-1", .task = "T3"}), "grant_revoked");
  EXPECT_EQ(revoke(R"({"holder": {"type": "Thuja::Agent", "id": "coder-1"}})"), 200);
  EXPECT_EQ(Reason({.task = "T2"}), "grant_revoked");
  Issue({.task = "T4"});
  EXPECT_EQ(Reason({.task = "T4"}), "permit");
  EXPECT_EQ(revoke(R"({"everything": true})"), 200);
  EXPECT_EQ(Reason({.task = "T4"}), "grant_revoked");
  EXPECT_EQ(revoke(R"({"everything": false})"), 400);
  EXPECT_EQ(revoke("{}"), 400);
}

}  // namespace
}  // namespace thuja::testing
