// SPDX-License-Identifier: Apache-2.0
// What every operator, method and function evaluates to, and what it fails with where it does. All
// of it in one file, so that a reader sees why two of them differ.
#include "engine/decide/interpreter.h"

#include <gtest/gtest.h>

#include <span>
#include <string>
#include <string_view>

#include "tests/support/decide_fixture.h"

namespace thuja::decide {
namespace {

using testing::DecideToText;
using testing::ExpressionWorld;

// Three levels of groups, one parent that is not there itself (`Folder::"f"`), and references to
// entities that nobody knows (`User::"ghost"`).
constexpr std::string_view kEntities = R"([
  {"uid": {"type": "User", "id": "alice"},
   "attrs": {"age": 30, "name": "Alice", "admin": false, "address": {"city": "Bern"},
             "boss": {"__entity": {"type": "User", "id": "bob"}},
             "lost": {"__entity": {"type": "User", "id": "ghost"}},
             "odd key": 1, "if": 2},
   "parents": [{"type": "Group", "id": "staff"}],
   "tags": {"team": "red", "": "empty", "level": 3}},
  {"uid": {"type": "User", "id": "bob"}, "attrs": {"age": 50}, "parents": []},
  {"uid": {"type": "Group", "id": "staff"}, "attrs": {},
   "parents": [{"type": "Group", "id": "all"}]},
  {"uid": {"type": "Group", "id": "all"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Doc", "id": "d"}, "attrs": {"owner": {"__entity": {"type": "User", "id": "alice"}}},
   "parents": [{"type": "Folder", "id": "f"}]},
  {"uid": {"type": "Action", "id": "read"}, "attrs": {},
   "parents": [{"type": "Action", "id": "any"}]}
])";

constexpr std::string_view kRequest = R"({
  "principal": {"type": "User", "id": "alice"}, "action": {"type": "Action", "id": "read"},
  "resource": {"type": "Doc", "id": "d"},
  "context": {"n": 7, "yes": true, "text": "hello", "set": [1, 2, 2], "rec": {"a": {"b": 1}},
              "ip": {"__extn": {"fn": "ip", "arg": "10.1.2.3"}},
              "ghost": {"__entity": {"type": "User", "id": "ghost"}}}
})";

constexpr std::string_view kTypeError = "type_error";
constexpr std::string_view kOverflow = "integer_overflow";

struct Case {
  std::string_view expression;
  std::string_view result;
};

void ExpectResults(std::span<const Case> cases) {
  const ExpressionWorld world(kEntities, kRequest);
  for (const auto& [expression, result] : cases) {
    EXPECT_EQ(world.Evaluate(expression), result) << expression;
  }
}

void ExpectFailures(std::span<const Case> cases) {
  const ExpressionWorld world(kEntities, kRequest);
  for (const auto& [expression, failure] : cases) {
    EXPECT_EQ(world.Failure(expression), failure) << expression;
  }
}

// One value of each kind, chosen to be nothing but zeros inside, so that a comparison that forgets
// the type finds them equal; and another of the same kind.
struct Kind {
  std::string_view name;
  std::string_view value;
  std::string_view other;
};
constexpr Kind kKinds[] = {
    {"bool", "false", "true"},
    {"long", "0", "1"},
    {"string", "\"\"", "\"a\""},
    {"entity", "User::\"\"", "User::\"a\""},
    {"set", "[]", "[0]"},
    {"record", "{}", "{a: 0}"},
    {"ipaddr", "ip(\"0.0.0.0/0\")", "ip(\"::/0\")"},
    {"decimal", "decimal(\"0.0\")", "decimal(\"0.0001\")"},
    {"datetime", "datetime(\"1970-01-01\")", "datetime(\"1970-01-02\")"},
    {"duration", "duration(\"0ms\")", "duration(\"1ms\")"},
};

std::string Infix(std::string_view a, std::string_view relation, std::string_view b) {
  return std::string(a) + " " + std::string(relation) + " " + std::string(b);
}

TEST(Equality, HoldsOnlyBetweenEqualValuesOfOneKindAndNeverFails) {
  const ExpressionWorld world;
  for (const Kind& a : kKinds) {
    for (const Kind& b : kKinds) {
      const bool same = a.name == b.name;
      EXPECT_EQ(world.Evaluate(Infix(a.value, "==", b.value)), same ? "true" : "false")
          << a.name << " " << b.name;
      EXPECT_EQ(world.Evaluate(Infix(a.value, "!=", b.value)), same ? "false" : "true")
          << a.name << " " << b.name;
      EXPECT_EQ(world.Evaluate(Infix(a.value, "==", b.other)), "false") << a.name << " " << b.name;
      EXPECT_EQ(world.Evaluate(Infix(a.value, "!=", b.other)), "true") << a.name << " " << b.name;
    }
  }
}

