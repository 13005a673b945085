// SPDX-License-Identifier: Apache-2.0
// A transaction: what the table is told, when, and what it has if nothing was committed.
#include "server/store/transaction.h"

#include <gtest/gtest.h>

#include "tests/unit/store/store_samples.h"

namespace thuja::server {
namespace {

using grants::GrantState;

StoredGrant Sample(uint64_t number, std::optional<uint64_t> calls = {}) {
  StoredGrant stored;
  stored.grant.id = {1, number};
  stored.grant.holder = {"Thuja::Agent", "bot"};
  stored.grant.agent_class = "coder";
  stored.grant.purpose.task = "T1";
  stored.grant.scope = SampleScope();
  stored.grant.state = GrantState::kActive;
  stored.grant.expires = 1000 * kSecond;
  stored.grant.calls = calls;
  return stored;
}

class TransactionTest : public ::testing::Test {
 protected:
  Transaction Begin(int64_t now = kSecond) {
    return Transaction(*backend, table, header, {now, false}, 10, scopes);
  }

  void Commit(Transaction& transaction) {
    const auto committed = transaction.Commit();
    ASSERT_TRUE(committed.ok()) << committed.status();
    header = *committed;
  }

  // A grant that storage and table have, with calls in the table.
  void Add(uint64_t number, std::optional<uint64_t> calls = {}, uint64_t given = 0) {
    Transaction transaction = Begin();
    ASSERT_TRUE(transaction.Begin().ok());
    StoredGrant stored = Sample(number, calls);
    stored.calls_given = given;
    ASSERT_TRUE(transaction.Insert(stored, given).ok());
    Commit(transaction);
  }

  int64_t CallsLeft(uint64_t number) { return table.Find({1, number})->calls_left(); }

