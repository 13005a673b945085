// SPDX-License-Identifier: Apache-2.0
// Requests that are repeated, and ids that are used for something else.
#include <gtest/gtest.h>

#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class Idempotency : public ::testing::Test {
 protected:
  static std::string Key(const std::string& key) { return "Idempotency-Key: " + key + "\r\n"; }
  ApiAnswer Issue(const Want& want, const std::string& key,
                  std::string_view token = GrantApiWorld::kAll) {
    return world.Post("/v1/grants", want.ToJson(), token, Key(key));
  }

  GrantApiWorld world;
};

TEST_F(Idempotency, ARepeatedRequestChangesNothingAndIsAnsweredTheSame) {
  const ApiAnswer first = Issue({}, "k");
  const ApiAnswer again = Issue({}, "k");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.body, first.body);
  EXPECT_EQ(world.store().revision(), 1u);
  EXPECT_EQ(world.Get("/v1/grants").Elements("grants").size(), 1u);
  // What became of it since is not what was answered.
  const std::string id = first.At("grant.id");
  EXPECT_EQ(world.Do("suspend", id), "200");
  EXPECT_EQ(Issue({}, "k").body, first.body);
  EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "suspended");
}

TEST_F(Idempotency, ACredentialIsNotToldAgain) {
  const Want want = {.more = R"("credential": true)"};
  const ApiAnswer first = Issue(want, "k");
  EXPECT_NE(first.At("credential"), "");
  const ApiAnswer again = Issue(want, "k");
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.At("grant.id"), first.At("grant.id"));
  EXPECT_EQ(again.At("credential"), "");
}

TEST_F(Idempotency, EveryChangeCanBeRepeated) {
  const std::string id = world.Issue({.more = R"("pending": true)"});
  const auto twice = [&](const std::string& path, const std::string& body) {
    const ApiAnswer first = world.Post(path, body, GrantApiWorld::kAll, Key(path));
    EXPECT_LT(first.status, 300) << path << first.body;
    const uint64_t revision = world.store().revision();
    const ApiAnswer again = world.Post(path, body, GrantApiWorld::kAll, Key(path));
    EXPECT_EQ(again.status, first.status);
    EXPECT_EQ(again.body, first.body);
    EXPECT_EQ(world.store().revision(), revision) << path;
  };
  const std::string of_grant = "/v1/grants/" + id;
  for (const char* event : {"/activate", "/heartbeat", "/suspend", "/resume"}) {
    twice(of_grant + event, "");
  }
  twice(of_grant + "/delegate", Want{.holder = "b", .task = ""}.ToJson());
  twice(of_grant + "/complete", R"({"reason": "done"})");
  const std::string other = world.Issue();
  twice("/v1/grants/" + other + "/fail", "{}");
  twice("/v1/grants/" + world.Issue() + "/revoke", "{}");
  world.Issue();
  twice("/v1/revoke", R"({"everything": true})");
}

TEST_F(Idempotency, AnIdIsForOneRequest) {
  const std::string id = Issue({}, "k").At("grant.id");
  EXPECT_EQ(GrantApiWorld::Said(Issue({.task = "other"}, "k")), "409 request_id_reuse");
  EXPECT_EQ(GrantApiWorld::Said(
                world.Post("/v1/grants/" + id + "/complete", "", GrantApiWorld::kAll, Key("k"))),
            "409 request_id_reuse");
  // The same body about another grant.
  const std::string other = world.Issue();
  EXPECT_EQ(GrantApiWorld::Said(
                world.Post("/v1/grants/" + id + "/suspend", "{}", GrantApiWorld::kAll, Key("s"))),
            "200");
  EXPECT_EQ(GrantApiWorld::Said(world.Post("/v1/grants/" + other + "/suspend", "{}",
                                           GrantApiWorld::kAll, Key("s"))),
            "409 request_id_reuse");
  EXPECT_EQ(world.Get("/v1/grants/" + other).At("grant.state"), "active");
}

TEST_F(Idempotency, IdsOfTwoCallersAreTwo) {
  const ApiAnswer first = Issue({}, "k");
  const ApiAnswer other = Issue({.task = "other"}, "k", GrantApiWorld::kIssuer);
  EXPECT_EQ(other.status, 201);
  EXPECT_NE(other.At("grant.id"), first.At("grant.id"));
}

TEST_F(Idempotency, WhatWasRefusedIsTriedAnew) {
  const std::string id = world.Issue({.more = R"("pending": true)"});
  const auto resume = [&] {
    return GrantApiWorld::Said(
        world.Post("/v1/grants/" + id + "/suspend", "{}", GrantApiWorld::kAll, Key("r")));
  };
  EXPECT_EQ(resume().substr(0, 4), "409 ");
  EXPECT_EQ(world.Do("activate", id), "200");
  EXPECT_EQ(resume(), "200");
}

// A client that does not wait for the first answer.
TEST_F(Idempotency, RepeatedAtTheSameTimeItIsDoneOnce) {
  constexpr int kCallers = 16;
  std::vector<ApiAnswer> answers(kCallers);
  std::vector<std::thread> threads;
  for (int i = 0; i < kCallers; ++i) {
    threads.emplace_back([&, i] { answers[static_cast<size_t>(i)] = Issue({}, "k"); });
  }
  for (std::thread& thread : threads) thread.join();
  std::set<std::string> ids;
  for (const ApiAnswer& answer : answers) {
    EXPECT_EQ(answer.status, 201);
    ids.insert(answer.At("grant.id"));
  }
  EXPECT_EQ(ids.size(), 1u);
  EXPECT_EQ(world.store().revision(), 1u);
}

}  // namespace
}  // namespace thuja::testing
