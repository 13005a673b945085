// SPDX-License-Identifier: Apache-2.0
// Collects numbers, and gives them back ascending and each once.
//
// The ancestors of an entity are the union of as many sorted runs as it has parents, and what is in
// one is mostly in others too. Here each number sets its bit in a field of bits, which takes no
// comparison; and each word of bits that is not zero has a bit in a second field, and those words
// in a third, so that a few numbers out of a million are found again in a few steps each.
#pragma once

#include <bit>
#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/value/entity_store.h"

namespace thuja::value {

// Keeps its memory, a bit for each number that there may be. Not thread-safe.
class NumberSorter {
 public:
  // REQUIRES of every number that is inserted: it is below `numbers`.
  explicit NumberSorter(size_t numbers)
      : bits_(numbers / kBits + 1),
        words_(bits_.size() / kBits + 1),
        words_of_words_(words_.size() / kBits + 1) {}

  void Insert(EntityNumber number) { Insert(std::span(&number, 1)); }
  void Insert(std::span<const EntityNumber> numbers) {
    uint64_t* const bits = bits_.data();
    for (const EntityNumber number : numbers) {
      const auto at = static_cast<size_t>(number);
      const uint64_t before = bits[at / kBits];
      bits[at / kBits] = before | Bit(at);
      if (before == 0) MarkWord(at / kBits);
    }
  }

  // Writes them to `out`, which has room for all, and forgets them. Returns the end of what it
  // wrote.
  EntityNumber* Drain(EntityNumber* out) {
    for (size_t top = 0; top < words_of_words_.size(); ++top) {
      DrainWord(words_of_words_[top], top, [&](size_t middle) {
        DrainWord(words_[middle], middle, [&](size_t bottom) {
          DrainWord(bits_[bottom], bottom,
                    [&](size_t at) { *out++ = EntityNumber{static_cast<uint32_t>(at)}; });
        });
      });
    }
    return out;
  }

 private:
  static constexpr size_t kBits = 64;

  static uint64_t Bit(size_t at) { return uint64_t{1} << (at % kBits); }

  void MarkWord(size_t word) {
    words_[word / kBits] |= Bit(word);
    words_of_words_[word / kBits / kBits] |= Bit(word / kBits);
  }

  // Calls `each` with the place of every bit of the word at `at`, and clears them.
  template <typename Each>
  static void DrainWord(uint64_t& word, size_t at, const Each& each) {
    for (uint64_t left = std::exchange(word, 0); left != 0; left &= left - 1) {
      each(kBits * at + static_cast<size_t>(std::countr_zero(left)));
    }
  }

  std::vector<uint64_t> bits_;
  std::vector<uint64_t> words_;           // a bit for each word of bits_ that is not zero
  std::vector<uint64_t> words_of_words_;  // a bit for each word of words_ that is not zero
};

}  // namespace thuja::value
