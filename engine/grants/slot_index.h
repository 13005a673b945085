// SPDX-License-Identifier: Apache-2.0
// From a hash to the numbers of the slots that have it: a hash table that one thread writes and any
// number of threads read at the same time, without locks.
//
// A cell holds a number and the upper half of the hash, in one word, so that it is read whole.
// Cells are found by linear probing; a cell that was emptied stays a stepping stone until it is
// taken again or the table is built anew, which happens when too few are free. The old table lies
// there until no reader can be in it.
//
// Tested by tests/unit/grants/slot_index_test.cc.
#pragma once

#include <atomic>
#include <cstddef>
#include <cstdint>
#include <memory>

namespace thuja::grants {

class SlotIndex {
 public:
  SlotIndex() : owned_(new Cells(kFewest)), cells_(owned_.get()) {}

  // Calls `visit(number)` for each slot that was added with this hash, and perhaps for others,
  // until it returns true. For readers.
  template <typename Visit>
  void Find(uint64_t hash, const Visit& visit) const {
    const Cells& cells = *cells_.load(std::memory_order_acquire);
    for (size_t at = TagOf(hash) & cells.mask;; at = (at + 1) & cells.mask) {
      const uint64_t cell = cells.words[at].load(std::memory_order_acquire);
      if (cell == kEmpty) return;
      if (cell != kEmptied && (cell >> 32) == TagOf(hash) && visit(NumberOf(cell))) return;
    }
  }

  // These are the writer's. If Add had to build the table anew, it returns the one before, which
  // must be kept until no reader can be in it.
  struct Cells;
  using Retired = std::unique_ptr<Cells>;
  [[nodiscard]] Retired Add(uint64_t hash, uint32_t number);
  // Nothing if it is not there.
  void Remove(uint64_t hash, uint32_t number);

  size_t bytes() const { return (owned_->mask + 1) * sizeof(std::atomic<uint64_t>); }

  struct Cells {
    explicit Cells(size_t count) : mask(count - 1), words(new std::atomic<uint64_t>[count]()) {}

    size_t mask;
    std::unique_ptr<std::atomic<uint64_t>[]> words;
  };

 private:
  static constexpr size_t kFewest = 64;
  static constexpr uint64_t kEmpty = 0;
  static constexpr uint64_t kEmptied = 1;
  static constexpr uint64_t kFirstNumber = 2;  // so that no cell with a number is one of the two

  static uint64_t TagOf(uint64_t hash) { return hash >> 32; }
  static uint32_t NumberOf(uint64_t cell) { return static_cast<uint32_t>(cell - kFirstNumber); }
  static uint64_t CellOf(uint64_t hash, uint32_t number) {
    return TagOf(hash) << 32 | (number + kFirstNumber);
  }
  // True if the cell that it took was empty, and not only emptied.
  static bool Put(Cells& cells, uint64_t cell);

  std::unique_ptr<Cells> owned_;
  std::atomic<const Cells*> cells_;
  size_t numbers_ = 0;
  size_t used_ = 0;  // numbers and emptied cells
};

}  // namespace thuja::grants
