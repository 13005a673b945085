// SPDX-License-Identifier: Apache-2.0
// What waits for the store's thread: its order, its bounds, and when waiting ends.
#include "server/store/mutation_queue.h"

#include <gtest/gtest.h>

#include <future>
#include <string>

namespace thuja::server {
namespace {

using Clock = std::chrono::steady_clock;

Mutation Named(const std::string& caller) {
  Mutation mutation;
  mutation.caller = caller;
  return mutation;
}

bool Push(MutationQueue& queue, const std::string& caller) {
  Mutation mutation = Named(caller);
  MutationQueue::Done done = [](const MutationOutcome&) {};
  return queue.Push(mutation, done);
}

MutationQueue::Taken TakeNow(MutationQueue& queue, size_t most = 100, bool eager = true) {
  return queue.Take(most, Clock::now(), eager);
}

TEST(MutationQueue, GivesWhatWaitsInItsOrderAndInParts) {
  MutationQueue queue(10);
  for (const char* caller : {"a", "b", "c"}) ASSERT_TRUE(Push(queue, caller));
  const auto first = TakeNow(queue, 2);
  ASSERT_EQ(first.mutations.size(), 2u);
  EXPECT_EQ(first.done.size(), 2u);
  EXPECT_EQ(first.mutations[0].caller, "a");
  EXPECT_EQ(first.mutations[1].caller, "b");
  EXPECT_FALSE(first.last);
  EXPECT_EQ(TakeNow(queue).mutations.at(0).caller, "c");
  EXPECT_TRUE(TakeNow(queue).mutations.empty());
}

TEST(MutationQueue, TakesInNoMoreThanItHasRoomFor) {
  MutationQueue queue(2);
  EXPECT_TRUE(Push(queue, "a"));
  EXPECT_TRUE(Push(queue, "b"));
  Mutation mutation = Named("c");
  bool called = false;
  MutationQueue::Done done = [&](const MutationOutcome&) { called = true; };
  EXPECT_FALSE(queue.Push(mutation, done));
  EXPECT_EQ(mutation.caller, "c");
  done({});
  EXPECT_TRUE(called) << "whoever pushed can still answer";
  TakeNow(queue, 1);
  EXPECT_TRUE(Push(queue, "c"));
}

TEST(MutationQueue, WhatIsWantedIsGivenOnce) {
  MutationQueue queue(2);
  for (int i = 0; i < 3; ++i) queue.Want({1, 1});
  queue.Want({1, 2});
  EXPECT_EQ(TakeNow(queue).wanted.size(), 2u);
  EXPECT_TRUE(TakeNow(queue).wanted.empty());
  queue.Want({1, 1});
  EXPECT_EQ(TakeNow(queue).wanted.size(), 1u) << "it was taken, and may be wanted again";
}

TEST(MutationQueue, WaitingEndsWhenSomethingComes) {
  MutationQueue queue(2);
  const auto later = Clock::now() + std::chrono::minutes(10);
  auto taken = std::async(std::launch::async, [&] { return queue.Take(10, later, true); });
  Push(queue, "a");
  EXPECT_EQ(taken.get().mutations.size(), 1u);
  taken = std::async(std::launch::async, [&] { return queue.Take(10, later, true); });
  queue.Want({1, 1});
  EXPECT_EQ(taken.get().wanted.size(), 1u);
  taken = std::async(std::launch::async, [&] { return queue.Take(10, later, true); });
  queue.Close();
  EXPECT_TRUE(taken.get().last);
}

TEST(MutationQueue, WhatIsOnlyWantedWaitsIfItIsNotUrgent) {
  MutationQueue queue(2);
  queue.Want({1, 1});
  const auto begin = Clock::now();
  const auto taken = queue.Take(10, begin + std::chrono::milliseconds(20), false);
  EXPECT_GE(Clock::now() - begin, std::chrono::milliseconds(20));
  EXPECT_EQ(taken.wanted.size(), 1u);
}

TEST(MutationQueue, GivesEverythingBeforeItIsOver) {
  MutationQueue queue(10);
  for (const char* caller : {"a", "b", "c"}) Push(queue, caller);
  queue.Close();
  EXPECT_FALSE(Push(queue, "d"));
  queue.Want({1, 1});
  EXPECT_FALSE(TakeNow(queue, 2).last);
  const auto rest = TakeNow(queue, 2);
  EXPECT_EQ(rest.mutations.size(), 1u);
  EXPECT_TRUE(rest.wanted.empty());
  EXPECT_TRUE(rest.last);
}

}  // namespace
}  // namespace thuja::server
