// SPDX-License-Identifier: Apache-2.0
// A revocation waits for nobody: not for what others ask, not for what others issue.
//
// Whoever is in its way is held here where it works, and the revocation has to be answered all the
// same. The listener has one thread.
#include <gtest/gtest.h>

#include <algorithm>
#include <chrono>
#include <condition_variable>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

// Where others wait until it is opened.
class Gate {
 public:
  ~Gate() { Open(); }

  void Pass() {
    std::unique_lock lock(mutex_);
    ++waiting_;
    changed_.notify_all();
    changed_.wait(lock, [this] { return open_; });
    --waiting_;
  }
  void Open() {
    const std::lock_guard lock(mutex_);
    open_ = true;
    changed_.notify_all();
  }
  // Whether somebody waits, after a while at most.
  bool HasWaiting() {
    std::unique_lock lock(mutex_);
    return changed_.wait_for(lock, std::chrono::seconds(20), [this] { return waiting_ > 0; });
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  int waiting_ = 0;
  bool open_ = false;
};

// No client: only to have something done.
class Nobody : public server::AnswerRoom {
  class Later : public server::LaterAnswer {
    void Finish(server::HttpResponse) override {}
    std::shared_ptr<server::AnswerStream> FinishInParts(server::HttpResponse) override {
      return nullptr;
    }
  };

 public:
  std::shared_ptr<server::LaterAnswer> MakeLater() override { return std::make_shared<Later>(); }
  std::shared_ptr<server::AnswerStream> MakeStream() override { return nullptr; }
};

class PromptRevocation : public ::testing::TestWithParam<bool> {
 protected:
  GrantApiWorld world{{.sqlite = GetParam(), .limits = {.questions = 2}}};
  const std::vector<std::string> ids = {world.Issue(), world.Issue(), world.Issue()};
};

INSTANTIATE_TEST_SUITE_P(Storage, PromptRevocation, ::testing::Bool(),
                         [](const auto& storage) { return storage.param ? "Sqlite" : "Memory"; });

TEST_P(PromptRevocation, DoesNotWaitForWhoReads) {
  for (const std::string& path :
       {std::string("/v1/grants?state=failed"), "/v1/grants/" + ids[1],
        "/v1/grants/" + ids[2] + "/whatcan", std::string("/v1/changes?after=1000000")}) {
    SCOPED_TRACE(path);
    Gate gate;
    world.SetBefore([&](const std::string& call) {
      if (call == "OpenView") gate.Pass();
      return absl::OkStatus();
    });
    ApiAnswer answer;
    std::thread reader([&] { answer = world.Get(path); });
    EXPECT_TRUE(gate.HasWaiting());
    const std::string id = world.Issue();
    EXPECT_EQ(world.Do("suspend", id), "200");
    EXPECT_EQ(world.Do("revoke", id), "200");
    EXPECT_EQ(GrantApiWorld::Said(world.Post("/v1/revoke", R"({"task": "T7"})")), "200");
    gate.Open();
    reader.join();
    world.SetBefore(nullptr);
    EXPECT_EQ(answer.status, path.starts_with("/v1/changes") ? 410 : 200) << answer.body;
  }
}

TEST_P(PromptRevocation, DoesNotWaitForGrantsThatAreRead) {
  Gate gate;
  Nobody nobody;
  server::HttpResponse none;
  none.room = &nobody;
  world.api().forms().Answer(none, [&](const auto&) { gate.Pass(); });
  EXPECT_TRUE(gate.HasWaiting());
  std::string issued;
  std::string delegated;
  std::thread issuer(
      [&] { issued = GrantApiWorld::Said(world.Post("/v1/grants", Want().ToJson())); });
  std::thread delegator([&] {
    delegated = GrantApiWorld::Said(
        world.Post("/v1/grants/" + ids[2] + "/delegate", Want{.task = ""}.ToJson()));
  });
  EXPECT_EQ(world.Get("/v1/grants/" + ids[1]).At("grant.state"), "active");
  EXPECT_EQ(world.Do("heartbeat", ids[1]), "200");
  EXPECT_EQ(world.Do("revoke", ids[1]), "200");
  gate.Open();
  issuer.join();
  delegator.join();
  EXPECT_EQ(issued, "201");
  EXPECT_EQ(delegated, "201");
}

TEST_P(PromptRevocation, DoesNotWaitForGrantsThatAreWritten) {
  std::string tools = "[";
  for (int i = 0; i < 60; ++i) {
    tools += "\"server/" + std::string(60, 'a') + std::to_string(i) + "*\",";
  }
  tools.back() = ']';
  const std::string large = world.Issue({.tools = tools});
  Gate gate;
  world.api().answers()->Finish(Nobody().MakeLater(), [&](const auto&) { gate.Pass(); });
  EXPECT_TRUE(gate.HasWaiting());
  ApiAnswer heard;
  std::thread holder([&] { heard = world.Post("/v1/grants/" + large + "/suspend", "{}"); });
  // What was done is seen before it is told.
  while (world.Get("/v1/grants/" + large).At("grant.state") != "suspended") {
  }
  EXPECT_EQ(world.Do("revoke", ids[1]), "200");
  gate.Open();
  holder.join();
  EXPECT_EQ(heard.status, 200);
  EXPECT_EQ(heard.At("grant.state"), "suspended");
  EXPECT_EQ(heard.At("grant.tools"), world.Get("/v1/grants/" + large).At("grant.tools"));
}

// Nor do readers keep anything else from it: those for whom there is no room are told so at once.
TEST_P(PromptRevocation, ReadersThatAreTooManyAreRefused) {
  Gate gate;
  world.SetBefore([&](const std::string& call) {
    if (call == "OpenView") gate.Pass();
    return absl::OkStatus();
  });
  std::vector<std::thread> readers;
  std::mutex mutex;
  std::vector<std::string> said;
  const auto read = [&] {
    const std::string one = GrantApiWorld::Said(world.Get("/v1/grants"));
    const std::lock_guard lock(mutex);
    said.push_back(one);
  };
  readers.emplace_back(read);
  EXPECT_TRUE(gate.HasWaiting());
  for (int i = 0; i < 5; ++i) readers.emplace_back(read);
  const auto refused = [&] {
    const std::lock_guard lock(mutex);
    return said.size();
  };
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (refused() < 3 && std::chrono::steady_clock::now() < end) std::this_thread::yield();
  EXPECT_EQ(refused(), 3u) << "one is read, and two wait";
  EXPECT_EQ(GrantApiWorld::Said(world.Post("/v1/revoke", R"({"everything": true})")), "200");
  gate.Open();
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(std::count(said.begin(), said.end(), "503 overloaded"), 3);
  EXPECT_EQ(std::count(said.begin(), said.end(), "200"), 3);
}

// A body that says little and is long is not read by the listener either.
TEST_P(PromptRevocation, ALongBodyIsReadAsAShortOneIs) {
  const std::string blanks(100'000, ' ');
  EXPECT_EQ(world.Do("revoke", ids[0], "{" + blanks + "\"reason\": \"over\"}"), "200");
  EXPECT_EQ(world.Get("/v1/grants/" + ids[0]).At("grant.ended_because"), "over");
  EXPECT_EQ(world.Do("revoke", ids[1], "{" + blanks + "\"because\": 1}"), "400 malformed_request");
  EXPECT_EQ(GrantApiWorld::Said(world.Post("/v1/revoke", "{\"everything\": true" + blanks + "}")),
            "200");
}

}  // namespace
}  // namespace thuja::testing