TEST(Equality, LooksIntoSetsAndRecordsAndNotIntoEntities) {
  constexpr Case kCases[] = {
      {"[1, 2, 3] == [3, 1, 2, 1]", "true"},
      {"[[1, 2], []] == [[], [2, 1, 2]]", "true"},
      {"[1, 2] == [1, 2, 3]", "false"},
      {"[1, \"1\"] == [\"1\", 1]", "true"},
      {"[true] == [1]", "false"},
      {"{a: 1, \"b\": [1, 2]} == {b: [2, 1], a: 1}", "true"},
      {"{a: 1} == {a: 1, b: 2}", "false"},
      {"{a: 1} == {b: 1}", "false"},
      {"{a: {b: 1}} == {a: {b: 2}}", "false"},
      {"principal == User::\"alice\"", "true"},
      {"principal == User::\"Alice\"", "false"},
      {"Group::\"alice\" == User::\"alice\"", "false"},
      {"A::B::\"x\" == B::\"x\"", "false"},
      {"User::\"ghost\" == User::\"ghost\"", "true"},
      {"[User::\"a\", User::\"a\"] == [User::\"a\"]", "true"},
      {"context == context", "true"},
      {"context.rec == {a: {b: 1}}", "true"},
      {"context.set == [2, 1]", "true"},
  };
  ExpectResults(kCases);
}

TEST(Order, IsDefinedForLongsDatetimesAndDurationsOnly) {
  const ExpressionWorld world;
  for (const std::string_view relation : {"<", "<=", ">", ">="}) {
    for (const Kind& a : kKinds) {
      for (const Kind& b : kKinds) {
        const bool ordered =
            a.name == b.name && (a.name == "long" || a.name == "datetime" || a.name == "duration");
        const std::string_view smaller_first = relation[0] == '<' ? "true" : "false";
        EXPECT_EQ(world.Evaluate(Infix(a.value, relation, b.other)),
                  ordered ? smaller_first : kTypeError)
            << a.name << " " << relation << " " << b.name;
      }
    }
  }
}

TEST(Order, ComparesSignedNumbers) {
  constexpr Case kCases[] = {
      {"1 < 1", "false"},
      {"1 <= 1", "true"},
      {"1 > 1", "false"},
      {"1 >= 1", "true"},
      {"2 > 1", "true"},
      {"2 >= 1", "true"},
      {"2 < 1", "false"},
      {"2 <= 1", "false"},
      {"-1 < 0", "true"},
      {"-9223372036854775808 < 9223372036854775807", "true"},
      {"9223372036854775807 <= -9223372036854775808", "false"},
      {"datetime(\"1969-12-31\") < datetime(\"1970-01-01\")", "true"},
      {"datetime(\"1970-01-01\") >= datetime(\"1970-01-01T00:00:00Z\")", "true"},
      {"duration(\"-1ms\") < duration(\"0ms\")", "true"},
      {"duration(\"1s\") <= duration(\"1000ms\")", "true"},
      {"duration(\"1s\") > duration(\"999ms\")", "true"},
  };
  ExpectResults(kCases);
}

