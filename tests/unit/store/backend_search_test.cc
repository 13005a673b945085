// SPDX-License-Identifier: Apache-2.0
// What the writer finds in any storage, and all storages against each other.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <limits>
#include <random>

#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using grants::GrantState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;
using ::testing::UnorderedElementsAre;
using Kind = GrantSelector::Kind;

class BackendSearchTest : public BackendTest {
 protected:
  std::vector<uint64_t> Selected(const GrantSelector& selector) {
    return NumbersOf(*backend_->Select(selector));
  }
  std::vector<uint64_t> Silent(int64_t now, size_t most = 100) {
    return NumbersOf(*backend_->Silent(now, most));
  }
  std::vector<uint64_t> Forgettable(int64_t now, int64_t margin, size_t most = 100) {
    return NumbersOf(*backend_->Forgettable(now, margin, most));
  }
};
INSTANTIATE_TEST_SUITE_P(Storages, BackendSearchTest, ::testing::ValuesIn(AllStorages()),
                         StorageName);

TEST_P(BackendSearchTest, SelectsByOneThing) {
  std::vector<StoredGrant> grants;
  for (uint64_t number = 0; number <= 6; ++number) grants.push_back(MakeGrant(number + 1));
  grants[1].grant.holder.id = "other";
  grants[2].grant.holder.type = "User";
  grants[3].grant.agent_class = "tester";
  grants[4].grant.purpose.task = "other";
  grants[5].grant.purpose.tenant = "acme";
  Put(grants);
  EXPECT_THAT(Selected({}), UnorderedElementsAre(1, 2, 3, 4, 5, 6, 7));
  EXPECT_THAT(Selected({.kind = Kind::kHolder, .holder = {"Thuja::Agent", "other"}}),
              ElementsAre(2));
  EXPECT_THAT(Selected({.kind = Kind::kHolder, .holder = {"User", "agent"}}), ElementsAre(3));
  EXPECT_THAT(Selected({.kind = Kind::kHolder, .holder = {"User", "other"}}), IsEmpty());
  EXPECT_THAT(Selected({.kind = Kind::kClass, .agent_class = "tester"}), ElementsAre(4));
  EXPECT_THAT(Selected({.kind = Kind::kTask, .task = "other"}), ElementsAre(5));
  EXPECT_THAT(Selected({.kind = Kind::kTask, .tenant = "acme", .task = "task"}), ElementsAre(6));
  EXPECT_THAT(Selected({.kind = Kind::kTask, .task = "task"}),
              UnorderedElementsAre(1, 2, 3, 4, 6, 7))
      << "of whatever tenant";
  EXPECT_THAT(Selected({.kind = Kind::kTask, .tenant = "acme", .task = "other"}), IsEmpty());
}

