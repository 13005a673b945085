// SPDX-License-Identifier: Apache-2.0
// What each mutation does, what it refuses, and what is said to whoever repeats it.
#include "server/store/mutations.h"

#include <gtest/gtest.h>

#include <set>

#include "server/store/credential.h"
#include "tests/unit/store/ledger_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantState;

class MutationsTest : public ::testing::Test, protected LedgerWorld {
 protected:
  // Says of a mutation that must be refused as what, having changed nothing.
  void ExpectRefused(Mutation mutation, const std::string& code) {
    const std::string contents = Contents(*storage);
    const MutationOutcome outcome = Do(std::move(mutation));
    EXPECT_EQ(Said(outcome), code);
    EXPECT_FALSE(outcome.refusal && outcome.refusal->message.empty());
    EXPECT_EQ(outcome.revision, 0u);
    EXPECT_FALSE(outcome.grant);
    EXPECT_TRUE(outcome.credential.empty());
    EXPECT_EQ(Contents(*storage), contents);
  }

  void GoBack() { clock.Mark(clock.Read().now + 10 * kSecond); }
};

TEST_F(MutationsTest, AnIssuedGrantIsStoredAndInForce) {
  const MutationOutcome outcome = Do(IssueOf());
  ASSERT_EQ(Said(outcome), "done");
  EXPECT_EQ(outcome.revision, 1u);
  EXPECT_EQ(outcome.grants, 1u);
  EXPECT_FALSE(outcome.replayed);
  const grants::Grant& grant = outcome.grant->grant;
  EXPECT_TRUE(grant.id);
  EXPECT_EQ(grant.revision, 1u);
  EXPECT_EQ(grant.issued_by, "orchestrator") << "whatever the request says";
  EXPECT_EQ(grant.state, GrantState::kActive);
  EXPECT_LE(grant.issued, clock.Read().now);
  EXPECT_TRUE(Answered(grant.id) == *outcome.grant);
  EXPECT_EQ(WhyNot(grant.id), "in force");
}

TEST_F(MutationsTest, WhatMayNotBecomeAGrantIsRefused) {
  Mutation too_long = IssueOf();
  too_long.issue.ttl = 3601 * kSecond;
  ExpectRefused(too_long, "ttl_above_class_max");
  Mutation no_task = IssueOf();
  no_task.issue.purpose.task.clear();
  ExpectRefused(no_task, "malformed_request");
}

TEST_F(MutationsTest, ACredentialIsToldOnceAndKeptAsItsDigest) {
  Mutation mutation = IssueOf();
  mutation.credential = true;
  const MutationOutcome outcome = Do(mutation);
  const StoredGrant stored = Stored(outcome.grant->grant.id);
  EXPECT_EQ(stored.credential, DigestOfCredential(outcome.credential));
  EXPECT_EQ(Find(stored.grant.id)->credential(), stored.credential);
  const MutationOutcome without = Do(IssueOf());
  EXPECT_TRUE(without.credential.empty());
  EXPECT_FALSE(Stored(without.grant->grant.id).credential);
}

TEST_F(MutationsTest, ADelegatedGrantIsBelowItsParent) {
  const auto parent = Make(IssueOf());
  Mutation mutation = DelegateOf(parent);
  mutation.credential = true;
  const MutationOutcome outcome = Do(mutation);
  ASSERT_EQ(Said(outcome), "done");
  const grants::Grant& grant = outcome.grant->grant;
  EXPECT_EQ(grant.parent, parent);
  EXPECT_EQ(grant.depth, 1);
  EXPECT_EQ(grant.purpose.task, "T1");
  EXPECT_EQ(grant.issued_by, "orchestrator");
  EXPECT_FALSE(outcome.credential.empty());
  EXPECT_EQ(WhyNot(grant.id), "in force");
  Make(EventOf(GrantEvent::kRevoke, parent));
  EXPECT_EQ(WhyNot(grant.id), "ancestor_revoked");
}

