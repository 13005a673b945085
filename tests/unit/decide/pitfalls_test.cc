// SPDX-License-Identifier: Apache-2.0
// The points of Cedar that independent implementations get wrong, a test each.
//
// Not here, because this program does not do it yet: schemas (28, 29, 31 to 33, 37, 44), the
// validator (34 to 36), policies in JSON form (parts of 20, 24, 25, 39), the formatter (part of
// 38).
#include <gtest/gtest.h>

#include <string>

#include "engine/lang/parser.h"
#include "engine/lang/printer.h"
#include "tests/support/decide_fixture.h"

namespace thuja {
namespace {

using testing::DecideToText;
using testing::ExpressionWorld;
using testing::ParseErrors;

std::string Evaluate(std::string_view expression) { return ExpressionWorld().Evaluate(expression); }

bool Parses(std::string_view policies) { return ParseErrors(policies).empty(); }

bool ParsesWhen(const std::string& condition) {
  return Parses("permit (principal, action, resource) when { " + condition + " };");
}

TEST(Pitfalls, P01TheSmallestLongIsALiteralOnlyRightBehindItsSign) {
  EXPECT_EQ(Evaluate("-9223372036854775808 < 0"), "true");
  EXPECT_EQ(Evaluate("- 9223372036854775808 < 0"), "true");
  EXPECT_FALSE(ParsesWhen("-(9223372036854775808) < 0"));
  EXPECT_FALSE(ParsesWhen("9223372036854775808 > 0"));
  EXPECT_EQ(Evaluate("--9223372036854775808 > 0"), "integer_overflow");
}

TEST(Pitfalls, P02RelationsDoNotAssociateAndSignsDoNotMix) {
  EXPECT_FALSE(ParsesWhen("1 == 2 == false"));
  EXPECT_FALSE(ParsesWhen("principal is User == true"));
  EXPECT_FALSE(ParsesWhen("!-1"));
  EXPECT_TRUE(ParsesWhen("!!!!true"));
  EXPECT_FALSE(ParsesWhen("!!!!!true"));
}

TEST(Pitfalls, P03IfIsNoOperand) {
  EXPECT_FALSE(ParsesWhen("true && if true then true else false"));
  EXPECT_TRUE(ParsesWhen("true && (if true then true else false)"));
}

TEST(Pitfalls, P04OnlyWhiteSpaceIsSpace) {
  EXPECT_FALSE(Parses("\uFEFFpermit (principal, action, resource);"));
  EXPECT_FALSE(ParsesWhen("\"a\rb\" == \"\""));
  EXPECT_FALSE(ParsesWhen("true\u200B"));
  EXPECT_TRUE(ParsesWhen("true\u00A0"));
}

TEST(Pitfalls, P05AnEscapedStarIsAWildcardUnlessABackslashStandsBeforeIt) {
  EXPECT_EQ(Evaluate(R"("abc" like "\x2a")"), "true");
  EXPECT_EQ(Evaluate(R"("abc" like "\u{2a}")"), "true");
  EXPECT_EQ(Evaluate(R"("abc" like "\*")"), "false");
  EXPECT_EQ(Evaluate(R"("*" like "\*")"), "true");
  EXPECT_FALSE(ParsesWhen(R"("\*" == "*")"));
}

TEST(Pitfalls, P06MissingEntitiesHaveNothingButAreInThemselves) {
  EXPECT_EQ(Evaluate("User::\"nobody\" has name"), "false");
  EXPECT_EQ(Evaluate("User::\"nobody\".hasTag(\"t\")"), "false");
  EXPECT_EQ(Evaluate("User::\"nobody\".name == 1"), "entity_does_not_exist");
  EXPECT_EQ(Evaluate("User::\"nobody\".getTag(\"t\") == 1"), "entity_does_not_exist");
  EXPECT_EQ(Evaluate("User::\"nobody\" in User::\"nobody\""), "true");
  EXPECT_EQ(Evaluate("User::\"nobody\" in User::\"other\""), "false");
}

TEST(Pitfalls, P07AllElementsBehindInMustBeEntities) {
  EXPECT_EQ(Evaluate("principal in [principal, 1]"), "type_error");
  EXPECT_EQ(Evaluate("principal in [principal]"), "true");
  EXPECT_EQ(Evaluate("principal in []"), "false");
}

TEST(Pitfalls, P08IsInDoesNotLookIntoTheGroupOfAnotherType) {
  EXPECT_EQ(Evaluate("principal is Robot in context.nothing"), "false");
  EXPECT_EQ(Evaluate("principal is User in context.nothing"), "record_attr_does_not_exist");
}

TEST(Pitfalls, P09EqualityNeverFailsAndIgnoresAttributes) {
  EXPECT_EQ(Evaluate("1 == \"1\""), "false");
  EXPECT_EQ(Evaluate("principal == 1"), "false");
  EXPECT_EQ(Evaluate("User::\"alice\" == principal"), "true");
}

TEST(Pitfalls, P10SetsAreEqualByTheirMembersHoweverTheseAreWritten) {
  EXPECT_EQ(Evaluate("[decimal(\"1.0\"), decimal(\"1.00\")] == [decimal(\"1.0000\")]"), "true");
  EXPECT_EQ(Evaluate("[ip(\"1.2.3.4\"), ip(\"1.2.3.4/32\")] == [ip(\"1.2.3.4\")]"), "true");
  EXPECT_EQ(Evaluate("[[1, 2], [2, 1, 1]] == [[2, 1]]"), "true");
}

TEST(Pitfalls, P11GreaterEvaluatesItsLeftSideFirst) {
  EXPECT_EQ(Evaluate("context.nothing > (1 + true)"), "record_attr_does_not_exist");
  EXPECT_EQ(Evaluate("(1 + true) > context.nothing"), "type_error");
  EXPECT_EQ(Evaluate("(1 + true) >= context.nothing"), "type_error");
}

TEST(Pitfalls, P12AForbidThatFailsDoesNotDenyAndAllErrorsAreReported) {
  EXPECT_EQ(DecideToText("permit (principal, action, resource);"
                         "forbid (principal, action, resource) when { context.nothing };"
                         "forbid (principal, action, resource) when { 1 + true == 2 };"),
            "allow [policy0] errors [policy1:record_attr_does_not_exist, policy2:type_error]");
  EXPECT_EQ(DecideToText("forbid (principal, action, resource);"
                         "permit (principal, action, resource) when { context.nothing };"),
            "deny [policy0] errors [policy1:record_attr_does_not_exist]");
}

TEST(Pitfalls, P13AddressesKeepTheirHostBitsAndHaveOneSpelling) {
  EXPECT_EQ(Evaluate("ip(\"1.2.3.4/24\") == ip(\"1.2.3.0/24\")"), "false");
  for (const char* bad : {"::ffff:1.2.3.4", "01.2.3.4", "1.2.3.4/08", "1.2.3", " 1.2.3.4",
                          "0000:0000:0000:0000:0000:0000:0000:0000/0128"}) {
    EXPECT_EQ(Evaluate("ip(\"" + std::string(bad) + "\").isIpv4()"), "extension_function_failed")
        << bad;
  }
}

TEST(Pitfalls, P14LoopbackAndMulticastDependOnThePrefix) {
  EXPECT_EQ(Evaluate("ip(\"127.0.0.1/8\").isLoopback()"), "true");
  EXPECT_EQ(Evaluate("ip(\"127.0.0.1/7\").isLoopback()"), "false");
  EXPECT_EQ(Evaluate("ip(\"::1\").isLoopback()"), "true");
  EXPECT_EQ(Evaluate("ip(\"::1/127\").isLoopback()"), "false");
  EXPECT_EQ(Evaluate("ip(\"224.0.0.0/4\").isMulticast()"), "true");
  EXPECT_EQ(Evaluate("ip(\"224.0.0.0/3\").isMulticast()"), "false");
  EXPECT_EQ(Evaluate("ip(\"ff00::/8\").isMulticast()"), "true");
  EXPECT_EQ(Evaluate("ip(\"ff00::/7\").isMulticast()"), "false");
}

TEST(Pitfalls, P15DecimalsBetweenMinusOneAndZeroAreNegative) {
  EXPECT_EQ(Evaluate("decimal(\"-0.5\").lessThan(decimal(\"0.0\"))"), "true");
  EXPECT_EQ(Evaluate("decimal(\"-0.0\") == decimal(\"0.0\")"), "true");
}

TEST(Pitfalls, P16DecimalsAndDurationsReachTheEdgesOf64Bits) {
  EXPECT_EQ(Evaluate("decimal(\"-922337203685477.5808\").lessThan(decimal(\"0.0\"))"), "true");
  EXPECT_EQ(Evaluate("decimal(\"922337203685477.5808\") == 1"), "extension_function_failed");
  EXPECT_EQ(Evaluate("duration(\"-9223372036854775808ms\") < duration(\"0ms\")"), "true");
  EXPECT_EQ(Evaluate("duration(\"9223372036854775808ms\") == 1"), "extension_function_failed");
}

TEST(Pitfalls, P17DatetimesHaveOneGrammarAndTheirOffsetPointsAhead) {
  EXPECT_EQ(
      Evaluate("datetime(\"2024-01-01T10:00:00+0200\") == datetime(\"2024-01-01T08:00:00Z\")"),
      "true");
  EXPECT_EQ(Evaluate("datetime(\"0000-01-01\") < datetime(\"1970-01-01\")"), "true");
  for (const char* bad :
       {"2024-01-01T10:00:00", "2024-01-01T10:00:00.1Z", "2024-01-01T10:00:00+02:00",
        "2024-01-01T10:00:00+2400", "2024-01-01T24:00:00Z", "2024-01-01t10:00:00z", "2023-02-29",
        "+02024-01-01", "10000-01-01", "2024-1-1"}) {
    EXPECT_EQ(Evaluate("datetime(\"" + std::string(bad) + "\") == 1"), "extension_function_failed")
        << bad;
  }
}

TEST(Pitfalls, P18DatesFloorAndDurationsTruncate) {
  EXPECT_EQ(Evaluate("datetime(\"1969-12-31T23:00:00Z\").toDate() == datetime(\"1969-12-31\")"),
            "true");
  EXPECT_EQ(Evaluate("datetime(\"1969-12-31T23:00:00Z\").toTime() == duration(\"23h\")"), "true");
  EXPECT_EQ(Evaluate("duration(\"-1999ms\").toSeconds() == -1"), "true");
}

TEST(Pitfalls, P19IdentifiersAreAscii) {
  EXPECT_FALSE(ParsesWhen("context.é == 1"));
  EXPECT_TRUE(ParsesWhen("context[\"é\"] == 1"));
}

TEST(Pitfalls, P20AnnotationsTakeKeywordsOnceAndNoValueIsNotAnEmptyOne) {
  EXPECT_TRUE(Parses("@if(\"x\") @in permit (principal, action, resource);"));
  EXPECT_EQ(ParseErrors("@a @a permit (principal, action, resource);"), "duplicate-annotation");
  const PolicySet set = testing::MakePolicies("@a @b(\"\") permit (principal, action, resource);");
  EXPECT_FALSE(set.Find("policy0")->FindAnnotation("a")->value);
  EXPECT_EQ(set.Find("policy0")->FindAnnotation("b")->value, "");
}

TEST(Pitfalls, P21RecordKeysAreTheSameHoweverTheyAreSpelled) {
  EXPECT_FALSE(ParsesWhen("{a: 1, \"a\": 2} == context"));
  EXPECT_FALSE(ParsesWhen("{\"a\": 1, \"\\u{61}\": 2} == context"));
}

TEST(Pitfalls, P22PositionsCountTemplates) {
  EXPECT_EQ(DecideToText("permit (principal == ?principal, action, resource);"
                         "@id(\"named\") permit (principal, action, resource);"),
            "allow [policy1]");
}

TEST(Pitfalls, P23ExtraSlotValuesAreRefused) {
  PolicySet set = testing::MakePolicies("permit (principal == ?principal, action, resource);");
  const lang::EntityLiteral alice{"User", "alice"};
  EXPECT_EQ(set.Link("policy0", "a", {{"?principal", alice}, {"?resource", alice}}),
            PolicySet::LinkError::kExtraValue);
}

TEST(Pitfalls, P24ASlotBehindIsInIsFilled) {
  PolicySet set =
      testing::MakePolicies("permit (principal is User in ?principal, action, resource);");
  ASSERT_EQ(set.Link("policy0", "a", {{"?principal", {"User", "alice"}}}),
            PolicySet::LinkError::kNone);
  SnapshotBuilder builder;
  builder.SetPolicies(std::move(set));
  EXPECT_EQ(DecideToText(*builder.Build(), testing::MakeRequest(testing::kPlainRequest)),
            "allow [a]");
}

TEST(Pitfalls, P25ActionsInTheScopeHaveAnActionType) {
  EXPECT_EQ(ParseErrors("permit (principal, action == User::\"a\", resource);"),
            "not-an-action-type");
  EXPECT_TRUE(Parses("permit (principal, action == A::B::Action::\"a\", resource);"));
}

TEST(Pitfalls, P26MalformedEscapesAreRecords) {
  const ExpressionWorld world(
      "[]", R"({"principal": "User::\"a\"", "action": "Action::\"b\"", "resource": "Doc::\"d\"",
               "context": {"text": {"__entity": "User::a"}, "more": {"__entity": {"type": "U",
               "id": "a"}, "x": 1}, "bare": {"__extn": {"fn": "ip"}}}})");
  EXPECT_EQ(world.Evaluate("context.text.__entity == \"User::a\""), "true");
  EXPECT_EQ(world.Evaluate("context.more.x == 1"), "true");
  EXPECT_EQ(world.Evaluate("context.bare.__extn.fn == \"ip\""), "true");
}

TEST(Pitfalls, P27TagsCountWhenTwoDefinitionsOfAnEntityAreCompared) {
  const auto accepted = [](const char* second_tag) {
    Diagnostics diagnostics;
    const std::string entity =
        R"({"uid":{"type":"U","id":"a"},"attrs":{},"parents":[],"tags":{"t":)";
    return ReadEntities(testing::MakeSource("[" + entity + "1}}," + entity + second_tag + "}}]"),
                        diagnostics)
        .has_value();
  };
  EXPECT_TRUE(accepted("1"));
  EXPECT_FALSE(accepted("2"));
}

TEST(Pitfalls, P30TheArityOfFunctionsIsSeenAtEvaluationAndSkipsOnePolicy) {
  EXPECT_TRUE(ParsesWhen("ip()"));
  EXPECT_FALSE(ParsesWhen("[].contains()"));
  EXPECT_EQ(DecideToText("permit (principal, action, resource);"
                         "forbid (principal, action, resource) when { ip().isIpv4() };"),
            "allow [policy0] errors [policy1:wrong_number_of_arguments]");
}

TEST(Pitfalls, P38PrintingKeepsTheBracketsThatMatter) {
  for (const char* condition :
       {"-(-1) == 1", "(1 == 2) == (3 == 4)", "(if true then 1 else 2) == 1", "\"a\nb\" == \"\"",
        "!(principal has a)"}) {
    const auto source = testing::MakeSource("permit (principal, action, resource) when { " +
                                            std::string(condition) + " };");
    Diagnostics diagnostics;
    const auto policies = ParsePolicies(source, diagnostics);
    ASSERT_TRUE(policies) << condition;
    const auto again =
        ParsePolicies(testing::MakeSource(lang::Print(policies->front())), diagnostics);
    ASSERT_TRUE(again) << lang::Print(policies->front());
    EXPECT_EQ(lang::Dump(again->front()), lang::Dump(policies->front()));
  }
}

TEST(Pitfalls, P39UidsInEntityFilesHaveTwoSpellingsAndNoString) {
  const auto accepted = [](std::string_view uid) {
    Diagnostics diagnostics;
    return ReadEntities(testing::MakeSource("[{\"uid\":" + std::string(uid) +
                                            ",\"attrs\":{},\"parents\":[]}]"),
                        diagnostics)
        .has_value();
  };
  EXPECT_TRUE(accepted(R"({"type":"U","id":"a"})"));
  EXPECT_TRUE(accepted(R"({"__entity":{"type":"U","id":"a"}})"));
  EXPECT_FALSE(accepted(R"("U::\"a\"")"));
}

TEST(Pitfalls, P40ErrorsAreComparedByPolicyAndKindAndHaveASentenceBesides) {
  EXPECT_EQ(ExpressionWorld().Failure("context.nothing == 1"),
            "record_attr_does_not_exist at `context.nothing`");
  EXPECT_FALSE(ExpressionWorld().Sentence("context.nothing == 1").empty());
}

TEST(Pitfalls, P41DeepInputIsAnErrorAndNoCrash) {
  const std::string deep(100'000, '(');
  EXPECT_FALSE(ParsesWhen(deep));
  Diagnostics diagnostics;
  EXPECT_FALSE(ReadEntities(testing::MakeSource(std::string(100'000, '[')), diagnostics));
}

TEST(Pitfalls, P42UnknownIsNoFunction) { EXPECT_FALSE(ParsesWhen("unknown(\"x\")")); }

TEST(Pitfalls, P43NotEveryExtensionTypeHasAnOrder) {
  EXPECT_EQ(Evaluate("ip(\"1.1.1.1\") < ip(\"2.2.2.2\")"), "type_error");
  EXPECT_EQ(Evaluate("decimal(\"1.0\") < decimal(\"2.0\")"), "type_error");
  EXPECT_EQ(Evaluate("duration(\"1s\") < duration(\"2s\")"), "true");
}

}  // namespace
}  // namespace thuja
