// SPDX-License-Identifier: Apache-2.0
// kill -9 in the middle of changes: what was acknowledged is there after the next start, nothing is
// half there, and no budget was overspent. THUJA_CRASH_ROUNDS says how many times (5).
#include <gtest/gtest.h>
#include <signal.h>

#include <atomic>
#include <chrono>
#include <cstdlib>
#include <map>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/guarded_world.h"

namespace thuja::testing {
namespace {

int Rounds() {
  const char* const rounds = std::getenv("THUJA_CRASH_ROUNDS");
  return rounds == nullptr ? 5 : std::max(1, std::atoi(rounds));
}

constexpr int kBudget = 40;

// One grant as its thread knows it.
struct Known {
  std::string state = {};    // that was acknowledged last
  std::string perhaps = {};  // what a change that was never answered would have made of it
  uint64_t revision = 0;     // acknowledged
  int allowed = 0;           // calls, of all rounds
};

// One keep-alive connection, which ends with the server.
class Client {
 public:
  Client(int port, std::string token) : connection_(port), token_(std::move(token)) {}

  // Nothing if no whole answer came.
  std::optional<ApiAnswer> Post(const std::string& path, const std::string& body) {
    const bool sent = connection_.Send(
        "POST " + path +
        " HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
        "Authorization: Bearer " +
        token_ + "\r\nContent-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    if (!sent) return std::nullopt;
    const auto answer = connection_.Read();
    if (!answer) return std::nullopt;
    return ApiAnswer{answer->status, answer->body};
  }

 private:
  RawConnection connection_;
  const std::string token_;
};

// What one thread did, over all rounds; its grants are nobody else's.
class Worker {
 public:
  Worker(int number, unsigned seed) : number_(number), random_(seed) {}

  // Changes and asks until the server is gone.
  void Run(int admin_port, int port) {
    Client admin(admin_port, "orchestrator-0123456789abcdef");
    Client gateway(port, "gateway-0123456789abcdef");
    while (alive_.empty() || Pick(4) != 0 ? Change(admin) && Ask(gateway) : Issue(admin)) {
    }
  }

  // Everything that was acknowledged is so.
  void Check(const std::map<std::string, ApiAnswer>& found) {
    for (auto& [id, known] : grants_) {
      const auto at = found.find(id);
      ASSERT_NE(at, found.end()) << "grant " << id << " was acknowledged and is gone";
      const std::string state = at->second.At("state");
      EXPECT_TRUE(state == known.state || (!known.perhaps.empty() && state == known.perhaps))
          << id << " is " << state << ", and was acknowledged as " << known.state;
      EXPECT_GE(std::stoull(at->second.At("revision")), known.revision);
      EXPECT_EQ(at->second.At("calls"), std::to_string(kBudget));
      EXPECT_NE(at->second.At("holder.id"), "");
      EXPECT_NE(at->second.At("tools"), "");
      EXPECT_LE(known.allowed, kBudget) << id << " was overspent";
      if (state != "active" && state != "suspended") alive_.erase(id);
      known.state = state;
      known.perhaps.clear();
    }
  }

  size_t acknowledged() const { return acknowledged_; }
  size_t known() const { return grants_.size(); }
  int unanswered_issues() const { return unanswered_issues_; }

 private:
  size_t Pick(size_t below) { return random_() % below; }

  bool Issue(Client& admin) {
    const Want want = {.holder = "coder-" + std::to_string(number_),
                       .task = "T" + std::to_string(number_) + "-" + std::to_string(++tasks_),
                       .more = "\"calls\": " + std::to_string(kBudget)};
    const auto answer = admin.Post("/v1/grants", want.ToJson());
    if (!answer) return ++unanswered_issues_, false;
    EXPECT_EQ(answer->status, 201) << answer->body;
    const std::string id = answer->At("grant.id");
    grants_[id] = {.state = "active", .revision = std::stoull(answer->At("revision"))};
    alive_[id] = want.task;
    ++acknowledged_;
    return true;
  }

