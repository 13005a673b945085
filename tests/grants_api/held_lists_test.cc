// SPDX-License-Identifier: Apache-2.0
// Lists that are held: for how long, for whom, and which go first.
#include "server/grants/held_lists.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace thuja::server {
namespace {

using std::chrono::seconds;

class HeldListsTest : public ::testing::Test {
 protected:
  std::shared_ptr<HeldList> Hold(const std::string& caller) {
    auto list = std::make_shared<HeldList>();
    list->caller = caller;
    EXPECT_TRUE(lists.Hold(list, now));
    return list;
  }
  bool Has(const HeldList& list, const std::string& caller) {
    return lists.Find(list.id, caller, now) != nullptr;
  }

  HeldLists::Time now = HeldLists::Time(std::chrono::hours(1));
  HeldLists lists{{.most = 4, .time = seconds(60)}};
};

TEST_F(HeldListsTest, AListIsFoundByItsIdAndItsCaller) {
  const auto a = Hold("a");
  const auto b = Hold("a");
  EXPECT_NE(a->id, b->id);
  EXPECT_EQ(lists.Find(a->id, "a", now), a);
  EXPECT_EQ(lists.Find(b->id, "a", now), b);
  EXPECT_FALSE(Has(*a, "b"));
  EXPECT_FALSE(Has(*a, ""));
  EXPECT_EQ(lists.Find({1, 2}, "a", now), nullptr);
  EXPECT_EQ(lists.Find({}, "a", now), nullptr);
}

TEST_F(HeldListsTest, TimeIsCountedFromTheLastTimeItWasAskedFor) {
  const auto list = Hold("a");
  now += seconds(60);
  EXPECT_TRUE(Has(*list, "a"));
  now += seconds(60);
  EXPECT_TRUE(Has(*list, "a"));
  // Another's question does not keep it.
  now += seconds(30);
  EXPECT_FALSE(Has(*list, "b"));
  now += seconds(31);
  EXPECT_FALSE(Has(*list, "a"));
}

// Or its view, which keeps storage from forgetting, would be there for as long as somebody wants.
TEST_F(HeldListsTest, NoneIsHeldForLongHoweverOftenItIsAskedFor) {
  std::weak_ptr<HeldList> list = Hold("a");
  const auto id = list.lock()->id;
  for (int minute = 1; minute <= 5; ++minute) {
    now += seconds(60);
    EXPECT_NE(lists.Find(id, "a", now), nullptr) << minute;
  }
  now += seconds(1);
  EXPECT_EQ(lists.Find(id, "a", now), nullptr);
  EXPECT_TRUE(list.expired());
}

TEST_F(HeldListsTest, ASweepLetsGoOfTheView) {
  std::weak_ptr<HeldList> list = Hold("a");
  now += seconds(60);
  lists.Sweep(now);
  EXPECT_FALSE(list.expired());
  now += seconds(1);
  lists.Sweep(now);
  EXPECT_TRUE(list.expired());
  EXPECT_EQ(lists.size(), 0u);
}

TEST_F(HeldListsTest, WhatIsDroppedIsGone) {
  const auto a = Hold("a");
  const auto b = Hold("a");
  lists.Drop(a->id);
  EXPECT_FALSE(Has(*a, "a"));
  EXPECT_TRUE(Has(*b, "a"));
  lists.Clear();
  EXPECT_FALSE(Has(*b, "a"));
}

TEST_F(HeldListsTest, TheOneThatNobodyAskedForTheLongestGoesFirst) {
  std::vector<std::shared_ptr<HeldList>> all;
  for (int i = 0; i < 4; ++i) {
    all.push_back(Hold("a"));
    now += seconds(1);
  }
  EXPECT_TRUE(Has(*all[0], "a"));
  now += seconds(1);
  Hold("a");
  EXPECT_EQ(lists.size(), 4u);
  EXPECT_TRUE(Has(*all[0], "a"));
  EXPECT_FALSE(Has(*all[1], "a"));
  EXPECT_TRUE(Has(*all[2], "a"));
}

// Whoever begins lists and does not read them takes nobody else's.
TEST_F(HeldListsTest, WhoHasTheMostGivesOneUp) {
  const auto quiet = Hold("quiet");
  now += seconds(1);
  for (int i = 0; i < 20; ++i) {
    Hold("greedy");
    now += seconds(1);
  }
  EXPECT_EQ(lists.size(), 4u);
  EXPECT_TRUE(Has(*quiet, "quiet"));
}

TEST(PageNames, AreReadAsTheyAreWritten) {
  const PageName name = {{0x1234567890abcdef, 2}, {3, 4}};
  const std::string text = name.ToString();
  EXPECT_EQ(text,
            "1234567890abcdef00000000000000020000000000000003"
            "0000000000000004");
  const auto read = PageName::Parse(text);
  ASSERT_TRUE(read.has_value());
  EXPECT_EQ(read->list, name.list);
  EXPECT_EQ(read->after, name.after);
  for (const std::string& bad :
       {std::string(), text.substr(1), text + "0", std::string(64, '0'), std::string(64, 'A'),
        text.substr(0, 63) + "g", std::string(32, '0') + text.substr(32)}) {
    EXPECT_FALSE(PageName::Parse(bad).has_value()) << bad;
  }
}

}  // namespace
}  // namespace thuja::server
