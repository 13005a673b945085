// SPDX-License-Identifier: Apache-2.0
// What every storage keeps, and what it does in transactions.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>

#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using grants::GrantState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;

INSTANTIATE_TEST_SUITE_P(Storages, BackendTest, ::testing::ValuesIn(AllStorages()), StorageName);

GrantChange MakeChange(uint64_t revision) {
  return {.revision = revision,
          .time = static_cast<int64_t>(revision) * kSecond,
          .event = "revoke",
          .id = {7, revision},
          .caller = "orchestrator"};
}

KeptReply MakeReply(const std::string& caller, const std::string& request_id, int64_t time = 0) {
  KeptReply reply{.caller = caller, .request_id = request_id, .time = time};
  reply.digest.fill(0xfe);
  reply.reply = "reply to " + caller + "/" + request_id;
  return reply;
}

TEST_P(BackendTest, HasNothingAtFirst) {
  EXPECT_EQ(*backend_->Header(), StoreHeader{});
  EXPECT_EQ(*backend_->Get({7, 1}), std::nullopt);
  EXPECT_THAT(AllOf(*backend_), IsEmpty());
  EXPECT_THAT(*backend_->Select({}), IsEmpty());
  EXPECT_EQ(*backend_->FindReply("a", "b"), std::nullopt);
  const auto view = View();
  EXPECT_EQ(*view->Header(), StoreHeader{});
  EXPECT_THAT(*view->List({}, {}, 10), IsEmpty());
  EXPECT_THAT(*view->Changes(0, 10), IsEmpty());
  EXPECT_EQ(*view->FirstChange(), 0u);
}

// Each changes something of MakeGrant(1), and none undoes another.
const std::pair<const char*, void (*)(StoredGrant&)> kFields[] = {
    {"parent",
     [](StoredGrant& g) {
       g.grant.parent = {UINT64_MAX, 1};
     }},
    {"greatest depth", [](StoredGrant& g) { g.grant.depth = grants::kMostDepth; }},
    {"holder type", [](StoredGrant& g) { g.grant.holder.type = "Other"; }},
    {"holder", [](StoredGrant& g) { g.grant.holder.id = std::string("nul\0in it", 9); }},
    {"class", [](StoredGrant& g) { g.grant.agent_class = "class"; }},
    {"tenant", [](StoredGrant& g) { g.grant.purpose.tenant = "tenant"; }},
    {"task", [](StoredGrant& g) { g.grant.purpose.task = "other"; }},
    {"workflow", [](StoredGrant& g) { g.grant.purpose.workflow = "workflow"; }},
    {"step", [](StoredGrant& g) { g.grant.purpose.step = "step"; }},
    {"environment", [](StoredGrant& g) { g.grant.purpose.environment = "environment"; }},
    {"deployment", [](StoredGrant& g) { g.grant.purpose.deployment = "deployment"; }},
    {"scope", [](StoredGrant& g) { g.grant.scope = MakeScope("git/push"); }},
    {"state", [](StoredGrant& g) { g.grant.state = GrantState::kRevoked; }},
    {"revision", [](StoredGrant& g) { g.grant.revision = UINT64_MAX >> 3; }},
    {"issued", [](StoredGrant& g) { g.grant.issued = 1; }},
    {"not before", [](StoredGrant& g) { g.grant.not_before = 2; }},
    {"expires", [](StoredGrant& g) { g.grant.expires = INT64_MAX; }},
    {"ended", [](StoredGrant& g) { g.grant.ended = 3; }},
    {"heartbeat timeout", [](StoredGrant& g) { g.grant.heartbeat_timeout = INT64_MAX; }},
    {"last heartbeat", [](StoredGrant& g) { g.grant.last_heartbeat = INT64_MAX - 1; }},
    {"no calls", [](StoredGrant& g) { g.grant.calls = 0; }},
    {"most calls", [](StoredGrant& g) { g.grant.calls = UINT64_MAX; }},
    {"calls given", [](StoredGrant& g) { g.calls_given = UINT64_MAX; }},
    {"calls since", [](StoredGrant& g) { g.calls_since = UINT64_MAX; }},
    {"issued by", [](StoredGrant& g) { g.grant.issued_by = "orchestrator"; }},
    {"ended because",
     [](StoredGrant& g) { g.grant.ended_because = "\"'; DROP \n\t ü 漢 \U0001f333"; }},
    {"credential", [](StoredGrant& g) { g.credential.bytes[31] = 1; }},
};

