// SPDX-License-Identifier: Apache-2.0
// The stream of changes over HTTP: its head, where it begins, coming back, and its end.
#include <gtest/gtest.h>

#include <string>
#include <thread>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class ChangeStream : public ::testing::TestWithParam<bool> {
 protected:
  GrantApiWorld world{{.sqlite = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Storage, ChangeStream, ::testing::Bool(),
                         [](const auto& storage) { return storage.param ? "Sqlite" : "Memory"; });

TEST_P(ChangeStream, TellsWhatHappenedAndWhatHappens) {
  const std::string id = world.Issue();
  world.Post("/v1/grants/" + id + "/suspend", "", GrantApiWorld::kRevoker);
  ChangeReader reader(world, "/v1/changes");
  EXPECT_EQ(reader.status(), 200);
  EXPECT_EQ(reader.head().headers.at("content-type"), "text/event-stream");
  EXPECT_EQ(reader.head().headers.at("cache-control"), "no-store");
  const auto issued = reader.Next();
  ASSERT_TRUE(issued.has_value());
  EXPECT_EQ(issued->id, 1u);
  EXPECT_EQ(issued->event, "issue");
  EXPECT_EQ(issued->data.At("revision"), "1");
  EXPECT_EQ(issued->data.At("event"), "issue");
  EXPECT_EQ(issued->data.At("grant"), id);
  EXPECT_EQ(issued->data.At("grants"), "1");
  EXPECT_EQ(issued->data.At("caller"), "all");
  EXPECT_EQ(issued->data.At("time"), world.Get("/v1/grants/" + id).At("grant.issued"));
  const auto suspended = reader.Next();
  ASSERT_TRUE(suspended.has_value());
  EXPECT_EQ(suspended->event, "suspend");
  EXPECT_EQ(suspended->data.At("caller"), "revoker");
  EXPECT_FALSE(reader.Next(std::chrono::milliseconds(50)).has_value());
  world.Post("/v1/revoke", R"({"class": "coder", "reason": "recall"})");
  const auto revoked = reader.Next();
  ASSERT_TRUE(revoked.has_value());
  EXPECT_EQ(revoked->id, 3u);
  EXPECT_EQ(revoked->event, "revoke");
  EXPECT_EQ(revoked->data.At("subject.class"), "coder");
  EXPECT_EQ(revoked->data.At("grant"), "");
}

TEST_P(ChangeStream, EveryKindOfChangeHasItsName) {
  const std::string id = world.Issue({.more = R"("pending": true)"});
  for (const char* event : {"activate", "heartbeat", "suspend", "resume", "complete"}) {
    EXPECT_EQ(world.Do(event, id), "200");
  }
  const std::string parent = world.Issue();
  EXPECT_EQ(world.Do("fail", world.Delegate(parent, {.task = ""})), "200");
  EXPECT_EQ(world.Do("revoke", parent), "200");
  ChangeReader reader(world, "/v1/changes");
  std::string events;
  for (uint64_t i = 0; i < world.store().revision(); ++i) events += reader.Next()->event + " ";
  EXPECT_EQ(events, "issue activate heartbeat suspend resume complete issue delegate fail revoke ");
}

TEST_P(ChangeStream, GoesOnBehindWhatIsKnown) {
  for (int i = 0; i < 5; ++i) world.Issue();
  const std::string bearer = GrantApiWorld::Bearer();
  EXPECT_EQ(ChangeReader(world, "/v1/changes?after=3").Next()->id, 4u);
  EXPECT_EQ(ChangeReader(world, "/v1/changes", bearer + "Last-Event-ID: 4\r\n").Next()->id, 5u);
  // Who comes back says what it saw last, behind the path that it first asked.
  EXPECT_EQ(ChangeReader(world, "/v1/changes?after=1", bearer + "Last-Event-ID: 2\r\n").Next()->id,
            3u);
  ChangeReader last(world, "/v1/changes?after=5");
  EXPECT_EQ(last.status(), 200);
  EXPECT_FALSE(last.Next(std::chrono::milliseconds(50)).has_value());
  world.Issue();
  EXPECT_EQ(last.Next()->id, 6u);
}

TEST_P(ChangeStream, AListAndItsRevisionLeaveNothingOut) {
  for (int i = 0; i < 3; ++i) world.Issue();
  const std::string revision = world.Get("/v1/grants").At("revision");
  world.Issue();
  EXPECT_EQ(ChangeReader(world, "/v1/changes?after=" + revision).Next()->id, 4u);
}

TEST_P(ChangeStream, WhatIsNotClearIsRefused) {
  world.Issue();
  for (const char* query : {"after=x", "after=-1", "after=1.0", "after=", "after=01",
                            "after=18446744073709551616", "since=1", "after=1&after=1"}) {
    EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/changes?" + std::string(query))),
              "400 malformed_request")
        << query;
  }
  for (const char* header : {"Last-Event-ID: x\r\n", "Last-Event-ID: \r\n",
                             "Last-Event-ID: 1\r\nLast-Event-ID: 1\r\n", "Last-Event-ID: -1\r\n"}) {
    EXPECT_EQ(GrantApiWorld::Said(world.Ask("GET", "/v1/changes", "", GrantApiWorld::kAll, header)),
              "400 malformed_request")
        << header;
  }
}

