// SPDX-License-Identifier: Apache-2.0
// The count of conformance checks, and the differences that were found.
#pragma once

#include <cstddef>
#include <map>
#include <string>
#include <vector>

namespace thuja::cli {

// Not thread-safe.
class Tally {
 public:
  // One check of a kind such as `requests`. If it failed, `difference` says all that is needed to
  // see it again.
  void Check(const std::string& kind, bool passed, const std::string& difference);

  // Checks that this build cannot do yet.
  void NotYet(const std::string& why, size_t count);

  size_t passed() const;
  size_t failed() const;

  // Counts by kind, the first differences, what was not run, and the closing count.
  std::string Report() const;

 private:
  static constexpr size_t kMaxDifferences = 20;

  struct Counts {
    size_t passed = 0;
    size_t failed = 0;
  };

  std::map<std::string, Counts> kinds_;
  std::map<std::string, size_t> not_yet_;
  std::vector<std::string> differences_;
};

}  // namespace thuja::cli
