// SPDX-License-Identifier: Apache-2.0
// The code that policies are compiled to, as it prints.
#include "engine/tree/decision_tree.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "engine/tree/print.h"
#include "tests/support/decide_fixture.h"

namespace thuja::tree {
namespace {

std::string TreeOf(std::string_view policies) {
  const PolicySet set = testing::MakePolicies(policies);
  return Print(Compile(set), set);
}

TEST(DecisionTree, OfNothingIsEmpty) { EXPECT_EQ(TreeOf(""), ""); }

// The tests of a program, in the order of its code.
std::vector<Instruction> TestsOf(std::string_view policies) {
  const Program program = Compile(testing::MakePolicies(policies));
  std::vector<Instruction> tests;
  for (uint32_t at = 0; at < program.code.size();) {
    const auto instruction = static_cast<Instruction>(program.code[at]);
    switch (instruction) {
      case Instruction::kEnd: at += 1; break;
      case Instruction::kSatisfied: at += 2 + program.code[at + 1]; break;
      case Instruction::kSwitch: at += kSwitchWords; break;
      default: tests.push_back(instruction); at += kTestWords;
    }
  }
  return tests;
}

TEST(DecisionTree, TestsOfCommonFormsHaveWhatTheyAskAtHand) {
  using enum Instruction;
  struct Row {
    std::string_view policies;
    std::vector<Instruction> tests;
  };
  const Row rows[] = {
      {R"(permit (principal, action == Action::"a", resource);)", {kTestSymbol}},
      {R"(permit (principal in Group::"g", action, resource);)", {kTestIn}},
      {R"(permit (principal, action in [Action::"a"], resource);)", {kTestIn}},
      {R"(permit (principal, action in [Action::"a", Action::"b"], resource);)", {kTest}},
      {R"(permit (principal, action, resource) when { context.task in Task::"t" };)", {kTest}},
      {R"(permit (principal, action, resource) when { principal in resource.a };)",
       {kTestInAttribute}},
      {R"(permit (principal, action, resource) when { principal in resource.a.b };)", {kTest}},
      {R"(permit (principal, action, resource) when { principal in context.a };)", {kTest}},
      {R"(permit (principal, action, resource) when { resource.a };
          permit (principal, action, resource) when { principal in resource.a };)",
       {kTest, kTest}},
      {R"(permit (principal, action, resource) unless { context.a == 1 };)", {kTestEqual}},
      {R"(permit (principal, action, resource) when { context.a == context.b };)", {kTest}},
      // What is asked twice is remembered, and so asked for as any other.
      {R"(permit (principal, action, resource) when { context.a == 1 };
          permit (principal, action, resource) when { context.b && context.a == 1 };)",
       {kTest, kTest, kTest}},
      // What a variable is in need not be remembered.
      {R"(permit (principal in Group::"g", action, resource);
          permit (principal, action, resource) when { context.b && principal in Group::"g" };)",
       {kTest, kTestIn, kTestIn}},
  };
  for (const Row& row : rows) EXPECT_EQ(TestsOf(row.policies), row.tests) << row.policies;
}

TEST(DecisionTree, SharesTheBeginningsOfPolicies) {
  EXPECT_EQ(TreeOf(R"(
permit (principal, action == Action::"call", resource) when { context.a && context.b };
permit (principal, action == Action::"call", resource) when { context.a && context.c };
forbid (principal, action == Action::"call", resource);
permit (principal, action, resource);
)"),
            R"(permit policy3
test (action == Action::"call")
  forbid policy2
  test context.a
    test context.b
      permit policy0
    test context.c
      permit policy1
)");
}

TEST(DecisionTree, AsksFirstWhatFewPoliciesAsk) {
  EXPECT_EQ(TreeOf(R"(
permit (principal is Agent, action == Action::"call", resource == Tool::"a");
permit (principal is Agent, action == Action::"call", resource == Tool::"b");
permit (principal is Agent, action == Action::"call", resource == Tool::"c");
permit (principal is Agent, action == Action::"read", resource == Tool::"d");
)"),
            R"(test (action == Action::"read")
  test (resource == Tool::"d")
    test principal is Agent
      permit policy3
test (resource == Tool::"a")
  test (action == Action::"call")
    test principal is Agent
      permit policy0
test (resource == Tool::"b")
  test (action == Action::"call")
    test principal is Agent
      permit policy1
test (resource == Tool::"c")
  test (action == Action::"call")
    test principal is Agent
      permit policy2
)");
}

TEST(DecisionTree, NeverExchangesTestsThatCanFail) {
  EXPECT_EQ(TreeOf(R"(
permit (principal, action, resource) when { context.a && principal == User::"x" };
permit (principal, action, resource) when { context.a && principal == User::"y" };
)"),
            R"(test context.a
  test (principal == User::"x")
    permit policy0
  test (principal == User::"y")
    permit policy1
)");
}

