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

// `a == b`, for texts that are a few words long.
inline bool EqualTexts(std::string_view a, std::string_view b) {
  if (a.size() != b.size()) return false;
  const char* x = a.data();
  const char* y = b.data();
  size_t left = a.size();
  if (left >= 8) {
    // The last word overlaps the one before.
    for (; left > 8; x += 8, y += 8, left -= 8) {
      if (LoadWord<uint64_t>(x) != LoadWord<uint64_t>(y)) return false;
    }
    const size_t back = 8 - left;
    return LoadWord<uint64_t>(x - back) == LoadWord<uint64_t>(y - back);
  }
  if (left >= 4) {
    return LoadWord<uint32_t>(x) == LoadWord<uint32_t>(y) &&
           LoadWord<uint32_t>(x + left - 4) == LoadWord<uint32_t>(y + left - 4);
  }
  for (size_t i = 0; i < left; ++i) {
    if (x[i] != y[i]) return false;
  }
  return true;
}

}  // namespace thuja::base
