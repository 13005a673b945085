// SPDX-License-Identifier: Apache-2.0
// What is a policy and what is not. The exact reports are in tests/cases/parser.
#include "engine/lang/parser.h"

#include <gtest/gtest.h>
#include <pthread.h>

#include <string>
#include <vector>

#include "engine/lang/printer.h"
#include "tests/unit/lang/parse_text.h"

namespace thuja::lang {
namespace {

void ExpectAccepted(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) {
    const Parsed parsed = ParseText(text);
    EXPECT_TRUE(parsed.ok()) << text << "\n" << parsed.report;
  }
}

void ExpectRefused(const std::vector<std::string>& texts) {
  for (const std::string& text : texts) EXPECT_FALSE(ParseText(text).ok()) << text;
}

std::vector<std::string> Each(const std::vector<std::string>& parts, const std::string& before,
                              const std::string& behind) {
  std::vector<std::string> texts;
  for (const std::string& part : parts) texts.push_back(before + part + behind);
  return texts;
}

std::vector<std::string> Conditions(const std::vector<std::string>& conditions) {
  return Each(conditions, "permit (principal, action, resource) when { ", " };");
}

TEST(Parser, TakesPolicySkeletons) {
  ExpectAccepted({"", "  // nothing\n", "permit(principal,action,resource);",
                  "forbid (principal, action, resource,);",
                  "permit (principal, action, resource) when { true } unless { false } when { 1 };",
                  "permit (principal, action, resource); forbid (principal, action, resource);"});
  ExpectRefused({";", "permit", "permit;", "permit ();", "permit (principal, action, resource)",
                 "permit (principal, action, resource);;", "permit (principal action resource);",
                 "permit (principal,, action, resource);",
                 "permit (principal, action, resource,,);",
                 "permit (,principal, action, resource);", "permit (principal, resource, action);",
                 "Permit (principal, action, resource);", "permit principal, action, resource;",
                 "permit (principal, action, resource) { true };",
                 "permit (principal, action, resource) when true;",
                 "permit (principal, action, resource) when { };",
                 "permit (principal, action, resource) if { true };",
                 "permit (principal, action, resource) When { true };"});
}

TEST(Parser, AnnotationsHaveAnyWordAndAStringOrNothing) {
  const std::string policy = " permit (principal, action, resource);";
  ExpectAccepted(Each({"@id(\"a\")", "@marked", "@if(\"x\")", "@__cedar", "@ id ( \"a\" )",
                       "@id(\"\\u{e9}\")", "@a @b(\"\")", "@principal"},
                      "", policy));
  ExpectRefused(Each({"@id()", "@id(a)", "@\"id\"", "@id(\"a\", \"b\")", "@a::b", "@id(\"a\") @id",
                      "@id(\"\\q\")", "@", "@1"},
                     "", policy));
  const Policy policy_with =
      ParseText("@a @b(\"\") permit (principal, action, resource);").policies.front();
  EXPECT_FALSE(policy_with.FindAnnotation("a")->value);
  EXPECT_EQ(policy_with.FindAnnotation("b")->value, "");
}

TEST(Parser, PrincipalAndResourceHaveFiveForms) {
  for (const std::string variable : {"principal", "resource"}) {
    const std::string before = variable == "principal" ? "permit (" : "permit (principal, action, ";
    const std::string behind = variable == "principal" ? ", action, resource);" : ");";
    ExpectAccepted(
        Each({variable, variable + " == A::\"x\"", variable + " in A::B::\"x\"",
              variable + " is A::B", variable + " is A in B::\"x\"", variable + " == ?" + variable,
              variable + " in ?" + variable, variable + " is A in ?" + variable,
              variable + " == (A::\"x\")", variable + " in ((?" + variable + "))",
              variable + " is principal in when::\"x\"", variable + " == A // comment\n :: \"x\""},
             before, behind));
    ExpectRefused(Each({variable + " != A::\"x\"",
                        variable + " < A::\"x\"",
                        variable + " == A",
                        variable + " == \"x\"",
                        variable + " is A == B::\"x\"",
                        variable + " in B::\"x\" is A",
                        variable + ": A",
                        variable + " in [A::\"x\"]",
                        variable + " is",
                        variable + " is A in",
                        variable + " is \"A\"",
                        variable + " is ?" + variable,
                        variable + " == ?action",
                        variable + " == ?other",
                        variable + " == A::\"x\" && true",
                        variable + " == A::\"x\".y",
                        variable + " == if::\"x\"",
                        variable + " == ::A::\"x\"",
                        variable + " == A::{id: \"x\"}",
                        variable + " == __cedar::A::\"x\"",
                        variable + " == principal",
                        variable + " has x",
                        variable + " like \"x\"",
                        variable + " = A::\"x\"",
                        variable + " == (A::\"x\""},
                       before, behind));
  }
  ExpectRefused({"permit (principal == ?resource, action, resource);",
                 "permit (principal, action, resource in ?principal);"});
}

TEST(Parser, TheActionIsOneOrSeveralActions) {
  ExpectAccepted(Each(
      {"action", "action == Action::\"a\"", "action in Action::\"a\"",
       "action in [Action::\"a\", N::Action::\"b\"]", "action in []", "action in [Action::\"a\",]",
       "action in ([Action::\"a\"])", "action in [(Action::\"a\")]"},
      "permit (principal, ", ", resource);"));
  ExpectRefused(Each({"action == [Action::\"a\"]", "action in [[Action::\"a\"]]", "action in [,]",
                      "action is Action", "action == ?action", "action in [?principal]",
                      "action == User::\"a\"", "action in [Action::\"a\", User::\"b\"]",
                      "action == MyAction::\"a\"", "action != Action::\"a\""},
                     "permit (principal, ", ", resource);"));
}

TEST(Parser, TemplatesHaveSlotsInTheScopeOnly) {
  EXPECT_TRUE(ParseText("permit (principal in ?principal, action, resource);")
                  .policies.front()
                  .is_template());
  EXPECT_FALSE(ParseText("permit (principal, action, resource);").policies.front().is_template());
  ExpectRefused(Conditions({"principal == ?principal", "?resource.x", "?x"}));
}

TEST(Parser, TakesEveryExpression) {
  ExpectAccepted(Conditions({"true",
                             "-1 < 1",
                             "- 9223372036854775808 == 1",
                             "--9223372036854775808 == 1",
                             "-(-9223372036854775808) == 1",
                             "!!!!true",
                             "----1 == 1",
                             "-context.x == 1",
                             "if true then if true then 1 else 2 else 3",
                             "(if true then 1 else 2) + 1 == 2",
                             "[if true then 1 else 2, 3].contains(1)",
                             "{a: if true then 1 else 2} == context",
                             "1 + 2 - 3 * 4 == 5",
                             "1 == 2 && 3 < 4 || 5 != 6",
                             "(1 == 2) == false",
                             "principal has a",
                             "principal has a.b.c",
                             "principal has \"if\"",
                             "principal has principal",
                             "context.a like \"*\"",
                             "context.a like \"\\*\"",
                             "principal is A",
                             "principal is A::B in C::\"x\"",
                             "principal is A in [B::\"x\"]",
                             "principal is resource",
                             "principal in [A::\"x\", B::\"y\"]",
                             "context[\"if\"].a[\"b c\"]",
                             "\"a\".b",
                             "true.b",
                             "1.b == 1",
                             "(1).b",
                             "[].isEmpty()",
                             "{}.a",
                             "{a: 1, \"b c\": 2,} == {}",
                             "{\"if\": 1} == context",
                             "{principal: 1} == context",
                             "[1, 2,].contains(1)",
                             "f()",
                             "f(1, 2,)",
                             "a::f(1)",
                             "principal.m(1)",
                             "principal.m().n()",
                             "principal.contains == 1",
                             "principal.permit",
                             "A::\"x\".a",
                             "A::\"x\" == A // c\n::\"x\"",
                             "principal.hasTag(\"k\") && principal.getTag(\"k\")",
                             "context\u00A0==\u2003context",
                             "\"line\nbreak\" == \"\"",
                             "permit::\"x\" == context::principal::\"y\""}));
}

TEST(Parser, RefusesWhatCedarRefuses) {
  ExpectRefused(Conditions({"1 == 2 == 3",
                            "1 < 2 < 3",
                            "principal is A == true",
                            "principal has a has b",
                            "context.a like \"a\" == true",
                            "1 == 2 in 3",
                            "true && if true then true else false",
                            "1 + if true then 1 else 2",
                            "!if true then true else false",
                            "!-1",
                            "-!true",
                            "!!!!!true",
                            "-----1 == 1",
                            "9223372036854775808 == 1",
                            "-(9223372036854775808) == 1",
                            "-9223372036854775809 == 1",
                            "18446744073709551616 == 1",
                            "-9223372036854775808.a == 1",
                            "1 / 2 == 1",
                            "1 % 2 == 1",
                            "1 = 2",
                            "principal has",
                            "principal has (a)",
                            "principal has \"a\".b",
                            "principal has a[\"b\"]",
                            "principal has if",
                            "principal has a.if",
                            "principal has a.b()",
                            "principal has 1",
                            "principal has A::b",
                            "principal has __cedar",
                            "context.a like context.b",
                            "context.a like \"a\" + \"b\"",
                            "context.a like (\"a\")",
                            "principal is \"A\"",
                            "principal is (A)",
                            "principal is A.b",
                            "principal is if",
                            "principal is __cedar::A",
                            "context[a]",
                            "context[1]",
                            "context[(\"a\")]",
                            "context[]",
                            "context.if",
                            "context.__cedar",
                            "context.",
                            "context.1",
                            "{if: 1} == context",
                            "{true: 1} == context",
                            "{a: 1, a: 2} == {}",
                            "{a: 1, \"a\": 2} == {}",
                            "{1: 2} == {}",
                            "{a} == {}",
                            "{,} == {}",
                            "{A::b: 1} == {}",
                            "{__cedar: 1} == {}",
                            "[,]",
                            "f(,)",
                            "[1 2]",
                            "[1",
                            "(1",
                            "1)",
                            "()",
                            "principal()",
                            "principal.a()()",
                            "(1 + 1)(\"x\")",
                            "\"a\"()",
                            "[].contains()",
                            "[].contains(1, 2)",
                            "[].isEmpty(1)",
                            "principal.getTag()",
                            "principal.hasTag(\"a\", \"b\")",
                            "User",
                            "User.a",
                            "User[\"a\"]",
                            "A::B",
                            "A::",
                            "::A::\"x\"",
                            "A::\"x\"::\"y\"",
                            "A::{a: 1}",
                            "if true then 1",
                            "if true else 1",
                            "if then else",
                            "then",
                            "1 1",
                            "a b",
                            "\"a\rb\" == \"\"",
                            "&& true",
                            "true &&",
                            "true ||",
                            "+ 1",
                            "1 +",
                            "* 1",
                            "=",
                            "\"\\*\" == \"\"",
                            "?principal == principal",
                            "in principal",
                            "has a"}));
}

TEST(Parser, ChainsOfAndAndOrAreOneNodeOfAnyLength) {
  std::string chain = "true";
  for (int i = 0; i < 20'000; ++i) chain += " && true";
  const Parsed parsed = ParseText(When(chain));
  ASSERT_TRUE(parsed.ok()) << parsed.report;
  const Policy& policy = parsed.policies.front();
  EXPECT_EQ(policy.expressions[policy.conditions.front().body].height, 2);
  EXPECT_EQ(Dump(ParseText(When("(true && false) && true")).policies.front()),
            Dump(ParseText(When("true && false && true")).policies.front()));
  EXPECT_NE(Dump(ParseText(When("true && (false && true)")).policies.front()),
            Dump(ParseText(When("true && false && true")).policies.front()));
}

TEST(Parser, RecordsAreInTheOrderOfTheirKeys) {
  EXPECT_EQ(Dump(ParseText(When("{b: 1, a: 2} == context")).policies.front()),
            Dump(ParseText(When("{\"a\": 2, \"b\": 1} == context")).policies.front()));
}

std::string Repeat(const std::string& part, size_t count) {
  std::string out;
  for (size_t i = 0; i < count; ++i) out += part;
  return out;
}

// Shapes that nest: what opens a level, the middle, what closes it.
struct Shape {
  const char* name;
  std::string open;
  std::string middle;
  std::string close;
};

const std::vector<Shape>& Shapes() {
  static const std::vector<Shape> kShapes = {
      {"brackets", "(", "true", ")"},
      {"sets", "[", "1", "]"},
      {"records", "{a: ", "1", "}"},
      {"calls", "f(", "1", ")"},
      {"ifs", "if true then 1 else ", "1", ""},
      {"tests of ifs", "if ", "true", " then 1 else 2"},
      {"attributes", "", "context", ".a"},
      {"indexes", "", "context", "[\"a\"]"},
      {"methods", "", "context", ".m()"},
      {"sums", "1 + ", "1", ""},
      {"products", "1 * ", "1", ""},
      {"has paths", "", "context has a", ".a"},
      {"names", "a::", "b::\"x\"", ""},
      {"nots", "!", "true", ""},
      {"minus signs", "-", "1", ""},
      {"bracketed nots", "!(", "true", ")"},
      {"or within and", "true && (true || ", "true", ")"},
      {"is in", "principal is A in (", "principal", ")"},
  };
  return kShapes;
}

// Parses, prints and dumps each shape at a depth; texts are refused or handled, never a crash.
void* HandleShapes(void* depth) {
  for (const Shape& shape : Shapes()) {
    const size_t count = *static_cast<const size_t*>(depth);
    const Parsed parsed =
        ParseText(When(Repeat(shape.open, count) + shape.middle + Repeat(shape.close, count)));
    for (const Policy& policy : parsed.policies) {
      EXPECT_FALSE(Print(policy).empty());
      EXPECT_FALSE(Dump(policy).empty());
    }
  }
  return nullptr;
}

TEST(Parser, NestingBeyondTheBoundIsAnErrorAndNoCrash) {
  for (size_t depth : {size_t{10'000}, size_t{100'000}}) HandleShapes(&depth);
  const Parsed parsed = ParseText(When(Repeat("(", 10'000) + "true" + Repeat(")", 10'000)));
  EXPECT_NE(parsed.report.find("nested too deep"), std::string::npos) << parsed.report;
}

TEST(Parser, NestingUpToTheBoundFitsIntoAnOrdinaryStack) {
  // The stack of a thread by default, which sanitizers make crowded.
  for (size_t depth : {size_t{kMaxNesting - 2}, size_t{kMaxExpressionHeight - 2}}) {
    pthread_attr_t attributes;
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, size_t{8} << 20);
    pthread_t thread;
    ASSERT_EQ(pthread_create(&thread, &attributes, &HandleShapes, &depth), 0);
    pthread_join(thread, nullptr);
    pthread_attr_destroy(&attributes);
  }
}

TEST(Parser, TakesWellMoreThanTheOfficialBuildsDo) {
  ExpectAccepted(Conditions({Repeat("(", 450) + "true" + Repeat(")", 450),
                             "1" + Repeat(" + 1", 950) + " == 1", "context" + Repeat(".a", 950)}));
}

TEST(Parser, ParsesAnEntityLiteralAloneAndNothingElse) {
  const auto parse = [](std::string text) {
    base::Diagnostics diagnostics;
    const auto source = std::make_shared<const base::SourceText>("uid", std::move(text));
    return ParseEntityLiteral(source, diagnostics);
  };
  const auto entity = parse("A::B::\"x\\ty\"");
  ASSERT_TRUE(entity);
  EXPECT_EQ(entity->type, "A::B");
  EXPECT_EQ(entity->id, "x\ty");
  EXPECT_TRUE(parse(" A :: \"x\" // c"));
  for (const char* text : {"", "A", "\"x\"", "A::\"x\" B", "A::x", "in::\"x\"", "A::\"\\q\"",
                           "A::\"x\".a", "?principal", "A::\"x"}) {
    EXPECT_FALSE(parse(text)) << text;
  }
}

}  // namespace
}  // namespace thuja::lang
