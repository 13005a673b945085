// SPDX-License-Identifier: Apache-2.0
// The sentences that people read.
#include "engine/decide/explain.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/support/decide_fixture.h"

namespace thuja::decide {
namespace {

using testing::ExpressionWorld;

TEST(DescribeError, HasASentenceForEveryKind) {
  const ExpressionWorld world(
      R"([{"uid":{"type":"User","id":"alice"},"attrs":{"n":1},"parents":[]}])");
  const std::pair<const char*, const char*> kRows[] = {
      {"User::\"bob\".n == 1", "entity `User::\"bob\"` does not exist"},
      {"principal.level == 1", "entity `User::\"alice\"` has no attribute `level`"},
      {"principal.getTag(\"t\") == 1", "entity `User::\"alice\"` has no tag `t`"},
      {"context.a == 1", "record `{}` has no attribute `a`"},
      {"1 + true == 2", "expected long, found bool `true`"},
      {"principal.n", "expected bool, found long `1`"},
      {"ip().isIpv4()", "`ip` takes 1 argument, found 0"},
      {"ip(\"1.1.1.1\").isInRange()", "`isInRange` takes 1 argument, found 0"},
      {"9223372036854775807 + principal.n == 0",
       "the result of `+` does not fit into a 64-bit integer; its first operand is "
       "`9223372036854775807`"},
      {"ip(\"x\").isIpv4()", "`ip` was given a text that is not an IP address: `\"x\"`"},
  };
  for (const auto& [expression, sentence] : kRows) {
    EXPECT_EQ(world.Sentence(expression), sentence) << expression;
  }
}

PolicyExplanation Explain(const std::string& policy) {
  const auto snapshot = testing::MakeSnapshot(policy);
  return ExplainPolicy(*snapshot, testing::MakeRequest(testing::kPlainRequest), {0});
}

TEST(ExplainPolicy, SaysWhichPartDidNotHold) {
  using Verdict = PolicyExplanation::Verdict;
  struct Row {
    const char* policy;
    Verdict verdict;
    const char* text;
  };
  const Row kRows[] = {
      {"permit (principal, action, resource);", Verdict::kSatisfied, ""},
      {"permit (principal == User::\"bob\", action, resource);", Verdict::kScope,
       "the principal `User::\"alice\"` is not `User::\"bob\"`"},
      {"permit (principal in Group::\"g\", action, resource);", Verdict::kScope,
       "the principal `User::\"alice\"` is not in `Group::\"g\"`"},
      {"permit (principal, action, resource is File);", Verdict::kScope,
       "the resource `Doc::\"d\"` is not of type `File`"},
      {"permit (principal, action == Action::\"write\", resource);", Verdict::kScope,
       "the action `Action::\"read\"` is not `Action::\"write\"`"},
      {"permit (principal, action in [], resource);", Verdict::kScope,
       "the action `Action::\"read\"` is not in an empty set"},
      {"permit (principal, action, resource) when { context.a };", Verdict::kError,
       "record `{}` has no attribute `a`"},
  };
  for (const Row& row : kRows) {
    const PolicyExplanation explanation = Explain(row.policy);
    EXPECT_EQ(explanation.verdict, row.verdict) << row.policy;
    EXPECT_EQ(explanation.text, row.text) << row.policy;
  }
}

TEST(ExplainPolicy, ShowsTheConditionThatDidNotHold) {
  const PolicyExplanation when =
      Explain("permit (principal, action, resource) when { true } when { 1 == 2 };");
  EXPECT_EQ(when.verdict, PolicyExplanation::Verdict::kCondition);
  EXPECT_NE(when.text.find("1 == 2"), std::string::npos) << when.text;
  EXPECT_NE(when.text.find("when"), std::string::npos) << when.text;
  const PolicyExplanation unless =
      Explain("permit (principal, action, resource) unless { 1 == 1 };");
  EXPECT_NE(unless.text.find("unless"), std::string::npos) << unless.text;
}

}  // namespace
}  // namespace thuja::decide
