// SPDX-License-Identifier: Apache-2.0
// The bump allocator's blocks.
//
// Tested by tests/unit/base/arena_test.cc.
#include "engine/base/arena.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace thuja::base {
namespace {

constexpr size_t kFirstBlock = 4096;
constexpr size_t kLargestBlock = size_t{1} << 20;

}  // namespace

std::byte Arena::nothing_[1];

Arena& Arena::operator=(Arena&& other) noexcept {
  blocks_ = std::exchange(other.blocks_, {});
  current_ = std::exchange(other.current_, 0);
  next_ = std::exchange(other.next_, nothing_);
  end_ = std::exchange(other.end_, nothing_);
  return *this;
}

void Arena::NextBlock(size_t at_least) {
  // After a Reset the next blocks are there already; skip those that are too small this time.
  while (current_ + 1 < blocks_.size()) {
    Enter(current_ + 1);
    if (blocks_[current_].size >= at_least) return;
  }
  const size_t grown =
      blocks_.empty() ? kFirstBlock : std::min(blocks_.back().size * 2, kLargestBlock);
  const size_t size = std::max(grown, at_least);
  blocks_.push_back({std::make_unique_for_overwrite<std::byte[]>(size), size});
  Enter(blocks_.size() - 1);
}

void Arena::Enter(size_t block) {
  current_ = block;
  next_ = blocks_[block].bytes.get();
  end_ = next_ + blocks_[block].size;
}

void Arena::Reset() {
  if (!blocks_.empty()) Enter(0);
}

size_t Arena::capacity() const {
  size_t total = 0;
  for (const Block& block : blocks_) total += block.size;
  return total;
}

}  // namespace thuja::base
