// SPDX-License-Identifier: Apache-2.0
// Test suites in YAML, as docs/test-suites.md describes them: read, with fixtures put in their
// places, so that each case holds a whole request.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "cli/load.h"
#include "cli/suite_grants.h"
#include "engine/decide.h"
#include "engine/diagnostics.h"

namespace thuja::cli {

// A policy that must fail, and how if `kind` is not empty.
struct ExpectedError {
  std::string policy;
  std::string kind;
};

struct TestCase {
  std::string name;
  size_t line = 0;                            // in the suite's file, from 1
  std::shared_ptr<const SourceText> request;  // as JSON
  Outcome decision = Outcome::kDeny;
  std::optional<std::vector<std::string>> reasons;  // nothing: not looked at
  std::optional<std::vector<ExpectedError>> errors;
  std::optional<ReasonCode> code;
  GuardedCase guarded;  // of a suite under the guard
};

struct TestSuite {
  std::string path;
  SnapshotPaths snapshot;
  ForbidError forbid_error = ForbidError::kSkip;
  std::optional<GuardFixtures> guard;  // nothing: policies alone decide
  std::vector<TestCase> cases;
};

// The ending of suite files.
inline constexpr const char* kSuiteEnding = ".test.yaml";

// Nothing, with `path:line:column: error: ...` on standard error, if the file is no valid suite.
std::optional<TestSuite> LoadTestSuite(const std::string& path);

}  // namespace thuja::cli
