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

// The eight hexadecimal digits of `bits`, the first in the lowest byte, all at once.
uint64_t HexDigits(uint32_t bits) {
  // A byte to each 16 bits, the first byte lowest; then its two halves to a byte each.
  uint64_t lanes = __builtin_bswap32(bits);
  lanes = (lanes | lanes << 16) & 0x0000ffff'0000ffff;
  lanes = (lanes | lanes << 8) & 0x00ff00ff'00ff00ff;
  const uint64_t halves = (lanes >> 4 & 0x000f000f'000f000f) | (lanes & 0x000f000f'000f000f) << 8;
  const uint64_t is_letter = (halves + 0x06060606'06060606) >> 4 & 0x01010101'01010101;
  return halves + 0x30303030'30303030 + is_letter * ('a' - '0' - 10);
}

}  // namespace

std::optional<GrantId> GrantId::Parse(std::string_view text) {
  if (text.size() != kDigits || !std::ranges::all_of(text, IsLowerHex)) return std::nullopt;
  const GrantId id = {ReadHex(text.substr(0, kHalf)), ReadHex(text.substr(kHalf))};
  if (!id) return std::nullopt;
  return id;
}

void GrantId::Write(char* out) const {
  static_assert(std::endian::native == std::endian::little);
  for (const uint64_t half : {high, low}) {
    for (const uint32_t bits : {static_cast<uint32_t>(half >> 32), static_cast<uint32_t>(half)}) {
      const uint64_t digits = HexDigits(bits);
      std::memcpy(out, &digits, sizeof(digits));
      out += sizeof(digits);
    }
  }
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