TEST_P(BackendTest, KeepsEachFieldOfANewGrant) {
  uint64_t number = 0;
  for (const auto& [name, change] : kFields) {
    StoredGrant grant = MakeGrant(++number);
    change(grant);
    Put({grant});
    EXPECT_EQ(*backend_->Get(grant.grant.id), grant) << name;
    EXPECT_EQ(*View()->Get(grant.grant.id), grant) << name;
  }
  EXPECT_EQ(AllOf(*backend_).size(), number);
}

TEST_P(BackendTest, KeepsEachFieldOfAGrantThatChanges) {
  StoredGrant grant = MakeGrant(1);
  Put({grant});
  for (const auto& [name, change] : kFields) {
    const StoredGrant before = grant;
    change(grant);
    ASSERT_NE(grant, before) << name;
    Put({grant});
    EXPECT_EQ(*backend_->Get(grant.grant.id), grant) << name;
  }
  Put({MakeGrant(1)});
  EXPECT_THAT(AllOf(*backend_), ElementsAre(MakeGrant(1)));
}

TEST_P(BackendTest, KeepsTheCallsOfAGrantThatIsAsItWas) {
  for (const auto& [name, change] : kFields) {
    StoredGrant grant = MakeGrant(1);
    change(grant);
    Put({grant, MakeGrant(2)});
    Commit([&] {
      StoredGrant found = backend_->Get(grant.grant.id).value().value();
      found.calls_given = 5;
      found.calls_since = UINT64_MAX - 1;
      return backend_->PutCalls(found);
    });
    grant.calls_given = 5;
    grant.calls_since = UINT64_MAX - 1;
    EXPECT_EQ(*backend_->Get(grant.grant.id), grant) << name;
    EXPECT_EQ(*View()->Get(grant.grant.id), grant) << name;
    EXPECT_EQ(*backend_->Get({7, 2}), MakeGrant(2)) << name;
  }
}

TEST_P(BackendTest, KeepsGrantsInEveryState) {
  for (size_t state = 0; state < grants::kGrantStates; ++state) {
    StoredGrant grant = MakeGrant(1);
    grant.grant.state = static_cast<GrantState>(state);
    Put({grant});
    EXPECT_EQ(*backend_->Get({7, 1}), grant);
  }
}

TEST_P(BackendTest, TellsIdsApartByEachOfTheirBits) {
  std::vector<StoredGrant> grants;
  for (int bit = 0; bit < 64; ++bit) {
    grants.push_back(MakeGrant(0));
    grants.back().grant.id = {uint64_t{1} << bit, 0};
    grants.push_back(MakeGrant(0));
    grants.back().grant.id = {0, uint64_t{1} << bit};
  }
  Put(grants);
  std::ranges::sort(grants, {}, [](const StoredGrant& grant) { return grant.grant.id; });
  EXPECT_EQ(*View()->List({}, {}, 1000), grants);
}

TEST_P(BackendTest, ErasesGrants) {
  Put({MakeGrant(1), MakeGrant(2)});
  Commit([&] { return backend_->Erase({7, 1}); }, [&] { return backend_->Erase({7, 99}); });
  EXPECT_EQ(*backend_->Get({7, 1}), std::nullopt);
  EXPECT_THAT(AllOf(*backend_), ElementsAre(MakeGrant(2)));
  Put({MakeGrant(1)});
  EXPECT_EQ(AllOf(*backend_).size(), 2u);
}

TEST_P(BackendTest, KeepsTheHeader) {
  const StoreHeader header = {.revision = UINT64_MAX >> 3, .clock = INT64_MAX, .runs = UINT64_MAX};
  Commit([&] { return backend_->PutHeader({1, 2, 3}); });
  Commit([&] { return backend_->PutHeader(header); });
  EXPECT_EQ(*backend_->Header(), header);
  EXPECT_EQ(*View()->Header(), header);
}

