// SPDX-License-Identifier: Apache-2.0
// Nothing is allowed by what was revoked before it was asked: store, table, guard and policies
// together, with threads that decide all the time. THUJA_DECISIONS says how many decisions are made
// at least (200,000).
#include <gtest/gtest.h>

#include <atomic>
#include <cstdlib>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/guard.h"
#include "server/operations/operational_log.h"
#include "server/store/grant_store.h"
#include "tests/support/decide_fixture.h"

namespace thuja::server {
namespace {

using testing::MakeSnapshot;

uint64_t WantedDecisions() {
  const char* const wanted = std::getenv("THUJA_DECISIONS");
  return wanted == nullptr ? 200'000 : std::strtoull(wanted, nullptr, 10);
}

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Thuja::AgentClass", "id": "coder"},
   "attrs": {"effect": "write", "max_ttl": {"__extn": {"fn": "duration", "arg": "1h"}}},
   "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/search"}, "attrs": {"effect": "read"}, "parents": []}
])";

class RevocationTest : public ::testing::Test {
 protected:
  RevocationTest() {
    auto opened = GrantStore::Open(
        MakeMemoryBackend(), {}, [this] { return snapshot; }, clock, log);
    EXPECT_TRUE(opened.ok()) << opened.status();
    store = *std::move(opened);
  }

  static grants::IssueRequest RequestFor(const std::string& holder, const std::string& task) {
    grants::Scope scope;
    scope.tools.push_back({.tools = *grants::ScopePattern::Segments("crm/*")});
    grants::IssueRequest request;
    request.holder = {"Thuja::Agent", holder};
    request.agent_class = "coder";
    request.purpose.task = task;
    request.scope = std::make_shared<const grants::Scope>(std::move(scope));
    return request;
  }

  grants::GrantId Issue(const std::string& holder, const std::string& task) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kIssue;
    mutation.issue = RequestFor(holder, task);
    return IdOf(store->Apply(std::move(mutation)));
  }

  MutationOutcome TryDelegate(const grants::GrantId& parent, const std::string& holder) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kDelegate;
    mutation.id = parent;
    mutation.issue = RequestFor(holder, "");
    mutation.issue.scope = nullptr;
    return store->Apply(std::move(mutation));
  }

  static grants::GrantId IdOf(const MutationOutcome& outcome) {
    EXPECT_FALSE(outcome.refusal) << outcome.refusal->message;
    return outcome.grant ? outcome.grant->grant.id : grants::GrantId();
  }

  void Happen(grants::GrantEvent event, const grants::GrantId& id) {
    Mutation mutation;
    mutation.id = id;
    mutation.event = event;
    const MutationOutcome outcome = store->Apply(std::move(mutation));
    EXPECT_FALSE(outcome.refusal) << outcome.refusal->message;
  }

  void RevokeEverything() {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kRevokeAll;
    EXPECT_FALSE(store->Apply(std::move(mutation)).refusal);
  }

  std::shared_ptr<const Snapshot> snapshot =
      MakeSnapshot("permit (principal, action, resource);", kEntities);
  TrustedClock clock;
  OperationalLog log{LogLevel::kError, LogFormat::kText};
  std::unique_ptr<GrantStore> store;
};

// One thread's questions about one holder and task.
class Asker {
 public:
  Asker(GrantStore& store, const Snapshot& snapshot, const TrustedClock& clock)
      : snapshot_(snapshot), clock_(clock), guard_(*store.table().Register()) {
    request_.action = {"Thuja::Action", "call_tool"};
    request_.resource = {"Thuja::Tool", "crm/search"};
  }

  ReasonCode Ask(const std::string& holder, const std::string& task) {
    request_.arena.Reset();
    request_.principal = {"Thuja::Agent", holder};
    task_field_ = {"task", Value::String(task)};
    request_.context = Value::RecordInOrder({&task_field_, 1});
    request_.now = clock_.Read().now;
    return guard_.Decide(snapshot_, request_, {}, {}, scratch_).decision.code;
  }

 private:
  const Snapshot& snapshot_;
  const TrustedClock& clock_;
  Guard guard_;
  Scratch scratch_;
  Request request_;
  Field task_field_;
};

