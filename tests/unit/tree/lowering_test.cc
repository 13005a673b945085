// SPDX-License-Identifier: Apache-2.0
// Policies as lists of tests.
#include "engine/tree/lowering.h"

#include <gtest/gtest.h>

#include <string>

#include "engine/tree/print.h"
#include "tests/support/decide_fixture.h"

namespace thuja::tree {
namespace {

// The tests of one policy, one a line; `|` stands behind those that can be exchanged.
std::string Lower(std::string_view policy) {
  const PolicySet set = testing::MakePolicies(policy);
  Vocabulary words;
  VocabularyBuilder builder(words);
  const LoweredPolicy lowered = Lowering(builder).Lower(set.bound().front());
  std::string out;
  for (size_t i = 0; i < lowered.tests.size(); ++i) {
    const Test& test = lowered.tests[i];
    if (i > 0) out += i == lowered.in_any_order ? " | " : ", ";
    out += (test.negated ? "not " : "") + Print(words, test.expression);
  }
  return out;
}

std::string LowerCondition(std::string_view condition) {
  return Lower("permit (principal, action, resource) when { " + std::string(condition) + " };");
}

TEST(Lowering, ScopesAreTests) {
  const struct {
    std::string_view scope;
    std::string_view tests;
  } kCases[] = {
      {"principal, action, resource", ""},
      {"principal == U::\"a\", action, resource", "(principal == U::\"a\")"},
      {"principal in U::\"a\", action, resource", "principal in U::\"a\""},
      {"principal is U, action, resource", "principal is U"},
      {"principal is U in U::\"a\", action, resource", "principal is U, principal in U::\"a\""},
      {"principal, action == Action::\"a\", resource", "(action == Action::\"a\")"},
      {"principal, action in Action::\"a\", resource", "action in Action::\"a\""},
      {"principal, action in [Action::\"a\", Action::\"b\", Action::\"a\"], resource",
       "action in [Action::\"a\", Action::\"b\"]"},
      {"principal, action in [], resource", "action in []"},
      {"principal, action, resource == D::\"d\"", "(resource == D::\"d\")"},
  };
  for (const auto& [scope, tests] : kCases) {
    EXPECT_EQ(Lower("permit (" + std::string(scope) + ");"), tests) << scope;
  }
}

TEST(Lowering, ConditionsBecomeTests) {
  const struct {
    std::string_view condition;
    std::string_view tests;
  } kCases[] = {
      {"context.a && context.b && context.c", "context.a, context.b, context.c"},
      {"!(context.a || context.b)", "not context.a, not context.b"},
      {"!!context.a", "context.a"},
      {"context.a || context.b", "(context.a || context.b)"},
      {"context.a != 1", "not (context.a == 1)"},
      {"1 == context.a", "(context.a == 1)"},
      {"5 < context.a", "(context.a > 5)"},
      {"!(context.a < 5)", "(context.a >= 5)"},
      // Of a value that may be of another type nothing is known but what is asked.
      {"!(context.a < \"x\")", "not (context.a < \"x\")"},
      {"context.a >= 1 && context.a < 5", "((context.a >= 1) && (context.a < 5))"},
      {"context.a >= 1 && context.b && context.a < 5",
       "(context.a >= 1), context.b, (context.a < 5)"},
      {"context has a.b", "context has a, context.a has b"},
      {"context.e is T in T::\"t\"", "context.e is T, context.e in T::\"t\""},
      {"context.e in [T::\"t\", T::\"s\"]", "context.e in [T::\"t\", T::\"s\"]"},
      {"context.e in [T::\"t\", 1]", "(context.e in [1, T::\"t\"])"},
      {"true && context.a", "context.a"},
      {"true && 1 + 1 == 2", ""},
      {"context.a == 1 + 2 * 3", "(context.a == 7)"},
      {"context.a == [2, 1, 2]", "(context.a == [1, 2])"},
      {"context.a == {x: 1 + 1}", "(context.a == {x: 2})"},
      {"(if true then context.a else context.b)", "context.a"},
      {"ip(\"10.0.0.1\").isInRange(ip(\"10.0.0.0/8\"))", ""},
      {"principal == U::\"a\" && context.a", "(principal == U::\"a\") | context.a"},
      // A constant that fails is asked when its turn comes.
      {"context.a && 1 + true == 2", "context.a, ((1 + true) == 2)"},
      {"9223372036854775807 + 1 > 0", "((9223372036854775807 + 1) > 0)"},
      {"ip(\"nonsense\") == context.a", "(ip(\"nonsense\") == context.a)"},
      {"false && context.a", "false, context.a"},
      {"ip() == ip()", "(ip() == ip())"},
  };
  for (const auto& [condition, tests] : kCases) {
    EXPECT_EQ(LowerCondition(condition), tests) << condition;
  }
}

TEST(Lowering, UnlessIsTheOpposite) {
  EXPECT_EQ(Lower("permit (principal, action, resource) unless { context.a && context.b } "
                  "unless { context.c || context.d };"),
            "not (context.a && context.b), not context.c, not context.d");
}

TEST(Lowering, ALongPolicyEndsWithTheRestAsOneTest) {
  std::string condition = "context.a0";
  for (int i = 1; i < 1000; ++i) condition += " && context.a" + std::to_string(i);
  const PolicySet set =
      testing::MakePolicies("permit (principal, action, resource) when { " + condition + " };");
  Vocabulary words;
  VocabularyBuilder builder(words);
  const LoweredPolicy lowered = Lowering(builder).Lower(set.bound().front());
  ASSERT_EQ(lowered.tests.size(), kMostTests);
  EXPECT_EQ(words.Operands(words.expressions[lowered.tests.back().expression]).size(),
            1000 - (kMostTests - 1));
}

// Neither makes an expression that is too high to be evaluated.
TEST(Lowering, LongPathsAndRowsStayFlat) {
  std::string path = "a";
  std::string row = "context.n > 0";
  for (int i = 0; i < 100'000; ++i) path += ".a";
  for (int i = 1; i < 10'000; ++i) row += " && context.n > " + std::to_string(i);
  for (const std::string& condition : {"context has " + path, row}) {
    const auto snapshot =
        testing::MakeSnapshot("permit (principal, action, resource) when { " + condition + " };");
    const Request request = testing::MakeRequest(
        R"({"principal": "U::\"a\"", "action": "Action::\"a\"", "resource": "U::\"a\"",
            "context": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": {"a": 1}}}}}}}}},
                        "n": 20000}})");
    EXPECT_EQ(
        testing::DecideToText(*snapshot, request),
        testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}));
  }
}

