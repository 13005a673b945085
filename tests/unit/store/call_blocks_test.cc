// SPDX-License-Identifier: Apache-2.0
// Budgets: how large blocks are, when there is another, and what children take.
#include "server/store/call_blocks.h"

#include <gtest/gtest.h>

#include <limits>

#include "tests/unit/store/ledger_world.h"

namespace thuja::server {
namespace {

TEST(CallBlocks, AreASixteenthButNotTooSmall) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const struct {
    std::optional<uint64_t> calls;
    uint64_t given;
    uint64_t block;
  } kCases[] = {
      {std::nullopt, 0, 0},
      {0, 0, 0},
      {1, 0, 1},
      {10, 0, 10},
      {64, 0, 64},
      {65, 0, 64},
      {65, 64, 1},
      {65, 65, 0},
      {65, 70, 0},
      {1024, 0, 64},
      {1040, 0, 65},
      {16'000, 0, 1000},
      {16'000, 15'500, 500},
      {kMost, 0, kMost / 16},
  };
  for (const auto& test : kCases) {
    StoredGrant stored;
    stored.grant.calls = test.calls;
    stored.calls_given = test.given;
    EXPECT_EQ(NextBlock(stored), test.block)
        << test.calls.value_or(0) << " calls, " << test.given << " given";
  }
}

TEST(CallBlocks, ThoseOfRunsThatDidNotEndWellAreImplied) {
  constexpr uint64_t kMost = std::numeric_limits<uint64_t>::max();
  const struct {
    std::optional<uint64_t> calls;
    uint64_t given;
    uint64_t since;
    uint64_t runs;
    uint64_t out;
  } kCases[] = {
      {std::nullopt, 0, 0, 9, 0},
      {10, 0, 1, 0, 0},  // ended well, or settled
      {10, 4, 2, 1, 4},
      {10, 4, 2, 2, 10},
      {10, 4, 2, 9, 10},
      {1000, 10, 3, 3, 74},
      {1000, 10, 3, 4, 138},
      {1000, 10, 3, 17, 970},
      {1000, 10, 3, 18, 1000},
      {1000, 10, 0, kMost, 1000},
      {1000, 1000, 0, 5, 1000},
      {16'000, 0, 1, 3, 3000},
      {kMost, 0, 1, 15, kMost / 16 * 15},
      {kMost, 0, 0, kMost, kMost},
  };
  for (const auto& test : kCases) {
    SCOPED_TRACE(std::to_string(test.given) + " given, since " + std::to_string(test.since) +
                 ", of " + std::to_string(test.runs) + " runs");
    StoredGrant stored;
    stored.grant.calls = test.calls;
    stored.calls_given = test.given;
    stored.calls_since = test.since;
    EXPECT_EQ(GivenOut(stored, test.runs), test.out);
    Settle(stored, test.runs);
    EXPECT_EQ(stored.calls_given, test.out);
    EXPECT_EQ(GivenOut(stored, test.runs), test.out) << "settled, it is the same";
  }
}

TEST(CallBlocks, TheFirstIsThereWithTheGrantAndTheNextWhenItIsWanted) {
  LedgerWorld world;
  const auto id = world.Make(IssueOf(100));
  EXPECT_EQ(world.Given(id), 64u);
  EXPECT_EQ(world.Take(id), 64u);
  EXPECT_TRUE(world.Want(id));
  EXPECT_EQ(world.Given(id), 100u);
  EXPECT_EQ(world.Take(id), 36u);
  EXPECT_FALSE(world.Want(id)) << "there will never be more";
  EXPECT_EQ(world.Take(id), 0u);
}

TEST(CallBlocks, OneIsNotGivenWhileThereIsEnoughOfTheLast) {
  LedgerWorld world;
  const auto id = world.Make(IssueOf(1000));
  EXPECT_TRUE(world.Want(id));
  EXPECT_EQ(world.Given(id), 64u);
  EXPECT_EQ(world.Take(id, 32), 32u);
  EXPECT_TRUE(world.Want(id));
  EXPECT_EQ(world.Given(id), 128u);
  EXPECT_EQ(world.Find(id)->calls_left(), 96);
}

TEST(CallBlocks, NoneIsGivenOfWhatIsOverOrHasNoLimitOrIsUnknown) {
  LedgerWorld world;
  const auto ended = world.Make(IssueOf(1000));
  world.Make(EventOf(grants::GrantEvent::kComplete, ended));
  Mutation briefly = IssueOf(1000);
  briefly.issue.ttl = 1;
  const auto expired = world.Make(briefly);
  const auto unlimited = world.Make(IssueOf());
  for (const auto& id : {ended, expired, unlimited, grants::GrantId{1, 2}}) {
    if (world.Find(id) != nullptr && id != unlimited) world.Take(id);
    EXPECT_FALSE(world.Want(id));
  }
  EXPECT_EQ(world.Given(ended), 64u);
  const auto suspended = world.Make(IssueOf(1000));
  world.Make(EventOf(grants::GrantEvent::kSuspend, suspended));
  world.Take(suspended);
  EXPECT_TRUE(world.Want(suspended)) << "it may be resumed";
}

TEST(CallBlocks, ChildrenTakeWhatIsLeftAndThenWhatNobodySpent) {
  LedgerWorld world;
  const auto parent = world.Make(IssueOf(100));
  ASSERT_EQ(world.Take(parent, 20), 20u);
  // 36 were not given out, 44 of the table are not spent.
  const auto first = world.Make(DelegateOf(parent, 30));
  EXPECT_EQ(world.Find(parent)->calls_left(), 44);
  EXPECT_EQ(world.Given(parent), 94u);
  const auto second = world.Make(DelegateOf(parent, 40));
  EXPECT_EQ(world.Find(parent)->calls_left(), 10);
  EXPECT_EQ(world.Given(parent), 100u);
  EXPECT_EQ(Said(world.Do(DelegateOf(parent, 11))), "budget_exhausted");
  EXPECT_EQ(world.Find(parent)->calls_left(), 10) << "who is refused takes nothing";
  EXPECT_EQ(world.Take(first), 30u);
  EXPECT_EQ(world.Take(second), 40u);
  EXPECT_EQ(world.Take(parent), 10u);
  EXPECT_EQ(Said(world.Do(DelegateOf(parent, 1))), "budget_exhausted");
  EXPECT_EQ(Said(world.Do(DelegateOf(parent, 0))), "done") << "of nothing there is always enough";
}

TEST(CallBlocks, ChildrenOfOneTransactionShareWhatThereIs) {
  LedgerWorld world;
  const auto parent = world.Make(IssueOf(100));
  const auto outcomes = world.DoAll({DelegateOf(parent, 50), DelegateOf(parent, 40),
                                     DelegateOf(parent, 11), DelegateOf(parent, 10)});
  EXPECT_EQ(Said(outcomes[0]), "done");
  EXPECT_EQ(Said(outcomes[1]), "done");
  EXPECT_EQ(Said(outcomes[2]), "budget_exhausted");
  EXPECT_EQ(Said(outcomes[3]), "done");
  EXPECT_EQ(world.Take(parent), 0u);
}

TEST(CallBlocks, OfAParentWithoutALimitAChildMayHaveAny) {
  LedgerWorld world;
  const auto parent = world.Make(IssueOf());
  EXPECT_EQ(world.Take(world.Make(DelegateOf(parent, 10))), 10u);
  world.Make(DelegateOf(parent));
}

TEST(CallBlocks, WhatAGrantHasLeftWhenItEndsGoesToNobody) {
  LedgerWorld world;
  const auto parent = world.Make(IssueOf(10));
  const auto child = world.Make(DelegateOf(parent, 10));
  world.Make(EventOf(grants::GrantEvent::kComplete, child));
  EXPECT_EQ(world.Take(parent), 0u);
  EXPECT_EQ(Said(world.Do(DelegateOf(parent, 1))), "budget_exhausted");
}

}  // namespace
}  // namespace thuja::server