TEST_P(BackendTest, SharesTheObjectOfEqualScopes) {
  const auto one = MakeScope("crm/*");
  EXPECT_EQ(*backend_->Share(one), one);
  StoredGrant grant = MakeGrant(1);
  grant.grant.scope = one;
  Put({grant});
  EXPECT_EQ(*backend_->Share(one), one);
  EXPECT_EQ(*backend_->Share(MakeScope("crm/*")), one);
  const auto other = MakeScope("git/*");
  EXPECT_EQ(*backend_->Share(other), other);

  // What is rolled back takes nothing from those that stay.
  ASSERT_TRUE(backend_->Begin().ok());
  StoredGrant dropped = MakeGrant(2);
  dropped.grant.scope = other;
  ASSERT_TRUE(backend_->Put(dropped).ok());
  EXPECT_EQ(*backend_->Share(MakeScope("git/*")), other);
  backend_->Rollback();
  EXPECT_EQ(*backend_->Share(MakeScope("crm/*")), one);
  EXPECT_FALSE(backend_->Share(nullptr).ok());
}

TEST_P(BackendTest, ShowsItsWriterWhatIsNotCommittedYet) {
  Put({MakeGrant(1)});
  ASSERT_TRUE(backend_->Begin().ok());
  StoredGrant changed = MakeGrant(1);
  changed.grant.state = GrantState::kRevoked;
  ASSERT_TRUE(backend_->Put(changed).ok());
  ASSERT_TRUE(backend_->Put(MakeGrant(2)).ok());
  ASSERT_TRUE(backend_->PutHeader({5, 6}).ok());
  ASSERT_TRUE(backend_->PutReply(MakeReply("a", "b")).ok());
  EXPECT_EQ(*backend_->Get({7, 1}), changed);
  EXPECT_EQ(NumbersOf(*backend_->Select({})), std::vector<uint64_t>{2});
  EXPECT_EQ(AllOf(*backend_).size(), 2u);
  EXPECT_EQ(*backend_->Header(), (StoreHeader{5, 6}));
  EXPECT_EQ(*backend_->FindReply("a", "b"), MakeReply("a", "b"));
  backend_->Rollback();
}

TEST_P(BackendTest, RollbackLeavesEverythingAsItWas) {
  Put({MakeGrant(1), MakeGrant(2)});
  Commit(
      [&] {
        return backend_->PutHeader({1, 1});
      },
      [&] { return backend_->AddChange(MakeChange(1)); },
      [&] { return backend_->PutReply(MakeReply("a", "b")); });

  ASSERT_TRUE(backend_->Begin().ok());
  StoredGrant changed = MakeGrant(1);
  changed.grant.state = GrantState::kRevoked;
  changed.grant.scope = MakeScope("new/*");
  ASSERT_TRUE(backend_->Put(changed).ok());
  ASSERT_TRUE(backend_->Put(MakeGrant(3)).ok());
  ASSERT_TRUE(backend_->Erase({7, 2}).ok());
  ASSERT_TRUE(backend_->PutHeader({2, 2}).ok());
  ASSERT_TRUE(backend_->EraseChangesBefore(2).ok());
  ASSERT_TRUE(backend_->AddChange(MakeChange(2)).ok());
  ASSERT_TRUE(backend_->EraseRepliesBefore(1).ok());
  ASSERT_TRUE(backend_->PutReply(MakeReply("c", "d")).ok());
  backend_->Rollback();

  EXPECT_THAT(AllOf(*backend_), ElementsAre(MakeGrant(1), MakeGrant(2)));
  EXPECT_EQ(*backend_->Header(), (StoreHeader{1, 1}));
  EXPECT_THAT(*View()->Changes(0, 10), ElementsAre(MakeChange(1)));
  EXPECT_EQ(*backend_->FindReply("a", "b"), MakeReply("a", "b"));
  EXPECT_EQ(*backend_->FindReply("c", "d"), std::nullopt);
}

// Storages that number scopes give the number of one that was rolled back to the next.
TEST_P(BackendTest, DoesNotMistakeAScopeForOneThatWasRolledBack) {
  ASSERT_TRUE(backend_->Begin().ok());
  StoredGrant dropped = MakeGrant(1);
  dropped.grant.scope = MakeScope("admin/**");
  ASSERT_TRUE(backend_->Put(dropped).ok());
  ASSERT_EQ(*backend_->Get({7, 1}), dropped);
  backend_->Rollback();

  StoredGrant kept = MakeGrant(2);
  kept.grant.scope = MakeScope("read/only");
  Put({kept});
  EXPECT_EQ(*backend_->Get({7, 2}), kept);
  dropped.grant.id = {7, 3};
  Put({dropped});
  EXPECT_THAT(AllOf(*backend_), ElementsAre(kept, dropped));
}

