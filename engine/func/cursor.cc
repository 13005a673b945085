// SPDX-License-Identifier: Apache-2.0
// Digits, and numbers out of digits, without wrapping around.
//
// Tested by tests/unit/func/cursor_test.cc.
#include "engine/func/cursor.h"

#include <algorithm>
#include <limits>

namespace thuja::func {

bool Cursor::Accept(std::string_view expected) {
  if (!rest_.starts_with(expected)) return false;
  rest_.remove_prefix(expected.size());
  return true;
}

std::string_view Cursor::TakeDigits(size_t at_most) {
  const size_t end = std::min(rest_.find_first_not_of("0123456789"), rest_.size());
  const std::string_view digits = rest_.substr(0, std::min(end, at_most));
  rest_.remove_prefix(digits.size());
  return digits;
}

std::optional<uint64_t> MultiplyAdd(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t result;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  if (__builtin_add_overflow(result, c, &result)) return std::nullopt;
  return result;
}

std::optional<uint64_t> ParseDigits(std::string_view digits) {
  std::optional<uint64_t> number = 0;
  for (size_t i = 0; number && i < digits.size(); ++i) {
    number = MultiplyAdd(*number, 10, static_cast<uint64_t>(digits[i] - '0'));
  }
  return number;
}

std::optional<int64_t> WithSign(bool negative, uint64_t magnitude) {
  constexpr uint64_t kLargest = std::numeric_limits<int64_t>::max();
  if (magnitude > kLargest + (negative ? 1 : 0)) return std::nullopt;
  return static_cast<int64_t>(negative ? -magnitude : magnitude);
}

}  // namespace thuja::func
