// SPDX-License-Identifier: Apache-2.0
// Lists: filters, pages that show one moment, and pages that are gone.
#include <gtest/gtest.h>

#include <atomic>
#include <map>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

// Ids of the grants of one page.
std::vector<std::string> IdsOf(const ApiAnswer& page) {
  EXPECT_EQ(page.status, 200) << page.body;
  std::vector<std::string> ids;
  for (const std::string& grant : page.Elements("grants")) {
    ids.push_back(ApiAnswer{200, grant}.At("id"));
  }
  return ids;
}

class List : public ::testing::TestWithParam<bool> {
 protected:
  // Ids and states of all pages, which show the same revision.
  std::map<std::string, std::string> All(uint64_t* at = nullptr) {
    std::map<std::string, std::string> grants;
    std::string page;
    std::string revision;
    std::string last;
    do {
      const ApiAnswer answer =
          world.Get("/v1/grants?limit=7" + (page.empty() ? "" : "&page=" + page));
      EXPECT_EQ(answer.status, 200) << answer.body;
      if (revision.empty()) revision = answer.At("revision");
      EXPECT_EQ(answer.At("revision"), revision);
      for (const std::string& element : answer.Elements("grants")) {
        const ApiAnswer grant = {200, element};
        EXPECT_LT(last, grant.At("id")) << "in ascending order, none twice";
        last = grant.At("id");
        grants[last] = grant.At("state");
      }
      page = answer.At("next");
    } while (!page.empty());
    if (at != nullptr) *at = std::stoull(revision);
    return grants;
  }

  // The same by the history of changes, which tells what each of them made of its grant.
  std::map<std::string, std::string> StatesAt(uint64_t revision) {
    static const std::map<std::string, std::string> kStates = {
        {"issue", "active"}, {"suspend", "suspended"}, {"resume", "active"}, {"revoke", "revoked"}};
    std::map<std::string, std::string> grants;
    const auto changes = world.store().OpenView().value()->Changes(0, 1'000'000).value();
    for (const server::GrantChange& change : changes) {
      if (change.revision <= revision) grants[change.id.ToString()] = kStates.at(change.event);
    }
    return grants;
  }

