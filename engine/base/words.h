// SPDX-License-Identifier: Apache-2.0
// Texts taken a machine word at a time, on the decision path: names and ids are short, so that a
// call of memcmp costs more than what it compares.
#pragma once

#include <cstdint>
#include <cstring>
#include <string_view>

namespace thuja::base {

// The bytes at `from`, which need not be aligned, in the machine's order.
template <typename Word>
Word LoadWord(const char* from) {
  Word word;
  std::memcpy(&word, from, sizeof(word));
  return word;
}

// `a == b`. Up to sixteen bytes are compared without a loop or a call.
[[gnu::always_inline]] inline bool EqualTexts(std::string_view a, std::string_view b) {
  const size_t size = a.size();
  if (size != b.size()) return false;
  const char* x = a.data();
  const char* y = b.data();
  // The words at both ends, which may overlap.
  const auto same_ends = [&]<typename Word>(Word) {
    return ((LoadWord<Word>(x) ^ LoadWord<Word>(y)) |
            (LoadWord<Word>(x + size - sizeof(Word)) ^ LoadWord<Word>(y + size - sizeof(Word)))) ==
           0;
  };
  if (size > 16) return std::memcmp(x, y, size) == 0;
  if (size >= 8) return same_ends(uint64_t{});
  if (size >= 4) return same_ends(uint32_t{});
  if (size >= 2) return same_ends(uint16_t{});
  return size == 0 || *x == *y;
}

}  // namespace thuja::base
