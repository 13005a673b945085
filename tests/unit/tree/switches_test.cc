// SPDX-License-Identifier: Apache-2.0
// Each family of switches against the interpreter, on values around every key and on values that
// make the subject or the test fail.
#include "engine/tree/switches.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

#include "engine/tree/addresses.h"
#include "tests/support/decide_fixture.h"

namespace thuja {
namespace {

constexpr std::string_view kEntities = R"([
{"uid": {"type": "G", "id": "top"}, "attrs": {}, "parents": []},
{"uid": {"type": "G", "id": "left"}, "attrs": {}, "parents": [{"type": "G", "id": "top"}]},
{"uid": {"type": "G", "id": "right"}, "attrs": {}, "parents": [{"type": "G", "id": "top"}]},
{"uid": {"type": "U", "id": "both"}, "attrs": {"s": "a"},
 "parents": [{"type": "G", "id": "left"}, {"type": "G", "id": "right"}]},
{"uid": {"type": "U", "id": "ghostly"}, "attrs": {}, "parents": [{"type": "G", "id": "ghost"}]}
])";

struct Case {
  std::string_view name;
  std::vector<std::string> tests;   // on context.x
  std::vector<std::string> values;  // of context.x, as JSON
};

std::vector<Case> Cases() {
  std::vector<std::string> patterns;
  for (const char* pattern : {"*", "", "a*", "ab*", "abc", "*c", "*bc", "a*c", "*b*", "**", "*ab*c",
                              "x*", "*x", "*abc*", "abcabc*", "*\\**", "ab*bc"}) {
    patterns.push_back("context.x like \"" + std::string(pattern) + "\"");
  }
  std::vector<std::string> ranges;
  for (const char* order : {"<", "<=", ">", ">="}) {
    for (const char* bound : {"-9223372036854775808", "-1", "0", "5", "9223372036854775807"}) {
      ranges.push_back(std::string("context.x ") + order + " " + bound);
    }
    ranges.push_back(std::string("context.x ") + order + " duration(\"5ms\")");
    ranges.push_back(std::string("context.x ") + order + " \"5\"");
  }
  ranges.push_back("context.x > 0 && context.x < 5");
  ranges.push_back("context.x > 5 && context.x < 0");
  ranges.push_back("context.x >= 5 && context.x <= 5");
  const std::string wrong[] = {"true", "[]", "{\"a\": 1}",
                               R"({"__entity": {"type": "U", "id": "both"}})"};
  std::vector<Case> cases = {
      {"equal",
       {"context.x == 1", "context.x == \"1\"", "context.x == [1, 2]", "context.x == {a: 1}",
        "context.x == U::\"both\"", "[1, \"1\", [1, 2]].contains(context.x)", "context.x == true",
        "[].contains(context.x)", "context.x == ip(\"10.0.0.1\")",
        "context.x == ip(\"10.0.0.1/32\")"},
       {"1", "2", "\"1\"", "[2, 1]", "[1]", R"({"__extn": {"fn": "ip", "arg": "10.0.0.1"}})"}},
      {"in",
       {"context.x in G::\"top\"", "context.x in G::\"left\"",
        "context.x in [G::\"left\", G::\"right\"]", "context.x in [G::\"top\", G::\"left\"]",
        "context.x in []", "context.x in G::\"ghost\"", "context.x in U::\"nobody\"",
        "context.x in [U::\"both\"]"},
       {R"({"__entity": {"type": "G", "id": "left"}})",
        R"({"__entity": {"type": "G", "id": "top"}})",
        R"({"__entity": {"type": "U", "id": "ghostly"}})",
        R"({"__entity": {"type": "G", "id": "ghost"}})",
        R"({"__entity": {"type": "U", "id": "nobody"}})",
        R"({"__entity": {"type": "U", "id": "unheard"}})"}},
      {"is",
       {"context.x is U", "context.x is G", "context.x is A::B", "context.x is V",
        "context.x is U in G::\"left\"", "context.x is G in G::\"top\""},
       {R"({"__entity": {"type": "G", "id": "left"}})",
        R"({"__entity": {"type": "A::B", "id": "1"}})"}},
      {"range",
       ranges,
       {"-9223372036854775808", "-9223372036854775807", "-2", "-1", "0", "1", "4", "5", "6",
        "9223372036854775806", "9223372036854775807", "\"5\"",
        R"({"__extn": {"fn": "duration", "arg": "5ms"}})",
        R"({"__extn": {"fn": "datetime", "arg": "1970-01-01"}})",
        R"({"__extn": {"fn": "decimal", "arg": "1.0"}})"}},
      {"like", patterns, {"\"\"", "\"a\"", "\"abc\"", "\"abcabc\"", "\"xabcx\"", "\"*\"", "1"}},
      {"contains",
       {"context.x.contains(1)", "context.x.contains(\"a\")", "context.x.containsAny([1, 2])",
        "context.x.containsAny([])", "context.x.containsAll([])", "context.x.containsAll([1, 2])",
        "context.x.containsAll([\"a\", 3])", "context.x.containsAll([1])",
        "context.x.contains([1])", "context.x.contains(U::\"both\")"},
       {"[1]", "[2]", "[1, 2, 3]", "[\"a\"]", "[\"a\", 3, 1]", "[[1]]", "1",
        "[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31,32,"
        "33,34,35,36,37,38,39,40]"}},
      {"in range",
       {"context.x.isInRange(ip(\"10.0.0.0/8\"))", "context.x.isInRange(ip(\"10.9.9.9/8\"))",
        "context.x.isInRange(ip(\"10.1.0.0/16\"))", "context.x.isInRange(ip(\"0.0.0.0/0\"))",
        "context.x.isInRange(ip(\"::/0\"))", "context.x.isInRange(ip(\"2001:db8::/33\"))",
        "context.x.isInRange(ip(\"10.1.2.3\"))", "context.x.isInRange(context.x)",
        "context.x.isInRange(1)"},
       {R"({"__extn": {"fn": "ip", "arg": "10.1.2.3"}})",
        R"({"__extn": {"fn": "ip", "arg": "10.1.2.3/12"}})",
        R"({"__extn": {"fn": "ip", "arg": "10.0.0.0/7"}})",
        R"({"__extn": {"fn": "ip", "arg": "2001:db8:7fff::1"}})",
        R"({"__extn": {"fn": "ip", "arg": "2001:db8:8000::1"}})",
        R"({"__extn": {"fn": "ip", "arg": "::/0"}})"}},
  };
  for (Case& one : cases) {
    for (const std::string& value : wrong) one.values.push_back(value);
  }
  return cases;
}

