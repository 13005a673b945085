// SPDX-License-Identifier: Apache-2.0
// RE2, set up so that it writes nothing, captures nothing and stays small.
//
// Tested by tests/unit/grants/whole_regex_test.cc.
#include "engine/grants/whole_regex.h"

#include <absl/strings/str_cat.h>
#include <re2/re2.h>

#include "engine/base/text.h"
#include "engine/grants/canonical.h"

namespace thuja::grants {
namespace {

re2::RE2::Options Options() {
  re2::RE2::Options options;
  options.set_log_errors(false);
  options.set_never_capture(true);
  options.set_max_mem(kMostRegexMemory);
  return options;
}

}  // namespace

absl::StatusOr<WholeRegex> WholeRegex::Parse(std::string_view text) {
  if (text.empty()) return absl::InvalidArgumentError("a regular expression is empty");
  if (text.size() > kLongestRegex) {
    return absl::InvalidArgumentError(
        absl::StrCat("a regular expression has more than ", kLongestRegex, " bytes"));
  }
  if (!IsVisible(text)) {
    return absl::InvalidArgumentError(absl::StrCat("the regular expression ",
                                                   base::QuoteString(text),
                                                   " has bytes or characters that do not show"));
  }
  auto compiled = std::make_shared<const re2::RE2>(text, Options());
  if (!compiled->ok()) {
    return absl::InvalidArgumentError(absl::StrCat("the regular expression ",
                                                   base::QuoteString(text),
                                                   " cannot be used: ", compiled->error()));
  }
  return WholeRegex(std::move(compiled));
}

bool WholeRegex::Matches(std::string_view text) const {
  // Anchored here and not by what could be written around the expression, which might end it.
  return text.size() <= kLongestText && base::IsValidUtf8(text) &&
         compiled_->Match(text, 0, text.size(), re2::RE2::ANCHOR_BOTH, nullptr, 0);
}

const std::string& WholeRegex::text() const { return compiled_->pattern(); }

}  // namespace thuja::grants
