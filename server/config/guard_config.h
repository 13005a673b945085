// SPDX-License-Identifier: Apache-2.0
// Configuration of the guard: who may ask, and where grants are kept.
#pragma once

#include <absl/status/status.h>

#include <chrono>
#include <string>
#include <vector>

#include "server/config/key_reader.h"

namespace thuja::server {

// A policy enforcement point: who brings requests, and whom it may speak for.
struct EnforcementPointConfig {
  std::string name;
  bool over_unix = false;               // whoever connects to a Unix socket
  std::string token;                    // bearer credential; empty: none
  std::vector<std::string> principals;  // types of entities
  // Where it stands; empty: its requests say.
  std::string tenant;
  std::string environment;
  std::string deployment;
};

// What needs no grant.
struct ExemptionConfig {
  std::string pep;
  std::string principal;  // type
  std::string action;     // id; its type does not count
};

struct GuardConfig {
  bool agents = false;  // every decision needs a live grant
  std::string store;    // file, or `memory`; empty: no grants
  std::vector<EnforcementPointConfig> peps;
  std::vector<ExemptionConfig> exempt;
  size_t most_grants = size_t{4} << 20;
  size_t most_scope_bytes = size_t{4} << 30;
  std::chrono::milliseconds remember{86'400'000};
};

// The keys `guard`, `store`, `peps`, `exempt` and `grants` of the reference. Both outlive them.
KeyReader::Keys GuardKeys(KeyReader& reader, GuardConfig& config);

// What no single key shows.
absl::Status CheckGuardConfig(const GuardConfig& config);

}  // namespace thuja::server
