// SPDX-License-Identifier: Apache-2.0
// A regular expression that matches texts as a whole.
//
// RE2 matches without backtracking: a text costs its length times at most the size of the compiled
// expression, which is bounded. What it finds out about an expression while it matches it keeps, up
// to kMostRegexMemory; so that, unlike everything else in this folder, a match may take memory and
// a lock.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace re2 {
class RE2;
}

namespace thuja::grants {

inline constexpr size_t kLongestRegex = 1024;
inline constexpr size_t kMostRegexMemory = size_t{64} * 1024;

// Immutable and thread-safe; copies share the compiled expression.
class WholeRegex {
 public:
  // RE2's syntax, in UTF-8 that shows (IsVisible). An error if it is empty, longer than
  // kLongestRegex, no expression, or too large once compiled.
  static absl::StatusOr<WholeRegex> Parse(std::string_view text);

  // Copied only: one that was moved from would have no expression.
  WholeRegex(const WholeRegex&) = default;
  WholeRegex& operator=(const WholeRegex&) = default;

  // Whether all of `text` matches, with or without `^` and `$` in the expression. A text that is no
  // UTF-8, or longer than kLongestText, never does.
  bool Matches(std::string_view text) const;

  const std::string& text() const;

  // What it may come to hold.
  size_t bytes() const { return sizeof(*this) + text().capacity() + kMostRegexMemory; }

  friend bool operator==(const WholeRegex& a, const WholeRegex& b) { return a.text() == b.text(); }

 private:
  explicit WholeRegex(std::shared_ptr<const re2::RE2> compiled) : compiled_(std::move(compiled)) {}

  std::shared_ptr<const re2::RE2> compiled_;
};

}  // namespace thuja::grants