TEST_F(MutationsTest, NothingIsDelegatedFromWhatIsNotInForce) {
  ExpectRefused(DelegateOf({5, 6}), "no_active_grant");
  const auto root = Make(IssueOf());
  const auto middle = Make(DelegateOf(root));
  const auto leaf = Make(DelegateOf(middle));
  Make(EventOf(GrantEvent::kSuspend, root));
  for (const auto& id : {root, middle, leaf}) ExpectRefused(DelegateOf(id), "parent_not_active");
  Make(EventOf(GrantEvent::kResume, root));
  Make(DelegateOf(leaf));
  Make(EventOf(GrantEvent::kComplete, middle));
  Make(DelegateOf(root));
  for (const auto& id : {middle, leaf}) ExpectRefused(DelegateOf(id), "parent_not_active");
}

TEST_F(MutationsTest, OneOfATransactionSeesThoseBeforeIt) {
  const auto root = Make(IssueOf());
  const auto leaf = Make(DelegateOf(root));
  const auto outcomes = DoAll({DelegateOf(leaf), EventOf(GrantEvent::kRevoke, root),
                               DelegateOf(leaf), EventOf(GrantEvent::kSuspend, root), IssueOf()});
  EXPECT_EQ(Said(outcomes[0]), "done");
  EXPECT_EQ(Said(outcomes[1]), "done");
  EXPECT_EQ(Said(outcomes[2]), "parent_not_active");
  EXPECT_EQ(Said(outcomes[3]), "grant_revoked");
  EXPECT_EQ(Said(outcomes[4]), "done");
  EXPECT_EQ(outcomes[4].revision, 5u) << "what is refused has no revision";
  EXPECT_EQ(WhyNot(outcomes[0].grant->grant.id), "ancestor_revoked");
}

TEST_F(MutationsTest, EventsChangeTheStateThatIsStoredAndSeen) {
  Mutation pending = IssueOf();
  pending.issue.pending = true;
  const auto id = Make(pending);
  const struct {
    GrantEvent event;
    const char* said;
    const char* seen;
  } kSteps[] = {
      {GrantEvent::kHeartbeat, "grant_pending", "grant_pending"},
      {GrantEvent::kActivate, "done", "in force"},
      {GrantEvent::kHeartbeat, "done", "in force"},
      {GrantEvent::kSuspend, "done", "grant_suspended"},
      {GrantEvent::kResume, "done", "in force"},
      {GrantEvent::kResume, "done", "in force"},
      {GrantEvent::kTimeOut, "malformed_request", "in force"},
      {GrantEvent::kComplete, "done", "grant_completed"},
      {GrantEvent::kComplete, "grant_completed", "grant_completed"},
      {GrantEvent::kRevoke, "grant_completed", "grant_completed"},
  };
  uint64_t revision = 1;
  for (const auto& step : kSteps) {
    SCOPED_TRACE(GrantEventName(step.event));
    const MutationOutcome outcome = Do(EventOf(step.event, id));
    EXPECT_EQ(Said(outcome), step.said);
    EXPECT_EQ(WhyNot(id), step.seen);
    if (outcome.refusal) continue;
    EXPECT_EQ(outcome.revision, ++revision);
    EXPECT_EQ(Stored(id).grant.revision, revision);
    EXPECT_EQ(Find(id)->revision(), revision);
    EXPECT_TRUE(*outcome.grant == Answered(id));
  }
  ExpectRefused(EventOf(GrantEvent::kHeartbeat, {5, 6}), "no_active_grant");
}

TEST_F(MutationsTest, WhyAGrantEndedIsKeptAndBounded) {
  const auto suspended = Make(IssueOf());
  Make(EventOf(GrantEvent::kSuspend, suspended, "odd calls"));
  EXPECT_EQ(Stored(suspended).grant.ended_because, "") << "it has not ended";
  const auto failed = Make(IssueOf());
  Make(EventOf(GrantEvent::kFail, failed, std::string(256, 'x')));
  EXPECT_EQ(Stored(failed).grant.ended_because, std::string(256, 'x'));
  ExpectRefused(EventOf(GrantEvent::kFail, suspended, std::string(257, 'x')), "malformed_request");
  ExpectRefused(EventOf(GrantEvent::kFail, suspended, "two\nlines"), "malformed_request");
  ExpectRefused(EventOf(GrantEvent::kFail, suspended, "\xff"), "malformed_request");
}