  std::unique_ptr<GrantBackend> backend = MakeMemoryBackend();
  grants::GrantTable table{1000};
  StoreHeader header;
  KnownScopes scopes{size_t{1} << 20};
};

TEST_F(TransactionTest, TellsTheTableWhenItIsCommittedAndNotBefore) {
  Transaction transaction = Begin();
  ASSERT_TRUE(transaction.Begin().ok());
  StoredGrant stored = Sample(1, 100);
  stored.grant.revision = transaction.NextRevision();
  ASSERT_TRUE(transaction.Insert(stored, 64).ok());
  EXPECT_TRUE(*transaction.Get({1, 1})) << "the transaction itself sees it";
  EXPECT_EQ(table.Find({1, 1}), nullptr);
  stored.grant.state = GrantState::kRevoked;
  stored.grant.revision = transaction.NextRevision();
  ASSERT_TRUE(transaction.Change(stored).ok());
  Commit(transaction);
  ASSERT_NE(table.Find({1, 1}), nullptr);
  EXPECT_EQ(table.Find({1, 1})->state(), GrantState::kRevoked);
  EXPECT_EQ(table.Find({1, 1})->revision(), 2u);
  EXPECT_EQ(CallsLeft(1), 64);
  EXPECT_EQ(header.revision, 2u);
  EXPECT_EQ(header.clock, kSecond) << "the time is written with it";
  EXPECT_EQ(*backend->Header(), header);
}

TEST_F(TransactionTest, LeavesEverythingAsItWasIfItIsNotCommitted) {
  Add(1, 100, 64);
  const std::string before = Contents(*backend);
  {
    Transaction transaction = Begin();
    ASSERT_TRUE(transaction.Begin().ok());
    StoredGrant stored = Sample(1, 100);
    stored.grant.state = GrantState::kRevoked;
    ASSERT_TRUE(transaction.Change(stored).ok());
    ASSERT_TRUE(transaction.Insert(Sample(2), 0).ok());
    transaction.Give({1, 1}, 36);
    ASSERT_TRUE(transaction.TakeBack({1, 1}, 50));
    EXPECT_EQ(CallsLeft(1), 14) << "what is only going to be given cannot be taken back";
  }
  EXPECT_EQ(Contents(*backend), before);
  EXPECT_EQ(table.Find({1, 1})->state(), GrantState::kActive);
  EXPECT_EQ(table.Find({1, 2}), nullptr);
  EXPECT_EQ(CallsLeft(1), 64);
}

TEST_F(TransactionTest, WritesNothingIfThereIsNothingToWrite) {
  Transaction transaction = Begin(5 * kSecond);
  ASSERT_TRUE(transaction.Begin().ok());
  EXPECT_FALSE(transaction.wrote());
  Commit(transaction);
  EXPECT_EQ(header.clock, 0);
}

TEST_F(TransactionTest, WritesTheTimeAloneIfItIsTold) {
  for (const int64_t now : {5 * kSecond, 3 * kSecond}) {
    Transaction transaction = Begin(now);
    ASSERT_TRUE(transaction.Begin().ok());
    transaction.MarkTime();
    EXPECT_EQ(transaction.wrote(), now == 5 * kSecond) << "time that went back is not written";
    Commit(transaction);
    EXPECT_EQ(header.clock, 5 * kSecond);
  }
}

TEST_F(TransactionTest, TakesBackExactlySoManyCallsOrNone) {
  Add(1, 100, 64);
  Transaction transaction = Begin();
  ASSERT_TRUE(transaction.Begin().ok());
  EXPECT_EQ(transaction.Unspent({1, 1}), 64u);
  EXPECT_FALSE(transaction.TakeBack({1, 1}, 65));
  EXPECT_EQ(CallsLeft(1), 64);
  EXPECT_TRUE(transaction.TakeBack({1, 1}, 60));
  EXPECT_EQ(CallsLeft(1), 4) << "what is not needed stays where it is";
  EXPECT_FALSE(transaction.TakeBack({1, 1}, 5));
  EXPECT_TRUE(transaction.TakeBack({1, 1}, 4));
  EXPECT_FALSE(transaction.TakeBack({1, 7}, 1)) << "an unknown grant has none";
}

TEST_F(TransactionTest, GivesCallsWhenItIsCommittedAndKeepsThoseThatItTookBack) {
  Add(1, 100, 64);
  Transaction transaction = Begin();
  ASSERT_TRUE(transaction.Begin().ok());
  transaction.Touch();
  transaction.Give({1, 1}, 20);
  ASSERT_TRUE(transaction.TakeBack({1, 1}, 60));
  EXPECT_EQ(CallsLeft(1), 4);
  Commit(transaction);
  EXPECT_EQ(CallsLeft(1), 24);
}

TEST_F(TransactionTest, HasRoomForSoManyGrantsAndNoMore) {
  for (uint64_t i = 1; i <= 8; ++i) Add(i);
  Transaction transaction = Begin();
  ASSERT_TRUE(transaction.Begin().ok());
  ASSERT_TRUE(transaction.HasRoom());
  ASSERT_TRUE(transaction.Insert(Sample(9), 0).ok());
  ASSERT_TRUE(transaction.HasRoom()) << "one of ten is left";
  ASSERT_TRUE(transaction.Insert(Sample(10), 0).ok());
  EXPECT_FALSE(transaction.HasRoom());
}

TEST_F(TransactionTest, HasNoRoomWhileErasedGrantsCanStillBeSeen) {
  grants::GrantTable small(kTableSlack + 4);
  const auto reader = small.Register();
  for (uint64_t i = 1; i <= 4; ++i) {
    ASSERT_TRUE(small.Insert(Sample(i).grant, {}, 0, kSecond).ok());
    ASSERT_TRUE(small.Erase({1, i}).ok());
  }
  Transaction transaction(*backend, small, header, {kSecond, false}, 10, scopes);
  EXPECT_FALSE(transaction.HasRoom());
}

TEST_F(TransactionTest, ForgetsInBoth) {
  Add(1);
  Transaction transaction = Begin();
  ASSERT_TRUE(transaction.Begin().ok());
  ASSERT_TRUE(transaction.Forget({1, 1}).ok());
  Commit(transaction);
  EXPECT_EQ(table.Find({1, 1}), nullptr);
  EXPECT_FALSE(*backend->Get({1, 1}));
}

}  // namespace
}  // namespace thuja::server
