// SPDX-License-Identifier: Apache-2.0
// Storage that fails at each of its calls in turn: nothing is half done, and nothing stays broken.
#include <gtest/gtest.h>

#include <functional>
#include <string>
#include <vector>

#include "server/store/grant_ledger.h"
#include "tests/unit/store/ledger_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantId;

// Lets a number of calls through and fails the next one, once.
class FailOnce {
 public:
  explicit FailOnce(size_t after) : left_(after) {}

  absl::Status operator()(const char* call) {
    if (left_-- > 0) return absl::OkStatus();
    left_ = std::numeric_limits<size_t>::max();
    failed_ = call;
    return absl::ResourceExhaustedError(std::string("no room for ") + call);
  }

  const std::string& failed() const { return failed_; }  // empty: it was not reached

 private:
  size_t left_;
  std::string failed_;
};

class GrantLedgerFaultTest : public ::testing::Test, protected LedgerWorld {
 protected:
  GrantLedgerFaultTest() {
    root = Make(IssueOf(100));
    child = Make(DelegateOf(root, 20));
    active = Make(IssueOf());
    Take(root, 10);
  }

  // What decisions can see.
  std::string Seen() {
    std::string text = "revision " + std::to_string(ledger->revision()) + ", " +
                       std::to_string(ledger->table().size()) + " grants\n";
    for (const GrantId& id : {root, child, active}) {
      text += WhyNot(id) + " " + std::to_string(Find(id)->revision()) + " " +
              std::to_string(Find(id)->calls_left()) + "\n";
    }
    return text;
  }

  // Calls `act`, which returns whether it succeeded, with a failure at each call until there is
  // none to fail. Returns at how many calls it failed.
  size_t FailAtEachCall(const std::function<bool()>& act) {
    const std::string stored = Contents(*storage);
    const std::string seen = Seen();
    for (size_t after = 0;; ++after) {
      FailOnce fail(after);
      before = std::ref(fail);
      const bool succeeded = act();
      before = nullptr;
      if (fail.failed().empty()) {
        EXPECT_TRUE(succeeded);
        return after;
      }
      SCOPED_TRACE("call " + std::to_string(after) + ", " + fail.failed());
      EXPECT_FALSE(succeeded);
      EXPECT_FALSE(ledger->health().ok());
      EXPECT_EQ(Contents(*storage), stored);
      EXPECT_EQ(Seen(), seen);
      if (::testing::Test::HasFailure()) return after;
    }
  }

  GrantId root;
  GrantId child;
  GrantId active;
};

TEST_F(GrantLedgerFaultTest, ABatchIsDoneAsAWholeOrNotAtAll) {
  Mutation with_credential = WithRequestId(IssueOf(10), "r1");
  with_credential.credential = true;
  const std::vector<Mutation> mutations = {
      with_credential, DelegateOf(root, 60),
      EventOf(GrantEvent::kComplete, {5, 6}),  // refused in any case
      WithRequestId(EventOf(GrantEvent::kSuspend, active), "r2"),
      WithRequestId(RevokeAllOf({.kind = GrantSelector::Kind::kTask, .task = "T1"}), "r3")};
  std::vector<MutationOutcome> outcomes;
  const size_t calls = FailAtEachCall([&] {
    outcomes = DoAll(mutations);
    size_t failed = 0;
    for (const MutationOutcome& outcome : outcomes) {
      failed += Said(outcome) == "internal_error";
      EXPECT_TRUE(failed == 0 || (outcome.credential.empty() && !outcome.grant));
    }
    EXPECT_TRUE(failed == 0 || failed == outcomes.size()) << "none is said to be done";
    return failed == 0;
  });
  EXPECT_GT(calls, 20u);
  EXPECT_EQ(Said(outcomes[2]), "no_active_grant");
  EXPECT_EQ(outcomes[4].grants, 5u);
  EXPECT_TRUE(ledger->health().ok());
  EXPECT_EQ(Do(mutations[0]).replayed, true) << "what failed left no reply, what was done did";
}

