// SPDX-License-Identifier: Apache-2.0
// The bump allocator's blocks.
//
// Tested by tests/unit/base/arena_test.cc.
#include "engine/base/arena.h"

#include <algorithm>
#include <cstring>

namespace thuja::base {
namespace {

constexpr size_t kFirstBlock = 4096;
constexpr size_t kLargestBlock = size_t{1} << 20;
constexpr size_t kAlignment = alignof(std::max_align_t);

}  // namespace

void* Arena::Allocate(size_t size) {
  size = (size + kAlignment - 1) & ~(kAlignment - 1);
  if (blocks_.empty() || blocks_[current_].size - used_ < size) NextBlock(size);
  std::byte* result = blocks_[current_].bytes.get() + used_;
  used_ += size;
  return result;
}

void Arena::NextBlock(size_t at_least) {
  // After a Reset the next blocks are there already; skip those that are too small this time.
  while (current_ + 1 < blocks_.size()) {
    ++current_;
    used_ = 0;
    if (blocks_[current_].size >= at_least) return;
  }
  const size_t grown =
      blocks_.empty() ? kFirstBlock : std::min(blocks_.back().size * 2, kLargestBlock);
  const size_t size = std::max(grown, at_least);
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
  current_ = blocks_.size() - 1;
  used_ = 0;
}

std::string_view Arena::CopyString(std::string_view text) {
  char* copy = AllocateArray<char>(text.size());
  if (!text.empty()) std::memcpy(copy, text.data(), text.size());
  return {copy, text.size()};
}

void Arena::Reset() {
  current_ = 0;
  used_ = 0;
}

size_t Arena::capacity() const {
  size_t total = 0;
  for (const Block& block : blocks_) total += block.size;
  return total;
}

}  // namespace thuja::base