std::string RequestWith(std::string_view context) {
  return R"({"principal": "U::\"both\"", "action": "Action::\"read\"", "resource": "Doc::\"d\"",
             "context": )" +
         std::string(context) + "}";
}

// URLs of one site differ in their middle. Constants with one hash would be searched one by one.
TEST(HashText, SeesTheMiddleOfTextsThatAreNotVeryLong) {
  const std::string begin(400, 'a');
  const std::string end(400, 'z');
  EXPECT_NE(tree::HashText(begin + "1" + end), tree::HashText(begin + "2" + end));
  EXPECT_EQ(tree::HashText(begin + "1" + end), tree::HashText(begin + "1" + end));
}

TEST(Switches, AnswerLikeTheInterpreter) {
  for (const Case& one : Cases()) {
    std::string policies;
    for (const std::string& test : one.tests) {
      for (const char* behind :
           {"", " && context.y", " && context.missing", " && context.x == 1"}) {
        policies +=
            "permit (principal, action, resource) when { " + test + std::string(behind) + " };\n";
        policies +=
            "forbid (principal, action, resource) unless { " + test + std::string(behind) + " };\n";
      }
    }
    const auto snapshot = testing::MakeSnapshot(policies, kEntities);
    ASSERT_GE(snapshot->program().figures.switches, 1u) << one.name;
    std::vector<std::string> contexts = {"{}"};
    for (const std::string& value : one.values) {
      contexts.push_back("{\"y\": true, \"x\": " + value + "}");
    }
    for (const std::string& context : contexts) {
      const Request request = testing::MakeRequest(RequestWith(context));
      EXPECT_EQ(
          testing::DecideToText(*snapshot, request),
          testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}))
          << one.name << " " << context;
    }
  }
}

