// SPDX-License-Identifier: Apache-2.0
// Opening what is stored: grants, calls, the clock, and what does not fit together.
#include "server/store/grant_ledger.h"

#include <gtest/gtest.h>

#include "server/store/credential.h"
#include "tests/unit/store/ledger_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;

class GrantLedgerTest : public ::testing::Test, protected LedgerWorld {};

TEST_F(GrantLedgerTest, OpensGrantsAsTheyWere) {
  Mutation with_credential = IssueOf();
  with_credential.credential = true;
  const MutationOutcome outcome = Do(with_credential);
  const auto root = outcome.grant->grant.id;
  const auto child = Make(DelegateOf(root));
  const auto leaf = Make(DelegateOf(child));
  const auto over = Make(IssueOf(10));
  Make(EventOf(GrantEvent::kFail, over));
  const auto suspended = Make(IssueOf());
  Make(EventOf(GrantEvent::kSuspend, suspended));
  const uint64_t revision = ledger->revision();
  Open();
  EXPECT_EQ(ledger->revision(), revision);
  EXPECT_EQ(ledger->table().size(), 5u);
  for (const auto& id : {root, child, leaf}) EXPECT_EQ(WhyNot(id), "in force");
  EXPECT_EQ(Find(leaf)->parent()->parent()->id(), root);
  EXPECT_EQ(WhyNot(over), "grant_failed") << "what is over is remembered as such";
  EXPECT_EQ(Take(over), 0u);
  EXPECT_EQ(WhyNot(suspended), "grant_suspended");
  EXPECT_EQ(Find(root)->revision(), 1u);
  EXPECT_EQ(Find(root)->credential(), DigestOfCredential(outcome.credential));
  EXPECT_EQ(Do(IssueOf()).revision, revision + 1);
}

TEST_F(GrantLedgerTest, CallsThatWereGivenBackAreThereAgain) {
  const auto id = Make(IssueOf(100));
  ASSERT_EQ(Take(id, 30), 30u);
  ASSERT_TRUE(ledger->ReturnCalls().ok());
  EXPECT_EQ(Take(id), 0u) << "the table has none";
  EXPECT_EQ(Given(id), 30u);
  Open();
  EXPECT_EQ(Take(id), 64u);
  EXPECT_TRUE(Want(id));
  EXPECT_EQ(Take(id), 6u);
  EXPECT_FALSE(Want(id));
}

TEST_F(GrantLedgerTest, CallsThatWereOutAtACrashAreLost) {
  const auto id = Make(IssueOf(100));
  ASSERT_EQ(Take(id, 30), 30u);
  Open();
  EXPECT_EQ(Given(id), 100u) << "the new block is counted before it can be taken";
  EXPECT_EQ(Take(id), 36u);
  Open();
  EXPECT_EQ(Take(id), 0u);
}

TEST_F(GrantLedgerTest, OnlyGrantsWhoseCallsWereTouchedAreWritten) {
  const auto whole = Make(IssueOf(100));
  const auto taken = Make(IssueOf(100));
  const auto refilled = Make(IssueOf(100));
  const auto parent = Make(IssueOf(100));
  ASSERT_TRUE(ledger->ReturnCalls().ok());
  size_t written = 0;
  before = [&](const char* call) {
    written += std::string_view(call).starts_with("Put") && std::string_view(call) != "PutHeader";
    return absl::OkStatus();
  };
  Open();
  ASSERT_TRUE(ledger->ReturnCalls().ok());
  EXPECT_EQ(written, 0u) << "of those that were made as little as of those that were opened";
  Open();
  EXPECT_EQ(written, 0u);
  Take(taken, 1);
  Take(refilled);
  ASSERT_TRUE(Want(refilled));
  Make(DelegateOf(parent, 10));
  written = 0;
  ASSERT_TRUE(ledger->ReturnCalls().ok());
  EXPECT_EQ(written, 3u);
  EXPECT_EQ(Given(whole), 0u);
  EXPECT_EQ(Given(taken), 1u);
  EXPECT_EQ(Given(refilled), 64u);
  EXPECT_EQ(Given(parent), 10u);
}

TEST_F(GrantLedgerTest, ABudgetOfTenIsExactlyTenWithRestarts) {
  const auto id = Make(IssueOf(10));
  for (int i = 0; i < 10; ++i) {
    EXPECT_EQ(Take(id, 1), 1u);
    ASSERT_TRUE(ledger->ReturnCalls().ok());
    Open();
  }
  EXPECT_EQ(Take(id), 0u);
  EXPECT_FALSE(Want(id));
}

TEST_F(GrantLedgerTest, AStoreWithoutLimitsIsOpenedThoughNothingCanBeWritten) {
  const auto id = Make(IssueOf());
  before = [](const char* call) {
    return std::string(call) == "Commit" ? absl::ResourceExhaustedError("full") : absl::OkStatus();
  };
  Open();
  EXPECT_EQ(WhyNot(id), "in force");
  EXPECT_EQ(Said(Do(IssueOf(10))), "internal_error");
  before = nullptr;
  const auto limited = Make(IssueOf(10));
  EXPECT_EQ(Take(limited, 4), 4u);
  Open();
  EXPECT_EQ(Take(limited), 0u) << "the run in which it was made is counted";
}

