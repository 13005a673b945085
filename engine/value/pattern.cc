// SPDX-License-Identifier: Apache-2.0
// The leftmost match of each piece leaves the most room for those behind it, so no backtracking is
// needed.
//
// Tested by tests/unit/value/pattern_test.cc.
#include "engine/value/pattern.h"

namespace thuja::value {

bool MatchesPattern(std::string_view text, std::span<const std::string> pieces) {
  const std::string_view first = pieces.front();
  if (pieces.size() == 1) return text == first;
  const std::string_view last = pieces.back();
  if (text.size() < first.size() + last.size()) return false;
  if (!text.starts_with(first) || !text.ends_with(last)) return false;
  text = text.substr(first.size(), text.size() - first.size() - last.size());
  for (const std::string_view piece : pieces.subspan(1, pieces.size() - 2)) {
    const size_t found = text.find(piece);
    if (found == std::string_view::npos) return false;
    text.remove_prefix(found + piece.size());
  }
  return true;
}

}  // namespace thuja::value
