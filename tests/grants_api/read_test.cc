// SPDX-License-Identifier: Apache-2.0
// Grants as they are shown: what time, their ancestors and their calls make of them.
#include <gtest/gtest.h>

#include <string>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class Read : public ::testing::TestWithParam<bool> {
 protected:
  std::string CallsLeft(const std::string& id) {
    return world.Get("/v1/grants/" + id).At("grant.calls_left");
  }
  // Takes calls as decisions do.
  void Take(const std::string& id, int calls) {
    auto reader = world.store().table().Register();
    const grants::GrantSlot* slot = reader->Find(*grants::GrantId::Parse(id));
    ASSERT_NE(slot, nullptr);
    for (int i = 0; i < calls; ++i) {
      ASSERT_NE(slot->TakeCall(), grants::GrantSlot::Taken::kNone);
    }
  }

  GrantApiWorld world{{.sqlite = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Storage, Read, ::testing::Bool(),
                         [](const auto& storage) { return storage.param ? "Sqlite" : "Memory"; });

TEST_P(Read, CallsLeftAreThoseThatNobodyTook) {
  const std::string small = world.Issue({.more = R"("calls": 10)"});
  const std::string large = world.Issue({.more = R"("calls": 100000)"});
  const std::string none = world.Issue();
  EXPECT_EQ(CallsLeft(small), "10");
  EXPECT_EQ(CallsLeft(large), "100000");
  EXPECT_EQ(CallsLeft(none), "");
  Take(small, 3);
  Take(large, 5);
  EXPECT_EQ(CallsLeft(small), "7");
  EXPECT_EQ(CallsLeft(large), "99995");
  Take(small, 7);
  EXPECT_EQ(CallsLeft(small), "0");
  const ApiAnswer child = world.Post("/v1/grants/" + large + "/delegate",
                                     Want{.task = "", .more = R"("calls": 95)"}.ToJson());
  EXPECT_EQ(child.At("grant.calls_left"), "95");
  EXPECT_EQ(CallsLeft(large), "99900");
}

TEST_P(Read, WhatIsToComeIsNotInForceYet) {
  const ApiAnswer issued =
      world.Post("/v1/grants", Want{.more = R"("not_before": "2099-01-01T00:00:00Z")"}.ToJson());
  EXPECT_EQ(issued.At("grant.state"), "active");
  EXPECT_EQ(issued.At("grant.in_force"), "false");
  EXPECT_EQ(issued.At("grant.why_not"), "grant_pending");
  EXPECT_EQ(issued.At("grant.not_before"), "2099-01-01T00:00:00Z");
  EXPECT_EQ(issued.At("grant.expires"), "2099-01-01T01:00:00Z");
}

TEST_P(Read, ScopesAreShownAsTheyWereGiven) {
  const std::string tools =
      R"(["crm/*",{"tool":"git/push","arguments":{"branch":{"regex":"agent/[a-z]+"}}}])";
  const std::string id = world.Issue({.tools = tools, .more = R"("resources": ["repos/acme/**"])"});
  const ApiAnswer shown = world.Get("/v1/grants/" + id);
  EXPECT_EQ(shown.At("grant.tools"), tools);
  EXPECT_EQ(shown.At("grant.resources"), R"(["repos/acme/**"])");
}

TEST_P(Read, TheRevisionIsThatOfTheMoment) {
  const std::string first = world.Issue();
  const std::string second = world.Issue();
  EXPECT_EQ(world.Get("/v1/grants/" + first).At("revision"), "2");
  EXPECT_EQ(world.Get("/v1/grants/" + first).At("grant.revision"), "1");
  EXPECT_EQ(world.Get("/v1/grants/" + second).At("grant.revision"), "2");
}

TEST_P(Read, AQueryIsRefused) {
  const std::string id = world.Issue();
  for (const std::string& path :
       {"/v1/grants/" + id, "/v1/grants/" + id + "/whatcan", std::string("/openapi.json")}) {
    EXPECT_EQ(GrantApiWorld::Said(world.Get(path + "?at=1")), "400 malformed_request") << path;
  }
  EXPECT_EQ(GrantApiWorld::Said(world.Post("/v1/grants/" + id + "/revoke?dry_run=true")),
            "400 malformed_request");
  EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "active");
}

}  // namespace
}  // namespace thuja::testing
