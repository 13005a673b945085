// SPDX-License-Identifier: Apache-2.0
// The spelling rules of names.
//
// Tested by tests/unit/base/names_test.cc.
#include "engine/base/names.h"

#include <algorithm>
#include <array>

namespace thuja::base {

bool IsIdentifierStart(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || c == '_';
}

bool IsIdentifierPart(char c) { return IsIdentifierStart(c) || (c >= '0' && c <= '9'); }

bool IsIdentifier(std::string_view text) {
  return !text.empty() && IsIdentifierStart(text[0]) && std::ranges::all_of(text, IsIdentifierPart);
}

bool IsReservedWord(std::string_view text) {
  static constexpr std::array<std::string_view, 9> kReserved = {
      "true", "false", "if", "then", "else", "in", "is", "like", "has"};
  return std::ranges::find(kReserved, text) != kReserved.end();
}

bool IsUnreservedIdentifier(std::string_view text) {
  return IsIdentifier(text) && !IsReservedWord(text) && text != kCedarNamespace;
}

bool IsTypeName(std::string_view text) {
  while (true) {
    const size_t separator = text.find("::");
    if (!IsUnreservedIdentifier(text.substr(0, separator))) return false;
    if (separator == std::string_view::npos) return true;
    text.remove_prefix(separator + 2);
  }
}

bool IsActionType(std::string_view type) { return type == "Action" || type.ends_with("::Action"); }

}  // namespace thuja::base
