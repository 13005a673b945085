// SPDX-License-Identifier: Apache-2.0
// The limits of a class, from the entities that describe it.
#include "engine/grants/agent_class.h"

#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "tests/support/decide_fixture.h"

namespace thuja::grants {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::string Class(const std::string& name, const std::string& attributes,
                  const std::string& parent = "") {
  return R"({"uid": {"type": "Thuja::AgentClass", "id": ")" + name + R"("}, "attrs": {)" +
         attributes + R"(}, "parents": [)" +
         (parent.empty() ? "" : R"({"type": "Thuja::AgentClass", "id": ")" + parent + R"("})") +
         "]}";
}

std::string Duration(const std::string& name, const std::string& span) {
  return "\"" + name + R"(": {"__extn": {"fn": "duration", "arg": ")" + span + R"("}})";
}

ClassLimits Limits(const std::string& entities, std::string_view name) {
  const auto store = thuja::testing::MakeEntities("[" + entities + "]");
  return LimitsOfClass(store, name).value();
}

TEST(AgentClass, ItsAttributesAreItsLimits) {
  const ClassLimits limits =
      Limits(Class("coder", Duration("max_ttl", "10m") + ", " + Duration("max_staleness", "5s") +
                                R"(, "effect": "write")"),
             "coder");
  EXPECT_EQ(limits.max_ttl, 600 * kSecond);
  EXPECT_EQ(limits.max_staleness, 5 * kSecond);
  EXPECT_EQ(limits.ceiling, Effect::kWrite);
}

TEST(AgentClass, WhatItDoesNotSayIsTheTightDefault) {
  EXPECT_EQ(Limits(Class("plain", ""), "plain"), kDefaultLimits);
  EXPECT_EQ(kDefaultLimits.ceiling, Effect::kRead);
}

TEST(AgentClass, AClassIsBoundByAllClassesThatItIsIn) {
  const std::string entities =
      Class("agents", Duration("max_ttl", "1h") + R"(, "effect": "destructive")") + "," +
      Class("writers", Duration("max_ttl", "20m") + R"(, "effect": "write")", "agents") + "," +
      Class("loose", Duration("max_ttl", "2h") + R"(, "effect": "destructive")", "writers");
  const ClassLimits limits = Limits(entities, "loose");
  EXPECT_EQ(limits.max_ttl, 1200 * kSecond);
  EXPECT_EQ(limits.ceiling, Effect::kWrite);
  // And inherits what it leaves out.
  EXPECT_EQ(Limits(entities + "," + Class("silent", "", "agents"), "silent").ceiling,
            Effect::kDestructive);
}

TEST(AgentClass, ALimitThatIsNoneLetsNothingThrough) {
  for (const std::string& attributes : {std::string(R"("max_ttl": "10m", "effect": 3)"),
                                        std::string(R"("max_ttl": 600, "effect": "everything")"),
                                        Duration("max_ttl", "-1s") + R"(, "effect": "Write")"}) {
    const ClassLimits limits = Limits(Class("odd", attributes), "odd");
    EXPECT_EQ(limits.max_ttl, 0) << attributes;
    EXPECT_EQ(limits.ceiling, Effect::kRead) << attributes;
  }
}

TEST(AgentClass, ASpanThatNanosecondsCannotHoldIsTheLongest) {
  const ClassLimits limits =
      Limits(Class("old", Duration("max_ttl", "9223372036854775807ms")), "old");
  EXPECT_EQ(limits.max_ttl, std::numeric_limits<int64_t>::max());
}

TEST(AgentClass, WhatTheStoreDoesNotHoldIsNoClass) {
  const auto store = thuja::testing::MakeEntities(
      "[" + Class("a", "", "only_mentioned") +
      R"(, {"uid": {"type": "Team", "id": "coder"}, "attrs": {}, "parents": []}])");
  EXPECT_TRUE(LimitsOfClass(store, "a"));
  for (const char* name : {"only_mentioned", "coder", "A", "", "b"}) {
    EXPECT_FALSE(LimitsOfClass(store, name)) << name;
  }
}

TEST(AgentClass, EffectsAreOrderedAndNamed) {
  EXPECT_LT(Effect::kRead, Effect::kWrite);
  EXPECT_LT(Effect::kWrite, Effect::kDestructive);
  for (const Effect effect : {Effect::kRead, Effect::kWrite, Effect::kDestructive}) {
    EXPECT_EQ(ParseEffect(EffectName(effect)), effect);
  }
  EXPECT_FALSE(ParseEffect("READ"));
  EXPECT_FALSE(ParseEffect(""));
}

}  // namespace
}  // namespace thuja::grants
