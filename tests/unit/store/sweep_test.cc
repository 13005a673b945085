// SPDX-License-Identifier: Apache-2.0
// What time does to grants, changes and replies.
#include "server/store/sweep.h"

#include <gtest/gtest.h>

#include "tests/unit/store/ledger_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantState;

// A heartbeat that is missed as soon as it was asked for.
Mutation SilentOf() {
  Mutation mutation = IssueOf();
  mutation.issue.heartbeat_timeout = 1;
  return mutation;
}

// Over as soon as it is there.
Mutation BriefOf() {
  Mutation mutation = IssueOf();
  mutation.issue.ttl = 1;
  return mutation;
}

TEST(Sweep, WhoIsNotHeardOfTimesOut) {
  LedgerWorld world;
  const auto silent = world.Make(SilentOf());
  const auto heard = world.Make(IssueOf());
  EXPECT_FALSE(*world.ledger->Sweep()) << "there is nothing more";
  const StoredGrant stored = world.Stored(silent);
  EXPECT_EQ(stored.grant.state, GrantState::kTimedOut);
  EXPECT_EQ(stored.grant.revision, 3u);
  EXPECT_EQ(world.ledger->revision(), 3u);
  EXPECT_EQ(world.Find(silent)->state(), GrantState::kTimedOut);
  EXPECT_EQ(world.WhyNot(heard), "in force");
  const GrantChange change = world.Changes().back();
  EXPECT_EQ(change.event, "time_out");
  EXPECT_EQ(change.id, silent);
  EXPECT_EQ(change.caller, "") << "nobody asked for it";
}

TEST(Sweep, ManyTimeOutInSteps) {
  LedgerWorld world;
  const auto outcomes = world.DoAll(ManyOf(3000, SilentOf()));
  int steps = 1;
  while (*world.ledger->Sweep()) ++steps;
  EXPECT_EQ(steps, 3);
  for (const MutationOutcome& outcome : outcomes) {
    ASSERT_EQ(world.WhyNot(outcome.grant->grant.id), "grant_timed_out");
  }
  EXPECT_EQ(world.ledger->revision(), 6000u);
}

TEST(Sweep, WhatIsOverIsRememberedForSoLong) {
  LedgerWorld remembers({.remember = 3600 * kSecond});
  const auto kept = remembers.Make(BriefOf());
  const auto ended = remembers.Make(IssueOf());
  remembers.Make(EventOf(GrantEvent::kRevoke, ended));
  ASSERT_TRUE(remembers.ledger->Sweep().ok());
  EXPECT_EQ(remembers.WhyNot(kept), "grant_expired");
  EXPECT_EQ(remembers.WhyNot(ended), "grant_revoked");
  EXPECT_EQ(remembers.Changes().size(), 3u);

  LedgerWorld forgets({.remember = 0});
  const auto gone = forgets.Make(BriefOf());
  const auto stays = forgets.Make(IssueOf());
  const auto revoked = forgets.Make(IssueOf());
  forgets.Make(EventOf(GrantEvent::kRevoke, revoked));
  ASSERT_TRUE(forgets.ledger->Sweep().ok());
  EXPECT_EQ(forgets.WhyNot(gone), "unknown");
  EXPECT_EQ(forgets.Stored(gone).grant.id, grants::GrantId());
  EXPECT_EQ(forgets.WhyNot(stays), "in force");
  EXPECT_EQ(forgets.WhyNot(revoked), "grant_revoked") << "as long as it might have lasted";
  EXPECT_EQ(forgets.ledger->table().size(), 2u);
}

TEST(Sweep, AWholeTreeIsForgottenTogether) {
  LedgerWorld world({.remember = 0});
  Mutation root = IssueOf();
  root.issue.ttl = kSecond / 2;
  const auto top = world.Make(root);
  const auto middle = world.Make(DelegateOf(top));
  world.Make(DelegateOf(middle));
  world.Make(DelegateOf(middle));
  ASSERT_TRUE(world.ledger->Sweep().ok());
  EXPECT_EQ(world.ledger->table().size(), 4u);
  while (world.clock.Read().now < world.Stored(top).grant.expires) {
  }
  world.Open();  // so that it looks again at once
  ASSERT_TRUE(world.ledger->Sweep().ok());
  EXPECT_EQ(world.ledger->table().size(), 0u);
  EXPECT_TRUE(world.storage->OpenView().value()->List({}, {}, 10)->empty());
}