  GrantApiWorld world{{.sqlite = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Storage, List, ::testing::Bool(),
                         [](const auto& storage) { return storage.param ? "Sqlite" : "Memory"; });

TEST_P(List, WithoutGrantsItIsEmpty) {
  EXPECT_EQ(world.Get("/v1/grants").body, R"({"revision":0,"grants":[]})");
}

TEST_P(List, FiltersAreMetTogether) {
  const std::string a = world.Issue({.holder = "a", .task = "T1"});
  const std::string b = world.Issue({.holder = "b", .task = "T1", .more = R"("tenant": "acme")"});
  const std::string c = world.Issue({.holder = "summarizer-1", .agent_class = "summarizer"});
  const std::string child = world.Delegate(a, {.holder = "b", .task = ""});
  EXPECT_EQ(world.Do("revoke", c), "200");
  const auto ids = [&](const std::string& query) {
    const std::vector<std::string> found = IdsOf(world.Get("/v1/grants?" + query));
    return std::set<std::string>(found.begin(), found.end());
  };
  using Ids = std::set<std::string>;
  EXPECT_EQ(ids("holder_type=Thuja::Agent&holder_id=b"), (Ids{b, child}));
  EXPECT_EQ(ids("holder_type=Thuja%3A%3AAgent&holder_id=a"), Ids{a});
  EXPECT_EQ(ids("class=summarizer"), Ids{c});
  EXPECT_EQ(ids("task=T1"), (Ids{a, b, c, child}));
  EXPECT_EQ(ids("tenant=acme"), Ids{b});
  EXPECT_EQ(ids("parent=" + a), Ids{child});
  EXPECT_EQ(ids("state=revoked"), Ids{c});
  EXPECT_EQ(ids("state=active&class=coder&holder_id=b&holder_type=Thuja::Agent"), (Ids{b, child}));
  EXPECT_EQ(ids("task=T1&state=suspended"), Ids{});
  EXPECT_EQ(ids("task=t1"), Ids{}) << "case matters";
}

TEST_P(List, AQueryThatIsNotClearIsRefused) {
  const std::string id = world.Issue();
  for (const std::string& query :
       {std::string("holder_id=a"),     std::string("holder_type=A"),
        std::string("state=alive"),     std::string("state=Active"),
        std::string("parent=x"),        "parent=" + std::string(32, '0'),
        std::string("limit=0"),         std::string("limit=1001"),
        std::string("limit=-1"),        std::string("limit=ten"),
        std::string("limit="),          std::string("page=x"),
        std::string("page="),           std::string("tasks=T1"),
        std::string("task=T1&task=T2"), std::string("task"),
        std::string("holder=a"),        std::string("task=%FF"),
        std::string("task=a+b"),        "page=" + std::string(64, '0')}) {
    EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/grants?" + query)), "400 malformed_request")
        << query;
  }
}

TEST_P(List, ShownAsTheyAreByThemselves) {
  const std::string parent = world.Issue({.more = R"("calls": 9)"});
  const std::string child = world.Delegate(parent, {.task = "", .more = R"("calls": 4)"});
  EXPECT_EQ(world.Do("suspend", parent), "200");
  const ApiAnswer list = world.Get("/v1/grants");
  for (const std::string& element : list.Elements("grants")) {
    const ApiAnswer grant = {200, element};
    EXPECT_EQ(element, world.Get("/v1/grants/" + grant.At("id")).At("grant"));
    EXPECT_EQ(grant.At("why_not"), "grant_suspended");
  }
  EXPECT_EQ(list.Elements("grants").size(), 2u);
}

TEST_P(List, PagesGoOnWhereTheLastOneEnded) {
  std::set<std::string> ids;
  for (int i = 0; i < 30; ++i) ids.insert(world.Issue({.task = "T" + std::to_string(i)}));
  std::set<std::string> found;
  for (const auto& [id, state] : All()) found.insert(id);
  EXPECT_EQ(found, ids);
  EXPECT_EQ(world.api().lists().size(), 0u) << "a list that was read to its end is not held";
  // A page that is as long as the list has no next one.
  EXPECT_EQ(world.Get("/v1/grants?limit=30").At("next"), "");
  const ApiAnswer all_but_one = world.Get("/v1/grants?limit=29");
  EXPECT_EQ(all_but_one.Elements("grants").size(), 29u);
  const ApiAnswer last = world.Get("/v1/grants?page=" + all_but_one.At("next"));
  EXPECT_EQ(last.Elements("grants").size(), 1u);
  EXPECT_EQ(last.At("next"), "");
}

TEST_P(List, APageCanBeAskedForAgain) {
  for (int i = 0; i < 9; ++i) world.Issue();
  const std::string second = world.Get("/v1/grants?limit=3").At("next");
  const ApiAnswer once = world.Get("/v1/grants?limit=3&page=" + second);
  const ApiAnswer again = world.Get("/v1/grants?limit=3&page=" + second);
  EXPECT_EQ(again.body, once.body);
  EXPECT_EQ(IdsOf(once).size(), 3u);
}

// What happens while pages are read is in none of them, or in all.
TEST_P(List, AllPagesShowOneMoment) {
  std::vector<std::string> ids;
  for (int i = 0; i < 40; ++i) ids.push_back(world.Issue());
  std::atomic<bool> over = false;
  std::thread changing([&] {
    for (size_t i = 0; !over.load(); ++i) {
      world.Do(i % 2 == 0 ? "suspend" : "resume", ids[i / 2 % ids.size()]);
      world.Issue({.task = "new-" + std::to_string(i)});
      if (i % 8 == 7) world.Do("revoke", ids[i * 7 % ids.size()]);
    }
  });
  std::map<uint64_t, std::map<std::string, std::string>> seen;  // by revision
  for (int round = 0; round < 5000 && seen.size() < 8; ++round) {
    uint64_t revision = 0;
    const auto grants = All(&revision);
    seen[revision] = grants;
  }
  over.store(true);
  changing.join();
  EXPECT_EQ(seen.size(), 8u);
  for (const auto& [revision, grants] : seen) EXPECT_EQ(grants, StatesAt(revision)) << revision;
}

TEST_P(List, APageOfAnotherCredentialIsGone) {
  for (int i = 0; i < 3; ++i) world.Issue();
  const std::string next = world.Get("/v1/grants?limit=1", GrantApiWorld::kReader).At("next");
  ASSERT_EQ(next.size(), 64u);
  const std::string path = "/v1/grants?limit=1&page=" + next;
  EXPECT_EQ(GrantApiWorld::Said(world.Get(path, GrantApiWorld::kOtherReader)), "410 gone");
  EXPECT_EQ(GrantApiWorld::Said(world.Get(path, GrantApiWorld::kAll)), "410 gone");
  EXPECT_EQ(world.Get(path, GrantApiWorld::kReader).status, 200);
  // One that never was is gone in the same way.
  EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/grants?page=" + std::string(64, '1'))), "410 gone");
}

TEST_P(List, AFilterCannotBeChangedOnTheWay) {
  for (int i = 0; i < 3; ++i) world.Issue({.holder = "a"});
  const std::string filter = "&task=T1&state=active";
  const std::string next = world.Get("/v1/grants?limit=1" + filter).At("next");
  const std::string page = "/v1/grants?limit=1&page=" + next;
  EXPECT_EQ(GrantApiWorld::Said(world.Get(page + "&task=T2")), "400 malformed_request");
  EXPECT_EQ(GrantApiWorld::Said(world.Get(page + "&task=T1")), "400 malformed_request");
  EXPECT_EQ(world.Get(page + filter).status, 200);
  EXPECT_EQ(world.Get(page).status, 200);
}

TEST(Lists, OfWhichNobodyReadsOnAreGoneAfterAWhile) {
  GrantApiWorld world({.limits = {.lists = {.time = std::chrono::milliseconds(300)}}});
  for (int i = 0; i < 3; ++i) world.Issue();
  const std::string next = world.Get("/v1/grants?limit=1").At("next");
  const std::string path = "/v1/grants?limit=1&page=" + next;
  EXPECT_EQ(world.Get(path).status, 200);
  std::this_thread::sleep_for(std::chrono::milliseconds(400));
  EXPECT_EQ(GrantApiWorld::Said(world.Get(path)), "410 gone");
  // Also if nobody asks, so that storage can forget what they held.
  world.Get("/v1/grants?limit=1");
  EXPECT_EQ(world.api().lists().size(), 1u);
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  while (world.api().lists().size() > 0 && std::chrono::steady_clock::now() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(10));
  }
  EXPECT_EQ(world.api().lists().size(), 0u);
}

TEST(Lists, ThatAreAskedForAgainAndAgainAreGoneTooAndBegunAnew) {
  GrantApiWorld world({.limits = {.lists = {.whole_time = std::chrono::milliseconds(300)}}});
  for (int i = 0; i < 3; ++i) world.Issue();
  const std::string next = world.Get("/v1/grants?limit=1").At("next");
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
  std::string said = "200";
  while (said == "200" && std::chrono::steady_clock::now() < end) {
    said = GrantApiWorld::Said(world.Get("/v1/grants?limit=1&page=" + next));
  }
  EXPECT_EQ(said, "410 gone");
  EXPECT_EQ(world.Get("/v1/grants?limit=1").status, 200);
}

// The log of changes cannot begin anew under a view. What it grows beyond is made room for by
// itself: by nobody's question, by nobody's change, and although the clock allows no commit.
TEST(Lists, AreLetGoOfWhereTheyKeepTooMuchFromBeingForgotten) {
  GrantApiWorld world({.sqlite = true, .log = {.moved_at = 20, .most = 60}});
  for (int i = 0; i < 3; ++i) world.Issue();
  ASSERT_EQ(world.Get("/v1/grants?limit=1").At("next").size(), 64u);
  const auto until = [&](bool crowded) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(20);
    while (world.store().HasTooManyViews() != crowded && std::chrono::steady_clock::now() < end) {
      if (crowded) world.Issue();
      if (!crowded) std::this_thread::sleep_for(std::chrono::milliseconds(10));
    }
    return world.store().HasTooManyViews() == crowded;
  };
  ASSERT_TRUE(until(true));
  world.clock().Mark(world.clock().Read().now + int64_t{3600} * 1'000'000'000);
  EXPECT_TRUE(until(false));
  EXPECT_EQ(world.api().lists().size(), 0u);
  EXPECT_EQ(world.Get("/v1/grants?limit=1").status, 200);
}

TEST(Lists, AreHeldBySixteenAtMost) {
  GrantApiWorld world;
  for (int i = 0; i < 3; ++i) world.Issue();
  const std::string quiet = world.Get("/v1/grants?limit=1", GrantApiWorld::kReader).At("next");
  std::vector<std::string> pages;
  for (int i = 0; i < 20; ++i) pages.push_back(world.Get("/v1/grants?limit=1").At("next"));
  EXPECT_EQ(world.api().lists().size(), 16u);
  EXPECT_EQ(world.Get("/v1/grants?page=" + pages.front()).status, 410);
  EXPECT_EQ(world.Get("/v1/grants?page=" + pages.back()).status, 200);
  EXPECT_EQ(world.Get("/v1/grants?page=" + quiet, GrantApiWorld::kReader).status, 200);
}

// A page ends before it is too large; the list goes on with the next one.
TEST(Lists, PagesOfLargeGrantsAreShorter) {
  GrantApiWorld world({.limits = {.page_bytes = 10'000}});
  std::string tools = "[";
  for (int i = 0; i < 60; ++i)
    tools += "\"server/" + std::string(60, 'a') + std::to_string(i) + "\",";
  tools.back() = ']';
  std::set<std::string> ids;
  for (int i = 0; i < 9; ++i) ids.insert(world.Issue({.tools = tools}));
  std::set<std::string> found;
  std::string page;
  int pages = 0;
  do {
    const ApiAnswer answer = world.Get("/v1/grants" + (page.empty() ? "" : "?page=" + page));
    EXPECT_LT(answer.body.size(), 20'000u);
    for (const std::string& id : IdsOf(answer)) EXPECT_TRUE(found.insert(id).second);
    page = answer.At("next");
    ++pages;
  } while (!page.empty());
  EXPECT_EQ(found, ids);
  EXPECT_EQ(pages, 3);
}

// A filter that hardly anything passes does not make one page look at everything.
TEST(Lists, PagesOfRareGrantsLookAtSoManyAndMayBeEmpty) {
  for (const bool sqlite : {false, true}) {
    GrantApiWorld world({.sqlite = sqlite, .limits = {.page_rows = 8}});
    std::vector<std::string> ids;
    for (int i = 0; i < 40; ++i) ids.push_back(world.Issue());
    EXPECT_EQ(world.Do("suspend", ids[7]), "200");
    EXPECT_EQ(world.Do("suspend", ids[8]), "200");
    std::set<std::string> found;
    std::string page;
    int pages = 0;
    int empty = 0;
    do {
      const ApiAnswer answer =
          world.Get("/v1/grants?task=T1&state=suspended" + (page.empty() ? "" : "&page=" + page));
      const std::vector<std::string> some = IdsOf(answer);
      for (const std::string& id : some) EXPECT_TRUE(found.insert(id).second);
      ++pages;
      empty += some.empty() ? 1 : 0;
      page = answer.At("next");
    } while (!page.empty() && pages < 100);
    EXPECT_EQ(found, (std::set<std::string>{ids[7], ids[8]}));
    EXPECT_EQ(pages, 5);
    EXPECT_GE(empty, 3);
    EXPECT_EQ(world.api().lists().size(), 0u);
  }
}

// Two threads of the listener share what is held.
TEST(Lists, AreFoundByEveryThread) {
  GrantApiWorld world({.sqlite = true, .threads = 4});
  std::set<std::string> ids;
  for (int i = 0; i < 64; ++i) ids.insert(world.Issue());
  std::vector<std::thread> readers;
  for (int reader = 0; reader < 8; ++reader) {
    readers.emplace_back([&] {
      std::set<std::string> found;
      std::string page;
      do {
        // A connection of its own each time, so that the kernel chooses the thread.
        const ApiAnswer answer =
            world.Get("/v1/grants?limit=5" + (page.empty() ? "" : "&page=" + page));
        for (const std::string& id : IdsOf(answer)) EXPECT_TRUE(found.insert(id).second);
        page = answer.At("next");
      } while (!page.empty());
      EXPECT_EQ(found, ids);
    });
  }
  for (std::thread& reader : readers) reader.join();
}

}  // namespace
}  // namespace thuja::testing
