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

constexpr const char* kWithNine =
    R"({"principal": "User::\"alice\"", "action": "Action::\"read\"", "resource": "Doc::\"d\"",
        "context": {"n": 9}})";

PolicyExplanation ExplainFirst(const std::string& policy) {
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
    const PolicyExplanation explanation = ExplainFirst(row.policy);
    EXPECT_EQ(explanation.verdict, row.verdict) << row.policy;
    EXPECT_EQ(explanation.text, row.text) << row.policy;
  }
}

TEST(ExplainPolicy, ShowsTheConditionThatDidNotHold) {
  const PolicyExplanation when =
      ExplainFirst("permit (principal, action, resource) when { true } when { 1 == 2 };");
  EXPECT_EQ(when.verdict, PolicyExplanation::Verdict::kCondition);
  EXPECT_NE(when.text.find("1 == 2"), std::string::npos) << when.text;
  EXPECT_NE(when.text.find("when"), std::string::npos) << when.text;
  const PolicyExplanation unless =
      ExplainFirst("permit (principal, action, resource) unless { 1 == 1 };");
  EXPECT_NE(unless.text.find("unless"), std::string::npos) << unless.text;
}

TEST(ExplainPolicy, NamesTheSmallestPartAndTheValuesInIt) {
  const struct {
    const char* conditions;
    const char* text;
    const char* part;
  } kRows[] = {
      {"when { true && 1 + context.n < 9 && true }",
       "when does not hold: `1 + context.n < 9`, `1 + context.n` is `10`", "1 + context.n < 9"},
      {"when { true } when { !(context.n == 9 || false) }",
       "when does not hold: `context.n == 9`, `context.n` is `9`", "context.n == 9"},
      {"unless { false || (context.n == 9 && true) }", "unless holds: `context.n == 9 && true`",
       "context.n == 9 && true"},
      {"when { context.n == 1 || context.n == 2 }",
       "when does not hold: `context.n == 1 || context.n == 2`",
       "context.n == 1 || context.n == 2"},
      {"when { context has m }", "when does not hold: `context has m`, `context` is `{n: 9}`",
       "context has m"},
      {"when { principal in Group::\"g\" }",
       "when does not hold: `principal in Group::\"g\"`, `principal` is `User::\"alice\"`",
       "principal in Group::\"g\""},
      {"when { true && context.m }", "record `{n: 9}` has no attribute `m`", "context.m"},
  };
  for (const auto& row : kRows) {
    const std::string policy =
        "permit (principal, action, resource) " + std::string(row.conditions) + ";";
    const auto snapshot = testing::MakeSnapshot(policy);
    const Request request = testing::MakeRequest(kWithNine);
    const PolicyExplanation explanation = ExplainPolicy(*snapshot, request, {0});
    EXPECT_EQ(explanation.text, row.text) << policy;
    EXPECT_EQ(policy.substr(explanation.span.begin, explanation.span.end - explanation.span.begin),
              row.part)
        << policy;
  }
}

// Why, as `policy0 held 3: text` lines.
std::string ExplainToText(const std::string& policies, size_t nearest,
                          const DecideOptions& options = {}) {
  const auto snapshot = testing::MakeSnapshot(policies);
  const Request request = testing::MakeRequest(kWithNine);
  Scratch scratch;
  const Explanation explanation = Explain(*snapshot, request, scratch, options, nearest);
  const auto name = [](PolicyIndex policy) { return "policy" + std::to_string(policy.index); };
  std::string out;
  for (const PolicyIndex policy : explanation.determining) out += "by " + name(policy) + "\n";
  for (const PolicyIndex policy : explanation.overridden) out += "over " + name(policy) + "\n";
  for (const auto& [policy, why] : explanation.nearest) {
    out += name(policy) + " " + std::to_string(why.held) + "\n";
  }
  return out + "more " + std::to_string(explanation.more);
}

constexpr const char* kSixPermits =
    "permit (principal == User::\"bob\", action, resource);"
    "permit (principal, action, resource) when { true && context.n == 9 && context.n == 8 };"
    "permit (principal, action == Action::\"write\", resource == Doc::\"x\");"
    "permit (principal, action, resource) when { context.n == 8 && context.n == 9 };"
    "permit (principal, action, resource) when { context.n == 9 && context.m };"
    "permit (principal, action, resource) when { false };";

