// SPDX-License-Identifier: Apache-2.0
// Revoking many grants at once of a store whose rows, indexes or pages are damaged: whatever can be
// ended is, and nobody is authorized by the rest.
#include <absl/strings/str_cat.h>
#include <gtest/gtest.h>
#include <sqlite3.h>

#include <algorithm>
#include <string>
#include <vector>

#include "server/store/mutations.h"
#include "tests/unit/store/sqlite_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantId;
using Kind = GrantSelector::Kind;

class RevokeAllTest : public ::testing::Test, protected SqliteWorld {
 protected:
  RevokeAllTest() {
    for (int i = 0; i < 20; ++i) ids.push_back(Make(IssueOf(100)));
    child = Make(DelegateOf(ids[3], 10));
    over = Make(IssueOf());
    Make(EventOf(GrantEvent::kComplete, over));
    other = IssueOf();
    other.issue.holder.id = "other";
    other.issue.purpose.task = "T2";
    other.issue.purpose.tenant = "acme";
    other_id = Make(other);
  }

  // What a connection of ours would not do.
  void AlterSchema(const std::string& sql) {
    sqlite3* database = nullptr;
    ASSERT_EQ(sqlite3_open(path.c_str(), &database), SQLITE_OK);
    EXPECT_EQ(sqlite3_exec(database, sql.c_str(), nullptr, nullptr, nullptr), SQLITE_OK)
        << sqlite3_errmsg(database);
    sqlite3_close(database);
  }

  // The index has no entry of this grant, as after damage to one of its pages.
  void LoseFromIndex(const std::string& index, const std::string& columns, const GrantId& id) {
    const std::string whole = absl::StrCat("CREATE INDEX ", index, " ON grants (", columns, ")");
    const auto set = [&](const std::string& sql) {
      AlterSchema(absl::StrCat("PRAGMA writable_schema = ON; UPDATE sqlite_schema SET sql = '", sql,
                               "' WHERE name = '", index, "'; PRAGMA writable_schema = OFF"));
    };
    set(absl::StrCat(whole, " WHERE id <> x''", id.ToString(), "''"));
    AlterSchema("REINDEX " + index);
    set(whole);
  }

  // Nothing that happens to it afterwards gives it authority again.
  void ExpectOver(const GrantId& id) {
    EXPECT_EQ(WhyNot(id), "grant_revoked");
    for (const GrantEvent event : {GrantEvent::kHeartbeat, GrantEvent::kActivate,
                                   GrantEvent::kSuspend, GrantEvent::kResume}) {
      EXPECT_EQ(Said(Do(EventOf(event, id))), "grant_revoked") << GrantEventName(event);
    }
    EXPECT_EQ(Said(Do(DelegateOf(id, 1))), "parent_not_active");
    EXPECT_EQ(WhyNot(id), "grant_revoked");
  }

  void ExpectNoneInForce() {
    for (const GrantId& id : ids) EXPECT_NE(WhyNot(id), "in force");
    EXPECT_NE(WhyNot(child), "in force");
  }

  std::vector<GrantId> ids;
  GrantId child;
  GrantId over;
  Mutation other;
  GrantId other_id;
};

const GrantSelector kSelectors[] = {{},
                                    {.kind = Kind::kHolder, .holder = {"Thuja::Agent", "bot"}},
                                    {.kind = Kind::kClass, .agent_class = "coder"},
                                    {.kind = Kind::kTask, .task = "T1"}};

TEST_F(RevokeAllTest, EndsWhatIsSelectedAndNothingElse) {
  const MutationOutcome outcome =
      Do(RevokeAllOf({.kind = Kind::kHolder, .holder = {"Thuja::Agent", "bot"}}));
  EXPECT_EQ(Said(outcome), "done");
  EXPECT_EQ(outcome.grants, 20u);
  EXPECT_EQ(outcome.unwritten, 0u);
  ExpectNoneInForce();
  EXPECT_EQ(WhyNot(ids[0]), "grant_revoked");
  EXPECT_EQ(Find(ids[0])->revision(), outcome.revision);
  EXPECT_EQ(WhyNot(child), "ancestor_revoked");
  EXPECT_EQ(WhyNot(other_id), "in force");
  EXPECT_EQ(WhyNot(over), "grant_completed");
  EXPECT_EQ(Reopened(), absl::StatusCode::kOk);
  ExpectNoneInForce();
  EXPECT_EQ(WhyNot(other_id), "in force");
}

