// SPDX-License-Identifier: Apache-2.0
// Counting and the closing report.
//
// Tested by tests/unit/cli/conformance_test.cc.
#include "cli/conformance/tally.h"

#include <string_view>

namespace thuja::cli {

void Tally::Check(const std::string& kind, bool passed, const std::string& difference) {
  Counts& counts = kinds_[kind];
  ++(passed ? counts.passed : counts.failed);
  if (!passed && differences_.size() < kMaxDifferences) {
    differences_.push_back(kind + ": " + difference);
  }
}

void Tally::NotYet(const std::string& why, size_t count) {
  if (count > 0) not_yet_[why] += count;
}

size_t Tally::passed() const {
  size_t sum = 0;
  for (const auto& [kind, counts] : kinds_) sum += counts.passed;
  return sum;
}

size_t Tally::failed() const {
  size_t sum = 0;
  for (const auto& [kind, counts] : kinds_) sum += counts.failed;
  return sum;
}

std::string Tally::Report() const {
  std::string out;
  for (const std::string& difference : differences_) out += "DIFFERENT " + difference + "\n";
  if (failed() > differences_.size()) {
    out += "and " + std::to_string(failed() - differences_.size()) + " more\n";
  }
  for (const auto& [kind, counts] : kinds_) {
    out += kind + ": " + std::to_string(counts.passed) + " passed, " +
           std::to_string(counts.failed) + " failed\n";
  }
  for (const auto& [why, count] : not_yet_) {
    out += "not yet run: " + std::to_string(count) + " (" + why + ")\n";
  }
  return out + std::to_string(passed()) + " passed, " + std::to_string(failed()) + " failed\n";
}

}  // namespace thuja::cli