// Each is asked once, so that nothing is remembered and each has an instruction of its own.
TEST(Switches, TestsOfGroupsInAttributesAnswerLikeTheInterpreter) {
  std::string groups;
  for (int i = 0; i < 40; ++i) {
    groups += R"({"type": "G", "id": "many)" + std::to_string(i) + R"("},)";
  }
  const std::string entities = R"([
      {"uid": {"type": "U", "id": "in"}, "parents": [{"type": "G", "id": "readers"}],
       "attrs": {"team": {"__entity": {"type": "G", "id": "none"}}, "many": []}},
      {"uid": {"type": "U", "id": "out"}, "parents": [], "attrs": {}},
      {"uid": {"type": "U", "id": "crowd"}, "parents": [)" +
                               groups + R"({"type": "G", "id": "readers"}], "attrs": {}},
      {"uid": {"type": "U", "id": "strangers"}, "parents": [)" +
                               groups + R"({"type": "G", "id": "many"}], "attrs": {}},
      {"uid": {"type": "Doc", "id": "d"}, "parents": [{"type": "G", "id": "none"}],
       "attrs": {"team": {"__entity": {"type": "G", "id": "readers"}},
                 "many": [{"__entity": {"type": "G", "id": "many7"}}], "odd": 1}}])";
  for (const char* test :
       {"principal in resource.team", "resource in principal.team", "principal in resource.many",
        "principal in resource.odd", "principal in resource.missing", "principal in principal.team",
        "resource in resource.team", "principal in G::\"readers\"", "principal in G::\"nobody\"",
        "!(principal in G::\"many7\")", "principal in [G::\"none\", G::\"many8\"]"}) {
    const auto snapshot = testing::MakeSnapshot(
        "permit (principal, action, resource) when { " + std::string(test) + " };", entities);
    for (const char* user : {"in", "out", "crowd", "strangers", "unheard"}) {
      const Request request =
          testing::MakeRequest(R"({"principal": "U::\")" + std::string(user) +
                               R"(\"", "action": "Action::\"read\"", "resource": "Doc::\"d\""})");
      EXPECT_EQ(
          testing::DecideToText(*snapshot, request),
          testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}))
          << test << " " << user;
    }
  }
}

// More of them than are looked through one by one: apart, nested, and touching at their ends.
TEST(Switches, ManyIntervalsAnswerLikeTheInterpreter) {
  std::mt19937 random(11);
  for (const size_t count : {11u, 12u, 13u, 40u, 300u}) {
    std::string policies;
    const auto add = [&policies](size_t low, size_t high) {
      policies +=
          "permit (principal, action, resource) when { context.x >= " + std::to_string(low) +
          " && context.x <= " + std::to_string(high) + " };\n";
    };
    const bool apart = count == 40;
    for (size_t i = 0; i < count; ++i) {
      const size_t low = apart ? 10 * i : random() % (4 * count);
      add(low, low + (apart ? 3 : random() % (i % 10 == 0 ? 2 * count : 5)));
    }
    const auto snapshot = testing::MakeSnapshot(policies);
    ASSERT_EQ(snapshot->program().figures.switches, 1u);
    for (size_t x = 0; x < 10 * count; ++x) {
      const Request request =
          testing::MakeRequest(RequestWith("{\"x\": " + std::to_string(x) + "}"));
      ASSERT_EQ(
          testing::DecideToText(*snapshot, request),
          testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}))
          << count << " " << x;
    }
  }
}

