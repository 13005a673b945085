// SPDX-License-Identifier: Apache-2.0
// The bump allocator's blocks.
//
// Tested by tests/unit/base/arena_test.cc.
#include "engine/base/arena.h"

#include <algorithm>
#include <bit>
#include <memory>
#include <utility>

namespace thuja::base {
namespace {

constexpr size_t kFirstBlock = 4096;
constexpr size_t kLargestBlock = kLargeMemory;

}  // namespace

alignas(std::max_align_t) std::byte Arena::nothing_[1];

Arena& Arena::operator=(Arena&& other) noexcept {
  blocks_ = std::exchange(other.blocks_, {});
  current_ = std::exchange(other.current_, 0);
  next_ = std::exchange(other.next_, nothing_);
  end_ = std::exchange(other.end_, nothing_);
  return *this;
}

void* Arena::AllocateInNextBlock(size_t size) {
  // After a Reset the next blocks are there already; skip those that are too small this time.
  size_t next = current_ + 1;
  while (next < blocks_.size() && SizeOf(blocks_[next]) < size) ++next;
  if (next >= blocks_.size()) {
    const size_t grown =
        blocks_.empty() ? kFirstBlock : std::min(SizeOf(blocks_.back()) * 2, kLargestBlock);
    // Powers of two also for what is larger than any block: of arrays that grow from one Reset to
    // the next, each would else leave a block behind that is a little too small for the next.
    const Free free = {size <= grown ? grown : std::bit_ceil(size)};
    next = blocks_.size();
    blocks_.emplace_back(static_cast<std::byte*>(AllocateLarge(free.size)), free);
  }
  Enter(next);
  return std::exchange(next_, next_ + size);
}

void Arena::Enter(size_t block) {
  current_ = block;
  next_ = blocks_[block].get();
  end_ = next_ + SizeOf(blocks_[block]);
}

void Arena::Reset() {
  if (!blocks_.empty()) Enter(0);
}

size_t Arena::capacity() const {
  size_t total = 0;
  for (const Block& block : blocks_) total += SizeOf(block);
  return total;
}

}  // namespace thuja::base
