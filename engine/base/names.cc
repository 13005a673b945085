// SPDX-License-Identifier: Apache-2.0
// The spelling rules of names.
//
// Tested by tests/unit/base/names_test.cc.
#include "engine/base/names.h"

#include <algorithm>
#include <array>
#include <cstdint>

namespace thuja::base {

namespace {

// What a byte may be in an identifier. Looked up, because every request names several types.
enum class Role : uint8_t { kNone, kPart, kStart };

constexpr std::array<Role, 256> MakeRoles() {
  std::array<Role, 256> roles{};
  for (int c = '0'; c <= '9'; ++c) roles[c] = Role::kPart;
  for (int c = 'a'; c <= 'z'; ++c) roles[c] = Role::kStart;
  for (int c = 'A'; c <= 'Z'; ++c) roles[c] = Role::kStart;
  roles['_'] = Role::kStart;
  return roles;
}

constexpr std::array<Role, 256> kRoles = MakeRoles();

Role RoleOf(char c) { return kRoles[static_cast<unsigned char>(c)]; }

// REQUIRES: an identifier.
bool IsTaken(std::string_view text) {
  // None of the words that are begins with a capital, as nearly all names of types do.
  if (text[0] >= 'A' && text[0] <= 'Z') return false;
  return IsReservedWord(text) || text == kCedarNamespace;
}

}  // namespace

bool IsIdentifierStart(char c) { return RoleOf(c) == Role::kStart; }

bool IsIdentifierPart(char c) { return RoleOf(c) != Role::kNone; }

bool IsIdentifier(std::string_view text) {
  return !text.empty() && IsIdentifierStart(text[0]) && std::ranges::all_of(text, IsIdentifierPart);
}

bool IsReservedWord(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kReserved = {
      "true", "false", "if", "then", "else", "in", "is", "like", "has"};
  return std::ranges::find(kReserved, text) != kReserved.end();
}

bool IsUnreservedIdentifier(std::string_view text) { return IsIdentifier(text) && !IsTaken(text); }

// In one pass: every uid of every request comes here.
bool IsTypeName(std::string_view text) {
  while (true) {
    size_t end = 0;
    while (end < text.size() && IsIdentifierPart(text[end])) ++end;
    const std::string_view part = text.substr(0, end);
    if (part.empty() || !IsIdentifierStart(part[0]) || IsTaken(part)) return false;
    if (end == text.size()) return true;
    if (!text.substr(end).starts_with("::")) return false;
    text.remove_prefix(end + 2);
  }
}

bool IsActionType(std::string_view type) { return type == "Action" || type.ends_with("::Action"); }

}  // namespace thuja::base