TEST_P(BackendTest, DoesNotMistakeAScopeForOneThatWasErased) {
  StoredGrant erased = MakeGrant(1);
  erased.grant.scope = MakeScope("admin/**");
  Put({erased});
  Commit([&] { return backend_->Erase({7, 1}); });
  StoredGrant kept = MakeGrant(2);
  kept.grant.scope = MakeScope("read/only");
  Put({kept});
  erased.grant.id = {7, 3};
  Put({erased});
  EXPECT_THAT(AllOf(*backend_), ElementsAre(kept, erased));
}

TEST_P(BackendTest, GoesOnAfterARollback) {
  ASSERT_TRUE(backend_->Begin().ok());
  ASSERT_TRUE(backend_->Put(MakeGrant(1)).ok());
  backend_->Rollback();
  Put({MakeGrant(2)});
  EXPECT_THAT(AllOf(*backend_), ElementsAre(MakeGrant(2)));
}

TEST_P(BackendTest, WritesNothingOutsideOfATransaction) {
  const absl::Status results[] = {
      backend_->PutHeader({1, 1}),     backend_->Put(MakeGrant(1)),
      backend_->Erase({7, 1}),         backend_->AddChange(MakeChange(1)),
      backend_->EraseChangesBefore(1), backend_->PutReply(MakeReply("a", "b")),
      backend_->EraseRepliesBefore(1), backend_->Commit()};
  for (const absl::Status& status : results) {
    EXPECT_EQ(status.code(), absl::StatusCode::kInternal) << status;
  }
  backend_->Rollback();
  EXPECT_EQ(*backend_->Header(), StoreHeader{});
  EXPECT_THAT(AllOf(*backend_), IsEmpty());
}

TEST_P(BackendTest, BeginsOneTransactionAtATime) {
  ASSERT_TRUE(backend_->Begin().ok());
  EXPECT_EQ(backend_->Begin().code(), absl::StatusCode::kInternal);
  backend_->Rollback();
  EXPECT_TRUE(backend_->Begin().ok());
  EXPECT_TRUE(backend_->Commit().ok());
}

TEST_P(BackendTest, VisitsParentsBeforeChildren) {
  // The ids and the order in which they are put say the opposite.
  const StoredGrant root = MakeGrant(9);
  const StoredGrant child = MakeChild(8, root);
  const StoredGrant grandchild = MakeChild(7, child);
  const StoredGrant other_child = MakeChild(1, root);
  const StoredGrant other_root = MakeGrant(2);
  Put({grandchild, child});
  Put({other_child, other_root, root});
  const std::vector<StoredGrant> all = AllOf(*backend_);
  ASSERT_EQ(all.size(), 5u);
  const auto place = [&](const StoredGrant& grant) {
    return std::ranges::find(all, grant) - all.begin();
  };
  EXPECT_LT(place(root), place(child));
  EXPECT_LT(place(child), place(grandchild));
  EXPECT_LT(place(root), place(other_child));
  EXPECT_LT(place(other_root), 5);
}

TEST_P(BackendTest, VisitsEqualScopesAsOneObject) {
  std::vector<StoredGrant> grants = {MakeGrant(1), MakeGrant(2), MakeGrant(3), MakeGrant(4)};
  grants[2].grant.scope = MakeScope("git/*");
  ASSERT_NE(grants[0].grant.scope, grants[1].grant.scope);
  Put(grants);
  const std::vector<StoredGrant> all = AllOf(*backend_);
  ASSERT_EQ(all.size(), 4u);
  EXPECT_EQ(all[0].grant.scope, all[1].grant.scope);
  EXPECT_EQ(all[0].grant.scope, all[3].grant.scope);
  EXPECT_NE(all[0].grant.scope, all[2].grant.scope);
}

