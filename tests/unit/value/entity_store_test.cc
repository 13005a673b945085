// SPDX-License-Identifier: Apache-2.0
// Entities and their closed hierarchy.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <deque>
#include <optional>
#include <random>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "engine/value/entity_store_builder.h"

namespace thuja::value {
namespace {

using Problem = EntityStoreBuilder::Problem;
using Error = EntityStoreBuilder::Error;

// Builds stores of entities of one type that are named by numbers.
class Graph {
 public:
  explicit Graph(size_t max_pairs = EntityStoreBuilder::kMaxAncestorPairs) : builder_(max_pairs) {}

  EntityUidView Uid(size_t number) { return {"G", arena_.CopyString(std::to_string(number))}; }

  Graph& Add(size_t child, const std::vector<size_t>& parents,
             const Value& attributes = Value::EmptyRecord(),
             const Value& tags = Value::EmptyRecord()) {
    EntityUidView* uids = arena_.AllocateArray<EntityUidView>(parents.size());
    for (size_t i = 0; i < parents.size(); ++i) uids[i] = Uid(parents[i]);
    builder_.Add({Uid(child), attributes, tags, {uids, parents.size()}});
    return *this;
  }

  Value Attribute(std::string_view key, int64_t number) {
    Field* field = arena_.New(Field{key, Value::Long(number)});
    return Value::Record({field, 1});
  }

  std::optional<Problem> Build() { return builder_.Build(&store); }

  bool Below(size_t child, size_t ancestor) {
    const std::string a = std::to_string(child);
    const std::string b = std::to_string(ancestor);
    return store.IsBelow({"G", a}, {"G", b});
  }

  EntityStore store;