TEST(Arithmetic, IsExactUpToTheEdgesOf64Bits) {
  constexpr Case kCases[] = {
      {"1 + 2 == 3", "true"},
      {"1 - 2 == -1", "true"},
      {"3 * -4 == -12", "true"},
      {"2 + 3 * 4 == 14", "true"},
      {"10 - 3 - 2 == 5", "true"},
      {"10 - (3 - 2) == 9", "true"},
      {"-(3) == 0 - 3", "true"},
      {"- - 3 == 3", "true"},
      {"----3 == 3", "true"},
      {"9223372036854775806 + 1 == 9223372036854775807", "true"},
      {"9223372036854775807 + 1 == 0", kOverflow},
      {"1 + 9223372036854775807 == 0", kOverflow},
      {"-9223372036854775807 + -1 == -9223372036854775808", "true"},
      {"-9223372036854775808 + -1 == 0", kOverflow},
      {"-9223372036854775807 - 1 == -9223372036854775808", "true"},
      {"-9223372036854775808 - 1 == 0", kOverflow},
      {"-1 - -9223372036854775808 == 9223372036854775807", "true"},
      {"0 - -9223372036854775808 == 0", kOverflow},
      {"3037000499 * 3037000499 == 9223372030926249001", "true"},
      {"3037000500 * 3037000500 == 0", kOverflow},
      {"4611686018427387904 * -2 == -9223372036854775808", "true"},
      {"4611686018427387904 * 2 == 0", kOverflow},
      {"-9223372036854775808 * -1 == 0", kOverflow},
      {"-1 * -9223372036854775808 == 0", kOverflow},
      {"-9223372036854775808 * 1 == -9223372036854775808", "true"},
      {"-(-9223372036854775807) == 9223372036854775807", "true"},
      {"-(-9223372036854775808) == 0", kOverflow},
      {"--9223372036854775808 == 0", kOverflow},
      // Nothing is reordered: what overflows on the way overflows.
      {"9223372036854775807 + 1 - 1 == 9223372036854775807", kOverflow},
      {"9223372036854775807 + (1 - 1) == 9223372036854775807", "true"},
      {"0 * (9223372036854775807 + 1) == 0", kOverflow},
  };
  ExpectResults(kCases);
}

TEST(Arithmetic, TakesNothingButLongs) {
  const ExpressionWorld world;
  for (const Kind& kind : kKinds) {
    const std::string_view result = kind.name == "long" ? "false" : kTypeError;
    const std::string value(kind.value);
    EXPECT_EQ(world.Evaluate(value + " + 2 == 1"), result);
    EXPECT_EQ(world.Evaluate("2 + " + value + " == 1"), result);
    EXPECT_EQ(world.Evaluate(value + " - 2 == 1"), result);
    EXPECT_EQ(world.Evaluate("2 - " + value + " == 1"), result);
    EXPECT_EQ(world.Evaluate(value + " * 2 == 1"), result);
    EXPECT_EQ(world.Evaluate("2 * " + value + " == 1"), result);
    EXPECT_EQ(world.Evaluate("-(" + value + ") == 1"), result);
  }
}

TEST(Logic, StopsAtTheOperandThatSettlesIt) {
  constexpr Case kCases[] = {
      {"true && true", "true"},
      {"true && false", "false"},
      {"false || true", "true"},
      {"false || false", "false"},
      {"false && 1", "false"},
      {"true || 1", "true"},
      {"false && context.missing", "false"},
      {"true || context.missing", "true"},
      {"true && true && false && context.missing", "false"},
      {"false || false || true || context.missing", "true"},
      {"false && context.missing || true", "true"},
      {"(true || context.missing) && false", "false"},
      {"!true", "false"},
      {"!!true", "true"},
      {"!!!!false", "false"},
      {"if true then true else context.missing", "true"},
      {"if false then context.missing else true", "true"},
      {"if true then false else true", "false"},
      {"if context.yes then (if false then 1 else 2) == 2 else false", "true"},
      {"(if true then 1 else \"a\") == 1", "true"},
  };
  ExpectResults(kCases);
}

TEST(Logic, WantsABooleanOfEveryOperandThatIsReached) {
  constexpr Case kCases[] = {
      {"1 && true", kTypeError},
      {"true && 1", kTypeError},
      {"true && true && 1", kTypeError},
      {"\"a\" || true", kTypeError},
      {"false || 1", kTypeError},
      {"false || false || principal", kTypeError},
      {"!1", kTypeError},
      {"!principal", kTypeError},
      {"if 1 then true else true", kTypeError},
      {"if true then 1 else true", kTypeError},  // the condition as a whole must be a boolean
      {"1", kTypeError},
      {"principal", kTypeError},
      {"context.missing && false", "record_attr_does_not_exist"},
      {"context.missing || true", "record_attr_does_not_exist"},
  };
  ExpectResults(kCases);
}