TEST_P(BackendTest, VisitsUntilTheFirstError) {
  const StoredGrant root = MakeGrant(1);
  Put({root, MakeChild(2, root), MakeChild(3, root)});
  for (int good = 0; good < 3; ++good) {
    int visits = 0;
    const absl::Status status = backend_->ForEach([&](const StoredGrant&) {
      return visits++ < good ? absl::OkStatus() : absl::OutOfRangeError("enough");
    });
    EXPECT_EQ(status, absl::OutOfRangeError("enough"));
    EXPECT_EQ(visits, good + 1);
  }
}

TEST_P(BackendTest, KeepsChangesInOrder) {
  std::vector<GrantChange> changes = {MakeChange(3), MakeChange(4), MakeChange(700)};
  changes[1].id = {};
  changes[1].subject = R"({"class":"coder"})";
  changes[1].grants = UINT64_MAX;
  changes[1].caller = "";
  for (const GrantChange& change : changes) {
    Commit([&] { return backend_->AddChange(change); });
  }
  const auto view = View();
  EXPECT_EQ(*view->Changes(0, SIZE_MAX), changes);
  EXPECT_THAT(*view->Changes(0, 2), ElementsAre(changes[0], changes[1]));
  EXPECT_EQ(*backend_->Changes(0, SIZE_MAX), changes);
  EXPECT_THAT(*backend_->Changes(changes[0].revision, 1), ElementsAre(changes[1]));
  EXPECT_THAT(*view->Changes(3, 1), ElementsAre(changes[1]));
  EXPECT_THAT(*view->Changes(4, 9), ElementsAre(changes[2]));
  EXPECT_THAT(*view->Changes(700, 9), IsEmpty());
  EXPECT_THAT(*view->Changes(UINT64_MAX, 9), IsEmpty());
  EXPECT_THAT(*view->Changes(0, 0), IsEmpty());
  EXPECT_EQ(*view->FirstChange(), 3u);
}

TEST_P(BackendTest, ErasesOldChanges) {
  for (uint64_t revision = 1; revision <= 5; ++revision) {
    Commit([&] { return backend_->AddChange(MakeChange(revision)); });
  }
  Commit([&] { return backend_->EraseChangesBefore(3); });
  EXPECT_EQ(*View()->FirstChange(), 3u);
  EXPECT_EQ(View()->Changes(0, 10)->size(), 3u);
  Commit([&] { return backend_->EraseChangesBefore(UINT64_MAX); });
  EXPECT_EQ(*View()->FirstChange(), 0u);
}

TEST_P(BackendTest, KeepsRepliesByCallerAndRequest) {
  Commit([&] { return backend_->PutReply(MakeReply("a", "b")); },
         [&] { return backend_->PutReply(MakeReply("b", "a")); },
         [&] { return backend_->PutReply(MakeReply("ab", "")); },
         [&] { return backend_->PutReply(MakeReply("", "ab")); });
  for (const auto& [caller, request] : std::vector<std::pair<std::string, std::string>>{
           {"a", "b"}, {"b", "a"}, {"ab", ""}, {"", "ab"}}) {
    EXPECT_EQ(*backend_->FindReply(caller, request), MakeReply(caller, request));
  }
  EXPECT_EQ(*backend_->FindReply("a", "B"), std::nullopt);
  EXPECT_EQ(*backend_->FindReply("a", ""), std::nullopt);

  KeptReply later = MakeReply("a", "b", 9);
  later.digest.fill(1);
  later.reply = std::string("any\0bytes\xff", 10);
  Commit([&] { return backend_->PutReply(later); });
  EXPECT_EQ(*backend_->FindReply("a", "b"), later);
}

TEST_P(BackendTest, ErasesOldReplies) {
  Commit([&] { return backend_->PutReply(MakeReply("a", "1", 10)); },
         [&] { return backend_->PutReply(MakeReply("a", "2", 11)); });
  Commit([&] { return backend_->EraseRepliesBefore(10); });
  EXPECT_TRUE(backend_->FindReply("a", "1")->has_value());
  Commit([&] { return backend_->EraseRepliesBefore(11); });
  EXPECT_FALSE(backend_->FindReply("a", "1")->has_value());
  EXPECT_TRUE(backend_->FindReply("a", "2")->has_value());
}

}  // namespace
}  // namespace thuja::server
