// SPDX-License-Identifier: Apache-2.0
// Names of ids and states.
//
// Tested by tests/unit/grants/grant_test.cc.
#include "engine/grants/grant.h"

#include <algorithm>
#include <array>
#include <charconv>

namespace thuja::grants {
namespace {

constexpr size_t kDigits = 16;  // of each half of an id

constexpr std::array<std::string_view, kGrantStates> kStateNames = {
    "pending", "active", "suspended", "completed", "failed", "timed_out", "revoked"};

bool IsLowerHex(char c) { return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f'); }

uint64_t ReadHex(std::string_view digits) {
  uint64_t number = 0;
  std::from_chars(digits.data(), digits.data() + digits.size(), number, 16);
  return number;
}

void AppendHex(uint64_t number, std::string* out) {
  for (int shift = 60; shift >= 0; shift -= 4) {
    out->push_back("0123456789abcdef"[number >> shift & 15]);
  }
}

}  // namespace

std::optional<GrantId> GrantId::Parse(std::string_view text) {
  if (text.size() != 2 * kDigits || !std::ranges::all_of(text, IsLowerHex)) return std::nullopt;
  const GrantId id = {ReadHex(text.substr(0, kDigits)), ReadHex(text.substr(kDigits))};
  if (!id) return std::nullopt;
  return id;
}

std::string GrantId::ToString() const {
  std::string text;
  text.reserve(2 * kDigits);
  AppendHex(high, &text);
  AppendHex(low, &text);
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