TEST_F(GrantLedgerTest, ManyGrantsWithALimitAreOpened) {
  const auto outcomes = DoAll(ManyOf(5000, IssueOf(100)));
  ASSERT_TRUE(ledger->ReturnCalls().ok());
  Open();
  for (const MutationOutcome& outcome : outcomes) {
    const auto id = outcome.grant->grant.id;
    ASSERT_EQ(Given(id), 64u);
    ASSERT_EQ(Find(id)->calls_left(), 64);
  }
}

TEST_F(GrantLedgerTest, TheLatestTimeIsWrittenWithEachChange) {
  Make(IssueOf());
  const int64_t first = storage->Header()->clock;
  EXPECT_LE(first, clock.Read().now);
  EXPECT_GT(first, clock.Read().now - 60 * kSecond);
  Make(IssueOf());
  EXPECT_GE(storage->Header()->clock, first);
}

TEST_F(GrantLedgerTest, TheLatestTimeIsKnownToTheNextProcess) {
  const int64_t later = clock.Read().now + 30 * kSecond;
  clock.Mark(later);
  ASSERT_TRUE(ledger->Sweep().ok());
  EXPECT_EQ(storage->Header()->clock, later);
  ledger.reset();
  TrustedClock next;
  const auto opened = GrantLedger::Open(std::make_unique<SharedBackend>(storage), options, next,
                                        log, /*accept_clock=*/false);
  ASSERT_TRUE(opened.ok());
  EXPECT_EQ(next.latest(), later);
  EXPECT_TRUE(next.Read().rolled_back);
}

TEST_F(GrantLedgerTest, AClockThatIsAcceptedIsWrittenInPlaceOfTheOne) {
  const auto id = Make(IssueOf());
  clock.Mark(clock.Read().now + 3600 * kSecond);
  ASSERT_TRUE(ledger->Sweep().ok());
  ledger.reset();
  TrustedClock next;
  const auto opened = GrantLedger::Open(std::make_unique<SharedBackend>(storage), options, next,
                                        log, /*accept_clock=*/true);
  ASSERT_TRUE(opened.ok());
  EXPECT_FALSE(next.Read().rolled_back);
  EXPECT_LE(storage->Header()->clock, next.Read().now);
  EXPECT_GT(storage->Header()->clock, next.Read().now - 60 * kSecond);
  EXPECT_EQ(storage->Header()->revision, 1u);
  EXPECT_FALSE((*opened)->table().Find(id)->WhyNot(next.Read().now));
}

TEST_F(GrantLedgerTest, GrantsThatDoNotFitTogetherAreDamage) {
  StoredGrant orphan = *Do(IssueOf()).grant;
  orphan.grant.id = {1, 2};
  orphan.grant.parent = {3, 4};
  orphan.grant.depth = 1;
  ASSERT_TRUE(storage->Begin().ok());
  ASSERT_TRUE(storage->Put(orphan).ok());
  ASSERT_TRUE(storage->Commit().ok());
  EXPECT_EQ(TryOpen().code(), absl::StatusCode::kDataLoss);
}

TEST_F(GrantLedgerTest, WhatCannotBeReadOrCountedIsNotOpened) {
  Make(IssueOf(100));
  for (const std::string failing : {"Header", "ForEach", "Begin", "PutHeader", "Commit"}) {
    before = [&](const char* call) {
      return call == failing ? absl::InternalError("disk") : absl::OkStatus();
    };
    EXPECT_EQ(TryOpen().code(), absl::StatusCode::kInternal) << failing;
    before = nullptr;
  }
  Open();
}

TEST_F(GrantLedgerTest, HealthIsThatOfTheLastTransactionThatHadToBeWritten) {
  EXPECT_TRUE(ledger->health().ok());
  before = [&](const char* call) {
    return std::string(call) == "Commit" ? absl::ResourceExhaustedError("full") : absl::OkStatus();
  };
  const MutationOutcome outcome = Do(IssueOf());
  EXPECT_EQ(Said(outcome), "internal_error");
  EXPECT_EQ(ledger->health().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(Said(Do(EventOf(GrantEvent::kRevoke, {5, 6}))), "no_active_grant");
  EXPECT_FALSE(ledger->health().ok()) << "nothing had to be written";
  before = nullptr;
  EXPECT_FALSE(ledger->health().ok());
  ASSERT_TRUE(ledger->Sweep().ok());
  EXPECT_TRUE(ledger->health().ok()) << "the time could be written";
}

TEST_F(GrantLedgerTest, AnErrorOfStorageIsToldToTheOperatorAlone) {
  before = [](const char*) { return absl::InternalError("/secret/path: disk"); };
  const MutationOutcome outcome = Do(IssueOf());
  EXPECT_EQ(outcome.refusal->message.find("secret"), std::string::npos);
  EXPECT_NE(ledger->health().message().find("secret"), std::string::npos);
}

}  // namespace
}  // namespace thuja::server
