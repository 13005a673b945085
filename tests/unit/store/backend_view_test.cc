// SPDX-License-Identifier: Apache-2.0
// What a view of any storage shows: the state of one moment, whatever is written after it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using grants::GrantState;
using ::testing::ElementsAre;
using ::testing::IsEmpty;
using ::testing::SizeIs;

class BackendViewTest : public BackendTest {};
INSTANTIATE_TEST_SUITE_P(Storages, BackendViewTest, ::testing::ValuesIn(AllStorages()),
                         StorageName);

TEST_P(BackendViewTest, ShowsWhatWasCommittedWhenItWasOpened) {
  Put({MakeGrant(1), MakeGrant(2)});
  Commit(
      [&] {
        return backend_->PutHeader({1, 1});
      },
      [&] { return backend_->AddChange({.revision = 1, .event = "issue"}); });
  const auto view = View();

  StoredGrant changed = MakeGrant(1);
  changed.grant.state = GrantState::kRevoked;
  changed.grant.scope = MakeScope("git/*");
  Put({changed, MakeGrant(3)});
  Commit(
      [&] {
        return backend_->Erase({7, 2});
      },
      [&] {
        return backend_->PutHeader({2, 2});
      },
      [&] { return backend_->EraseChangesBefore(2); },
      [&] { return backend_->AddChange({.revision = 2, .event = "revoke"}); });

  EXPECT_EQ(*view->Header(), (StoreHeader{1, 1}));
  EXPECT_EQ(*view->Get({7, 1}), MakeGrant(1));
  EXPECT_EQ(*view->Get({7, 2}), MakeGrant(2));
  EXPECT_EQ(*view->Get({7, 3}), std::nullopt);
  EXPECT_THAT(*view->List({}, {}, 10), ElementsAre(MakeGrant(1), MakeGrant(2)));
  EXPECT_EQ(*view->FirstChange(), 1u);
  EXPECT_THAT(*view->Changes(0, 10), SizeIs(1));

  const auto later = View();
  EXPECT_EQ(*later->Header(), (StoreHeader{2, 2}));
  EXPECT_THAT(*later->List({}, {}, 10), ElementsAre(changed, MakeGrant(3)));
  EXPECT_EQ(*later->FirstChange(), 2u);
}

TEST_P(BackendViewTest, ShowsNothingOfAnOpenTransaction) {
  Put({MakeGrant(1)});
  ASSERT_TRUE(backend_->Begin().ok());
  ASSERT_TRUE(backend_->Put(MakeGrant(2)).ok());
  ASSERT_TRUE(backend_->Erase({7, 1}).ok());
  ASSERT_TRUE(backend_->PutHeader({1, 1}).ok());
  const auto view = View();
  EXPECT_THAT(*view->List({}, {}, 10), ElementsAre(MakeGrant(1)));
  ASSERT_TRUE(backend_->Commit().ok());
  EXPECT_THAT(*view->List({}, {}, 10), ElementsAre(MakeGrant(1)));
  EXPECT_EQ(*view->Header(), StoreHeader{});
  EXPECT_THAT(*View()->List({}, {}, 10), ElementsAre(MakeGrant(2)));
}

TEST_P(BackendViewTest, ShowsNothingOfWhatIsRolledBack) {
  ASSERT_TRUE(backend_->Begin().ok());
  ASSERT_TRUE(backend_->Put(MakeGrant(1)).ok());
  const auto before = View();
  backend_->Rollback();
  EXPECT_THAT(*before->List({}, {}, 10), IsEmpty());
  EXPECT_THAT(*View()->List({}, {}, 10), IsEmpty());
}

// A storage that keeps what a view needed for the next one must not show it the old state.
TEST_P(BackendViewTest, ShowsTheLatestStateHoweverManyWereOpenedBefore) {
  for (uint64_t number = 1; number <= 50; ++number) {
    StoredGrant grant = MakeGrant(number);
    grant.grant.scope = MakeScope("scope" + std::to_string(number) + "/*");
    Put({grant});
    if (number > 1) Commit([&] { return backend_->Erase({7, number - 1}); });
    EXPECT_THAT(*View()->List({}, {}, 100), ElementsAre(grant));
  }
}