TEST(Sweep, ManyAreForgottenInStepsAndTheirRoomIsFreeAgain) {
  LedgerWorld world({.most_grants = 3000, .remember = 0});
  for (int round = 0; round < 3; ++round) {
    for (const MutationOutcome& outcome : world.DoAll(ManyOf(3000, BriefOf()))) {
      ASSERT_EQ(Said(outcome), "done");
    }
    EXPECT_EQ(Said(world.Do(BriefOf())), "overloaded");
    world.Open();
    int steps = 1;
    while (*world.ledger->Sweep()) ++steps;
    EXPECT_GE(steps, 3);
    EXPECT_EQ(world.ledger->table().size(), 0u);
  }
}

TEST(Sweep, RepliesAreForgottenWithTheirTime) {
  for (const int64_t remember : {int64_t{0}, 3600 * kSecond}) {
    LedgerWorld world({.remember = remember});
    world.Make(WithRequestId(BriefOf(), "r1"));
    ASSERT_TRUE(world.ledger->Sweep().ok());
    const MutationOutcome again = world.Do(WithRequestId(BriefOf(), "r1"));
    EXPECT_EQ(Said(again), "done");
    EXPECT_EQ(again.replayed, remember > 0);
  }
}

TEST(Sweep, ChangesAreForgottenWithTheirTimeInSteps) {
  LedgerWorld world({.remember = kSecond / 2});
  world.DoAll(ManyOf(2500, IssueOf()));
  const int64_t made = world.Changes().back().time;
  while (world.clock.Read().now <= made + kSecond / 2) {
  }
  const auto young = world.Make(IssueOf());
  int steps = 1;
  while (*world.ledger->Sweep()) ++steps;
  EXPECT_EQ(steps, 3);
  const auto changes = world.Changes();
  ASSERT_EQ(changes.size(), 1u);
  EXPECT_EQ(changes.front().id, young);
  EXPECT_EQ(changes.front().revision, 2501u) << "revisions go on";
}

// Storage that has too many views opens no other: sweeping is what makes room.
TEST(Sweep, NeedsNoView) {
  LedgerWorld world({.remember = 0});
  world.Make(BriefOf());
  world.before = [](const std::string& call) {
    return call == "OpenView" ? absl::UnavailableError("too many") : absl::OkStatus();
  };
  const auto more = world.ledger->Sweep();
  ASSERT_TRUE(more.ok()) << more.status();
  EXPECT_TRUE(world.ledger->health().ok());
  EXPECT_TRUE(world.Changes().empty());
}

TEST(Sweep, WhatIsToBeForgottenIsLookedForLessOftenThanWhoIsSilent) {
  LedgerWorld world;
  size_t silent = 0;
  size_t forgettable = 0;
  world.before = [&](const std::string& call) {
    silent += call == "Silent";
    forgettable += call == "Forgettable";
    return absl::OkStatus();
  };
  for (int i = 0; i < 3; ++i) ASSERT_TRUE(world.ledger->Sweep().ok());
  EXPECT_EQ(silent, 3u);
  EXPECT_EQ(forgettable, 1u);
}

TEST(Sweep, NothingTimesOutByAClockThatWentBack) {
  LedgerWorld world({.remember = 0});
  Mutation mutation = IssueOf();
  mutation.issue.heartbeat_timeout = 5 * kSecond;
  const auto id = world.Make(mutation);
  world.Make(BriefOf());
  world.clock.Mark(world.clock.Read().now + 10 * kSecond);
  ASSERT_TRUE(world.ledger->Sweep().ok());
  EXPECT_EQ(world.Stored(id).grant.state, GrantState::kActive);
  EXPECT_EQ(world.ledger->table().size(), 2u);
  EXPECT_EQ(world.storage->Header()->clock, world.clock.latest());
}

TEST(Sweep, AGrantThatStorageCouldNotForgetIsForgottenTheNextTime) {
  LedgerWorld world({.remember = 0});
  const auto id = world.Make(BriefOf());
  world.before = [](const char* call) {
    return std::string(call) == "Commit" ? absl::InternalError("disk") : absl::OkStatus();
  };
  EXPECT_FALSE(world.ledger->Sweep().ok());
  EXPECT_EQ(world.WhyNot(id), "unknown") << "it was over anyway";
  EXPECT_EQ(world.Stored(id).grant.id, id);
  world.before = nullptr;
  EXPECT_EQ(Said(world.Do(EventOf(GrantEvent::kHeartbeat, id))), "grant_expired");
  world.Open();
  ASSERT_TRUE(world.ledger->Sweep().ok());
  EXPECT_EQ(world.Stored(id).grant.id, grants::GrantId());
}

}  // namespace
}  // namespace thuja::server