TEST_F(MutationsTest, ManyGrantsAreRevokedWithOneRevision) {
  Mutation other = IssueOf();
  other.issue.holder.id = "other";
  other.issue.purpose.tenant = "acme";
  const auto kept = Make(other);
  const auto first = Make(IssueOf());
  const auto child = Make(DelegateOf(first));
  const auto over = Make(IssueOf());
  Make(EventOf(GrantEvent::kComplete, over));
  Mutation mutation =
      RevokeAllOf({.kind = GrantSelector::Kind::kHolder, .holder = {"Thuja::Agent", "bot"}});
  mutation.reason = "compromised";
  const MutationOutcome outcome = Do(mutation);
  ASSERT_EQ(Said(outcome), "done");
  EXPECT_EQ(outcome.grants, 1u);
  EXPECT_FALSE(outcome.grant);
  EXPECT_EQ(Stored(first).grant.state, GrantState::kRevoked);
  EXPECT_EQ(Stored(first).grant.revision, outcome.revision);
  EXPECT_EQ(Stored(first).grant.ended_because, "compromised");
  EXPECT_EQ(WhyNot(first), "grant_revoked");
  EXPECT_EQ(WhyNot(child), "ancestor_revoked");
  EXPECT_EQ(WhyNot(over), "grant_completed");
  EXPECT_EQ(WhyNot(kept), "in force");
  EXPECT_EQ(Do(RevokeAllOf({})).grants, 2u) << "the child and the other's";
  EXPECT_EQ(WhyNot(kept), "grant_revoked");
  EXPECT_EQ(Do(RevokeAllOf({})).grants, 0u);
}

TEST_F(MutationsTest, WhatIsRevokedTogetherWasPerhapsMadeInTheSameTransaction) {
  const auto outcomes = DoAll({IssueOf(), RevokeAllOf({}), IssueOf()});
  EXPECT_EQ(outcomes[1].grants, 1u);
  EXPECT_EQ(WhyNot(outcomes[0].grant->grant.id), "grant_revoked");
  EXPECT_EQ(WhyNot(outcomes[2].grant->grant.id), "in force");
}

TEST_F(MutationsTest, SelectorsAreWrittenAsTheyAreAskedFor) {
  using Kind = GrantSelector::Kind;
  EXPECT_EQ(WriteSelector({}), R"({"everything":true})");
  EXPECT_EQ(WriteSelector({.kind = Kind::kHolder, .holder = {"Thuja::Agent", "a\"b"}}),
            R"({"holder":{"type":"Thuja::Agent","id":"a\"b"}})");
  EXPECT_EQ(WriteSelector({.kind = Kind::kClass, .agent_class = "coder"}), R"({"class":"coder"})");
  EXPECT_EQ(WriteSelector({.kind = Kind::kTask, .task = "T1"}), R"({"task":"T1"})");
  EXPECT_EQ(WriteSelector({.kind = Kind::kTask, .tenant = "acme", .task = "T1"}),
            R"({"task":"T1","tenant":"acme"})");
}