TEST_F(RevokeAllTest, OfOneTransactionSeesWhatCameBeforeAndNotWhatComesAfter) {
  const auto outcomes =
      DoAll({other, EventOf(GrantEvent::kComplete, other_id),
             RevokeAllOf({.kind = Kind::kTask, .tenant = "acme", .task = "T2"}), other});
  EXPECT_EQ(outcomes[2].grants, 1u);
  EXPECT_EQ(outcomes[2].unwritten, 0u);
  EXPECT_EQ(WhyNot(outcomes[0].grant->grant.id), "grant_revoked");
  EXPECT_EQ(WhyNot(other_id), "grant_completed");
  EXPECT_EQ(WhyNot(outcomes[3].grant->grant.id), "in force");
}

// Whatever the selector looks at may be what is damaged.
TEST_F(RevokeAllTest, EndsEverythingThoughARowIsDamaged) {
  const char* const kDamages[] = {"SET expires = expires + 1",
                                  "SET holder_id = 'x'",
                                  "SET task = 'x'",
                                  "SET agent_class = 'x'",
                                  "SET state = 5",
                                  "SET state = 9",
                                  "SET seal = 1",
                                  "SET calls = 7",
                                  "SET revision = 0"};
  for (const GrantSelector& selector : kSelectors) {
    for (const char* const damage : kDamages) {
      SCOPED_TRACE(damage + WriteSelector(selector));
      const auto live = Make(IssueOf(100));
      const auto damaged = Make(IssueOf(100));
      const auto last = Make(IssueOf());
      Alter(absl::StrCat("UPDATE grants ", damage, " WHERE id = x'", damaged.ToString(), "'"));
      const Mutation mutation = WithRequestId(RevokeAllOf(selector), "r" + damaged.ToString());
      const MutationOutcome outcome = Do(mutation);
      EXPECT_EQ(Said(outcome), "done");
      EXPECT_EQ(outcome.unwritten, 1u);
      EXPECT_GE(outcome.grants, 3u);
      for (const GrantId& id : {live, damaged, last}) EXPECT_EQ(WhyNot(id), "grant_revoked");
      EXPECT_EQ(Stored(live).grant.state, grants::GrantState::kRevoked);
      EXPECT_EQ(Stored(last).grant.state, grants::GrantState::kRevoked);
      EXPECT_EQ(Said(Do(EventOf(GrantEvent::kResume, damaged))), "internal_error");
      EXPECT_EQ(WhyNot(damaged), "grant_revoked");
      const MutationOutcome again = Do(mutation);
      EXPECT_TRUE(again.replayed);
      EXPECT_EQ(again.unwritten, 1u);
      EXPECT_EQ(Do(RevokeAllOf(selector)).unwritten, 0u) << "it is over already";
    }
  }
  EXPECT_EQ(Reopened(), absl::StatusCode::kDataLoss) << "nothing of it comes to life again";
}

TEST_F(RevokeAllTest, EndsWhatNoIndexFinds) {
  Alter(absl::StrCat("DELETE FROM grants WHERE id = x'", ids[5].ToString(), "'"));
  const MutationOutcome outcome = Do(RevokeAllOf({}));
  EXPECT_EQ(outcome.grants, 22u);
  EXPECT_EQ(outcome.unwritten, 1u);
  ExpectNoneInForce();
}

TEST_F(RevokeAllTest, EndsWhatDecisionsKnowIfNothingCanBeRead) {
  before = [&](const char* call) {
    return std::string_view(call) == "Revoke" ? absl::DataLossError("page 7") : absl::OkStatus();
  };
  const MutationOutcome outcome =
      Do(RevokeAllOf({.kind = Kind::kHolder, .holder = {"Thuja::Agent", "bot"}}));
  before = nullptr;
  EXPECT_EQ(Said(outcome), "done");
  EXPECT_EQ(outcome.grants, 20u);
  EXPECT_EQ(outcome.unwritten, 20u);
  EXPECT_FALSE(ledger->health().ok());
  ExpectNoneInForce();
  EXPECT_EQ(WhyNot(ids[0]), "grant_revoked");
  EXPECT_EQ(WhyNot(other_id), "in force");
}

