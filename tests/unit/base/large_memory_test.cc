// SPDX-License-Identifier: Apache-2.0
// Memory in large pages is memory like any other.
#include "engine/base/large_memory.h"

#include <gtest/gtest.h>

#include <cstdint>
#include <cstring>
#include <vector>

namespace thuja::base {
namespace {

TEST(LargeMemory, IsWhollyThereAndAligned) {
  for (const size_t size : {size_t{0}, size_t{1}, kLargeMemory - 1, kLargeMemory, kLargeMemory + 1,
                            3 * kLargeMemory + 12'345}) {
    auto* const memory = static_cast<char*>(AllocateLarge(size));
    ASSERT_NE(memory, nullptr);
    EXPECT_EQ(reinterpret_cast<uintptr_t>(memory) % alignof(std::max_align_t), 0u);
    std::memset(memory, 'x', size);
    FreeLarge(memory, size);
  }
}

TEST(LargeMemory, AVectorGrowsIntoIt) {
  std::vector<uint64_t, LargeAllocator<uint64_t>> numbers;
  constexpr uint64_t kCount = kLargeMemory / 4;
  for (uint64_t i = 0; i < kCount; ++i) numbers.push_back(i);
  const auto copy = numbers;
  numbers.clear();
  for (uint64_t i = 0; i < kCount; ++i) ASSERT_EQ(copy[i], i);
}

}  // namespace
}  // namespace thuja::base