TEST_P(BackendViewTest, ManyAreOpenAtATime) {
  std::vector<std::unique_ptr<GrantBackendView>> views;
  for (uint64_t number = 1; number <= 40; ++number) {
    views.push_back(View());
    Put({MakeGrant(number)});
  }
  for (size_t i = 0; i < views.size(); ++i) EXPECT_THAT(*views[i]->List({}, {}, 100), SizeIs(i));
}

TEST_P(BackendViewTest, LivesOnWhenItsBackendIsGone) {
  Put({MakeGrant(1)});
  const auto view = View();
  backend_.reset();
  EXPECT_THAT(*view->List({}, {}, 10), ElementsAre(MakeGrant(1)));
}

// Every commit adds a grant and a change, and says so in the header.
TEST_P(BackendViewTest, IsConsistentOnOtherThreadsWhileSomebodyWrites) {
  constexpr uint64_t kCommits = 300;
  std::atomic<uint64_t> committed = 0;
  std::atomic<bool> finished = false;
  const auto look = [&] {
    uint64_t last = 0;
    while (!finished) {
      const uint64_t at_least = committed;
      const auto view = View();
      const uint64_t revision = view->Header()->revision;
      const auto grants = view->List({}, {}, SIZE_MAX);
      const auto changes = view->Changes(0, SIZE_MAX);
      ASSERT_GE(revision, at_least);
      ASSERT_GE(revision, last);
      ASSERT_EQ(grants->size(), revision);
      ASSERT_EQ(changes->size(), revision);
      ASSERT_EQ(view->Header()->revision, revision);
      last = revision;
    }
  };
  std::thread readers[] = {std::thread(look), std::thread(look)};
  for (uint64_t revision = 1; revision <= kCommits; ++revision) {
    Commit([&] { return backend_->Put(MakeGrant(revision)); },
           [&] { return backend_->AddChange({.revision = revision, .event = "issue"}); },
           [&] {
             return backend_->PutHeader({revision, 0});
           });
    committed = revision;
  }
  finished = true;
  for (std::thread& reader : readers) reader.join();
}

// Grants of all combinations of a few holders, classes, tenants, tasks, parents and states.
std::vector<StoredGrant> Assortment() {
  std::vector<StoredGrant> grants;
  for (uint64_t number = 1; number <= 288; ++number) {
    StoredGrant grant = MakeGrant(number * 37 % 1009);  // in no order
    grant.grant.holder = {number % 3 == 0 ? "Thuja::Agent" : "User", number % 2 == 0 ? "a" : "b"};
    grant.grant.agent_class = number / 4 % 2 == 0 ? "coder" : "tester";
    grant.grant.purpose.tenant = number / 8 % 3 == 0 ? "" : number / 8 % 3 == 1 ? "acme" : "acm";
    grant.grant.purpose.task = number / 3 % 2 == 0 ? "build" : "review";
    if (number % 5 == 0) grant.grant.parent = {7, 1000 + number % 2};
    grant.grant.state = static_cast<GrantState>(number % grants::kGrantStates);
    grants.push_back(std::move(grant));
  }
  return grants;
}

std::vector<StoredGrant> Filtered(std::vector<StoredGrant> grants, const GrantFilter& filter) {
  std::erase_if(grants, [&](const StoredGrant& grant) { return !Passes(filter, grant.grant); });
  std::ranges::sort(grants, {}, [](const StoredGrant& grant) { return grant.grant.id; });
  return grants;
}

