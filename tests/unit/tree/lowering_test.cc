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
      {"context.a == -(1 + 1)", "(context.a == -2)"},
      {"[].isEmpty() && !(1 == 2)", ""},
      {"\"abc\" like \"a*\"", ""},
      {"\"abc\" like \"b*\"", "false"},
      {"{x: context.a}.x == 1", "({x: context.a}.x == 1)"},
      {"{x: 1 + 1}.x == 2", ""},
      {"principal == U::\"a\" && context is T", "(principal == U::\"a\") | context is T"},
      {"context.a >= 1 && context.b < 5", "(context.a >= 1), (context.b < 5)"},
      {"context.a >= 1 && context.a < duration(\"5ms\")",
       "(context.a >= 1), (context.a < duration(\"5ms\"))"},
  };
  for (const auto& [condition, tests] : kCases) {
    EXPECT_EQ(LowerCondition(condition), tests) << condition;
  }
}

// What a switch needs to know of the last test of a condition, as `family` and for a range its
// bounds.
std::string FamilyOf(std::string_view condition) {
  static constexpr std::string_view kNames[] = {"none",  "symbol", "equal",    "in",      "is",
                                                "range", "like",   "contains", "in range"};
  const PolicySet set = testing::MakePolicies("permit (principal, action, resource) when { " +
                                              std::string(condition) + " };");
  Vocabulary words;
  VocabularyBuilder builder(words);
  const LoweredPolicy lowered = Lowering(builder).Lower(set.bound().front());
  const Test& test = lowered.tests.back();
  std::string out(kNames[static_cast<size_t>(test.family)]);
  if (test.family == Family::kRange) {
    out += " " + std::to_string(test.low) + " to " + std::to_string(test.high);
  }
  return out;
}

TEST(Lowering, KnowsHowASwitchFindsATest) {
  const struct {
    std::string_view condition;
    std::string_view family;
  } kCases[] = {
      {"context.a", "none"},
      {"context.a || context.b", "none"},
      {"context.a == context.b", "none"},
      {"context.a != 1", "none"},
      {"principal == U::\"a\"", "symbol"},
      {"U::\"a\" == resource", "symbol"},
      {"context.a == 1", "equal"},
      {"context.a == [1, 2]", "equal"},
      {"context.a == {x: 1 + 1}", "equal"},
      {"[1, 2].contains(context.a)", "equal"},
      {"principal in U::\"a\"", "in"},
      {"context.a in [U::\"a\", U::\"b\"]", "in"},
      {"principal in context.a", "none"},
      {"resource is U", "is"},
      {"context.a like \"a*\"", "like"},
      {"context.a.contains(1)", "contains"},
      {"context.a.contains(context.b)", "none"},
      {"context.a.containsAny([1, 2])", "contains"},
      {"context.a.containsAll([1, 2])", "contains"},
      {"context.a.containsAll([])", "none"},
      {"context.a.containsAny([])", "none"},
      {"context.a.isInRange(ip(\"10.0.0.0/8\"))", "in range"},
      {"context.a.isLoopback()", "none"},
      {"context.a.lessThan(decimal(\"1.0\"))", "none"},
      {"context.a < 5", "range -9223372036854775808 to 4"},
      {"5 >= context.a", "range -9223372036854775808 to 5"},
      {"context.a > 5", "range 6 to 9223372036854775807"},
      {"context.a >= 5", "range 5 to 9223372036854775807"},
      {"!(context.a < 5)", "range 5 to 9223372036854775807"},
      {"context.a > duration(\"5ms\")", "range 6 to 9223372036854775807"},
      {"context.a >= datetime(\"1970-01-01\")", "range 0 to 9223372036854775807"},
      {"context.a >= 3 && context.a < 9", "range 3 to 8"},
      {"context.a < 9 && context.a >= 3", "range 3 to 8"},
      {"context.a > 3 && context.a > 1 && context.a <= 9 && context.a <= 12", "range 4 to 9"},
      {"context.a < \"x\"", "none"},
  };
  for (const auto& [condition, family] : kCases) {
    EXPECT_EQ(FamilyOf(condition), family) << condition;
  }
}

// An expression over more of them would be as high as they are many.
TEST(Lowering, OnlySoManyComparisonsAreJoined) {
  std::string row = "context.n > 0";
  for (int i = 1; i < 2 * kMostJoined; ++i) row += " && context.n > " + std::to_string(i);
  const PolicySet set =
      testing::MakePolicies("permit (principal, action, resource) when { " + row + " };");
  Vocabulary words;
  VocabularyBuilder builder(words);
  EXPECT_EQ(Lowering(builder).Lower(set.bound().front()).tests.size(), 2u);
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

TEST(Lowering, TheRestOfALongPolicyKeepsItsNegations) {
  std::string condition = "context.a";
  for (int i = 0; i < 100; ++i) condition += " && !(context.b like \"" + std::to_string(i) + "\")";
  for (const char* b : {"x", "7", "99"}) {
    const auto snapshot =
        testing::MakeSnapshot("permit (principal, action, resource) when { " + condition + " };");
    const Request request = testing::MakeRequest(
        R"({"principal": "U::\"a\"", "action": "Action::\"a\"", "resource": "U::\"a\"",
            "context": {"a": true, "b": ")" +
        std::string(b) + "\"}}");
    EXPECT_EQ(testing::DecideToText(*snapshot, request),
              b == std::string("x") ? "allow [policy0]" : "deny []")
        << b;
  }
}

// Neither makes an expression that is too high to be evaluated.
TEST(Lowering, LongPathsAndRowsStayFlat) {
  std::string path = "a";
  std::string row = "context.n > 0";
  for (int i = 0; i < 100'000; ++i) path += ".a";
  for (int i = 1; i < 10'000; ++i) row += " && context.n > " + std::to_string(i);
  const std::string missing = "context has a.a.a.a.a.a.a.a.a.b";
  const std::string present = "context has a.a.a.a.a.a.a.a.a.a";
  for (const std::string& condition : {"context has " + path, row, missing, present}) {
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
      "permit (principal, action, resource)"
      " when { context.a.b == [1, \"x\"] && context.c like \"a*b\" };"
      "permit (principal, action, resource)"
      " when { [\"x\", 1] == context.a.b && context.c like \"a*b\" };");
  Vocabulary words;
  VocabularyBuilder builder(words);
  Lowering lowering(builder);
  const LoweredPolicy first = lowering.Lower(set.bound()[0]);
  const LoweredPolicy second = lowering.Lower(set.bound()[1]);
  EXPECT_EQ(first.tests[0].expression, second.tests[0].expression);
  EXPECT_EQ(first.tests[1].expression, second.tests[1].expression);
}

}  // namespace
}  // namespace thuja::tree
