// SPDX-License-Identifier: Apache-2.0
// The hash table of slots, held against a map.
#include "engine/grants/slot_index.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <map>
#include <random>
#include <vector>

namespace thuja::grants {
namespace {

std::vector<uint32_t> AllOf(const SlotIndex& index, uint64_t hash) {
  std::vector<uint32_t> found;
  index.Find(hash, [&](uint32_t number) {
    found.push_back(number);
    return false;
  });
  std::ranges::sort(found);
  return found;
}

TEST(SlotIndex, WhatWasAddedIsFoundAndWhatWasRemovedIsNot) {
  SlotIndex index;
  constexpr uint64_t kHash = uint64_t{77} << 32;
  EXPECT_TRUE(AllOf(index, kHash).empty());
  std::ignore = index.Add(kHash, 0);
  std::ignore = index.Add(kHash, UINT32_MAX - 2);
  EXPECT_EQ(AllOf(index, kHash), (std::vector<uint32_t>{0, UINT32_MAX - 2}));
  index.Remove(kHash, 0);
  EXPECT_EQ(AllOf(index, kHash), (std::vector<uint32_t>{UINT32_MAX - 2}));
  index.Remove(kHash, 5);  // never added
  EXPECT_EQ(AllOf(index, kHash).size(), 1u);
}

TEST(SlotIndex, WhatComesAndGoesLeavesNoWayToWalk) {
  SlotIndex index;
  for (uint32_t i = 0; i < 10'000; ++i) std::ignore = index.Add(uint64_t{i} << 40 | i << 8, i);
  const size_t bytes = index.bytes();
  for (uint32_t i = 0; i < 100'000; ++i) {
    EXPECT_EQ(index.Add(uint64_t{77} << 32, 20'000 + i), nullptr);
    index.Remove(uint64_t{77} << 32, 20'000 + i);
  }
  EXPECT_EQ(index.bytes(), bytes);
}

TEST(SlotIndex, AVisitorCanStop) {
  SlotIndex index;
  for (uint32_t i = 0; i < 10; ++i) std::ignore = index.Add(0, i);
  int visited = 0;
  index.Find(0, [&](uint32_t) { return ++visited == 3; });
  EXPECT_EQ(visited, 3);
}

// Few hashes, so that cells collide, are emptied and are stepped over.
TEST(SlotIndex, AgreesWithAMapThroughManyChanges) {
  std::mt19937 random(7);
  SlotIndex index;
  std::vector<SlotIndex::Retired> retired;
  std::multimap<uint64_t, uint32_t> wanted;
  for (uint32_t round = 0; round < 12'000; ++round) {
    const uint64_t hash = uint64_t{random() % 300} << 32 | random() % 3;
    if (wanted.empty() || random() % 5 < (round < 6'000 ? 3u : 2u)) {
      if (auto old = index.Add(hash, round)) retired.push_back(std::move(old));
      wanted.emplace(hash >> 32, round);
    } else {
      auto one = wanted.lower_bound(hash >> 32);
      if (one == wanted.end()) one = wanted.begin();
      index.Remove(one->first << 32, one->second);
      wanted.erase(one);
    }
    if (round % 197 != 0) continue;
    for (uint64_t tag = 0; tag < 300; ++tag) {
      std::vector<uint32_t> numbers;
      const auto [begin, end] = wanted.equal_range(tag);
      for (auto it = begin; it != end; ++it) numbers.push_back(it->second);
      std::ranges::sort(numbers);
      ASSERT_EQ(AllOf(index, tag << 32), numbers) << round;
    }
  }
  EXPECT_GT(retired.size(), 3u) << "it grew";
}

TEST(SlotIndex, AddingAndRemovingForeverTakesNoMoreMemory) {
  SlotIndex index;
  for (uint32_t i = 0; i < 100'000; ++i) {
    std::ignore = index.Add(uint64_t{i} * 0x9e3779b97f4a7c15, i);
    index.Remove(uint64_t{i} * 0x9e3779b97f4a7c15, i);
  }
  EXPECT_LE(index.bytes(), size_t{64} * 8);
}

}  // namespace
}  // namespace thuja::grants