TEST(Explain, PutsThePermitOfWhichTheMostHeldFirst) {
  EXPECT_EQ(ExplainToText(kSixPermits, 9),
            "policy1 5\npolicy4 4\npolicy3 3\npolicy5 3\npolicy0 2\npolicy2 1\nmore 0");
  EXPECT_EQ(ExplainToText(kSixPermits, 2), "policy1 5\npolicy4 4\nmore 4");
}

TEST(Explain, NamesThePoliciesThatDetermined) {
  EXPECT_EQ(ExplainToText("permit (principal, action, resource);"
                          "permit (principal, action, resource) when { context.n == 9 };"
                          "permit (principal, action, resource) when { false };",
                          9),
            "by policy0\nby policy1\nmore 0");
}

TEST(Explain, NamesThePermitsThatAForbidOverrode) {
  EXPECT_EQ(ExplainToText("forbid (principal, action, resource);"
                          "permit (principal, action, resource);"
                          "permit (principal, action, resource) when { context.n == 8 };"
                          "forbid (principal, action, resource) when { context.n == 7 };",
                          9),
            "by policy0\nover policy1\npolicy2 3\nmore 0");
}

TEST(Explain, FollowsTheRuleForForbidsThatFail) {
  const std::string policies =
      "forbid (principal, action, resource) when { context.m };"
      "permit (principal, action, resource);";
  EXPECT_EQ(ExplainToText(policies, 9), "by policy1\nmore 0");
  EXPECT_EQ(ExplainToText(policies, 9, {.forbid_error = ForbidError::kDeny}),
            "by policy0\nover policy1\nmore 0");
}

TEST(Explain, FindsTheNearestThroughSwitches) {
  std::string policies;
  for (int i = 0; i < 500; ++i) {
    policies += "permit (principal, action, resource == Doc::\"" + std::to_string(i) + "\");";
  }
  policies +=
      "permit (principal, action, resource == Doc::\"d\") when { context.n == 9 && context.n < 3 "
      "};";
  for (int i = 0; i < 500; ++i) {
    policies +=
        "permit (principal, action, resource) when { context.n == " + std::to_string(i + 10) +
        " };";
  }
  EXPECT_EQ(ExplainToText(policies, 2), "policy500 4\npolicy501 3\nmore 999");
}

TEST(Explain, HasNothingToSayOfWhatWasNotDecided) {
  const auto snapshot = testing::MakeSnapshot(
      kSixPermits, R"([{"uid":{"type":"User","id":"alice"},"attrs":{"a":1},"parents":[]}])");
  const Request request = testing::MakeRequest(
      R"({"principal": "User::\"alice\"", "action": "Action::\"read\"", "resource": "Doc::\"d\"",
          "entities": [{"uid":{"type":"User","id":"alice"},"attrs":{"a":2},"parents":[]}]})");
  Scratch scratch;
  EXPECT_EQ(Explain(*snapshot, request, scratch, {}, 9).nearest.size(), 0U);
  const Explanation overriding =
      Explain(*snapshot, request, scratch, {.request_entities = RequestEntities::kOverride}, 9);
  EXPECT_EQ(overriding.nearest.size(), 6U);
}

TEST(AppendJson, ShowsPlacesAndWhatWasUnmet) {
  const auto snapshot = testing::MakeSnapshot(
      "permit (principal, action, resource)\nwhen { context.n == 8 };\n"
      "forbid (principal, action, resource);\npermit (principal, action, resource);");
  const Request request = testing::MakeRequest(kWithNine);
  Scratch scratch;
  std::string out;
  AppendJson(*snapshot, Explain(*snapshot, request, scratch, {}, 9), &out);
  EXPECT_EQ(out, R"({"determining":[{"policy":"policy1","effect":"forbid","at":"test.cedar:3:1"}],)"
                 R"("overridden":[{"policy":"policy2","effect":"permit","at":"test.cedar:4:1"}],)"
                 R"("nearest":[{"policy":"policy0","effect":"permit","at":"test.cedar:2:8",)"
                 R"("unmet":"condition",)"
                 R"("why":"when does not hold: `context.n == 8`, `context.n` is `9`"}],"more":0})");
}

}  // namespace
}  // namespace thuja::decide
