// SPDX-License-Identifier: Apache-2.0
// Reading the small texts that extension constructors take, from left to right and by hand.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thuja::func {

// A place in a text that is being read. Lifetime: the text is the caller's.
class Cursor {
 public:
  explicit Cursor(std::string_view text) : rest_(text) {}

  bool AtEnd() const { return rest_.empty(); }

  // Steps over `expected` if it comes next.
  bool Accept(std::string_view expected) {
    if (!rest_.starts_with(expected)) return false;
    rest_.remove_prefix(expected.size());
    return true;
  }

  // The decimal digits that come next, ASCII only; empty if there are none.
  std::string_view TakeDigits() { return TakeDigits(rest_.size()); }
  std::string_view TakeDigits(size_t at_most);

 private:
  std::string_view rest_;
};

// a * b + c, unless that needs more than 64 bits.
std::optional<uint64_t> MultiplyAdd(uint64_t a, uint64_t b, uint64_t c);

// REQUIRES: decimal digits only; none of them gives 0. Nothing if it needs more than 64 bits.
std::optional<uint64_t> ParseDigits(std::string_view digits);

// The number of that size and sign, if an int64_t holds it; the smallest one is held.
std::optional<int64_t> WithSign(bool negative, uint64_t magnitude);

}  // namespace thuja::func
