// SPDX-License-Identifier: Apache-2.0
// Readers without locks beside one writer: what was acknowledged is seen, what is seen is whole,
// and no more calls are taken than there are. Run under ThreadSanitizer too.
#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "engine/grants/grant_table.h"
#include "tests/unit/grants/grant_samples.h"

namespace thuja::grants {
namespace {

constexpr size_t kReaders = 3;

// A thread for each reader, which are stopped and joined however the test ends.
class Readers {
 public:
  template <typename Work>
  Readers(GrantTable& table, const Work& work) {
    for (size_t i = 0; i < kReaders; ++i) {
      threads_.emplace_back([this, &table, work, i] {
        GrantTable::Reader reader = *table.Register();
        while (!stop_.load(std::memory_order_relaxed)) {
          reader.Refresh();
          work(reader, i);
        }
      });
    }
  }
  ~Readers() {
    stop_ = true;
    for (std::thread& thread : threads_) thread.join();
  }

 private:
  std::atomic<bool> stop_ = false;
  std::vector<std::thread> threads_;
};

// Trees of three grants whose root is revoked while everybody looks at the leaf.
TEST(GrantTableRace, NothingIsInForceAfterItsRevocationWasAcknowledged) {
  constexpr size_t kTrees = 2'000;
  GrantTable table(10 * kTrees);
  std::vector<std::atomic<bool>> acknowledged(kTrees);
  std::atomic<size_t> current = 0;
  std::atomic<size_t> decisions = 0;
  std::atomic<size_t> allowed = 0;
  std::atomic<size_t> wrong = 0;
  const auto leaf = [](size_t tree) { return SampleGrant(3 * tree + 2).id; };
  {
    Readers readers(table, [&](const GrantTable::Reader& reader, size_t) {
      const size_t newest = current.load(std::memory_order_acquire);
      for (const size_t tree : {newest, newest == 0 ? newest : newest - 1}) {
        const bool over = acknowledged[tree].load(std::memory_order_acquire);
        const GrantSlot* const slot = reader.Find(leaf(tree));
        const bool in_force = slot != nullptr && !slot->WhyNot(kSampleNow);
        wrong.fetch_add(over && in_force, std::memory_order_relaxed);
        allowed.fetch_add(in_force, std::memory_order_relaxed);
        decisions.fetch_add(1, std::memory_order_relaxed);
      }
    });
    for (size_t tree = 0; tree < kTrees; ++tree) {
      Grant root = SampleGrant(3 * tree);
      Grant middle = SampleGrant(3 * tree + 1);
      Grant bottom = SampleGrant(3 * tree + 2);
      middle.parent = root.id;
      middle.depth = 1;
      bottom.parent = middle.id;
      bottom.depth = 2;
      ASSERT_TRUE(table.Insert(root, {}, 0, kSampleNow).ok());
      ASSERT_TRUE(table.Insert(middle, {}, 0, kSampleNow).ok());
      ASSERT_TRUE(table.Insert(bottom, {}, 0, kSampleNow).ok());
      current.store(tree, std::memory_order_release);
      const size_t before = decisions.load();
      while (decisions.load() < before + 4) std::this_thread::yield();
      root.state = GrantState::kRevoked;
      ASSERT_TRUE(table.Update(root).ok());
      acknowledged[tree].store(true, std::memory_order_release);
    }
    const size_t before = decisions.load();
    while (decisions.load() < before + 100) std::this_thread::yield();
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(allowed, kTrees / 2) << "it was looked at before it was revoked too";
}

// Slots are used again all the time; each grant says the same in all that it says.
TEST(GrantTableRace, WhatIsFoundIsAlwaysWhole) {
  GrantTable table(500);
  std::atomic<uint64_t> newest = 0;
  std::atomic<size_t> found = 0;
  std::atomic<size_t> wrong = 0;
  const auto make = [](uint64_t number) {
    Grant grant = SampleGrant(number);
    grant.holder.id = "agent-" + std::to_string(number);
    grant.purpose.task = "task-" + std::to_string(number) + std::string(number % 40, 'x');
    return grant;
  };
  {
    Readers readers(table, [&](const GrantTable::Reader& reader, size_t thread) {
      const uint64_t number = newest.load(std::memory_order_acquire);
      const Grant wanted = make(number > thread * 50 ? number - thread * 50 : number);
      const auto check = [&](const GrantSlot& slot) {
        found.fetch_add(1, std::memory_order_relaxed);
        const bool whole = slot.id() == wanted.id && slot.holder_id() == wanted.holder.id &&
                           slot.task() == wanted.purpose.task &&
                           &slot.scope() == SampleScope().get();
        wrong.fetch_add(!whole, std::memory_order_relaxed);
        return true;
      };
      if (const GrantSlot* const slot = reader.Find(wanted.id)) check(*slot);
      reader.FindByTask(wanted.holder.type, wanted.holder.id, wanted.purpose.task, check);
    });
    for (uint64_t number = 1; number <= 30'000; ++number) {
      // Readers that are slow to refresh hold slots back, which only means waiting.
      while (true) {
        const absl::Status status = table.Insert(make(number), {}, 0, kSampleNow);
        if (status.ok()) break;
        ASSERT_EQ(status.code(), absl::StatusCode::kResourceExhausted);
        std::this_thread::yield();
      }
      newest.store(number, std::memory_order_release);
      if (number > 100) {
        ASSERT_TRUE(table.Erase(make(number - 100).id).ok());
      }
    }
  }
  EXPECT_EQ(wrong, 0u);
  EXPECT_GT(found, 1'000u);
}

TEST(GrantTableRace, ExactlyAsManyCallsAreTakenAsThereAre) {
  constexpr int kRounds = 1'000;
  constexpr int kThreads = 10;
  constexpr int kCallsEach = 10;
  for (int round = 0; round < kRounds; ++round) {
    GrantTable table(10);
    Grant grant = SampleGrant(1);
    grant.calls = 10;
    ASSERT_TRUE(table.Insert(grant, {}, 10, kSampleNow).ok());
    const GrantSlot* const slot = table.Find(grant.id);
    std::atomic<int> taken = 0;
    std::atomic<bool> go = false;
    std::vector<std::thread> threads;
    // Threads cost more than calls do, so that each makes several.
    for (int i = 0; i < (round % 10 == 0 ? kThreads : 2); ++i) {
      threads.emplace_back([&] {
        while (!go.load(std::memory_order_acquire)) std::this_thread::yield();
        for (int call = 0; call < kCallsEach; ++call) {
          taken += slot->TakeCall() != GrantSlot::Taken::kNone;
        }
      });
    }
    go.store(true, std::memory_order_release);
    for (std::thread& thread : threads) thread.join();
    ASSERT_EQ(taken, 10) << round;
    ASSERT_EQ(slot->calls_left(), 0);
  }
}

// What is taken back is what nobody took, to the last call.
TEST(GrantTableRace, CallsThatAreTakenBackAreNotTaken) {
  for (int round = 0; round < 500; ++round) {
    GrantTable table(10);
    Grant grant = SampleGrant(1);
    grant.calls = 1'000;
    ASSERT_TRUE(table.Insert(grant, {}, 1'000, kSampleNow).ok());
    const GrantSlot* const slot = table.Find(grant.id);
    std::atomic<int64_t> taken = 0;
    std::thread taker([&] {
      while (slot->TakeCall() != GrantSlot::Taken::kNone) ++taken;
    });
    while (taken < 3) std::this_thread::yield();
    int64_t back = 0;
    while (table.TakeBackCalls(grant.id, 7)) back += 7;
    taker.join();
    ASSERT_EQ(taken + back, 1'000);
  }
}

}  // namespace
}  // namespace thuja::grants
