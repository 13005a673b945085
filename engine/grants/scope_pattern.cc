// SPDX-License-Identifier: Apache-2.0
// Walking a pattern along a name, or along a narrower pattern.
//
// Tested by tests/unit/grants/scope_pattern_test.cc.
#include "engine/grants/scope_pattern.h"

#include <absl/strings/str_cat.h>

#include "engine/base/text.h"
#include "engine/grants/canonical.h"
#include "engine/grants/split.h"

namespace thuja::grants {
namespace {

constexpr std::string_view kAllFurther = "**";

absl::Status BadPattern(std::string_view text, const char* why) {
  return absl::InvalidArgumentError(
      absl::StrCat("the scope pattern ", base::QuoteString(text), " ", why));
}

// `a*`, of which `*` is the case that begins with nothing.
bool IsOpen(std::string_view segment) { return segment.ends_with('*'); }

std::string_view BeginningOf(std::string_view open_segment) {
  return open_segment.substr(0, open_segment.size() - 1);
}

bool SegmentMatches(std::string_view pattern, std::string_view segment) {
  if (segment.empty()) return false;
  return IsOpen(pattern) ? segment.starts_with(BeginningOf(pattern)) : segment == pattern;
}

// An open segment matches without end and one that is not matches itself only, so it takes an open
// one to contain it, which begins with no more.
bool SegmentContains(std::string_view wider, std::string_view narrower) {
  if (!IsOpen(narrower)) return SegmentMatches(wider, narrower);
  return IsOpen(wider) && BeginningOf(narrower).starts_with(BeginningOf(wider));
}

bool HasEmptySegment(std::string_view text) {
  return text.empty() || text.front() == '/' || text.back() == '/' || text.find("//") != text.npos;
}

// Both texts are walked together, byte by byte: a decision asks this of each rule.
bool MatchesSegments(std::string_view pattern, std::string_view name) {
  const char* expected = pattern.data();
  const char* const expected_end = expected + pattern.size();
  const char* at = name.data();
  const char* const end = at + name.size();
  while (true) {
    if (std::string_view(expected, expected_end) == kAllFurther) {
      return !HasEmptySegment({at, end});
    }
    const char* const begin = at;
    while (at != end && *at != '/' && expected != expected_end && *expected == *at &&
           *expected != '*') {
      ++expected;
      ++at;
    }
    if (expected != expected_end && *expected == '*') {
      ++expected;
      while (at != end && *at != '/') ++at;
    }
    if (at == begin) return false;
    if (at == end || expected == expected_end) return at == end && expected == expected_end;
    if (*at++ != '/' || *expected++ != '/') return false;
  }
}

// What a pattern matches is, segment by segment, whatever that segment matches, and never nothing.
// So one contains another if each of its segments contains the other's; the lengths that are
// possible must be too.
bool ContainsSegments(std::string_view wider_text, std::string_view narrower_text) {
  Split wider(wider_text, '/');
  Split narrower(narrower_text, '/');
  while (!wider.Done() && !narrower.Done()) {
    const std::string_view outer = wider.Next();
    const std::string_view inner = narrower.Next();
    // Here the narrower one goes on by one segment at least, as it must.
    if (outer == kAllFurther) return true;
    if (inner == kAllFurther || !SegmentContains(outer, inner)) return false;
  }
  return wider.Done() && narrower.Done();
}

absl::Status CheckSegments(std::string_view text) {
  size_t count = 0;
  for (Split segments(text, '/'); !segments.Done();) {
    const std::string_view segment = segments.Next();
    if (segment.empty()) return BadPattern(text, "has an empty segment");
    if (++count > kMostPatternSegments) return BadPattern(text, "has too many segments");
    if (segment == kAllFurther && segments.Done()) continue;
    if (segment.find('*') < segment.size() - 1) {
      return BadPattern(text, "has a `*` that is not at the end of a segment");
    }
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<ScopePattern> ScopePattern::Segments(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("a scope pattern is empty");
  if (text.size() > kLongestPattern) {
    return absl::InvalidArgumentError(
        absl::StrCat("a scope pattern has more than ", kLongestPattern, " bytes"));
  }
  if (!IsPlainName(text)) {
    return BadPattern(text,
                      "has a character that does not show, a backslash, an encoded byte such as "
                      "`%2e`, or a segment `.` or `..`");
  }
  if (absl::Status status = CheckSegments(text); !status.ok()) return status;
  return ScopePattern(std::string(text), std::nullopt);
}

absl::StatusOr<ScopePattern> ScopePattern::Regex(std::string_view text) {
  auto regex = WholeRegex::Parse(text);
  if (!regex.ok()) return regex.status();
  return ScopePattern(std::string(text), *std::move(regex));
}

bool ScopePattern::Matches(std::string_view name) const {
  return IsPlainName(name) && MatchesPlain(name);
}

bool ScopePattern::MatchesPlain(std::string_view name) const {
  return regex_ ? regex_->Matches(name) : MatchesSegments(text_, name);
}

bool ScopePattern::Contains(const ScopePattern& narrower) const {
  if (*this == narrower) return true;
  // What a regular expression matches, no pattern is known to.
  if (narrower.is_regex()) return false;
  if (!is_regex()) return ContainsSegments(text_, narrower.text_);
  return narrower.text_.find('*') == std::string::npos && MatchesPlain(narrower.text_);
}

size_t ScopePattern::bytes() const {
  return sizeof(*this) + text_.capacity() + (regex_ ? regex_->bytes() - sizeof(*regex_) : 0);
}

}  // namespace thuja::grants