  bool Change(Client& admin) {
    if (alive_.empty()) return Issue(admin);
    static constexpr std::pair<const char*, const char*> kChanges[] = {
        {"heartbeat", ""},     {"heartbeat", ""},    {"suspend", "suspended"},
        {"resume", "active"},  {"resume", "active"}, {"complete", "completed"},
        {"revoke", "revoked"}, {"fail", "failed"}};
    const auto& [event, leads_to] = kChanges[Pick(std::size(kChanges))];
    const auto alive = std::next(alive_.begin(), static_cast<long>(Pick(alive_.size())));
    const std::string id = alive->first;
    Known& known = grants_[id];
    const auto answer = admin.Post("/v1/grants/" + id + "/" + event, "{}");
    if (!answer) return known.perhaps = *leads_to == 0 ? known.state : leads_to, false;
    EXPECT_EQ(answer->status, 200) << event << " of " << known.state << ": " << answer->body;
    known.state = answer->At("grant.state");
    known.revision = std::stoull(answer->At("revision"));
    if (known.state != "active" && known.state != "suspended") alive_.erase(alive);
    ++acknowledged_;
    return true;
  }

  bool Ask(Client& gateway) {
    if (alive_.empty()) return true;
    const auto alive = std::next(alive_.begin(), static_cast<long>(Pick(alive_.size())));
    const auto answer = gateway.Post("/access/v1/evaluation",
                                     R"({"subject": {"type": "Thuja::Agent", "id": "coder-)" +
                                         std::to_string(number_) +
                                         R"("}, "action": {"name": "call_tool"},
               "resource": {"type": "Thuja::Tool", "id": "crm/search"}, "context": {"task": ")" +
                                         alive->second + "\"}}");
    if (!answer) return false;
    EXPECT_EQ(answer->status, 200);
    Known& known = grants_[alive->first];
    const bool allowed = answer->At("decision") == "true";
    if (allowed) {
      EXPECT_EQ(known.state, "active");
    }
    known.allowed += allowed;
    return true;
  }

  const int number_;
  std::mt19937 random_;
  int tasks_ = 0;
  std::map<std::string, Known> grants_;       // by id
  std::map<std::string, std::string> alive_;  // id -> task
  size_t acknowledged_ = 0;
  int unanswered_issues_ = 0;
};

class CrashTest : public GuardedWorld {
 protected:
  // Every grant that the store knows, by id, from all pages of one list.
  std::map<std::string, ApiAnswer> List() {
    std::map<std::string, ApiAnswer> found;
    std::string page;
    do {
      const ApiAnswer answer =
          Admin("GET", "/v1/grants?limit=1000" + (page.empty() ? "" : "&page=" + page));
      EXPECT_EQ(answer.status, 200) << answer.body;
      for (std::string& grant : answer.Elements("grants")) {
        ApiAnswer one = {200, std::move(grant)};
        std::string id = one.At("id");
        EXPECT_TRUE(found.emplace(std::move(id), std::move(one)).second) << "listed twice";
      }
      page = answer.At("next");
    } while (!page.empty());
    return found;
  }
};

TEST_F(CrashTest, WhatWasAcknowledgedOutlivesTheProcess) {
  constexpr int kWorkers = 6;
  std::vector<std::unique_ptr<Worker>> workers;
  for (int i = 0; i < kWorkers; ++i) {
    workers.push_back(std::make_unique<Worker>(i, static_cast<unsigned>(i) + 1));
  }
  std::mt19937 random(7);
  const int rounds = Rounds();
  for (int round = 0; round < rounds && !HasFailure(); ++round) {
    std::vector<std::thread> threads;
    for (const auto& worker : workers) {
      threads.emplace_back([&] { worker->Run(server.admin_port(), server.port()); });
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(20 + random() % 400));
    server.process().Signal(SIGKILL);
    for (std::thread& thread : threads) thread.join();
    server.process().Wait();
    server.Restart();
    const std::map<std::string, ApiAnswer> found = List();
    size_t known = 0;
    size_t unanswered = 0;
    for (const auto& worker : workers) {
      worker->Check(found);
      known += worker->known();
      unanswered += static_cast<size_t>(worker->unanswered_issues());
    }
    EXPECT_LE(found.size(), known + unanswered) << "grants that nobody asked for";
  }
  size_t acknowledged = 0;
  for (const auto& worker : workers) acknowledged += worker->acknowledged();
  std::cout << rounds << " rounds, " << acknowledged << " changes acknowledged, none lost\n";
  EXPECT_GT(acknowledged, static_cast<size_t>(rounds));
}

}  // namespace
}  // namespace thuja::testing