// Then an index is made anew.
TEST_F(RevokeAllTest, OfVeryManyIsTheSameAndLeavesTheFileWhole) {
  for (size_t i = 0; i < 2; ++i) (void)DoAll(ManyOf(6'000, IssueOf(100)));
  const auto view = *storage->OpenView();
  const MutationOutcome outcome =
      Do(RevokeAllOf({.kind = Kind::kHolder, .holder = {"Thuja::Agent", "bot"}}));
  EXPECT_EQ(outcome.grants, 12'020u);
  EXPECT_EQ(outcome.unwritten, 0u);
  const GrantFilter active = {.state = grants::GrantState::kActive};
  const GrantFilter revoked = {.state = grants::GrantState::kRevoked};
  EXPECT_EQ(view->List(active, {}, 100'000)->size(), 12'022u) << "it shows what was";
  EXPECT_EQ((*storage->OpenView())->List(active, {}, 100'000)->size(), 2u);
  EXPECT_EQ((*storage->OpenView())->List(revoked, {}, 100'000)->size(), 12'020u);
  EXPECT_EQ(Said(Do(other)), "done");
}

TEST_F(RevokeAllTest, OfVeryManyOfWhichOneIsDamagedEndsAllOthers) {
  for (size_t i = 0; i < 2; ++i) (void)DoAll(ManyOf(6'000, IssueOf()));
  Alter(absl::StrCat("UPDATE grants SET seal = 1 WHERE id = x'", ids[5].ToString(), "'"));
  const MutationOutcome outcome = Do(RevokeAllOf({}));
  EXPECT_EQ(outcome.grants, 12'022u);
  EXPECT_EQ(outcome.unwritten, 1u);
  ExpectNoneInForce();
  Alter(absl::StrCat("DELETE FROM grants WHERE id = x'", ids[5].ToString(), "'"));
  EXPECT_EQ(Reopened(), absl::StatusCode::kOk) << "all indexes have what the table has";
  EXPECT_EQ(WhyNot(ids[6]), "grant_revoked");
}

TEST_F(RevokeAllTest, WhatNoIndexFindsIsOverAndStaysSo) {
  LoseFromIndex("grants_by_holder", "holder_id, holder_type, id", ids[5]);
  const MutationOutcome outcome =
      Do(RevokeAllOf({.kind = Kind::kHolder, .holder = {"Thuja::Agent", "bot"}}));
  EXPECT_EQ(outcome.grants, 20u);
  EXPECT_EQ(outcome.unwritten, 1u);
  ExpectOver(ids[5]);
  ExpectOver(ids[6]);
}

TEST_F(RevokeAllTest, WhatCouldNotBeReadOnceStaysOver) {
  before = [](const char* call) {
    return std::string_view(call) == "Revoke" ? absl::DataLossError("page 7") : absl::OkStatus();
  };
  EXPECT_EQ(Do(RevokeAllOf({})).unwritten, 22u);
  before = nullptr;
  ExpectOver(ids[5]);
  EXPECT_EQ(Said(Do(EventOf(GrantEvent::kHeartbeat, child))), "grant_revoked");
}

TEST_F(RevokeAllTest, OfVeryManyTheOneThatItsIndexLostIsOverToo) {
  for (size_t i = 0; i < 2; ++i) (void)DoAll(ManyOf(6'000, IssueOf()));
  LoseFromIndex("grants_by_state", "state, id", ids[5]);
  const MutationOutcome outcome = Do(RevokeAllOf({}));
  EXPECT_EQ(outcome.grants, 12'022u);
  EXPECT_EQ(outcome.unwritten, 0u) << "each row was looked at";
  ExpectOver(ids[5]);
  EXPECT_EQ(Stored(ids[5]).grant.state, grants::GrantState::kRevoked);
}

TEST_F(RevokeAllTest, ATaskEndsWithItsDamagedGrants) {
  Alter(absl::StrCat("UPDATE grants SET seal = 1 WHERE id = x'", ids[5].ToString(), "'"));
  const MutationOutcome outcome = Do(RevokeAllOf({.kind = Kind::kTask, .task = "T1"}));
  EXPECT_EQ(outcome.grants, 21u);
  EXPECT_EQ(outcome.unwritten, 1u);
  ExpectNoneInForce();
  EXPECT_EQ(WhyNot(other_id), "in force");
}

TEST_F(RevokeAllTest, OneGrantThatIsDamagedCanBeRevokedToo) {
  Alter(absl::StrCat("UPDATE grants SET expires = 1 WHERE id = x'", ids[5].ToString(), "'"));
  const auto outcomes =
      DoAll({EventOf(GrantEvent::kRevoke, ids[5]), EventOf(GrantEvent::kRevoke, ids[6]),
             EventOf(GrantEvent::kHeartbeat, ids[5])});
  EXPECT_EQ(Said(outcomes[0]), "internal_error") << "it cannot be shown";
  EXPECT_EQ(WhyNot(ids[5]), "grant_revoked");
  EXPECT_EQ(Said(outcomes[1]), "done");
  EXPECT_EQ(WhyNot(ids[6]), "grant_revoked");
  EXPECT_EQ(WhyNot(ids[7]), "in force");
}

TEST_F(RevokeAllTest, ADiskThatIsFullEndsNothing) {
  before = [](const char* call) {
    return std::string_view(call) == "Commit" ? absl::ResourceExhaustedError("") : absl::OkStatus();
  };
  EXPECT_EQ(Said(Do(RevokeAllOf({}))), "internal_error");
  before = nullptr;
  EXPECT_EQ(WhyNot(ids[0]), "in force") << "it would be again when the server is started anew";
}

}  // namespace
}  // namespace thuja::server
