// SPDX-License-Identifier: Apache-2.0
// Policies back to text.
#include "engine/lang/printer.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/lang/parse_text.h"

namespace thuja::lang {
namespace {

// The condition of a policy, parsed and printed.
std::string Reprinted(const std::string& condition) {
  const Parsed parsed = ParseText(When(condition));
  if (!parsed.ok()) return parsed.report;
  const Policy& policy = parsed.policies.front();
  return Print(policy.expressions, policy.conditions.front().body);
}

TEST(Printer, KeepsOnlyTheBracketsThatTheGrammarNeeds) {
  const std::pair<const char*, const char*> kRows[] = {
      {"((true))", "true"},
      {"(1 + 2) + 3 == 6", "1 + 2 + 3 == 6"},
      {"1 + (2 + 3) == 6", "1 + (2 + 3) == 6"},
      {"(1 * 2) + 3 == 5", "1 * 2 + 3 == 5"},
      {"1 * (2 + 3) == 5", "1 * (2 + 3) == 5"},
      {"1 - (2 - 3) == 2", "1 - (2 - 3) == 2"},
      {"(true && false) && true", "true && false && true"},
      {"true && (false && true)", "true && (false && true)"},
      {"(true || false) && true", "(true || false) && true"},
      {"true || (false && true)", "true || false && true"},
      {"(1 == 2) == (3 == 4)", "(1 == 2) == (3 == 4)"},
      {"!(1 == 2)", "!(1 == 2)"},
      {"!(principal has a)", "!(principal has a)"},
      {"!!true", "!(!true)"},
      {"-(1) == 1", "-(1) == 1"},
      {"-1 == -(-1)", "-1 == -(-1)"},
      {"--1 == 1", "-(-1) == 1"},
      {"(-1).a", "(-1).a"},
      {"-1.a", "-1.a"},
      {"(if true then 1 else 2) == 1", "(if true then 1 else 2) == 1"},
      {"if true then if true then 1 else 2 else 3", "if true then if true then 1 else 2 else 3"},
      {"(principal).a[\"b\"][\"c d\"]", "principal.a.b[\"c d\"]"},
      {"principal[\"if\"]", "principal[\"if\"]"},
      {"principal has \"a\"", "principal has a"},
      {"principal has \"if\"", "principal has \"if\""},
      {"principal has a.b", "principal has a.b"},
      {"context.a like \"a*\\*\\x2a\\\"\"", "context.a like \"a*\\**\\\"\""},
      {"principal is A in (B::\"x\")", "principal is A in B::\"x\""},
      {"(principal is A) && true", "principal is A && true"},
      {"{\"b c\": 1, a: 2} == {}", "{a: 2, \"b c\": 1} == {}"},
      {"[1, 2,].contains((3))", "[1, 2].contains(3)"},
      {"(ip(\"1.1.1.1\")).isInRange(ip(\"1.0.0.0/8\"),)",
       "ip(\"1.1.1.1\").isInRange(ip(\"1.0.0.0/8\"))"},
      {"A :: \"x\\u{e9}\" == principal", "A::\"xé\" == principal"},
      {"1 != 2 && 3 > 4 && 5 >= 6", "1 != 2 && 3 > 4 && 5 >= 6"},
  };
  for (const auto& [condition, printed] : kRows) {
    EXPECT_EQ(Reprinted(condition), printed) << condition;
    EXPECT_EQ(Reprinted(printed), printed) << condition;
    EXPECT_EQ(Dump(ParseText(When(condition)).policies.front()),
              Dump(ParseText(When(printed)).policies.front()));
  }
}

TEST(Printer, LaysAPolicyOutALineAPart) {
  const std::string text =
      "@id(\"a\\nb\")\n"
      "@marked\n"
      "forbid (\n"
      "  principal is A::B in ?principal,\n"
      "  action in [Action::\"x\", N::Action::\"y\"],\n"
      "  resource == C::\"z\"\n"
      ")\n"
      "when { true }\n"
      "unless { false };\n";
  const Parsed parsed = ParseText(text);
  ASSERT_TRUE(parsed.ok()) << parsed.report;
  EXPECT_EQ(Print(parsed.policies.front()), text);
}

TEST(Printer, KeepsTheDifferenceBetweenOneActionAndASetOfOne) {
  for (const char* scope : {"action in Action::\"a\"", "action in [Action::\"a\"]", "action in []",
                            "action == Action::\"a\""}) {
    const Parsed parsed = ParseText("permit (principal, " + std::string(scope) + ", resource);");
    ASSERT_TRUE(parsed.ok());
    EXPECT_NE(Print(parsed.policies.front()).find(scope), std::string::npos) << scope;
  }
}

TEST(Dump, TellsTreesApart) {
  const std::string kConditions[] = {"1 == 2",
                                     "1 != 2",
                                     "f(1)",
                                     "1.f()",
                                     "context.a",
                                     "context has a",
                                     "context has a.b",
                                     "context has \"a.b\"",
                                     "\"a\" like \"a*\"",
                                     "\"a\" like \"a\\*\"",
                                     "-1 == 2",
                                     "-(1) == 2",
                                     "principal is A",
                                     "principal is A in A::\"x\""};
  for (const std::string& a : kConditions) {
    for (const std::string& b : kConditions) {
      EXPECT_EQ(
          Dump(ParseText(When(a)).policies.front()) == Dump(ParseText(When(b)).policies.front()),
          a == b)
          << a << " and " << b;
    }
  }
}

}  // namespace
}  // namespace thuja::lang