// One switch of each family; each of its cases leads to the policy of the same number.
TEST(DecisionTree, MakesASwitchOfManyTestsOfOneSubject) {
  const struct {
    std::string_view subject;
    std::string_view tests[4];
    std::string_view keys[4];
  } kCases[] = {
      {"principal ==",
       {R"(principal == U::"0")", R"(principal == U::"1")", R"(principal == U::"2")",
        R"(principal == U::"3")"},
       {R"(U::"0")", R"(U::"1")", R"(U::"2")", R"(U::"3")"}},
      {"context.s ==",
       {R"(context.s == "0")", R"("1" == context.s)", "context.s == 2", "context.s == [3]"},
       {R"("0")", R"("1")", "2", "[3]"}},
      {"principal in",
       {R"(principal in U::"0")", R"(principal in U::"1")", R"(principal in U::"2")",
        R"(principal in [U::"3"])"},
       {R"(U::"0")", R"(U::"1")", R"(U::"2")", R"(U::"3")"}},
      {"context.e is",
       {"context.e is T0", "context.e is T1", "context.e is T2", "context.e is T3"},
       {"T0", "T1", "T2", "T3"}},
      {"context.s contains",
       {"context.s.contains(0)", "context.s.contains(1)", "context.s.containsAny([2])",
        "context.s.contains(\"3\")"},
       {"0", "1", "2", "\"3\""}},
      {"context.a isInRange",
       {R"(context.a.isInRange(ip("10.0.0.0/8")))", R"(context.a.isInRange(ip("10.1.0.0/16")))",
        R"(context.a.isInRange(ip("::1")))", R"(context.a.isInRange(ip("11.22.33.44/8")))"},
       {"ip(\"10.0.0.0/8\")", "ip(\"10.1.0.0/16\")", "ip(\"::1/128\")", "ip(\"11.0.0.0/8\")"}},
  };
  for (const auto& one : kCases) {
    std::string policies;
    std::vector<std::string> blocks;
    for (size_t i = 0; i < 4; ++i) {
      policies +=
          "permit (principal, action, resource) when { " + std::string(one.tests[i]) + " };\n";
      blocks.push_back("  " + std::string(one.keys[i]) + ":\n    permit policy" +
                       std::to_string(i) + "\n");
    }
    const std::string tree = TreeOf(policies);
    EXPECT_TRUE(tree.starts_with("switch " + std::string(one.subject) + "\n")) << tree;
    for (const std::string& block : blocks) {
      EXPECT_NE(tree.find(block), std::string::npos) << block << tree;
    }
  }
}

TEST(DecisionTree, MakesOneSwitchOfIntervals) {
  std::string policies;
  for (int i = 0; i < 6; ++i) {
    policies += "permit (principal, action, resource) when { context.n >= " + std::to_string(i) +
                " && context.n < " + std::to_string(i + 3) + " };\n";
  }
  const std::string tree = TreeOf(policies);
  EXPECT_TRUE(tree.starts_with("switch context.n in an interval\n")) << tree;
  EXPECT_NE(tree.find("  2 to 4:\n    permit policy2\n"), std::string::npos) << tree;
}

TEST(DecisionTree, MakesOneSwitchOfPatterns) {
  std::string policies;
  for (int i = 0; i < 12; ++i) {
    policies += "permit (principal, action, resource) when { context.s like \"*/" +
                std::to_string(i) + "/*\" };\n";
  }
  const std::string tree = TreeOf(policies);
  EXPECT_TRUE(tree.starts_with("switch context.s like\n")) << tree;
  EXPECT_NE(tree.find("  \"*/7/*\":\n    permit policy7\n"), std::string::npos) << tree;
}

TEST(DecisionTree, WhatEveryPolicyAsksIsAskedOnce) {
  const PolicySet set = testing::MakePolicies(
      "permit (principal, action, resource) when { context.a.b == 1 || context.a.b == 2 };"
      "permit (principal, action, resource) when { context.a.b == 3 || context.a.c };");
  const Program program = Compile(set);
  EXPECT_EQ(program.slots, 2u);  // context.a and context.a.b
}

TEST(DecisionTree, IsLinearInThePolicies) {
  const auto size_of = [](int count) {
    std::string policies;
    for (int i = 0; i < count; ++i) {
      const std::string n = std::to_string(i);
      policies += "permit (principal in G::\"" + n + "\", action, resource in F::\"" + n +
                  "\") when { context.a" + n + " == " + n + " && context.b contains" +
                  "All([1, 2]) };\n";
    }
    for (size_t at = 0; (at = policies.find("context.b contains", at)) != std::string::npos;) {
      policies.replace(at, 18, "context.b.contains");
    }
    const PolicySet set = testing::MakePolicies(policies);
    return Compile(set).figures;
  };
  const Figures small = size_of(100);
  const Figures large = size_of(1000);
  EXPECT_LE(large.program_bytes, 11 * small.program_bytes);
  EXPECT_LE(large.worst_case_nodes, 11 * small.worst_case_nodes);
}

}  // namespace
}  // namespace thuja::tree
