// SPDX-License-Identifier: Apache-2.0
// Many callers and deciding threads at once: what was acknowledged is seen, and no call is spent
// twice. Run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <barrier>
#include <functional>
#include <random>
#include <thread>
#include <vector>

#include "server/store/grant_store.h"
#include "tests/unit/store/store_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantId;
using grants::GrantSlot;

// Threads that are joined however the test ends.
class Threads {
 public:
  Threads(size_t count, const std::function<void(size_t)>& work) {
    for (size_t i = 0; i < count; ++i) threads_.emplace_back(work, i);
  }
  ~Threads() {
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::vector<std::thread> threads_;
};

// A grant as far as its caller knows.
struct Watched {
  enum Phase { kNothing, kMade, kEnding, kOver };
  GrantId root;
  GrantId leaf;
  std::atomic<int> phase = kNothing;
};

constexpr size_t kCallers = 8;
constexpr size_t kRounds = 150;
using WatchedGrants = std::array<std::array<Watched, kRounds>, kCallers>;

// A grant with two below it, which its caller ends in one of the ways there are.
void LetLive(StoreWorld& world, Watched& watched, size_t round) {
  static std::atomic<size_t> task = 0;
  watched.root = world.Make(OfTask(task++, IssueOf(1000)));
  const GrantId middle = world.Make(DelegateOf(watched.root, 500));
  watched.leaf = world.Make(DelegateOf(middle, 100));
  watched.phase = Watched::kMade;
  const std::array<GrantId, 3> path = {watched.root, middle, watched.leaf};
  constexpr GrantEvent kEnds[] = {GrantEvent::kRevoke, GrantEvent::kComplete, GrantEvent::kFail,
                                  GrantEvent::kSuspend};
  watched.phase = Watched::kEnding;
  world.Make(EventOf(kEnds[round % std::size(kEnds)], path[round % path.size()]));
  watched.phase = Watched::kOver;
}

TEST(GrantStoreRace, WhatWasAcknowledgedIsSeenByEveryDecisionThatBeginsLater) {
  StoreWorld world;
  const auto watched = std::make_unique<WatchedGrants>();
  std::array<std::atomic<size_t>, kCallers> rounds = {};
  std::atomic<size_t> callers = kCallers;
  std::atomic<size_t> in_force = 0;
  std::atomic<size_t> wrong = 0;
  {
    const Threads readers(2, [&](size_t number) {
      grants::GrantTable::Reader reader = *world.store->table().Register();
      std::mt19937_64 random(number);
      while (callers > 0) {
        const size_t caller = random() % kCallers;
        const size_t newest = rounds[caller];
        const Watched& one = (*watched)[caller][newest - std::min(newest, random() % 3)];
        reader.Refresh();
        const int before = one.phase;
        if (before == Watched::kNothing) continue;
        const GrantSlot* const leaf = reader.Find(one.leaf);
        const bool allowed = leaf != nullptr && !leaf->WhyNot(world.clock.Read().now);
        in_force += allowed;
        wrong += allowed && before == Watched::kOver;
        wrong += !allowed && before == Watched::kMade && one.phase == Watched::kMade;
      }
    });
    const Threads writers(kCallers, [&](size_t caller) {
      for (size_t round = 0; round < kRounds; ++round) {
        rounds[caller] = round;
        LetLive(world, (*watched)[caller][round], round);
      }
      --callers;
    });
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(in_force, 0u) << "it was looked at before it was over too";
  EXPECT_EQ(world.store->revision(), 4 * kCallers * kRounds);
}

TEST(GrantStoreRace, OfOneBudgetExactlySoManyCallsAreTaken) {
  constexpr size_t kThreads = 10;
  constexpr size_t kEach = 10;
  constexpr uint64_t kCalls = 10;
  constexpr size_t kTimes = 1000;
  StoreWorld world;
  const GrantSlot* slot = nullptr;
  std::atomic<size_t> taken = 0;
  size_t task = 0;
  std::vector<size_t> all;
  std::barrier ready(kThreads, [&]() noexcept {
    if (slot != nullptr) all.push_back(taken.exchange(0));
    slot = world.store->table().Find(world.Make(OfTask(task++, IssueOf(kCalls))));
  });
  {
    const Threads threads(kThreads, [&](size_t) {
      for (size_t time = 0; time < kTimes; ++time) {
        ready.arrive_and_wait();
        for (size_t i = 0; i < kEach; ++i) {
          const GrantSlot::Taken one = slot->TakeCall();
          taken += one != GrantSlot::Taken::kNone;
          if (one != GrantSlot::Taken::kOne && slot->AskForCalls()) {
            world.store->RequestCalls(slot->id());
          }
        }
      }
    });
  }
  all.push_back(taken);
  ASSERT_EQ(all.size(), kTimes);
  for (const size_t of_one : all) ASSERT_EQ(of_one, kCalls);
}

TEST(GrantStoreRace, ALargeBudgetIsTakenToItsLastCallAndNoFurther) {
  constexpr uint64_t kCalls = 3000;
  StoreWorld world;
  const GrantId id = world.Make(IssueOf(kCalls));
  const GrantSlot* const slot = world.store->table().Find(id);
  std::atomic<uint64_t> taken = 0;
  {
    const Threads threads(4, [&](size_t) {
      StoreWorld::Eventually([&] {
        GrantSlot::Taken one = GrantSlot::Taken::kOne;
        while (one != GrantSlot::Taken::kNone) {
          one = slot->TakeCall();
          taken += one != GrantSlot::Taken::kNone;
          if (one != GrantSlot::Taken::kOne && slot->AskForCalls()) world.store->RequestCalls(id);
        }
        return taken >= kCalls;
      });
    });
  }
  EXPECT_EQ(taken, kCalls);
}

// Children are made of what a parent has left while others take it away.
TEST(GrantStoreRace, AParentAndItsChildrenNeverSpendMoreThanThereIs) {
  constexpr uint64_t kCalls = 2000;
  uint64_t taken_in_all = 0;
  uint64_t delegated_in_all = 0;
  for (int round = 0; round < 10; ++round) {
    StoreWorld world;
    const GrantId parent = world.Make(IssueOf(kCalls));
    const GrantSlot* const slot = world.store->table().Find(parent);
    std::atomic<uint64_t> taken = 0;
    std::atomic<uint64_t> delegated = 0;
    {
      const Threads threads(5, [&](size_t number) {
        std::mt19937_64 random(number);
        for (size_t refused = 0; refused < 50;) {
          if (number < 2) {
            const MutationOutcome outcome =
                world.store->Apply(DelegateOf(parent, 1 + random() % 20));
            if (outcome.refusal) {
              ++refused;
            } else {
              delegated += *outcome.grant->grant.calls;
            }
            continue;
          }
          const GrantSlot::Taken one = slot->TakeCall();
          taken += one != GrantSlot::Taken::kNone;
          if (one != GrantSlot::Taken::kOne) world.store->RequestCalls(parent);
          refused += one == GrantSlot::Taken::kNone;
          std::this_thread::yield();
        }
      });
    }
    EXPECT_LE(taken + delegated, kCalls);
    taken_in_all += taken;
    delegated_in_all += delegated;
    world.store->Stop();
    EXPECT_EQ(world.Given(parent), taken + delegated) << "nothing is lost either";
  }
  // Either may be too late, on a machine that has more to do, but not both.
  EXPECT_GT(taken_in_all + delegated_in_all, 0u);
}

}  // namespace
}  // namespace thuja::server
