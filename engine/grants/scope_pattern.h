// SPDX-License-Identifier: Apache-2.0
// Patterns of tool names and resources: which of them a grant reaches.
//
// A name is segments between slashes, `github/issues/create`. A pattern has a segment for each of
// the name's:
//
//   create    this one
//   *         any one
//   create*   any one that begins so
//   **        at the end only: all further ones, of which there is at least one
//
// So `crm/*` matches `crm/search` but neither `crm` nor `crm/admin/delete`, and `crm/**` matches
// the last as well. A star never crosses a slash, segments are compared to the last, and case
// matters. A pattern is walked along the name once; there is nothing to go back to.
//
// With so little in them, whether one pattern matches all that another does can be told exactly
// from the two texts, which is what delegation stands on. A regular expression says more and can be
// delegated only as it is, or as single names.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/grants/whole_regex.h"

namespace thuja::grants {

inline constexpr size_t kLongestPattern = 1024;
inline constexpr size_t kMostPatternSegments = 32;

// Immutable and thread-safe. Matching takes no memory, but for what WholeRegex says.
class ScopePattern {
 public:
  // Errors are texts that could match nothing or that say something else than they seem to: empty
  // segments, stars elsewhere, whatever is no plain name (IsPlainName), more than kLongestPattern
  // bytes or kMostPatternSegments segments.
  static absl::StatusOr<ScopePattern> Segments(std::string_view text);
  static absl::StatusOr<ScopePattern> Regex(std::string_view text);

  // Copied only: of what it is moved from, nobody could say what it matches.
  ScopePattern(const ScopePattern&) = default;
  ScopePattern& operator=(const ScopePattern&) = default;

  // Only what is a plain name is ever matched.
  bool Matches(std::string_view name) const;

  // The same for a name that is matched with many. REQUIRES: IsPlainName(name).
  bool MatchesPlain(std::string_view name) const;

  // Whether every name that `narrower` matches is matched by this one. Exact between patterns of
  // segments. A regular expression contains only itself and patterns without a star; where it
  // cannot be told, the answer is no.
  bool Contains(const ScopePattern& narrower) const;

  const std::string& text() const { return text_; }
  bool is_regex() const { return regex_.has_value(); }

  size_t bytes() const;

  friend bool operator==(const ScopePattern&, const ScopePattern&) = default;

 private:
  ScopePattern(std::string text, std::optional<WholeRegex> regex)
      : text_(std::move(text)), regex_(std::move(regex)) {}

  std::string text_;
  std::optional<WholeRegex> regex_;
};

}  // namespace thuja::grants