 private:
  base::Arena arena_;
  EntityStoreBuilder builder_;
};

TEST(EntityStore, EntitiesAreFoundByTypeAndId) {
  Graph graph;
  graph.Add(1, {2});
  ASSERT_FALSE(graph.Build());
  EXPECT_TRUE(graph.store.IsStored(EntityUidView{"G", "1"}));
  EXPECT_FALSE(graph.store.IsStored(EntityUidView{"H", "1"}));
  EXPECT_EQ(graph.store.size(), 1u);
}

TEST(EntityStore, AParentThatIsNotThereIsAnAncestorLikeAnyOther) {
  Graph graph;
  graph.Add(1, {2});
  ASSERT_FALSE(graph.Build());
  EXPECT_TRUE(graph.Below(1, 2));
  EXPECT_FALSE(graph.store.IsStored(EntityUidView{"G", "2"}));
  EXPECT_TRUE(graph.store.Mentions({"G", "2"}));
  EXPECT_FALSE(graph.store.Mentions({"G", "3"}));
}

TEST(EntityStore, NobodyIsBelowItselfAndStrangersAreInNothing) {
  Graph graph;
  graph.Add(1, {});
  ASSERT_FALSE(graph.Build());
  EXPECT_FALSE(graph.Below(1, 1));
  EXPECT_FALSE(graph.Below(7, 1));
  EXPECT_FALSE(graph.Below(1, 7));
}

TEST(EntityStore, TheClosureIsThatOfFloydAndWarshall) {
  std::mt19937 random(4);
  for (int round = 0; round < 60; ++round) {
    constexpr size_t kNodes = 24;
    std::array<std::array<bool, kNodes>, kNodes> above{};
    Graph graph;
    // Edges go from lower to higher numbers only; the order of adding is another.
    for (size_t step = 0; step < kNodes; ++step) {
      const size_t child = (step * 7 + static_cast<size_t>(round)) % kNodes;
      std::vector<size_t> parents;
      for (size_t parent = child + 1; parent < kNodes; ++parent) {
        if (random() % 6 != 0) continue;
        parents.push_back(parent);
        above[child][parent] = true;
      }
      graph.Add(child, parents);
    }
    ASSERT_FALSE(graph.Build());
    for (size_t k = 0; k < kNodes; ++k) {
      for (size_t i = 0; i < kNodes; ++i) {
        for (size_t j = 0; j < kNodes; ++j)
          above[i][j] = above[i][j] || (above[i][k] && above[k][j]);
      }
    }
    size_t pairs = 0;
    for (size_t i = 0; i < kNodes; ++i) {
      for (size_t j = 0; j < kNodes; ++j) {
        EXPECT_EQ(graph.Below(i, j), above[i][j]) << i << " " << j;
        pairs += above[i][j] ? 1 : 0;
      }
    }
    EXPECT_EQ(graph.store.ancestor_pairs(), pairs);
  }
}

TEST(EntityStore, CyclesOfAnyLengthAreRefused) {
  for (const size_t length : {1, 2, 3, 50}) {
    Graph graph;
    for (size_t i = 0; i < length; ++i) graph.Add(i, {(i + 1) % length});
    graph.Add(1000, {0});
    const std::optional<Problem> problem = graph.Build();
    ASSERT_TRUE(problem) << length;
    EXPECT_EQ(problem->error, Error::kCycle);
    EXPECT_LT(problem->entity, length);
  }
}

TEST(EntityStore, ASecondDefinitionMustBeTheSame) {
  struct Row {
    const char* what;
    std::vector<size_t> parents;
    int64_t attribute;
    int64_t tag;
    bool accepted;
  };
  const Row kRows[] = {{"identical", {2, 3}, 1, 1, true},
                       {"parents in another order", {3, 2, 3}, 1, 1, true},
                       {"fewer parents", {2}, 1, 1, false},
                       {"another attribute", {2, 3}, 2, 1, false},
                       {"another tag", {2, 3}, 1, 2, false}};
  for (const Row& row : kRows) {
    Graph graph;
    graph.Add(1, {2, 3}, graph.Attribute("a", 1), graph.Attribute("t", 1));
    graph.Add(1, row.parents, graph.Attribute("a", row.attribute), graph.Attribute("t", row.tag));
    const std::optional<Problem> problem = graph.Build();
    EXPECT_EQ(!problem, row.accepted) << row.what;
    if (problem) {
      EXPECT_EQ(problem->error, Error::kDuplicate);
      EXPECT_EQ(problem->entity, 1u);
    }
  }
}

TEST(EntityStore, ALongChainStopsAtTheBoundAndNotAtTheStack) {
  constexpr size_t kLength = 100'000;
  Graph graph(1'000'000);
  for (size_t i = 0; i < kLength; ++i) graph.Add(i, {i + 1});
  const std::optional<Problem> problem = graph.Build();
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->error, Error::kTooManyAncestors);
}

TEST(EntityStore, PairsAreCountedExactlyAtTheBound) {
  for (const bool fits : {true, false}) {
    Graph graph(fits ? 3 : 2);
    graph.Add(0, {1}).Add(1, {2}).Add(2, {});
    EXPECT_EQ(!graph.Build(), fits);
  }
}

// A thousand parents which share ten thousand ancestors: ten million repetitions on the way.
TEST(EntityStore, SharedAncestorsAreCountedOnce) {
  Graph graph;
  std::vector<size_t> tops;
  for (size_t i = 0; i < 10'000; ++i) tops.push_back(100'000 + i);
  graph.Add(50'000, tops);
  std::vector<size_t> middle;
  for (size_t i = 1; i <= 1000; ++i) {
    graph.Add(i, {50'000});
    middle.push_back(i);
  }
  graph.Add(0, middle);
  ASSERT_FALSE(graph.Build());
  EXPECT_EQ(graph.store.ancestor_pairs(), 10'000u + 1000u * 10'001u + 11'001u);
}

TEST(EntityStore, WhatOccursHasANumber) {
  Graph graph;
  const EntityUidView friend_uid = {"G", "friend"};
  Field field = {"friend", Value::Entity(&friend_uid)};
  graph.Add(1, {2}, Value::Record({&field, 1}));
  ASSERT_FALSE(graph.Build());
  const EntityStore& store = graph.store;
  for (const char* id : {"1", "2", "friend"}) {
    const EntityUidView uid = {"G", id};
    const EntityNumber number = store.NumberOf(uid);
    ASSERT_NE(number, kNoEntity) << id;
    EXPECT_EQ(store.UidOf(number), uid);
    EXPECT_EQ(store.IsStored(number), uid.id == "1");
  }
  EXPECT_EQ(store.NumberOf(EntityUidView{"G", "3"}), kNoEntity);
  // To occur in an attribute is not to be mentioned: it says nothing about who is in whom.
  EXPECT_FALSE(store.Mentions(friend_uid));
}

TEST(EntityStore, ValuesOfAnotherStoreAreNotMistaken) {
  const auto build = [](Graph& graph, std::string_view friend_id) {
    const EntityUidView uid = {"G", friend_id};
    Field field = {"friend", Value::Entity(&uid)};
    graph.Add(1, {}, Value::Record({&field, 1}));
    EXPECT_FALSE(graph.Build());
    return *graph.store.Attributes(graph.store.NumberOf(EntityUidView{"G", "1"})).Find("friend");
  };
  Graph first;
  Graph second;
  const Value a = build(first, "a");
  const Value b = build(second, "b");
  EXPECT_EQ(a.entity_hint(), b.entity_hint());
  EXPECT_EQ(first.store.UidOf(first.store.NumberOf(a)).id, "a");
  EXPECT_EQ(first.store.NumberOf(b), kNoEntity);
  base::Arena arena;
  EXPECT_EQ(a.CopyInto(arena).entity_hint(), 0u);
  EXPECT_EQ(first.store.NumberOf(a.CopyInto(arena)), first.store.NumberOf(a));
}

TEST(EntityStore, WhoIsInManyIsBelowEachOfThemAndNoOther) {
  // Around the number of ancestors at which another word of bits says which are parents.
  for (const size_t groups : {1, 2, 15, 31, 32, 33, 64, 65, 200}) {
    Graph graph;
    std::vector<size_t> parents;
    for (size_t i = 0; i < groups; ++i) {
      graph.Add(100 + 2 * i, {10'000 + i});
      graph.Add(101 + 2 * i, {});
      if (i % 3 == 0) parents.push_back(100 + 2 * i);
    }
    graph.Add(1, parents);
    ASSERT_FALSE(graph.Build());
    for (size_t i = 0; i < groups; ++i) {
      EXPECT_EQ(graph.Below(1, 100 + 2 * i), i % 3 == 0) << groups << " " << i;
      EXPECT_EQ(graph.Below(1, 10'000 + i), i % 3 == 0) << groups << " " << i;
      EXPECT_FALSE(graph.Below(1, 101 + 2 * i)) << groups << " " << i;
    }
    std::vector<size_t> found;
    for (const EntityNumber parent : graph.store.Parents(graph.store.NumberOf(graph.Uid(1)))) {
      found.push_back(std::stoul(std::string(graph.store.UidOf(parent).id)));
    }
    std::ranges::sort(found);
    EXPECT_EQ(found, parents) << groups;
  }
}

TEST(EntityStore, EntitiesWithTheSameParentsShareWhatIsAboveThem) {
  Graph graph;
  std::vector<size_t> groups;
  for (size_t i = 0; i < 100; ++i) groups.push_back(10'000 + i);
  constexpr size_t kUsers = 1'000;
  for (size_t i = 0; i < kUsers; ++i) graph.Add(i, groups);
  for (const size_t group : groups) graph.Add(group, {20'000});
  ASSERT_FALSE(graph.Build());
  EXPECT_EQ(graph.store.ancestor_pairs(), kUsers * 101 + 100) << "shared pairs are counted, too";
  const auto ancestors = [&](size_t user) {
    return graph.store.Ancestors(graph.store.NumberOf(graph.Uid(user)));
  };
  for (size_t i = 1; i < kUsers; ++i) EXPECT_EQ(ancestors(i).data(), ancestors(0).data()) << i;
  EXPECT_LT(graph.store.bytes(), kUsers * 101 * sizeof(EntityNumber));
}

TEST(EntityStore, NamesAreSpelledOnce) {
  Graph graph;
  const std::vector<std::string> names = {"a", "b", "", "ab", "ba", "a name that is long enough"};
  for (size_t i = 0; i < 200; ++i) {
    // Each its own copies, in an order of its own.
    std::deque<std::string> spelled(names.begin(), names.end());
    std::rotate(spelled.begin(), spelled.begin() + static_cast<ptrdiff_t>(i % names.size()),
                spelled.end());
    std::vector<Field> fields;
    for (const std::string& name : spelled) fields.push_back({name, Value::Long(1)});
    graph.Add(i, {}, Value::Record(fields), Value::Record(fields));
  }
  ASSERT_FALSE(graph.Build());
  const std::span<const Field> first = graph.store.Attributes(EntityNumber{0}).AsRecord();
  ASSERT_EQ(first.size(), names.size());
  for (uint32_t i = 0; i < 200; ++i) {
    for (const Value& record :
         {graph.store.Attributes(EntityNumber{i}), graph.store.Tags(EntityNumber{i})}) {
      for (size_t field = 0; field < first.size(); ++field) {
        EXPECT_EQ(record.AsRecord()[field].key, first[field].key);
        EXPECT_EQ(record.AsRecord()[field].key.data(), first[field].key.data());
      }
    }
  }
}

// Table and blocks grow many times over.
TEST(EntityStore, ManyEntitiesKeepTheirNumbers) {
  Graph graph;
  constexpr size_t kCount = 20'000;
  for (size_t i = 1; i <= kCount; ++i) graph.Add(i, {i / 2});
  ASSERT_FALSE(graph.Build());
  for (size_t i = 1; i <= kCount; ++i) {
    const std::string id = std::to_string(i);
    const EntityNumber number = graph.store.NumberOf(EntityUidView{"G", id});
    ASSERT_NE(number, kNoEntity);
    EXPECT_EQ(graph.store.UidOf(number).id, id);
    const auto ancestors = graph.store.Ancestors(number);
    EXPECT_TRUE(std::ranges::is_sorted(ancestors));
    size_t depth = 0;
    for (size_t at = i; at > 0; at /= 2) ++depth;
    EXPECT_EQ(ancestors.size(), depth);
  }
  EXPECT_LT(graph.store.bytes(), kCount * 400);
}

}  // namespace
}  // namespace thuja::value
