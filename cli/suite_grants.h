// SPDX-License-Identifier: Apache-2.0
// What a suite under the guard says of grants: fixtures of them, and which of them a case has.
//
// docs/test-suites.md, "Under the guard". Here they are only read; cli/suite_guard.h makes them.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/grants.h"

namespace thuja::cli {

// Fixtures are known by their position in the suite.
struct GrantFixture {
  std::string name;
  std::string place;                          // `path:line:column`
  std::shared_ptr<const SourceText> request;  // as docs/grants.md has it, in JSON
  std::optional<size_t> parent;               // that it is delegated from; stands before it
  int64_t issued = 0;                         // nanoseconds since 1970
  std::optional<grants::GrantState> state;    // what became of it; nothing: as it was issued
  std::optional<uint64_t> calls_left;         // nothing: all that its children did not get
  bool has_credential = false;
};

struct GuardFixtures {
  int64_t now = 0;
  std::vector<GrantFixture> grants;
};

// Who asks in a case, when, and with what.
struct GuardedCase {
  int64_t now = 0;
  std::vector<size_t> grants;  // that are there, besides those which they were delegated from
  std::optional<size_t> credential;
  std::string enforcement_point;
  std::string tenant;
  std::string environment;
  std::string deployment;
  bool is_exempt = false;
};

// Nothing of a suite that is not under the guard. Throws server::YamlError.
std::optional<GuardFixtures> ReadGuardFixtures(const YAML::Node& suite, const std::string& path);

// The same for a case. `fixtures` is null if the suite is not under the guard, and then the case
// must say nothing of it.
GuardedCase ReadGuardedCase(const YAML::Node& test, const GuardFixtures* fixtures);

}  // namespace thuja::cli
