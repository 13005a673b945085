// SPDX-License-Identifier: Apache-2.0
// The writer's side.
//
// Tested by tests/unit/grants/slot_index_test.cc.
#include "engine/grants/slot_index.h"

#include <algorithm>
#include <bit>
#include <utility>

namespace thuja::grants {

bool SlotIndex::Put(Cells& cells, uint64_t cell) {
  size_t at = (cell >> 32) & cells.mask;
  uint64_t there = 0;
  while ((there = cells.words[at].load(std::memory_order_relaxed)) > kEmptied) {
    at = (at + 1) & cells.mask;
  }
  // Whoever finds the number finds what was written to its slot before.
  cells.words[at].store(cell, std::memory_order_release);
  return there == kEmpty;
}

SlotIndex::Retired SlotIndex::Add(uint64_t hash, uint32_t number) {
  Retired retired;
  const size_t count = owned_->mask + 1;
  if (2 * (used_ + 1) > count) {
    const size_t wanted = std::max(kFewest, std::bit_ceil(4 * (numbers_ + 1)));
    auto larger = std::make_unique<Cells>(wanted);
    for (size_t i = 0; i < count; ++i) {
      const uint64_t cell = owned_->words[i].load(std::memory_order_relaxed);
      if (cell > kEmptied) (void)Put(*larger, cell);
    }
    cells_.store(larger.get(), std::memory_order_release);
    retired = std::exchange(owned_, std::move(larger));
    used_ = numbers_;
  }
  if (Put(*owned_, CellOf(hash, number))) ++used_;
  ++numbers_;
  return retired;
}

void SlotIndex::Remove(uint64_t hash, uint32_t number) {
  const uint64_t cell = CellOf(hash, number);
  for (size_t at = TagOf(hash) & owned_->mask;; at = (at + 1) & owned_->mask) {
    const uint64_t found = owned_->words[at].load(std::memory_order_relaxed);
    if (found == kEmpty) return;
    if (found != cell) continue;
    owned_->words[at].store(kEmptied, std::memory_order_release);
    --numbers_;
    return;
  }
}

}  // namespace thuja::grants