TEST_F(GrantLedgerFaultTest, CallsThatWereTakenBackForAChildReturnToTheTable) {
  // 16 were not given out; the rest comes from the 54 that the table has.
  FailAtEachCall([&] { return Said(Do(DelegateOf(root, 60))) == "done"; });
  EXPECT_EQ(Find(root)->calls_left(), 10);
  EXPECT_EQ(Take(root), 10u) << "20 and 60 are the children's, and 10 were taken before";
}

// The disk may have kept what it said it could not, and bring it back at the next start.
TEST_F(GrantLedgerFaultTest, WhatWasTakenForAnUncertainChangeIsNotGivenOutAgain) {
  before = [](const char* call) {
    return std::string_view(call) == "Commit" ? absl::InternalError("flush") : absl::OkStatus();
  };
  EXPECT_EQ(Said(Do(DelegateOf(root, 60))), "internal_error");
  before = nullptr;
  EXPECT_EQ(Find(root)->calls_left(), 10);
}

TEST_F(GrantLedgerFaultTest, ABlockIsGivenOnceItIsCounted) {
  Take(root);
  FailAtEachCall([&] {
    GrantLedger::Batch batch;
    batch.wanted = {root};
    const bool succeeded = ledger->Apply(batch, SampleSnapshot()->entities()).ok();
    EXPECT_TRUE(batch.spent.empty()) << "there is more, now or later";
    return succeeded;
  });
  EXPECT_EQ(Take(root), 16u);
}

// Otherwise nobody would ask for the first one's calls again.
TEST_F(GrantLedgerFaultTest, OfSeveralBlocksEachThatFailsIsToldAndCanBeAskedForAgain) {
  const auto second = Make(OfTask(2, IssueOf(1000)));
  for (const auto& id : {root, second}) {
    Take(id);
    ASSERT_TRUE(Find(id)->AskForCalls());
  }
  int commits = 0;
  before = [&](const char* call) {
    return std::string_view(call) == "Commit" && ++commits <= 2 ? absl::ResourceExhaustedError("")
                                                                : absl::OkStatus();
  };
  GrantLedger::Batch batch;
  batch.wanted = {root, second};
  EXPECT_FALSE(ledger->Apply(batch, SampleSnapshot()->entities()).ok());
  EXPECT_EQ(commits, 3);
  EXPECT_EQ(Find(root)->calls_left(), 0);
  EXPECT_GT(Find(second)->calls_left(), 0);
  for (const auto& id : {root, second}) EXPECT_TRUE(Find(id)->AskForCalls());
}

TEST_F(GrantLedgerFaultTest, CallsAreReturnedOnce) {
  FailAtEachCall([&] { return ledger->ReturnCalls().ok(); });
  EXPECT_EQ(Take(root), 0u);
  Open();
  EXPECT_EQ(Take(root), 64u);
  EXPECT_TRUE(Want(root));
  EXPECT_EQ(Take(root), 6u) << "10 were taken before, 20 are the child's";
}

TEST_F(GrantLedgerFaultTest, ASweepIsDoneAsAWholeOrNotAtAll) {
  Mutation silent = IssueOf();
  silent.issue.heartbeat_timeout = 1;
  active = Make(silent);
  FailAtEachCall([&] { return ledger->Sweep().ok(); });
  EXPECT_EQ(WhyNot(active), "grant_timed_out");
}

TEST_F(GrantLedgerFaultTest, OpeningLosesNoCallsUnlessTheyWereCounted) {
  ASSERT_TRUE(ledger->ReturnCalls().ok());
  const std::string stored = Contents(*storage);
  for (size_t after = 0;; ++after) {
    FailOnce fail(after);
    before = std::ref(fail);
    const absl::Status status = TryOpen();
    before = nullptr;
    if (fail.failed().empty()) break;
    EXPECT_FALSE(status.ok()) << fail.failed();
    EXPECT_EQ(Contents(*storage), stored) << fail.failed();
  }
  ASSERT_NE(ledger, nullptr);
  EXPECT_EQ(Take(root), 64u);
}

}  // namespace
}  // namespace thuja::server