TEST(Has, IsTrueOfWhatIsThereAndFalseOfMissingEntities) {
  constexpr Case kCases[] = {
      {"principal has age", "true"},
      {"principal has nothing", "false"},
      {"principal has \"odd key\"", "true"},
      {"principal has \"if\"", "true"},
      {"principal has \"\"", "false"},
      {"principal has team", "false"},  // tags are no attributes
      {"User::\"ghost\" has age", "false"},
      {"Folder::\"f\" has age", "false"},  // known as a parent only
      {"context.ghost has age", "false"},
      {"context has n", "true"},
      {"context has missing", "false"},
      {"{a: 1} has a", "true"},
      {"{a: 1} has b", "false"},
      {"{} has a", "false"},
      {"principal has address.city", "true"},
      {"principal has address.street", "false"},
      {"principal has boss.age", "true"},
      {"principal has boss.boss.age", "false"},
      {"principal has lost.age", "false"},
      {"principal has nothing.at.all", "false"},
      {"resource has owner.boss.age", "true"},
      {"context has rec.a.b", "true"},
      {"context has rec.a.c", "false"},
      {"context has rec.x.b", "false"},
      {"context has n.a", kTypeError},  // `context.n has a` is what is asked then
      {"principal has age.x", kTypeError},
      {"1 has a", kTypeError},
      {"\"abc\" has a", kTypeError},
      {"[1] has a", kTypeError},
      {"ip(\"1.2.3.4\") has a", kTypeError},
      {"true has a", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(Attributes, AreReadFromRecordsAndEntities) {
  constexpr Case kCases[] = {
      {"principal.age == 30", "true"},
      {"principal[\"age\"] == 30", "true"},
      {"principal[\"odd key\"] == 1", "true"},
      {"principal[\"if\"] == 2", "true"},
      {"principal.address.city == \"Bern\"", "true"},
      {"principal.boss.age == 50", "true"},
      {"resource.owner.boss.age == 50", "true"},
      {"context.rec[\"a\"].b == 1", "true"},
      {"{a: {b: 2}}.a.b == 2", "true"},
      {"User::\"bob\".age == 50", "true"},
      // Each receiver has a kind of failure of its own.
      {"principal.missing", "entity_attr_does_not_exist"},
      {"principal.team", "entity_attr_does_not_exist"},
      {"User::\"ghost\".age", "entity_does_not_exist"},
      {"Folder::\"f\".age", "entity_does_not_exist"},
      {"principal.lost.age", "entity_does_not_exist"},
      {"context.missing", "record_attr_does_not_exist"},
      {"{a: 1}.b", "record_attr_does_not_exist"},
      {"{}[\"\"]", "record_attr_does_not_exist"},
      {"principal.address.street", "record_attr_does_not_exist"},
      {"true.a", kTypeError},
      {"(1).a", kTypeError},
      {"\"abc\".a", kTypeError},
      {"[1].a", kTypeError},
      {"context.ip.a", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(Tags, AreReadByAnyStringAndAreNoAttributes) {
  constexpr Case kCases[] = {
      {"principal.hasTag(\"team\")", "true"},
      {"principal.hasTag(\"\")", "true"},
      {"principal.hasTag(\"Team\")", "false"},
      {"principal.hasTag(\"age\")", "false"},
      {"User::\"bob\".hasTag(\"team\")", "false"},
      {"User::\"ghost\".hasTag(\"team\")", "false"},
      {"Folder::\"f\".hasTag(\"team\")", "false"},
      {"principal.getTag(\"team\") == \"red\"", "true"},
      {"principal.getTag(\"level\") == 3", "true"},
      {"principal.getTag(if context.yes then \"team\" else \"level\") == \"red\"", "true"},
      {"principal.getTag(\"blue\")", "entity_tag_does_not_exist"},
      {"principal.getTag(\"age\")", "entity_tag_does_not_exist"},
      {"User::\"bob\".getTag(\"team\")", "entity_tag_does_not_exist"},
      {"User::\"ghost\".getTag(\"team\")", "entity_does_not_exist"},
      {"Folder::\"f\".getTag(\"team\")", "entity_does_not_exist"},
      {"principal.hasTag(1)", kTypeError},
      {"principal.getTag(principal)", kTypeError},
      {"User::\"ghost\".hasTag(1)", kTypeError},
      {"context.hasTag(\"team\")", kTypeError},
      {"{team: 1}.getTag(\"team\")", kTypeError},
      {"\"a\".hasTag(\"a\")", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(In, FollowsTheHierarchyAndIsReflexive) {
  constexpr Case kCases[] = {
      {"principal in User::\"alice\"", "true"},
      {"principal in Group::\"staff\"", "true"},
      {"principal in Group::\"all\"", "true"},
      {"Group::\"staff\" in Group::\"all\"", "true"},
      {"Group::\"all\" in Group::\"staff\"", "false"},
      {"Group::\"staff\" in principal", "false"},
      {"User::\"bob\" in Group::\"all\"", "false"},
      {"action in Action::\"any\"", "true"},
      {"resource in Folder::\"f\"", "true"},
      {"Folder::\"f\" in Folder::\"f\"", "true"},
      {"Folder::\"f\" in Folder::\"g\"", "false"},
      {"User::\"ghost\" in User::\"ghost\"", "true"},
      {"User::\"ghost\" in Group::\"all\"", "false"},
      {"principal in []", "false"},
      {"principal in [Group::\"none\", Group::\"all\"]", "true"},
      {"principal in [Group::\"none\", User::\"bob\"]", "false"},
      {"User::\"ghost\" in [User::\"bob\", User::\"ghost\"]", "true"},
      {"1 in principal", kTypeError},
      {"context in principal", kTypeError},
      {"[principal] in [principal]", kTypeError},
      {"principal in 1", kTypeError},
      {"principal in \"Group\"", kTypeError},
      {"principal in {}", kTypeError},
      {"principal in [principal, 1]", kTypeError},
      {"principal in [1, principal]", kTypeError},
      {"principal in [principal, [principal]]", kTypeError},
      {"1 in []", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(Is, ComparesTheTypeNameAndLooksIntoTheGroupOnlyIfItFits) {
  constexpr Case kCases[] = {
      {"principal is User", "true"},
      {"principal is Group", "false"},
      {"principal is user", "false"},
      {"User::\"ghost\" is User", "true"},
      {"A::User::\"x\" is User", "false"},
      {"A::User::\"x\" is A::User", "true"},
      {"User::\"x\" is A::User", "false"},
      {"principal is User in Group::\"all\"", "true"},
      {"principal is User in Group::\"none\"", "false"},
      {"principal is Group in Group::\"all\"", "false"},
      {"principal is User in [Group::\"none\", Group::\"staff\"]", "true"},
      {"principal is Group in context.missing", "false"},
      {"principal is Group in 1", "false"},
      {"principal is User in context.missing", "record_attr_does_not_exist"},
      {"principal is User in 1", kTypeError},
      {"1 is User", kTypeError},
      {"\"User\" is User", kTypeError},
      {"[principal] is User", kTypeError},
      {"1 is User in context.missing", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(Like, MatchesWholeStringsOnly) {
  constexpr Case kCases[] = {
      {"\"hello\" like \"hello\"", "true"},
      {"\"hello\" like \"h*o\"", "true"},
      {"\"hello\" like \"ell\"", "false"},
      {"\"hello\" like \"*ell*\"", "true"},
      {"\"hello\" like \"HELLO\"", "false"},
      {"context.text like \"*\"", "true"},
      {"\"\" like \"\"", "true"},
      {"\"\" like \"*\"", "true"},
      {"\"a*b\" like \"a\\*b\"", "true"},
      {"\"axb\" like \"a\\*b\"", "false"},
      {"\"a\\nb\" like \"a*b\"", "true"},
      {"1 like \"1\"", kTypeError},
      {"principal like \"*\"", kTypeError},
      {"[\"a\"] like \"*\"", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(Sets, AnswerByMembershipWhateverTheyHold) {
  constexpr Case kCases[] = {
      {"[1, 2].contains(1)", "true"},
      {"[1, 2].contains(3)", "false"},
      {"[1, 2].contains(\"1\")", "false"},
      {"[].contains(1)", "false"},
      {"[[1, 2]].contains([2, 1, 1])", "true"},
      {"[1, \"a\", principal].contains(User::\"alice\")", "true"},
      {"[{a: 1, b: 2}].contains({b: 2, a: 1})", "true"},
      {"context.set.contains(2)", "true"},
      {"[1, 2, 3].containsAll([3, 1])", "true"},
      {"[1, 2, 3].containsAll([3, 4])", "false"},
      {"[1].containsAll([])", "true"},
      {"[].containsAll([])", "true"},
      {"[].containsAll([1])", "false"},
      {"[1].containsAll([1, 1, 1])", "true"},
      {"[1, 2, 3].containsAny([4, 3])", "true"},
      {"[1, 2, 3].containsAny([4, 5])", "false"},
      {"[1].containsAny([])", "false"},
      {"[].containsAny([])", "false"},
      {"[].isEmpty()", "true"},
      {"[[]].isEmpty()", "false"},
      {"[1, 1] == [1]", "true"},
      {"1.contains(1)", kTypeError},
      {"{a: 1}.contains(1)", kTypeError},
      {"[1].containsAll(1)", kTypeError},
      {"[1].containsAny(1)", kTypeError},
      {"[].containsAny(1)", kTypeError},
      {"principal.containsAll([])", kTypeError},
      {"\"\".isEmpty()", kTypeError},
      {"{}.isEmpty()", kTypeError},
  };
  ExpectResults(kCases);
}

// Each function's own arguments are tested with the family (tests/unit/func); here, that calls
// reach the right function with their arguments in order.
TEST(Calls, ReachTheirFunctionWithArgumentsInOrder) {
  constexpr Case kCases[] = {
      {"context.ip.isIpv4()", "true"},
      {"ip(\"::1\").isIpv6()", "true"},
      {"ip(\"127.0.0.1\").isLoopback()", "true"},
      {"ip(\"224.0.0.1\").isMulticast()", "true"},
      {"context.ip.isInRange(ip(\"10.0.0.0/8\"))", "true"},
      {"ip(\"10.0.0.0/8\").isInRange(context.ip)", "false"},
      {"ip(\"1.2.3.4\") == ip(\"1.2.3.4/32\")", "true"},
      {"decimal(\"1.0\").lessThan(decimal(\"1.1\"))", "true"},
      {"decimal(\"1.1\").lessThan(decimal(\"1.0\"))", "false"},
      {"decimal(\"1.0\").lessThanOrEqual(decimal(\"1.00\"))", "true"},
      {"decimal(\"1.1\").greaterThan(decimal(\"1.0\"))", "true"},
      {"decimal(\"1.0\").greaterThanOrEqual(decimal(\"1.1\"))", "false"},
      {"datetime(\"2024-01-01\").offset(duration(\"1d\")) == datetime(\"2024-01-02\")", "true"},
      {"datetime(\"2024-01-02\").durationSince(datetime(\"2024-01-01\")) == duration(\"1d\")",
       "true"},
      {"datetime(\"2024-01-01T12:00:00Z\").toDate() == datetime(\"2024-01-01\")", "true"},
      {"datetime(\"2024-01-01T12:00:00Z\").toTime() == duration(\"12h\")", "true"},
      {"duration(\"1d\").toMilliseconds() == 86400000", "true"},
      {"duration(\"1d\").toSeconds() == 86400", "true"},
      {"duration(\"1d\").toMinutes() == 1440", "true"},
      {"duration(\"1d\").toHours() == 24", "true"},
      {"duration(\"25h\").toDays() == 1", "true"},
      {"ip(context.text).isIpv4()", "extension_function_failed"},
      {"decimal(\"1\") == decimal(\"1.0\")", "extension_function_failed"},
      {"datetime(\"tomorrow\") < datetime(\"2024-01-01\")", "extension_function_failed"},
      {"duration(\"\") == duration(\"0ms\")", "extension_function_failed"},
      {"datetime(\"1970-01-01\").offset(duration(\"-9223372036854775808ms\")).toDate() == "
       "datetime(\"1970-01-01\")",
       "extension_function_failed"},
      {"ip(1).isIpv4()", kTypeError},
      {"ip(ip(\"1.2.3.4\")).isIpv4()", kTypeError},
      {"\"1.2.3.4\".isIpv4()", kTypeError},
      {"context.ip.isInRange(\"10.0.0.0/8\")", kTypeError},
      {"decimal(\"1.0\").lessThan(1)", kTypeError},
      {"datetime(\"2024-01-01\").offset(1) == 1", kTypeError},
  };
  ExpectResults(kCases);
}

TEST(Calls, CountArgumentsWhenTheyAreEvaluated) {
  constexpr std::string_view kCount = "wrong_number_of_arguments";
  constexpr Case kCases[] = {
      {"ip()", kCount},
      {"ip(\"1.2.3.4\", \"8\")", kCount},
      {"decimal()", kCount},
      {"context.ip.isInRange()", kCount},
      {"context.ip.isInRange(context.ip, context.ip)", kCount},
      {"context.ip.isIpv4(1)", kCount},
      {"principal.isIpv4(1)", kCount},  // before the types are looked at
      {"true || ip()", "true"},         // not reached, so no error
      {"false && context.ip.isInRange()", "false"},
      // Methods that are operators are counted by the parser.
      {"[].contains()", "method-arguments"},
      {"[].isEmpty(1)", "method-arguments"},
      {"principal.hasTag()", "method-arguments"},
  };
  ExpectResults(kCases);
}

TEST(Records, KeepTheValueOfEveryKey) {
  constexpr Case kCases[] = {
      {"{b: 2, a: 1}.a == 1", "true"},
      {"{\"b c\": 2, a: 1}[\"b c\"] == 2", "true"},
      {"{a: 1, b: principal.age}.b == 30", "true"},
      {"{\"\": 1} has \"\"", "true"},
      {"{a: 1, \"a\": 2}.a == 1", "duplicate-key"},
  };
  ExpectResults(kCases);
}

// Two errors compete in each of these; the place says which of them was met.
TEST(EvaluationOrder, DecidesWhichOfTwoErrorsIsReported) {
  constexpr Case kCases[] = {
      // Left before right, whatever the operator does with them.
      {"context.l == principal.r", "record_attr_does_not_exist at `context.l`"},
      {"principal.l == context.r", "entity_attr_does_not_exist at `principal.l`"},
      {"context.l < principal.r", "record_attr_does_not_exist at `context.l`"},
      {"context.l <= principal.r", "record_attr_does_not_exist at `context.l`"},
      {"context.l > principal.r", "record_attr_does_not_exist at `context.l`"},
      {"context.l >= principal.r", "record_attr_does_not_exist at `context.l`"},
      {"context.l + principal.r == 1", "record_attr_does_not_exist at `context.l`"},
      {"context.l in principal.r", "record_attr_does_not_exist at `context.l`"},
      {"context.l.contains(principal.r)", "record_attr_does_not_exist at `context.l`"},
      {"context.l.hasTag(principal.r)", "record_attr_does_not_exist at `context.l`"},
      {"context.l && principal.r", "record_attr_does_not_exist at `context.l`"},
      {"[context.l, principal.r] == []", "record_attr_does_not_exist at `context.l`"},
      {"[principal.l, context.r] == []", "entity_attr_does_not_exist at `principal.l`"},
      // Both operands are evaluated before the type of either is looked at.
      {"true < context.r", "record_attr_does_not_exist at `context.r`"},
      {"true > context.r", "record_attr_does_not_exist at `context.r`"},
      {"true + context.r == 1", "record_attr_does_not_exist at `context.r`"},
      {"1 in context.r", "record_attr_does_not_exist at `context.r`"},
      {"1.contains(context.r)", "record_attr_does_not_exist at `context.r`"},
      {"1.hasTag(context.r)", "record_attr_does_not_exist at `context.r`"},
      // But a type is looked at before `&&` and `||` go on.
      {"1 && context.r", "type_error at `1`"},
      {"1 || context.r", "type_error at `1`"},
      {"if 1 then context.a else context.b", "type_error at `1`"},
      // Values of a record in the order of their keys, not of the text.
      {"{z: context.l, a: principal.r} == {}", "entity_attr_does_not_exist at `principal.r`"},
      {"{a: context.l, \"z\": principal.r} == {}", "record_attr_does_not_exist at `context.l`"},
      {"{b: context.l, \"a b\": principal.r} == {}", "entity_attr_does_not_exist at `principal.r`"},
      // Arguments before their number, their number before their types.
      {"ip(context.l, principal.r)", "record_attr_does_not_exist at `context.l`"},
      {"context.ip.isInRange(principal.r, 1)", "entity_attr_does_not_exist at `principal.r`"},
      {"1.isInRange(2, 3)", "wrong_number_of_arguments at `1.isInRange(2, 3)`"},
      {"ip(ip(\"x\"), context.r)", "extension_function_failed at `ip(\"x\")`"},
      // Overflow and types inside out.
      {"(9223372036854775807 + 1) + true == 1", "integer_overflow at `9223372036854775807 + 1`"},
      {"true + (9223372036854775807 + 1) == 1", "integer_overflow at `9223372036854775807 + 1`"},
  };
  ExpectFailures(kCases);
}

TEST(Errors, PointAtTheExpressionThatFailed) {
  constexpr Case kCases[] = {
      {"1 == 1 && User::\"ghost\".age == 1", "entity_does_not_exist at `User::\"ghost\".age`"},
      {"principal.lost[\"x y\"]", "entity_does_not_exist at `principal.lost[\"x y\"]`"},
      {"User::\"ghost\".getTag(\"a\")", "entity_does_not_exist at `User::\"ghost\".getTag(\"a\")`"},
      {"!(principal.missing)", "entity_attr_does_not_exist at `principal.missing`"},
      {"principal.missing.deeper", "entity_attr_does_not_exist at `principal.missing`"},
      {"principal.getTag(\"x\") == 1", "entity_tag_does_not_exist at `principal.getTag(\"x\")`"},
      {"true && context.rec.a.c", "record_attr_does_not_exist at `context.rec.a.c`"},
      {"context.n + context.yes == 1", "type_error at `context.n + context.yes`"},
      {"1 <  \"a\"", "type_error at `1 <  \"a\"`"},
      {"-\"a\" == 1", "type_error at `-\"a\"`"},
      {"!1", "type_error at `1`"},
      {"context.n", "type_error at `context.n`"},
      {"1 is User", "type_error at `1 is User`"},
      {"1 like \"a*\"", "type_error at `1 like \"a*\"`"},
      {"1 has a.b", "type_error at `1 has a.b`"},
      {"principal in [1]", "type_error at `principal in [1]`"},
      {"[1].containsAny(1)", "type_error at `[1].containsAny(1)`"},
      {"1.isEmpty()", "type_error at `1.isEmpty()`"},
      {"ip(  )", "wrong_number_of_arguments at `ip(  )`"},
      {"context.ip.isIpv4(1, 2)", "wrong_number_of_arguments at `context.ip.isIpv4(1, 2)`"},
      {"1 * 9223372036854775807 * 2 == 0", "integer_overflow at `1 * 9223372036854775807 * 2`"},
      {"--9223372036854775808 == 0", "integer_overflow at `--9223372036854775808`"},
      {"ip(\"1.2.3\").isIpv4()", "extension_function_failed at `ip(\"1.2.3\")`"},
  };
  ExpectFailures(kCases);
}

TEST(Scope, MatchesTheRequestInEveryForm) {
  const struct {
    std::string_view scope;
    bool matches;
  } kCases[] = {
      {"principal, action, resource", true},
      {"principal == User::\"alice\", action, resource", true},
      {"principal == User::\"bob\", action, resource", false},
      {"principal in User::\"alice\", action, resource", true},
      {"principal in Group::\"all\", action, resource", true},
      {"principal in Group::\"none\", action, resource", false},
      {"principal is User, action, resource", true},
      {"principal is A::User, action, resource", false},
      {"principal is User in Group::\"staff\", action, resource", true},
      {"principal is Group in Group::\"staff\", action, resource", false},
      {"principal is User in Group::\"none\", action, resource", false},
      {"principal, action == Action::\"read\", resource", true},
      {"principal, action == Action::\"any\", resource", false},
      {"principal, action == A::Action::\"read\", resource", false},
      {"principal, action in Action::\"read\", resource", true},
      {"principal, action in Action::\"any\", resource", true},
      {"principal, action in Action::\"write\", resource", false},
      {"principal, action in [Action::\"write\", Action::\"any\"], resource", true},
      {"principal, action in [Action::\"write\"], resource", false},
      {"principal, action in [], resource", false},
      {"principal, action, resource == Doc::\"d\"", true},
      {"principal, action, resource == Doc::\"e\"", false},
      {"principal, action, resource in Folder::\"f\"", true},
      {"principal, action, resource in Folder::\"g\"", false},
      {"principal, action, resource is Doc", true},
      {"principal, action, resource is Folder", false},
      {"principal, action, resource is Doc in Folder::\"f\"", true},
      {"principal, action, resource is Doc in Folder::\"g\"", false},
  };
  for (const auto& [scope, matches] : kCases) {
    EXPECT_EQ(DecideToText("permit(" + std::string(scope) + ");", kEntities, kRequest),
              matches ? "allow [policy0]" : "deny []")
        << scope;
  }
}

TEST(Conditions, MustAllHoldInTheirOrder) {
  const struct {
    std::string_view conditions;
    std::string_view decision;
  } kCases[] = {
      {"when { true } unless { false }", "allow [policy0]"},
      {"when { true } when { false }", "deny []"},
      {"unless { true }", "deny []"},
      {"unless { false } unless { false } when { true }", "allow [policy0]"},
      // What follows a condition that does not hold is not evaluated.
      {"when { false } when { context.missing }", "deny []"},
      {"unless { true } unless { context.missing }", "deny []"},
      {"when { context.missing } when { false }",
       "deny [] errors [policy0:record_attr_does_not_exist]"},
      {"unless { context.missing }", "deny [] errors [policy0:record_attr_does_not_exist]"},
      {"unless { 1 }", "deny [] errors [policy0:type_error]"},
  };
  for (const auto& [conditions, decision] : kCases) {
    EXPECT_EQ(DecideToText("permit(principal, action, resource) " + std::string(conditions) + ";",
                           kEntities, kRequest),
              decision)
        << conditions;
  }
}

TEST(Conditions, AreNotReachedWhenTheScopeDoesNotMatch) {
  EXPECT_EQ(DecideToText("permit(principal == User::\"bob\", action, resource) when { 1 };",
                         kEntities, kRequest),
            "deny []");
}

}  // namespace
}  // namespace thuja::decide