TEST_F(MutationsTest, EachChangeIsInTheHistoryWithWhoAskedForIt) {
  const auto root = Make(IssueOf());
  Mutation delegate = DelegateOf(root);
  delegate.caller = "planner";
  const auto child = Make(delegate);
  Make(EventOf(GrantEvent::kSuspend, child));
  Do(EventOf(GrantEvent::kActivate, {5, 6}));  // refused
  Do(RevokeAllOf({.kind = GrantSelector::Kind::kClass, .agent_class = "coder"}));
  const auto changes = Changes();
  ASSERT_EQ(changes.size(), 4u);
  const struct {
    const char* event;
    grants::GrantId id;
    const char* subject;
    uint64_t grants;
    const char* caller;
  } kExpected[] = {{"issue", root, "", 1, "orchestrator"},
                   {"delegate", child, "", 1, "planner"},
                   {"suspend", child, "", 1, "orchestrator"},
                   {"revoke", {}, R"({"class":"coder"})", 2, "orchestrator"}};
  for (size_t i = 0; i < changes.size(); ++i) {
    EXPECT_EQ(changes[i].revision, i + 1);
    EXPECT_EQ(changes[i].event, kExpected[i].event);
    EXPECT_EQ(changes[i].id, kExpected[i].id);
    EXPECT_EQ(changes[i].subject, kExpected[i].subject);
    EXPECT_EQ(changes[i].grants, kExpected[i].grants);
    EXPECT_EQ(changes[i].caller, kExpected[i].caller);
    EXPECT_GE(changes[i].time, i == 0 ? 0 : changes[i - 1].time);
    EXPECT_LE(changes[i].time, clock.Read().now);
  }
}

TEST_F(MutationsTest, WhoRepeatsARequestIsToldTheSameAndChangesNothing) {
  Mutation mutation = WithRequestId(IssueOf(100), "r1");
  mutation.credential = true;
  const MutationOutcome first = Do(mutation);
  ASSERT_EQ(Said(first), "done");
  const auto id = first.grant->grant.id;
  Make(EventOf(GrantEvent::kSuspend, id));
  Make(EventOf(GrantEvent::kComplete, id));
  const std::string contents = Contents(*storage);
  const MutationOutcome again = Do(mutation);
  EXPECT_EQ(Said(again), "done");
  EXPECT_TRUE(again.replayed);
  EXPECT_EQ(again.revision, first.revision);
  EXPECT_EQ(again.grants, 1u);
  EXPECT_TRUE(*again.grant == *first.grant) << "as it was, and not what became of it";
  EXPECT_TRUE(again.credential.empty());
  EXPECT_EQ(Contents(*storage), contents);
}

TEST_F(MutationsTest, EveryKindIsRepeatedWithoutEffect) {
  const auto root = Make(IssueOf(1000));
  const std::vector<Mutation> mutations = {
      WithRequestId(DelegateOf(root, 10), "delegate"),
      WithRequestId(EventOf(GrantEvent::kSuspend, root), "suspend"),
      WithRequestId(EventOf(GrantEvent::kResume, root), "resume"),
      WithRequestId(RevokeAllOf({}), "revoke")};
  std::vector<MutationOutcome> first;
  for (const Mutation& mutation : mutations) first.push_back(Do(mutation));
  Open();
  const std::string contents = Contents(*storage);
  for (size_t i = 0; i < mutations.size(); ++i) {
    const MutationOutcome again = Do(mutations[i]);
    SCOPED_TRACE(mutations[i].request_id);
    EXPECT_EQ(Said(first[i]), "done");
    EXPECT_EQ(Said(again), "done");
    EXPECT_TRUE(again.replayed);
    EXPECT_EQ(again.revision, first[i].revision);
    EXPECT_EQ(again.grants, first[i].grants);
    EXPECT_TRUE(again.grant == first[i].grant);
  }
  EXPECT_EQ(Contents(*storage), contents) << "a process that was restarted knows them too";
}

TEST_F(MutationsTest, TheRepetitionOfOneTransactionIsOneToo) {
  const auto outcomes = DoAll({WithRequestId(IssueOf(), "r1"), WithRequestId(IssueOf(), "r1"),
                               WithRequestId(IssueOf(), "r1", 2)});
  EXPECT_FALSE(outcomes[0].replayed);
  EXPECT_TRUE(outcomes[1].replayed);
  EXPECT_EQ(outcomes[1].grant->grant.id, outcomes[0].grant->grant.id);
  EXPECT_EQ(Said(outcomes[2]), "request_id_reuse");
  EXPECT_EQ(ledger->table().size(), 1u);
}

