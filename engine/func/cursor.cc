// SPDX-License-Identifier: Apache-2.0
// Digits, and numbers out of digits, without wrapping around.
//
// Tested by tests/unit/func/cursor_test.cc.
#include "engine/func/cursor.h"

#include <algorithm>
#include <limits>

namespace thuja::func {

std::string_view Cursor::TakeDigits(size_t at_most) {
  const size_t most = std::min(at_most, rest_.size());
  size_t count = 0;
  while (count < most && rest_[count] >= '0' && rest_[count] <= '9') ++count;
  const std::string_view digits = rest_.substr(0, count);
  rest_.remove_prefix(count);
  return digits;
}

std::optional<uint64_t> MultiplyAdd(uint64_t a, uint64_t b, uint64_t c) {
  uint64_t result;
  if (__builtin_mul_overflow(a, b, &result)) return std::nullopt;
  if (__builtin_add_overflow(result, c, &result)) return std::nullopt;
  return result;
}

std::optional<uint64_t> ParseDigits(std::string_view digits) {
  // So few that they cannot overflow, as nearly all are, and what stands behind those.
  constexpr size_t kSafe = 19;
  uint64_t start = 0;
  for (const char digit : digits.substr(0, kSafe)) {
    start = start * 10 + static_cast<uint64_t>(digit - '0');
  }
  std::optional<uint64_t> number = start;
  for (size_t i = kSafe; number && i < digits.size(); ++i) {
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