TEST_P(BackendViewTest, ListsWhatPassesEachCombinationOfFilters) {
  const std::vector<StoredGrant> grants = Assortment();
  Put(grants);
  const auto view = View();
  const std::optional<EntityUid> kHolders[] = {std::nullopt, EntityUid{"User", "a"},
                                               EntityUid{"Thuja::Agent", "c"}};
  const std::optional<std::string> kClasses[] = {std::nullopt, "coder"};
  const std::optional<std::string> kTenants[] = {std::nullopt, "", "acme", "nobody"};
  const std::optional<std::string> kTasks[] = {std::nullopt, "review"};
  const std::optional<GrantId> kParents[] = {std::nullopt, GrantId{}, GrantId{7, 1001}};
  const std::optional<GrantState> kStates[] = {std::nullopt, GrantState::kActive,
                                               GrantState::kRevoked};
  size_t listed = 0;
  for (const auto& holder : kHolders) {
    for (const auto& agent_class : kClasses) {
      for (const auto& tenant : kTenants) {
        for (const auto& task : kTasks) {
          for (const auto& parent : kParents) {
            for (const auto& state : kStates) {
              const GrantFilter filter = {holder, agent_class, tenant, task, parent, state};
              const auto list = view->List(filter, {}, SIZE_MAX);
              ASSERT_TRUE(list.ok()) << list.status();
              ASSERT_EQ(*list, Filtered(grants, filter));
              listed += list->size();
            }
          }
        }
      }
    }
  }
  EXPECT_GT(listed, 1000u);
}

TEST_P(BackendViewTest, ListsPageByPage) {
  const std::vector<StoredGrant> grants = Assortment();
  Put(grants);
  const auto view = View();
  const GrantFilter kFilters[] = {{},
                                  {.holder = EntityUid{"User", "b"}},
                                  {.agent_class = "tester"},
                                  {.tenant = "acm"},
                                  {.task = "build"},
                                  {.parent = GrantId{7, 1000}},
                                  {.state = GrantState::kFailed}};
  for (const GrantFilter& filter : kFilters) {
    for (const size_t most : {1, 7, 288}) {
      std::vector<StoredGrant> all;
      GrantId after;
      while (true) {
        const auto page = view->List(filter, {after}, most);
        ASSERT_TRUE(page.ok()) << page.status();
        ASSERT_LE(page->size(), most);
        all.insert(all.end(), page->begin(), page->end());
        if (page->size() < most) break;
        after = page->back().grant.id;
      }
      ASSERT_EQ(all, Filtered(grants, filter));
    }
  }
  EXPECT_THAT(*view->List({}, {}, 0), IsEmpty());
  EXPECT_THAT(*view->List({}, {{UINT64_MAX, UINT64_MAX}}, 10), IsEmpty());
}

// The filters need two indexes, or one that there is not.
TEST_P(BackendViewTest, ListsWithinABoundOnWhatIsLookedAt) {
  const std::vector<StoredGrant> grants = Assortment();
  Put(grants);
  const auto view = View();
  const GrantFilter kFilters[] = {{},
                                  {.tenant = ""},
                                  {.tenant = "nobody"},
                                  {.parent = GrantId{}, .state = GrantState::kFailed},
                                  {.holder = EntityUid{"User", "b"}, .agent_class = "tester"},
                                  {.tenant = "acme", .task = "none"},
                                  {.tenant = "acm", .state = GrantState::kActive},
                                  {.agent_class = "coder", .parent = GrantId{7, 1000}}};
  for (const GrantFilter& filter : kFilters) {
    for (const size_t rows : {1, 7, 287, 288, 1000}) {
      std::vector<StoredGrant> all;
      GrantRange range;
      size_t pages = 1;
      for (;; ++pages) {
        const auto reach = view->Reach(filter, range.after, rows);
        ASSERT_TRUE(reach.ok()) << reach.status();
        range.up_to = *reach;
        const auto page = view->List(filter, range, SIZE_MAX);
        ASSERT_TRUE(page.ok()) << page.status();
        ASSERT_LE(page->size(), rows);
        all.insert(all.end(), page->begin(), page->end());
        if (!*reach) break;
        ASSERT_LT(range.after, **reach);
        range.after = **reach;
      }
      EXPECT_LE(pages, (grants.size() + rows - 1) / rows);
      ASSERT_EQ(all, Filtered(grants, filter));
    }
  }
  EXPECT_EQ(*view->Reach({}, {}, 288), std::nullopt) << "that is the end";
  EXPECT_NE(*view->Reach({}, {}, 287), std::nullopt);
}

// In an empty store too.
TEST_P(BackendViewTest, ReachesTheEndOfNothing) {
  EXPECT_EQ(*View()->Reach({}, {}, 1), std::nullopt);
  EXPECT_EQ(*View()->Reach({.tenant = ""}, {UINT64_MAX, UINT64_MAX}, 1), std::nullopt);
}

}  // namespace
}  // namespace thuja::server