TEST_P(BackendSearchTest, RevokesWhatItSelects) {
  const GrantSelector kSelectors[] = {{},
                                      {.kind = Kind::kHolder, .holder = {"Thuja::Agent", "agent"}},
                                      {.kind = Kind::kClass, .agent_class = "coder"},
                                      {.kind = Kind::kTask, .task = "task"}};
  for (const GrantSelector& selector : kSelectors) {
    StoredGrant active = MakeGrant(1);
    active.grant.heartbeat_timeout = 5 * kSecond;
    active.grant.calls = 100;
    active.calls_given = 7;
    active.credential.bytes[3] = 1;
    StoredGrant suspended = MakeChild(2, active);
    suspended.grant.state = GrantState::kSuspended;
    StoredGrant expired = MakeGrant(3);
    expired.grant.state = GrantState::kPending;
    expired.grant.expires = 1'400 * kSecond;
    StoredGrant over = MakeGrant(4);
    over.grant.state = GrantState::kCompleted;
    over.grant.ended = 1'100 * kSecond;
    StoredGrant other = MakeGrant(5);
    other.grant.holder.id = "other";
    other.grant.agent_class = "tester";
    other.grant.purpose.task = "other";
    if (selector.kind == Kind::kEverything) other.grant.state = GrantState::kFailed;
    Put({active, suspended, expired, over, other});

    uint64_t revoked = 0;
    Commit([&] {
      revoked = backend_->Revoke(selector, {9, 1'500 * kSecond, "drill"})->size();
      return absl::OkStatus();
    });
    EXPECT_EQ(revoked, 3u);
    for (StoredGrant* const grant : {&active, &suspended, &expired}) {
      grant->grant.state = GrantState::kRevoked;
      grant->grant.revision = 9;
      grant->grant.ended = 1'500 * kSecond;
      grant->grant.ended_because = "drill";
      EXPECT_EQ(*backend_->Get(grant->grant.id), *grant);
    }
    EXPECT_EQ(*backend_->Get(over.grant.id), over);
    EXPECT_EQ(*backend_->Get(other.grant.id), other);
    EXPECT_THAT(Selected(selector), IsEmpty());
    EXPECT_THAT(*backend_->Silent(INT64_MAX, 10), IsEmpty());
    EXPECT_THAT(*backend_->Forgettable(1'450 * kSecond, 0, 10), IsEmpty())
        << "what had expired is remembered from its end on";
    EXPECT_THAT(NumbersOf(*backend_->Forgettable(1'500 * kSecond, 0, 10)), ElementsAre(3));
    Commit([&] { return backend_->Erase({7, 2}); });
  }
}

TEST_P(BackendSearchTest, SelectsNothingThatIsTerminal) {
  std::vector<StoredGrant> grants;
  for (size_t state = 0; state < grants::kGrantStates; ++state) {
    grants.push_back(MakeGrant(state + 1));
    grants.back().grant.state = static_cast<GrantState>(state);
  }
  Put(grants);
  const GrantSelector kSelectors[] = {{},
                                      {.kind = Kind::kHolder, .holder = {"Thuja::Agent", "agent"}},
                                      {.kind = Kind::kClass, .agent_class = "coder"},
                                      {.kind = Kind::kTask, .task = "task"}};
  for (const GrantSelector& selector : kSelectors) {
    EXPECT_THAT(Selected(selector), UnorderedElementsAre(1, 2, 3));
  }
  // A grant that ends leaves, one that is there again comes back.
  grants[0].grant.state = GrantState::kRevoked;
  grants[3].grant.state = GrantState::kActive;
  Put({grants[0], grants[3]});
  for (const GrantSelector& selector : kSelectors) {
    EXPECT_THAT(Selected(selector), UnorderedElementsAre(2, 3, 4));
  }
}

TEST_P(BackendSearchTest, SilentAreThoseWhoseHeartbeatIsDue) {
  std::vector<StoredGrant> grants;
  for (size_t state = 0; state < grants::kGrantStates; ++state) {
    StoredGrant grant = MakeGrant(state + 1);
    grant.grant.state = static_cast<GrantState>(state);
    grant.grant.last_heartbeat = 1'000;
    grant.grant.heartbeat_timeout = 50;
    grants.push_back(grant);
  }
  StoredGrant later = MakeGrant(10);
  later.grant.last_heartbeat = 1'001;
  later.grant.heartbeat_timeout = 50;
  StoredGrant without = MakeGrant(11);
  without.grant.last_heartbeat = 0;
  StoredGrant endless = MakeGrant(12);
  endless.grant.heartbeat_timeout = std::numeric_limits<int64_t>::max();
  grants.insert(grants.end(), {later, without, endless});
  Put(grants);

  EXPECT_THAT(Silent(1'049), IsEmpty());
  EXPECT_THAT(Silent(1'050), UnorderedElementsAre(2, 3));
  EXPECT_THAT(Silent(1'051), UnorderedElementsAre(2, 3, 10));
  EXPECT_THAT(Silent(std::numeric_limits<int64_t>::max() - 1), UnorderedElementsAre(2, 3, 10));
  EXPECT_THAT(Silent(1'051, 2), SizeIs(2));
  EXPECT_THAT(Silent(1'051, 0), IsEmpty());

  // Whoever was heard is silent later.
  grants[1].grant.last_heartbeat = 2'000;
  Put({grants[1]});
  EXPECT_THAT(Silent(1'051), UnorderedElementsAre(3, 10));
  EXPECT_THAT(Silent(2'050), UnorderedElementsAre(2, 3, 10));
}

TEST_P(BackendSearchTest, ForgettableIsWhatIsOverSinceTheMargin) {
  StoredGrant expired = MakeGrant(1);
  expired.grant.expires = 100;
  StoredGrant ended_early = MakeGrant(2);
  ended_early.grant.state = GrantState::kCompleted;
  ended_early.grant.ended = 50;
  ended_early.grant.expires = 100;
  StoredGrant ended_late = MakeGrant(3);
  ended_late.grant.state = GrantState::kTimedOut;
  ended_late.grant.ended = 110;
  ended_late.grant.expires = 100;
  StoredGrant endless = MakeGrant(4);
  endless.grant.expires = std::numeric_limits<int64_t>::max();
  Put({expired, ended_early, ended_late, endless});

  EXPECT_THAT(Forgettable(99, 0), IsEmpty());
  EXPECT_THAT(Forgettable(100, 0), UnorderedElementsAre(1, 2));
  EXPECT_THAT(Forgettable(110, 0), UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(Forgettable(149, 50), IsEmpty());
  EXPECT_THAT(Forgettable(150, 50), UnorderedElementsAre(1, 2));
  EXPECT_THAT(Forgettable(160, 50), UnorderedElementsAre(1, 2, 3));
  EXPECT_THAT(Forgettable(160, 50, 2), SizeIs(2));
  EXPECT_THAT(Forgettable(160, 50, 0), IsEmpty());
  EXPECT_THAT(Forgettable(1'000, std::numeric_limits<int64_t>::max()), IsEmpty());
  EXPECT_THAT(Forgettable(std::numeric_limits<int64_t>::max() - 1, 0), SizeIs(3));
}

TEST_P(BackendSearchTest, ForgetsChildrenBeforeTheirParents) {
  StoredGrant root = MakeGrant(9);
  root.grant.expires = 100;
  StoredGrant child = MakeChild(5, root);
  child.grant.expires = 100;
  StoredGrant grandchild = MakeChild(1, child);
  grandchild.grant.expires = 90;
  Put({root, child, grandchild});
  EXPECT_THAT(Forgettable(95, 0), ElementsAre(1));
  EXPECT_THAT(Forgettable(100, 0), ElementsAre(1, 5, 9));
  EXPECT_THAT(Forgettable(100, 0, 2), ElementsAre(1, 5));
  Commit([&] { return backend_->Erase({7, 1}); });
  EXPECT_THAT(Forgettable(100, 0), ElementsAre(5, 9));
}

// A grandchild that was revoked after all were over by time.
TEST_P(BackendSearchTest, KeepsAGrantAsLongAsWhatWasDelegatedFromIt) {
  StoredGrant root = MakeGrant(1);
  root.grant.expires = 100;
  StoredGrant child = MakeChild(2, root);
  child.grant.expires = 100;
  StoredGrant grandchild = MakeChild(3, child);
  grandchild.grant.expires = 100;
  grandchild.grant.state = GrantState::kRevoked;
  grandchild.grant.ended = 150;
  StoredGrant other = MakeGrant(4);
  other.grant.expires = 100;
  Put({root, child, grandchild, other});
  EXPECT_THAT(Forgettable(149, 0), ElementsAre(4));
  EXPECT_THAT(Forgettable(149, 0, 1), ElementsAre(4));
  EXPECT_THAT(Forgettable(150, 0, 3), ElementsAre(3, 2, ::testing::AnyOf(1, 4)));
  EXPECT_THAT(Forgettable(150, 0), SizeIs(4));
}

// A life of grants at random: whatever one storage says, the one in memory says as well.
class TwoStorages {
 public:
  TwoStorages(GrantBackend& backend, uint32_t seed) : backend_(backend), random_(seed) {}

  void Run(int transactions) {
    for (int i = 0; i < transactions; ++i) {
      Begin();
      for (int calls = Pick(8); calls >= 0; --calls) Change();
      Pick(4) == 0 ? Rollback() : Commit();
      ASSERT_NO_FATAL_FAILURE(Compare()) << "transaction " << i;
    }
  }

 private:
  int Pick(int below) { return static_cast<int>(random_() % static_cast<uint32_t>(below)); }
  GrantId PickId() { return {7, static_cast<uint64_t>(Pick(40) + 1)}; }

  StoredGrant PickGrant() {
    StoredGrant grant = MakeGrant(PickId().low);
    grant.grant.depth = static_cast<uint8_t>(grant.grant.id.low % 4);
    // A parent has a depth less by one, as it is where grants come from.
    if (grant.grant.depth > 0) grant.grant.parent = {7, grant.grant.id.low - 1};
    grant.grant.holder.id = "agent" + std::to_string(Pick(3));
    grant.grant.purpose.tenant = Pick(2) == 0 ? "" : "acme";
    grant.grant.purpose.task = "task" + std::to_string(Pick(3));
    grant.grant.scope = MakeScope("scope" + std::to_string(Pick(6)) + "/*");
    grant.grant.state = static_cast<GrantState>(Pick(grants::kGrantStates));
    grant.grant.revision = static_cast<uint64_t>(Pick(1000));
    grant.grant.expires = Pick(100);
    if (IsTerminal(grant.grant.state)) grant.grant.ended = Pick(120);
    grant.grant.last_heartbeat = Pick(100);
    grant.grant.heartbeat_timeout = Pick(3) * 10;
    if (Pick(2) == 0) grant.grant.calls = Pick(10);
    return grant;
  }

  void Begin() {
    ASSERT_TRUE(backend_.Begin().ok());
    ASSERT_TRUE(model_->Begin().ok());
  }
  void Commit() {
    ASSERT_TRUE(backend_.Commit().ok());
    ASSERT_TRUE(model_->Commit().ok());
  }
  void Rollback() {
    backend_.Rollback();
    model_->Rollback();
  }

  template <typename Call>
  void Both(const Call& call) {
    ASSERT_EQ(call(backend_), absl::OkStatus());
    ASSERT_EQ(call(*model_), absl::OkStatus());
  }

  void Change() {
    const int kind = Pick(14);
    if (kind < 6) {
      const StoredGrant grant = PickGrant();
      Both([&](GrantBackend& b) { return b.Put(grant); });
    } else if (kind < 8) {
      const GrantId id = PickId();
      Both([&](GrantBackend& b) { return b.Erase(id); });
    } else if (kind == 8) {
      const StoreHeader header = {random_(), static_cast<int64_t>(random_())};
      Both([&](GrantBackend& b) { return b.PutHeader(header); });
    } else if (kind == 9) {
      const GrantChange change = {.revision = ++revision_, .event = "issue", .id = PickId()};
      Both([&](GrantBackend& b) { return b.AddChange(change); });
    } else if (kind == 10) {
      const uint64_t before = revision_ - std::min<uint64_t>(revision_, 5);
      Both([&](GrantBackend& b) { return b.EraseChangesBefore(before); });
    } else if (kind == 11) {
      StoredGrant grant = PickGrant();
      const auto known = model_->Get(grant.grant.id).value();
      if (!known) return;
      grant = *known;
      grant.calls_given = static_cast<uint64_t>(Pick(100));
      grant.calls_since = random_();
      Both([&](GrantBackend& b) { return b.PutCalls(grant); });
    } else if (kind == 12 && Pick(4) == 0) {
      const GrantSelector selector = PickSelector();
      const Revocation revocation = {++revision_, Pick(130), "drill"};
      ASSERT_EQ(Sorted(*backend_.Revoke(selector, revocation)),
                Sorted(*model_->Revoke(selector, revocation)));
    } else {
      const KeptReply reply = {.caller = "c", .request_id = std::to_string(Pick(5))};
      Both([&](GrantBackend& b) { return b.PutReply(reply); });
    }
  }

  GrantSelector PickSelector() {
    switch (Pick(4)) {
      case 0: return {};
      case 1: return {.kind = Kind::kHolder, .holder = PickGrant().grant.holder};
      case 2: return {.kind = Kind::kClass, .agent_class = PickGrant().grant.agent_class};
      default: break;
    }
    const grants::Purpose purpose = PickGrant().grant.purpose;
    return {.kind = Kind::kTask, .tenant = purpose.tenant, .task = purpose.task};
  }

  static std::vector<GrantId> Sorted(std::vector<GrantId> ids) {
    std::ranges::sort(ids);
    return ids;
  }

  void Compare() {
    ASSERT_EQ(*backend_.Header(), *model_->Header());
    const auto all = [](GrantBackend& b) { return Sorted(*b.Select({})); };
    ASSERT_EQ(all(backend_), all(*model_));
    const GrantSelector selector = {
        .kind = Kind::kTask, .tenant = "acme", .task = "task" + std::to_string(Pick(3))};
    ASSERT_EQ(Sorted(*backend_.Select(selector)), Sorted(*model_->Select(selector)));
    const int64_t now = Pick(130);
    ASSERT_EQ(Sorted(*backend_.Silent(now, 100)), Sorted(*model_->Silent(now, 100)));
    ASSERT_EQ(Sorted(*backend_.Forgettable(now, 5, 100)),
              Sorted(*model_->Forgettable(now, 5, 100)));
    ASSERT_EQ(*backend_.FindReply("c", "1"), *model_->FindReply("c", "1"));
    const auto view = *backend_.OpenView();
    const auto model_view = *model_->OpenView();
    ASSERT_EQ(*view->List({}, {}, 100), *model_view->List({}, {}, 100));
    ASSERT_EQ(*view->Changes(0, 100), *model_view->Changes(0, 100));
    ASSERT_EQ(*view->FirstChange(), *model_view->FirstChange());
  }

  GrantBackend& backend_;
  std::unique_ptr<GrantBackend> model_ = MakeMemoryBackend();
  std::mt19937 random_;
  uint64_t revision_ = 0;
};

TEST_P(BackendSearchTest, AgreesWithTheOneInMemory) {
  for (const uint32_t seed : {1, 2, 3}) {
    SCOPED_TRACE(seed);
    const testing::TemporaryFolder folder;
    const std::unique_ptr<GrantBackend> backend = GetParam().open(folder.path());
    TwoStorages(*backend, seed).Run(150);
  }
}

}  // namespace
}  // namespace thuja::server
