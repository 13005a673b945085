// SPDX-License-Identifier: Apache-2.0
// What the bump allocator promises: alignment, reuse, and that nothing moves.
#include "engine/base/arena.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <string>
#include <utility>
#include <vector>

namespace thuja::base {
namespace {

TEST(Arena, AllocationsAreAlignedAndDoNotOverlap) {
  Arena arena;
  std::vector<std::pair<unsigned char*, size_t>> blocks;
  for (size_t size = 0; size < 3000; size += 7) {
    auto* bytes = static_cast<unsigned char*>(arena.Allocate(size));
    EXPECT_EQ(reinterpret_cast<uintptr_t>(bytes) % alignof(std::max_align_t), 0u);
    std::memset(bytes, static_cast<int>(size % 251), size);
    blocks.emplace_back(bytes, size);
  }
  for (const auto& [bytes, size] : blocks) {
    for (size_t i = 0; i < size; ++i) ASSERT_EQ(bytes[i], size % 251) << size;
  }
}

TEST(Arena, TakesAllocationsLargerThanItsLargestBlock) {
  Arena arena;
  char* bytes = arena.AllocateArray<char>(size_t{5} << 20);
  bytes[0] = 'a';
  bytes[(size_t{5} << 20) - 1] = 'z';
  EXPECT_GE(arena.capacity(), size_t{5} << 20);
}

// Of every size that somebody sends, one a little larger than the one before, one must not stay.
TEST(Arena, ArraysThatGrowFromResetToResetTakeNoMoreThanAFewTimesTheLargest) {
  Arena arena;
  const size_t least = size_t{2} << 20;
  size_t size = least;
  for (; size < least + least / 4; size += 4096) {
    arena.Reset();
    arena.AllocateArray<char>(100);
    arena.AllocateArray<char>(size);
  }
  EXPECT_LE(arena.capacity(), 4 * size);
}

TEST(Arena, ResetReusesItsMemory) {
  Arena arena;
  const auto fill = [&arena] {
    for (int i = 0; i < 1000; ++i) arena.Allocate(100);
    arena.Allocate(200'000);
  };
  fill();
  const size_t grown = arena.capacity();
  for (int i = 0; i < 10; ++i) {
    arena.Reset();
    fill();
    EXPECT_EQ(arena.capacity(), grown);
  }
}

TEST(Arena, WhatItHandedOutStaysWhenItMoves) {
  Arena arena;
  const std::string_view text = arena.CopyString("stays");
  const Arena moved = std::move(arena);
  EXPECT_EQ(text, "stays");
  EXPECT_GT(moved.capacity(), 0u);
}

TEST(Arena, WhatWasMovedFromStartsAnew) {
  Arena arena;
  arena.CopyString("goes");
  const Arena moved = std::move(arena);
  EXPECT_EQ(arena.capacity(), 0u);  // NOLINT(bugprone-use-after-move)
  EXPECT_EQ(arena.CopyString("comes"), "comes");
}

TEST(Arena, ArraysAreAlignedForWhatIsInThemAndLieCloseTogether) {
  Arena arena;
  const std::string_view text = arena.CopyString("odd");
  const auto* number = arena.New(uint32_t{7});
  const auto* pointer = arena.New(static_cast<const char*>(text.data()));
  EXPECT_EQ(reinterpret_cast<uintptr_t>(number) % alignof(uint32_t), 0u);
  EXPECT_EQ(reinterpret_cast<uintptr_t>(pointer) % alignof(const char*), 0u);
  EXPECT_EQ(reinterpret_cast<const char*>(number), text.data() + 4);
  EXPECT_EQ(reinterpret_cast<const char*>(pointer), text.data() + 8);
  EXPECT_EQ(arena.CopyString("next").data(), text.data() + 16);
}

TEST(Arena, NothingHasAnAddressToo) {
  Arena arena;
  EXPECT_EQ(arena.CopyString(""), "");
  EXPECT_NE(arena.Allocate(0), nullptr);
  EXPECT_EQ(arena.capacity(), 0u);
}

}  // namespace
}  // namespace thuja::base