// A revision that has not been yet is of another history: a client of the store before it was set
// back must not wait for what it thinks comes next.
TEST_P(ChangeStream, WhatHasNotHappenedIsGone) {
  EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/changes?after=1")), "410 gone");
  world.Issue();
  EXPECT_EQ(ChangeReader(world, "/v1/changes?after=1").status(), 200);
  EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/changes?after=2")), "410 gone");
}

TEST_P(ChangeStream, IsChunkedToThoseWhoKnowChunks) {
  world.Issue();
  RawConnection connection(world.port());
  connection.Send("GET /v1/changes HTTP/1.1\r\nHost: localhost\r\n" + GrantApiWorld::Bearer() +
                  "\r\n");
  const auto head = connection.Read();
  ASSERT_TRUE(head.has_value());
  EXPECT_EQ(head->headers.at("transfer-encoding"), "chunked");
  std::string body;
  while (body.find("event: issue") == body.npos) {
    const auto size = connection.ReadUntil("\r\n");
    ASSERT_TRUE(size.has_value());
    const auto chunk = connection.ReadUntil("\r\n");
    ASSERT_TRUE(chunk.has_value());
    EXPECT_EQ(std::stoul(*size, nullptr, 16), chunk->size() - 2);
    body += chunk->substr(0, chunk->size() - 2);
  }
}

TEST_P(ChangeStream, ToAHeadThereIsNoBody) {
  world.Issue();
  const RawAnswer answer = world.AskRaw("HEAD", "/v1/changes", "", GrantApiWorld::Bearer());
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.headers.at("content-type"), "text/event-stream");
}

TEST_P(ChangeStream, ClientsFollowManyChanges) {
  constexpr int kClients = 8;
  constexpr int kThreads = 4;
  constexpr int kEach = 50;
  std::vector<std::thread> threads;
  for (int i = 0; i < kThreads; ++i) {
    threads.emplace_back([&] {
      for (int j = 0; j < kEach; ++j) world.Issue();
    });
  }
  std::vector<uint64_t> counts(kClients);
  for (size_t i = 0; i < kClients; ++i) {
    threads.emplace_back([&, i] {
      // Comes back again and again, as over a bad network.
      uint64_t last = 0;
      for (int reconnect = 0; last < uint64_t{kThreads} * kEach && reconnect < 1000; ++reconnect) {
        ChangeReader reader(
            world, "/v1/changes?after=0",
            GrantApiWorld::Bearer() +
                (last == 0 ? "" : "Last-Event-ID: " + std::to_string(last) + "\r\n"));
        for (int j = 0; j < 37; ++j) {
          const auto event = reader.Next(std::chrono::seconds(5));
          if (!event) break;
          ASSERT_EQ(event->id, last + 1);
          last = event->id;
          ++counts[i];
          if (last == uint64_t{kThreads} * kEach) break;
        }
      }
    });
  }
  for (std::thread& thread : threads) thread.join();
  for (const uint64_t count : counts) EXPECT_EQ(count, uint64_t{kThreads} * kEach);
}

TEST(ChangeStreamLimits, OneMoreThanThereMayBeIsRefused) {
  GrantApiWorld world(
      {.limits = {.streams = {.most = 3, .silence = std::chrono::milliseconds(50)}}});
  std::vector<std::unique_ptr<ChangeReader>> readers;
  for (int i = 0; i < 3; ++i) {
    readers.push_back(std::make_unique<ChangeReader>(world, "/v1/changes"));
    EXPECT_EQ(readers.back()->status(), 200);
  }
  EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/changes")), "503 overloaded");
  readers.pop_back();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  int status = 503;
  while (status != 200 && std::chrono::steady_clock::now() < end) {
    status = ChangeReader(world, "/v1/changes").status();
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(status, 200);
}

TEST(ChangeStreamLimits, SilenceIsFilled) {
  GrantApiWorld world({.limits = {.streams = {.silence = std::chrono::milliseconds(30)}}});
  ChangeReader reader(world, "/v1/changes");
  for (int i = 0; i < 3; ++i) EXPECT_EQ(reader.NextPart(), ":");
  world.Issue();
  EXPECT_EQ(reader.Next()->id, 1u);
}

TEST(ChangeStreamLimits, TheServersEndIsTheirs) {
  auto world = std::make_unique<GrantApiWorld>();
  ChangeReader reader(*world, "/v1/changes");
  EXPECT_EQ(reader.NextPart(), ":");
  const auto begun = std::chrono::steady_clock::now();
  world->api().Stop();
  EXPECT_TRUE(reader.Ends());
  EXPECT_EQ(GrantApiWorld::Said(world->Get("/v1/changes")), "503 overloaded");
  world.reset();
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
}

// Changes that are no longer kept.
TEST(ChangeStreamLimits, WhatIsForgottenIsGone) {
  GrantApiWorld world({.store = {.remember = 1'000'000'000}});
  for (int i = 0; i < 3; ++i) world.Issue();
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (world.store().OpenView().value()->FirstChange().value() != 0 &&
         std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(50));
  }
  for (const char* query : {"", "?after=0", "?after=2"}) {
    EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/changes" + std::string(query))), "410 gone")
        << query;
  }
  ChangeReader reader(world, "/v1/changes?after=3");
  EXPECT_EQ(reader.status(), 200);
  world.Issue();
  EXPECT_EQ(reader.Next()->id, 4u);
}

}  // namespace
}  // namespace thuja::testing