TEST_F(RevocationTest, WhatWasAcknowledgedAsRevokedAllowsNothingOnAnyThread) {
  constexpr int kAskers = 3;
  const uint64_t wanted = WantedDecisions();
  std::atomic<uint64_t> round = 0;    // whose grants are there
  std::atomic<uint64_t> revoked = 0;  // the last round whose root was acknowledged as revoked
  std::atomic<uint64_t> decisions = 0;
  std::atomic<uint64_t> allowed = 0;
  std::atomic<uint64_t> wrong = 0;
  std::atomic<bool> done = false;
  std::vector<std::thread> askers;
  for (int i = 0; i < kAskers; ++i) {
    askers.emplace_back([&, i] {
      Asker asker(*store, *snapshot, clock);
      const std::string holder = i == 0 ? "root" : i == 1 ? "child" : "leaf";
      while (!done) {
        // What was acknowledged before the question decides its answer.
        const uint64_t over = revoked.load(std::memory_order_acquire);
        const uint64_t asked = round.load(std::memory_order_acquire);
        const ReasonCode code = asker.Ask(holder, std::to_string(asked));
        decisions.fetch_add(1, std::memory_order_relaxed);
        if (code != ReasonCode::kPermit) continue;
        allowed.fetch_add(1, std::memory_order_relaxed);
        if (asked <= over) wrong.fetch_add(1, std::memory_order_relaxed);
      }
    });
  }
  uint64_t number = 0;
  while (decisions < wanted || number < 20) {
    ++number;
    const grants::GrantId root = Issue("root", std::to_string(number));
    const grants::GrantId child = IdOf(TryDelegate(root, "child"));
    IdOf(TryDelegate(child, "leaf"));
    round.store(number, std::memory_order_release);
    // Until somebody was allowed, there is nothing that could be revoked too late.
    for (const uint64_t before = allowed; allowed < before + 10;) std::this_thread::yield();
    switch (number % 4) {
      case 0: Happen(grants::GrantEvent::kRevoke, root); break;
      case 1: Happen(grants::GrantEvent::kComplete, root); break;
      case 2: Happen(grants::GrantEvent::kSuspend, root); break;
      case 3: RevokeEverything(); break;
    }
    revoked.store(number, std::memory_order_release);
    for (int i = 0; i < 100; ++i) std::this_thread::yield();
  }
  done = true;
  for (std::thread& asker : askers) asker.join();
  EXPECT_EQ(wrong, 0U);
  std::cout << decisions << " decisions, " << allowed << " allowed, " << number
            << " roots ended, none allowed after\n";
}

// Delegation and revocation meet in every order, and no child outlives its parent.
TEST_F(RevocationTest, AChildIsRefusedOrWorthless) {
  Asker asker(*store, *snapshot, clock);
  for (int i = 1; i <= 50; ++i) {
    const std::string task = "race-" + std::to_string(i);
    const grants::GrantId root = Issue("root", task);
    std::thread child([&] {
      for (int n = 0; n < 20; ++n) TryDelegate(root, "child");
    });
    Happen(grants::GrantEvent::kRevoke, root);
    EXPECT_NE(asker.Ask("child", task), ReasonCode::kPermit);
    child.join();
    EXPECT_NE(asker.Ask("child", task), ReasonCode::kPermit);
    const MutationOutcome late = TryDelegate(root, "child");
    ASSERT_TRUE(late.refusal);
    EXPECT_EQ(late.refusal->code, ReasonCode::kParentNotActive);
  }
}

TEST_F(RevocationTest, OfAHundredParallelCallsABudgetOfTenAllowsTen) {
  constexpr int kThreads = 4;
  constexpr int kCalls = 25;  // of each thread: a hundred in all
  const int rounds = std::getenv("THUJA_DECISIONS") == nullptr ? 100 : 1000;
  std::atomic<int> round = 0;
  std::atomic<int> finished = 0;
  std::atomic<int> allowed = 0;
  std::vector<std::thread> askers;
  for (int i = 0; i < kThreads; ++i) {
    askers.emplace_back([&] {
      Asker asker(*store, *snapshot, clock);
      for (int at = 1; at <= rounds; ++at) {
        while (round < at) std::this_thread::yield();
        for (int call = 0; call < kCalls; ++call) {
          allowed += asker.Ask("spender", std::to_string(at)) == ReasonCode::kPermit;
        }
        ++finished;
      }
    });
  }
  for (int at = 1; at <= rounds; ++at) {
    Mutation mutation;
    mutation.kind = Mutation::Kind::kIssue;
    mutation.issue = RequestFor("spender", std::to_string(at));
    mutation.issue.calls = 10;
    IdOf(store->Apply(std::move(mutation)));
    allowed = 0;
    finished = 0;
    round = at;
    while (finished < kThreads) std::this_thread::yield();
    ASSERT_EQ(allowed, 10) << "round " << at;
  }
  for (std::thread& asker : askers) asker.join();
}

}  // namespace
}  // namespace thuja::server