// The last test of a long policy is rarer than any other, and would be asked first if it could not
// fail.
TEST(Lowering, WhatIsJoinedKeepsItsPlace) {
  std::string policies;
  for (int i = 0; i < 3; ++i) {
    policies += "permit (principal, action, resource) when { principal in U::\"nobody\"";
    for (int k = 0; k < 80; ++k) {
      policies += " && principal in [U::\"a\", U::\"" + std::to_string(k) + "\"]";
    }
    policies += " && context.missing" + std::to_string(i) + " };\n";
  }
  EXPECT_EQ(testing::DecideToText(policies, "[]",
                                  R"({"principal": "U::\"a\"", "action": "Action::\"a\"",
                                      "resource": "U::\"a\""})"),
            "deny []");
}

TEST(Lowering, EqualExpressionsOfTwoPoliciesAreOne) {
  const PolicySet set = testing::MakePolicies(
      "permit (principal, action, resource) when { context.a.b == [1, \"x\"] };"
      "permit (principal, action, resource) when { [\"x\", 1] == context.a.b };");
  Vocabulary words;
  VocabularyBuilder builder(words);
  Lowering lowering(builder);
  EXPECT_EQ(lowering.Lower(set.bound()[0]).tests[0].expression,
            lowering.Lower(set.bound()[1]).tests[0].expression);
}

}  // namespace
}  // namespace thuja::tree
