// SPDX-License-Identifier: Apache-2.0
// Names of ids and states.
//
// Tested by tests/unit/grants/grant_test.cc.
#include "engine/grants/grant.h"

#include <algorithm>
#include <array>
#include <bit>
#include <charconv>
#include <cstring>

namespace thuja::grants {
namespace {

constexpr size_t kHalf = GrantId::kDigits / 2;

constexpr std::array<std::string_view, kGrantStates> kStateNames = {
    "pending", "active", "suspended", "completed", "failed", "timed_out", "revoked"};

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

uint64_t ReadHex(std::string_view digits) {
  uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

// Sixteen bytes that the compiler does arithmetic on at once.
using Bytes [[gnu::vector_size(16)]] = uint8_t;

Bytes AsDigits(Bytes halves) { return halves + '0' + ((halves > 9) & ('a' - '0' - 10)); }

}  // namespace

std::optional<GrantId> GrantId::Parse(std::string_view text) {
  if (text.size() != kDigits || !std::ranges::all_of(text, IsLowerHex)) return std::nullopt;
  const GrantId id = {ReadHex(text.substr(0, kHalf)), ReadHex(text.substr(kHalf))};
  if (!id) return std::nullopt;
  return id;
}

void GrantId::Write(char* out) const {
  static_assert(std::endian::native == std::endian::little);
  const uint64_t words[] = {__builtin_bswap64(high), __builtin_bswap64(low)};
  Bytes bytes;
  std::memcpy(&bytes, words, sizeof(bytes));
  const Bytes upper = AsDigits(bytes >> 4);
  const Bytes lower = AsDigits(bytes & 0xf);
  const Bytes digits[] = {
      __builtin_shufflevector(upper, lower, 0, 16, 1, 17, 2, 18, 3, 19, 4, 20, 5, 21, 6, 22, 7, 23),
      __builtin_shufflevector(upper, lower, 8, 24, 9, 25, 10, 26, 11, 27, 12, 28, 13, 29, 14, 30,
                              15, 31)};
  static_assert(sizeof(digits) == kDigits);
  std::memcpy(out, digits, sizeof(digits));
}

std::string GrantId::ToString() const {
  std::string text(kDigits, '0');
  Write(text.data());
  return text;
}

std::string_view GrantStateName(GrantState state) {
  return kStateNames[static_cast<size_t>(state)];
}

std::optional<GrantState> ParseGrantState(std::string_view name) {
  const auto found = std::ranges::find(kStateNames, name);
  if (found == kStateNames.end()) return std::nullopt;
  return static_cast<GrantState>(found - kStateNames.begin());
}

}  // namespace thuja::grants
