// SPDX-License-Identifier: Apache-2.0
// Stores that grow from other stores, held against stores built at once.
#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/value/entity_store_builder.h"

namespace thuja::value {
namespace {

using Error = EntityStoreBuilder::Error;

// What a store should hold, written down plainly.
struct Node {
  std::set<int> parents;
  int64_t weight = 0;
  int other = -1;  // an entity in an attribute

  friend bool operator==(const Node&, const Node&) = default;
};
using Model = std::map<int, Node>;

std::string Id(int node) { return "n" + std::to_string(node); }

void AddNode(int id, const Node& node, EntityStoreBuilder& builder) {
  const std::string name = Id(id);
  const std::string other = Id(node.other);
  const EntityUidView other_uid = {"Node", other};
  std::vector<Field> fields = {{"weight", Value::Long(node.weight)}};
  if (node.other >= 0) fields.push_back({"other", Value::Entity(&other_uid)});
  std::vector<std::string> names;
  for (const int parent : node.parents) names.push_back(Id(parent));
  std::vector<EntityUidView> parents;
  for (const std::string& parent : names) parents.push_back({"Node", parent});
  builder.Add({{"Node", name}, Value::Record(fields), Value::EmptyRecord(), parents});
}

std::optional<EntityStore> BuildAtOnce(const Model& model, size_t max_pairs) {
  EntityStoreBuilder builder(max_pairs);
  for (const auto& [id, node] : model) AddNode(id, node, builder);
  EntityStore store;
  if (builder.Build(&store)) return std::nullopt;
  return store;
}

// What may be asked of a store, as text; numbers are its own business.
std::string Describe(const EntityStore& store, int nodes) {
  std::string out = std::to_string(store.size()) + " " + std::to_string(store.ancestor_pairs());
  for (int id = 0; id < nodes; ++id) {
    const std::string name = Id(id);
    const EntityUidView uid = {"Node", name};
    out += "\n" + name + (store.Mentions(uid) ? " mentioned" : "");
    const EntityNumber number = store.NumberOf(uid);
    if (number == kNoEntity || !store.IsStored(number)) continue;
    EXPECT_EQ(store.UidOf(number), uid);
    out += " " + Print(store.Attributes(number)) + Print(store.Tags(number));
    for (const Field& field : store.Attributes(number).AsRecord()) {
      if (!field.value.Is(Type::kEntity)) continue;
      EXPECT_EQ(store.UidOf(store.NumberOf(field.value)), field.value.AsEntity());
    }
    EXPECT_TRUE(std::ranges::is_sorted(store.Ancestors(number)));
    const std::vector<EntityNumber> parents = store.Parents(number);
    EXPECT_TRUE(std::ranges::is_sorted(parents));
    for (const auto& [what, group] : {std::pair(" in", store.Ancestors(number)),
                                      std::pair(" under", std::span(std::as_const(parents)))}) {
      std::set<std::string> names;
      for (const EntityNumber above : group) names.emplace(store.UidOf(above).id);
      EXPECT_EQ(names.size(), group.size());
      out += what;
      for (const std::string& above : names) out += " " + above;
    }
  }
  return out;
}

TEST(EntityUpdate, AnyRowOfUpdatesLeavesWhatOneBuildWouldHave) {
  constexpr int kNodes = 40;
  constexpr size_t kMaxPairs = 260;
  std::mt19937 random(11);
  const auto below = [&](unsigned bound) { return static_cast<int>(random() % bound); };
  size_t refused = 0;
  for (int round = 0; round < 40; ++round) {
    Model model;
    EntityStore store;
    for (int step = 0; step < 60; ++step) {
      Model next = model;
      EntityStoreBuilder builder(store, kMaxPairs);
      std::set<int> changed;
      for (int change = below(5); change >= 0; --change) {
        const int id = below(kNodes);
        if (!changed.insert(id).second) continue;
        const std::string name = Id(id);
        if (below(4) == 0) {
          EXPECT_EQ(builder.Remove({"Node", name}), next.erase(id) == 1);
          if (below(2) == 0) continue;
        }
        Node node = next[id];
        if (below(3) > 0) node.weight = below(9);
        if (below(3) == 0) node.other = below(kNodes + 4);
        if (below(2) == 0) {
          node.parents.clear();
          // Upwards for the most part, so that not everything is a cycle.
          for (int parents = below(4); parents > 0; --parents) {
            node.parents.insert(below(30) == 0 ? below(kNodes) : id + 1 + below(12));
          }
        }
        next[id] = node;
        AddNode(id, node, builder);
      }
      const std::optional<EntityStore> expected = BuildAtOnce(next, kMaxPairs);
      const std::string before = Describe(store, kNodes + 16);
      EntityStore grown;
      const bool accepted = !builder.Build(&grown);
      ASSERT_EQ(accepted, expected.has_value()) << round << " " << step;
      ASSERT_EQ(Describe(store, kNodes + 16), before) << "an update changed the store it grew from";
      if (!accepted) {
        ++refused;
        continue;
      }
      ASSERT_EQ(Describe(grown, kNodes + 16), Describe(*expected, kNodes + 16))
          << round << " " << step;
      store = std::move(grown);
      model = std::move(next);
    }
  }
  EXPECT_GT(refused, 10u);
}

TEST(EntityUpdate, NumbersOfTheStoreBeforeStay) {
  const auto base = BuildAtOnce({{1, {{2}, 5, 3}}, {2, {}}}, 100);
  ASSERT_TRUE(base);
  EntityStoreBuilder builder(*base);
  AddNode(7, {{1}, 1}, builder);
  EntityStore grown;
  ASSERT_FALSE(builder.Build(&grown));
  EXPECT_TRUE(grown.Extends(*base));
  EXPECT_FALSE(base->Extends(grown));
  EXPECT_FALSE(grown.Extends(EntityStore()));
  EXPECT_EQ(grown.numbers(), base->numbers() + 1);
  for (uint32_t i = 0; i < base->numbers(); ++i) {
    EXPECT_EQ(grown.UidOf(EntityNumber{i}), base->UidOf(EntityNumber{i}));
  }
  // A value that the earlier store gave out needs no look-up in the later one either.
  const Value& other = *base->Attributes(base->NumberOf(EntityUidView{"Node", "n1"})).Find("other");
  EXPECT_EQ(&grown.UidOf(grown.NumberOf(other)), &other.AsEntity());
}

TEST(EntityUpdate, TheStoreItGrewFromMayGo) {
  std::optional<EntityStore> base = BuildAtOnce({{1, {{2}, 5, 3}}, {2, {}}}, 100);
  EntityStore grown;
  {
    EntityStoreBuilder builder(*base);
    AddNode(7, {{1}, 1}, builder);
    base.reset();
    ASSERT_FALSE(builder.Build(&grown));
  }
  EXPECT_EQ(Describe(grown, 8),
            Describe(*BuildAtOnce({{1, {{2}, 5, 3}}, {2, {}}, {7, {{1}, 1}}}, 100), 8));
}

TEST(EntityUpdate, WhoAddsAnEntityTwiceInOneUpdateIsTold) {
  const auto base = BuildAtOnce({{1, {{2}, 5}}}, 100);
  EntityStoreBuilder builder(*base);
  AddNode(1, {{3}, 5}, builder);  // replaces what the base has
  AddNode(1, {{3}, 6}, builder);
  EntityStore grown;
  const auto problem = builder.Build(&grown);
  ASSERT_TRUE(problem);
  EXPECT_EQ(problem->error, Error::kDuplicate);
  EXPECT_EQ(problem->entity, 1u);
  EXPECT_EQ(Print(problem->uid), "Node::\"n1\"");
}

TEST(EntityUpdate, TwoUpdatesOfOneBaseKnowNothingOfEachOther) {
  Model model;
  for (int id = 0; id < 300; ++id) model[id] = {{300 + id % 7}, id};
  const std::optional<EntityStore> base = BuildAtOnce(model, 10'000);
  const std::string before = Describe(*base, 320);
  Model left = model;
  left[5] = {{301, 302}, 1, 310};
  left[310] = {{301}, 2};
  Model right = model;
  right[5] = {{}, 3, 311};
  right[311] = {{5}, 4};
  right.erase(6);
  const auto grow = [&](const Model& changed) {
    auto builder = std::make_unique<EntityStoreBuilder>(*base);
    for (const auto& [id, node] : changed) {
      if (!model.contains(id) || model[id] != node) AddNode(id, node, *builder);
    }
    for (const auto& [id, node] : model) {
      if (changed.contains(id)) continue;
      const std::string name = Id(id);
      EXPECT_TRUE(builder->Remove({"Node", name}));
    }
    return builder;
  };
  // Both are open at once: each appends to the last block of the base.
  const auto left_builder = grow(left);
  const auto right_builder = grow(right);
  EntityStore left_store;
  EntityStore right_store;
  ASSERT_FALSE(right_builder->Build(&right_store));
  ASSERT_FALSE(left_builder->Build(&left_store));
  EXPECT_EQ(Describe(left_store, 320), Describe(*BuildAtOnce(left, 10'000), 320));
  EXPECT_EQ(Describe(right_store, 320), Describe(*BuildAtOnce(right, 10'000), 320));
  EXPECT_EQ(Describe(*base, 320), before);
  EXPECT_FALSE(left_store.Extends(right_store));
  // Entities of one are strangers to the other, though they have the same number.
  const Value& other =
      *left_store.Attributes(left_store.NumberOf(EntityUidView{"Node", "n5"})).Find("other");
  EXPECT_EQ(right_store.NumberOf(other), kNoEntity);
}

// A group of groups with thousands below it goes from one parent to another.
TEST(EntityUpdate, ADeepMoveReachesAllThatAreBelow) {
  Model model;
  for (int id = 0; id < 5'000; ++id) model[id] = {{5'000 + id % 50}, id};
  for (int id = 5'000; id < 5'050; ++id) model[id] = {{5'050 + id % 2}};
  model[5'050] = {{5'060}};
  model[5'051] = {{5'061}};
  model[5'060] = {{5'070}};
  const std::optional<EntityStore> base = BuildAtOnce(model, size_t{1} << 20);
  const std::string before = Describe(*base, 5'080);
  model[5'050] = {{5'061, 5'062}};
  EntityStoreBuilder builder(*base);
  AddNode(5'050, model[5'050], builder);
  EntityStore grown;
  ASSERT_FALSE(builder.Build(&grown));
  EXPECT_EQ(Describe(grown, 5'080), Describe(*BuildAtOnce(model, size_t{1} << 20), 5'080));
  EXPECT_EQ(Describe(*base, 5'080), before);
  EXPECT_TRUE(grown.Extends(*base)) << "a move is no reason to build anew";
}

TEST(EntityUpdate, AnUpdateBeyondTheBoundLeavesTheBaseAsItWas) {
  Model model;
  for (int id = 0; id < 10; ++id) model[id] = {{10}};
  model[10] = {{11}};
  constexpr size_t kPairs = 10 * 2 + 1;
  std::optional<EntityStore> base = BuildAtOnce(model, kPairs);
  ASSERT_TRUE(base);
  const std::string before = Describe(*base, 13);
  {
    EntityStoreBuilder builder(*base, kPairs);
    AddNode(3, {{10}, 7}, builder);   // as many pairs as before
    AddNode(11, {{12}, 0}, builder);  // one more for each of the others
    EntityStore grown;
    const auto problem = builder.Build(&grown);
    ASSERT_TRUE(problem);
    EXPECT_EQ(problem->error, Error::kTooManyAncestors);
    EXPECT_EQ(grown.numbers(), 0u);
  }
  EXPECT_EQ(Describe(*base, 13), before);
  EXPECT_EQ(base->ancestor_pairs(), kPairs);
  // What fits the bound exactly is taken by the same base.
  model[3].weight = 7;
  model[11] = {{}, 1};
  EntityStoreBuilder builder(*base, kPairs);
  AddNode(3, model[3], builder);
  AddNode(11, model[11], builder);
  EntityStore grown;
  ASSERT_FALSE(builder.Build(&grown));
  EXPECT_EQ(Describe(grown, 13), Describe(*BuildAtOnce(model, kPairs), 13));
}

TEST(EntityUpdate, NamesAreThoseOfTheStoreBefore) {
  const auto base = BuildAtOnce({{1, {{}, 5}}}, 100);
  EntityStoreBuilder builder(*base);
  AddNode(2, {{}, 6}, builder);
  EntityStore grown;
  ASSERT_FALSE(builder.Build(&grown));
  const auto name = [](const EntityStore& store, std::string_view id) {
    return store.Attributes(store.NumberOf(EntityUidView{"Node", id})).AsRecord()[0].key.data();
  };
  EXPECT_EQ(name(grown, "n2"), name(*base, "n1"));
}

// Whatever is replaced or ends must not fill the memory.
TEST(EntityUpdate, TheMemoryOfManyUpdatesIsBounded) {
  Model model;
  for (int id = 0; id < 500; ++id) model[id] = {{id + 1000}, id};
  EntityStore store = *BuildAtOnce(model, 10'000);
  const size_t first = store.bytes();
  for (int step = 0; step < 5'000; ++step) {
    EntityStoreBuilder builder(store);
    const std::string ended = Id(10'000 + step - 1);
    builder.Remove({"Node", ended});
    AddNode(10'000 + step, {{step % 500}, step, step % 7}, builder);
    EntityStore grown;
    ASSERT_FALSE(builder.Build(&grown));
    store = std::move(grown);
    ASSERT_LT(store.bytes(), 3 * first + (size_t{1} << 17)) << step;
  }
  EXPECT_EQ(store.size(), 501u);
}

TEST(EntityUpdate, KeptStoresShareWhatDidNotChange) {
  Model model;
  for (int id = 0; id < 20'000; ++id) model[id] = {{20'000 + id % 10}, id};
  std::vector<EntityStore> kept;
  kept.push_back(*BuildAtOnce(model, size_t{1} << 24));
  const auto attributes = [](const EntityStore& store, const std::string& name) {
    return &store.Attributes(store.NumberOf(EntityUidView{"Node", name}));
  };
  for (int step = 0; step < 50; ++step) {
    EntityStoreBuilder builder(kept.back());
    AddNode(19'000 + step, {{20'000 + step % 10}, -step}, builder);
    EntityStore grown;
    ASSERT_FALSE(builder.Build(&grown));
    EXPECT_EQ(attributes(grown, "n3"), attributes(kept[0], "n3"));
    EXPECT_NE(attributes(grown, Id(19'000 + step)), attributes(kept[0], Id(19'000 + step)));
    kept.push_back(std::move(grown));
  }
}

}  // namespace
}  // namespace thuja::value
