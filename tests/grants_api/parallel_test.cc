// SPDX-License-Identifier: Apache-2.0
// Many callers at once: each change is one, seen by whoever asks next, with no secret anywhere that
// is not its own.
#include <gtest/gtest.h>

#include <mutex>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class Parallel : public ::testing::TestWithParam<bool> {
 protected:
  GrantApiWorld world{{.sqlite = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Storage, Parallel, ::testing::Bool(),
                         [](const auto& storage) { return storage.param ? "Sqlite" : "Memory"; });

TEST_P(Parallel, SixtyFourCallersChangeGrants) {
  constexpr int kCallers = 64;
  constexpr int kRounds = 4;
  std::mutex mutex;
  std::set<std::string> ids;
  std::set<std::string> secrets;
  std::set<uint64_t> revisions;
  const auto note = [&](const ApiAnswer& answer) {
    const std::lock_guard lock(mutex);
    const std::string revision = answer.At("revision");
    ASSERT_FALSE(revision.empty()) << answer.body;
    EXPECT_TRUE(revisions.insert(std::stoull(revision)).second) << "two changes of one revision";
  };
  std::vector<std::thread> callers;
  for (int caller = 0; caller < kCallers; ++caller) {
    callers.emplace_back([&, caller] {
      for (int round = 0; round < kRounds; ++round) {
        const ApiAnswer issued = world.Post(
            "/v1/grants",
            Want{.task = "T" + std::to_string(caller), .more = "\"credential\": true"}.ToJson());
        ASSERT_EQ(issued.status, 201) << issued.body;
        note(issued);
        const std::string id = issued.At("grant.id");
        {
          const std::lock_guard lock(mutex);
          EXPECT_TRUE(ids.insert(id).second);
          EXPECT_TRUE(secrets.insert(issued.At("credential")).second);
        }
        // What was answered is what is seen.
        ASSERT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "active");
        const ApiAnswer revoked = world.Post("/v1/grants/" + id + "/revoke");
        ASSERT_EQ(revoked.status, 200);
        note(revoked);
        ASSERT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "revoked");
      }
    });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(ids.size(), size_t{kCallers} * kRounds);
  EXPECT_EQ(revisions.size(), size_t{kCallers} * kRounds * 2);
  EXPECT_EQ(*revisions.rbegin(), world.store().revision());
  const std::string list = world.Get("/v1/grants?limit=1000").body;
  for (const std::string& secret : secrets) {
    EXPECT_EQ(list.find(secret.substr(9)), std::string::npos);
  }
}

TEST_P(Parallel, OneGrantIsEndedOnce) {
  const std::string id = world.Issue();
  constexpr int kCallers = 32;
  std::vector<std::string> said(kCallers);
  std::vector<std::thread> callers;
  for (size_t i = 0; i < kCallers; ++i) {
    callers.emplace_back([&, i] { said[i] = world.Do(i % 2 == 0 ? "complete" : "fail", id); });
  }
  for (std::thread& caller : callers) caller.join();
  EXPECT_EQ(std::count(said.begin(), said.end(), "200"), 1);
  const std::string state = world.Get("/v1/grants/" + id).At("grant.state");
  for (const std::string& one : said) {
    EXPECT_TRUE(one == "200" || one == "409 grant_" + state) << one;
  }
}

// Clients that are gone before they are answered change what they asked for all the same, and the
// server goes on.
TEST_P(Parallel, ClientsThatDoNotWait) {
  const std::string body = Want().ToJson();
  for (int i = 0; i < 50; ++i) {
    RawConnection connection(world.port());
    connection.Send("POST /v1/grants HTTP/1.1\r\nHost: localhost\r\n" + GrantApiWorld::Bearer() +
                    "Content-Type: application/json\r\nContent-Length: " +
                    std::to_string(body.size()) + "\r\n\r\n" + body);
  }
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (world.store().revision() < 50 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  EXPECT_EQ(world.store().revision(), 50u);
  EXPECT_EQ(world.Get("/v1/grants").status, 200);
}

}  // namespace
}  // namespace thuja::testing