TEST(Switches, OfVariablesAnswerLikeTheInterpreter) {
  std::string policies;
  for (const char* uid : {"U::\"both\"", "U::\"ghostly\"", "G::\"left\"", "G::\"right\"",
                          "G::\"top\"", "G::\"ghost\"", "U::\"unheard\""}) {
    policies += "permit (principal == " + std::string(uid) + ", action, resource);\n";
    policies += "permit (principal in " + std::string(uid) + ", action, resource);\n";
    policies += "permit (principal is U in " + std::string(uid) + ", action, resource);\n";
    policies += "permit (principal, action, resource in " + std::string(uid) + ");\n";
    policies += "permit (principal, action in [Action::\"read\", Action::\"" +
                std::to_string(policies.size()) + "\"], resource == " + uid + ");\n";
  }
  const auto snapshot = testing::MakeSnapshot(policies, kEntities);
  ASSERT_GE(snapshot->program().figures.switches, 3u);
  const std::string overlay =
      R"(, "entities": [{"uid": {"type": "U", "id": "unknown"}, "attrs": {},
          "parents": [{"type": "G", "id": "left"}, {"type": "U", "id": "unheard"}]}])";
  for (const char* principal : {"both", "ghostly", "unheard", "unknown", "nobody"}) {
    for (const char* resource : {"both", "unheard", "unknown"}) {
      for (const std::string& brought : {std::string(), overlay}) {
        const Request request = testing::MakeRequest(
            "{\"principal\": {\"type\": \"U\", \"id\": \"" + std::string(principal) +
            "\"}, \"action\": \"Action::\\\"read\\\"\", \"resource\": {\"type\": \"U\", \"id\": "
            "\"" +
            resource + "\"}" + brought + "}");
        EXPECT_EQ(
            testing::DecideToText(*snapshot, request),
            testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}))
            << principal << " " << resource << brought;
      }
    }
  }
}

// It is asked about each group by itself then.
TEST(Switches, OfAnEntityWithManyAncestorsAnswerLikeTheInterpreter) {
  std::string parents;
  for (int i = 0; i < 100; ++i) {
    parents += (i == 0 ? "" : ",") + std::string(R"({"type": "G", "id": ")") +
               std::to_string(2 * i) + "\"}";
  }
  std::string policies;
  for (int i = 0; i < 12; ++i) {
    policies += "permit (principal in G::\"" + std::to_string(i) + "\", action, resource);\n";
  }
  const auto snapshot = testing::MakeSnapshot(
      policies,
      R"([{"uid": {"type": "U", "id": "both"}, "attrs": {}, "parents": [)" + parents + "]}]");
  ASSERT_GE(snapshot->program().figures.switches, 1u);
  EXPECT_EQ(testing::DecideToText(*snapshot, testing::MakeRequest(RequestWith("{}"))),
            "allow [policy0, policy2, policy4, policy6, policy8, policy10]");
}

// What is in what is asked of entities that are not known when policies are compiled.
TEST(Switches, InOfTwoValuesSeesTheEntitiesOfTheRequest) {
  const auto snapshot = testing::MakeSnapshot(
      "permit (principal, action, resource) when { principal in context.x };"
      "permit (principal, action, resource) when { resource in context.x };"
      "permit (principal, action, resource) when { context.x in principal };",
      kEntities);
  for (const char* group : {"left", "right", "top", "new"}) {
    const Request request = testing::MakeRequest(
        R"({"principal": "U::\"n\"", "action": "Action::\"read\"", "resource": "U::\"both\"",
            "context": {"x": {"__entity": {"type": "G", "id": ")" +
        std::string(group) + R"("}}},
            "entities": [{"uid": {"type": "U", "id": "n"}, "attrs": {},
                          "parents": [{"type": "G", "id": "new"}, {"type": "G", "id": "left"}]}]})");
    EXPECT_EQ(testing::DecideToText(*snapshot, request),
              testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}))
        << group;
  }
}

TEST(Switches, MaskKeepsTheBitsOfThePrefix) {
  const value::IpAddress all = {{255, 255, 255, 255}, 32, false};
  EXPECT_EQ(tree::MaskAddress(all, 0).bytes[0], 0);
  EXPECT_EQ(tree::MaskAddress(all, 9).bytes[0], 255);
  EXPECT_EQ(tree::MaskAddress(all, 9).bytes[1], 128);
  EXPECT_EQ(tree::MaskAddress(all, 32).bytes[3], 255);
}

}  // namespace
}  // namespace thuja
