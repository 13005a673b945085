// SPDX-License-Identifier: Apache-2.0
// Reading of durations.
//
// Tested by tests/unit/cli/duration_test.cc.
#include "cli/grants/duration.h"

#include <absl/strings/str_cat.h>

#include <charconv>

#include "engine/diagnostics.h"

namespace thuja::cli {
namespace {

struct Unit {
  char letter;
  int64_t seconds;
};
constexpr Unit kUnits[] = {{'h', 3600}, {'m', 60}, {'s', 1}};

// More than anything may last; two of them still fit into 64 bits.
constexpr int64_t kMostOfOneUnit = 1'000'000'000;

}  // namespace

absl::StatusOr<int64_t> ParseDuration(const std::string& text) {
  const auto refuse = [&text] {
    return absl::InvalidArgumentError(absl::StrCat(
        "expected a duration in whole seconds, such as 90s, 10m or 1h30m, got ", Quote(text)));
  };
  int64_t total = 0;
  const char* at = text.data();
  const char* const end = at + text.size();
  if (at == end) return refuse();
  for (const Unit& unit : kUnits) {
    if (at == end) break;
    int64_t number = 0;
    const auto [behind, error] = std::from_chars(at, end, number);
    // from_chars takes a minus sign.
    if (error != std::errc() || *at == '-' || number > kMostOfOneUnit || behind == end) {
      return refuse();
    }
    if (*behind != unit.letter) continue;
    total += number * unit.seconds;
    at = behind + 1;
  }
  return at == end ? absl::StatusOr<int64_t>(total) : refuse();
}

}  // namespace thuja::cli