TEST_F(MutationsTest, AnIdOfARequestIsItsCallersOwnAndForOneRequest) {
  Make(WithRequestId(IssueOf(), "r1"));
  ExpectRefused(WithRequestId(IssueOf(), "r1", 2), "request_id_reuse");
  Mutation other = WithRequestId(IssueOf(), "r1", 2);
  other.caller = "planner";
  EXPECT_FALSE(Do(other).replayed);
  EXPECT_FALSE(Do(IssueOf()).replayed);
  EXPECT_EQ(ledger->table().size(), 3u);
}

TEST_F(MutationsTest, ARefusalIsNotRepeated) {
  const auto root = Make(IssueOf());
  Make(EventOf(GrantEvent::kSuspend, root));
  const Mutation mutation = WithRequestId(DelegateOf(root), "r1");
  ExpectRefused(mutation, "parent_not_active");
  Make(EventOf(GrantEvent::kResume, root));
  const MutationOutcome outcome = Do(mutation);
  EXPECT_EQ(Said(outcome), "done");
  EXPECT_FALSE(outcome.replayed);
  EXPECT_TRUE(outcome.grant);
}

TEST_F(MutationsTest, NothingIsGivenByAClockThatWentBackButEverythingCanBeTaken) {
  const auto active = Make(IssueOf());
  const auto suspended = Make(IssueOf());
  Make(EventOf(GrantEvent::kSuspend, suspended));
  Mutation pending = IssueOf();
  pending.issue.pending = true;
  const auto waiting = Make(pending);
  const Mutation known = WithRequestId(IssueOf(), "r1");
  Make(known);
  GoBack();
  ExpectRefused(IssueOf(), "clock_rollback");
  ExpectRefused(DelegateOf(active), "clock_rollback");
  ExpectRefused(EventOf(GrantEvent::kActivate, waiting), "clock_rollback");
  ExpectRefused(EventOf(GrantEvent::kHeartbeat, active), "clock_rollback");
  ExpectRefused(EventOf(GrantEvent::kResume, suspended), "clock_rollback");
  EXPECT_TRUE(Do(known).replayed) << "what was done was done";
  const int64_t latest = clock.latest();
  const auto suspend = Do(EventOf(GrantEvent::kSuspend, active));
  EXPECT_EQ(Said(suspend), "done");
  EXPECT_EQ(Said(Do(EventOf(GrantEvent::kComplete, active))), "done");
  EXPECT_EQ(Stored(active).grant.ended, latest);
  EXPECT_EQ(Said(Do(EventOf(GrantEvent::kFail, waiting))), "done");
  EXPECT_EQ(Said(Do(EventOf(GrantEvent::kRevoke, suspended))), "done");
  EXPECT_EQ(Do(RevokeAllOf({})).grants, 1u);
}

TEST(MutationsRoom, NoMoreGrantsAreMadeThanMayBeRemembered) {
  LedgerWorld world({.most_grants = 3});
  const auto first = world.Make(IssueOf());
  const auto outcomes = world.DoAll({IssueOf(), IssueOf(), IssueOf(), DelegateOf(first)});
  EXPECT_EQ(Said(outcomes[0]), "done");
  EXPECT_EQ(Said(outcomes[1]), "done");
  EXPECT_EQ(Said(outcomes[2]), "overloaded");
  EXPECT_EQ(Said(outcomes[3]), "overloaded");
  EXPECT_EQ(Said(world.Do(EventOf(GrantEvent::kRevoke, first))), "done");
}

TEST(MutationsRoom, AHolderHasSoManyGrantsForATaskAndNoMore) {
  LedgerWorld world;
  const auto first = world.Make(IssueOf());
  const auto outcomes = world.DoAll(std::vector<Mutation>(grants::kMostForTask, IssueOf()));
  for (size_t i = 0; i + 1 < grants::kMostForTask; ++i) ASSERT_EQ(Said(outcomes[i]), "done") << i;
  EXPECT_EQ(Said(outcomes.back()), "overloaded") << "those of the same transaction count";
  EXPECT_EQ(Said(world.Do(IssueOf())), "overloaded");
  Mutation other = IssueOf();
  other.issue.purpose.task = "another";
  EXPECT_EQ(Said(world.Do(other)), "done");
  EXPECT_EQ(Said(world.Do(EventOf(GrantEvent::kComplete, first))), "done");
  EXPECT_EQ(Said(world.Do(IssueOf())), "done") << "one that is over makes room";
}

// As each request brings one of its own.
Mutation IssueWithScope(std::string_view pattern) {
  Mutation mutation = IssueOf();
  grants::Scope scope;
  scope.tools.push_back({.tools = *grants::ScopePattern::Segments(pattern)});
  mutation.issue.scope = std::make_shared<const grants::Scope>(std::move(scope));
  return mutation;
}

TEST(Mutations, EqualScopesAreOneObject) {
  LedgerWorld world;
  const auto first = world.Make(IssueWithScope("a/*"));
  const auto outcomes =
      world.DoAll({IssueWithScope("a/*"), IssueWithScope("b/*"), IssueWithScope("b/*")});
  const auto scope_of = [&](const grants::GrantId& id) { return &world.Find(id)->scope(); };
  const auto id_of = [&](size_t i) { return outcomes[i].grant->grant.id; };
  EXPECT_EQ(scope_of(id_of(0)), scope_of(first));
  EXPECT_NE(scope_of(id_of(1)), scope_of(first));
  EXPECT_EQ(scope_of(id_of(1)), scope_of(id_of(2)));
  EXPECT_EQ(scope_of(world.Make(DelegateOf(first))), scope_of(first));
  world.Open();
  EXPECT_EQ(scope_of(world.Make(IssueWithScope("a/*"))), scope_of(first));
}

TEST(Mutations, ScopesMayTakeSoManyBytesAndNoMore) {
  const size_t bytes = IssueWithScope("a/*").issue.scope->bytes();
  LedgerWorld world({.most_scope_bytes = 2 * bytes});
  const auto outcomes =
      world.DoAll({IssueWithScope("a/*"), IssueWithScope("b/*"), IssueWithScope("c/*")});
  EXPECT_EQ(Said(outcomes[0]), "done");
  EXPECT_EQ(Said(outcomes[1]), "done");
  EXPECT_EQ(Said(outcomes[2]), "overloaded");
  EXPECT_EQ(Said(world.Do(IssueWithScope("c/*"))), "overloaded");
  EXPECT_EQ(Said(world.Do(IssueWithScope("a/*"))), "done") << "it takes nothing more";
  EXPECT_EQ(Said(world.Do(DelegateOf(outcomes[0].grant->grant.id))), "done");
  Mutation narrower = DelegateOf(outcomes[0].grant->grant.id);
  narrower.issue.scope = IssueWithScope("a/b").issue.scope;
  EXPECT_EQ(Said(world.Do(narrower)), "overloaded");

  world.options.most_scope_bytes = bytes;
  world.Open();
  EXPECT_EQ(world.ledger->table().size(), 4u) << "what is stored is opened";
  EXPECT_EQ(Said(world.Do(IssueWithScope("b/*"))), "done");
  EXPECT_EQ(Said(world.Do(IssueWithScope("c/*"))), "overloaded");
}

TEST(Mutations, ThereIsRoomAgainWhenGrantsAreForgotten) {
  const size_t bytes = IssueWithScope("a/*").issue.scope->bytes();
  LedgerWorld world({.most_scope_bytes = bytes, .remember = 0});
  Mutation brief = IssueWithScope("a/*");
  brief.issue.ttl = 1;
  world.Make(brief);
  brief = Mutation();
  EXPECT_EQ(Said(world.Do(IssueWithScope("b/*"))), "overloaded");
  while (*world.ledger->Sweep()) {
  }
  ASSERT_EQ(world.ledger->table().size(), 0u);
  world.ledger->table().Reclaim();
  EXPECT_EQ(Said(world.Do(IssueWithScope("b/*"))), "done");
}

}  // namespace
}  // namespace thuja::server
