// SPDX-License-Identifier: Apache-2.0
// The guard of one thread of the decision listener: who asks, by which grant, at what time.
//
// A request comes from a policy enforcement point that the configuration knows: by a Unix socket,
// or by a bearer credential. That is `Thuja-Enforcement-Point: TOKEN`, or `Authorization: Bearer
// TOKEN` where that header is the enforcement point's own; in forward-auth it is its client's.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/guard.h"
#include "server/config/guard_config.h"
#include "server/decision/dialect_name.h"
#include "server/decision/digest.h"
#include "server/http/message.h"
#include "server/store/grant_store.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

// What every thread's guard is made of; all of it outlives them.
struct GuardSources {
  const GuardConfig* config = nullptr;
  GrantStore* store = nullptr;  // null: the grants are lost, and nothing can be allowed by one
  TrustedClock* clock = nullptr;
};

// Not thread-safe.
class DecisionGuard {
 public:
  // REQUIRES: the store's table, if there is one, has room for one more reader.
  explicit DecisionGuard(const GuardSources& sources);

  // Reads who asks, and what else the headers say. Nothing if they may ask at all, and otherwise
  // why not.
  std::optional<ReasonCode> Identify(DialectName dialect, const HttpRequest& http);

  // Decides at the trusted clock's time, which it fills in. REQUIRES: the last Identify said
  // nothing.
  GuardedDecision Decide(const Snapshot& snapshot, Request& request, Scratch& scratch,
                         const DecideOptions& options);

  // Name of the enforcement point that Identify found; empty if it found none.
  std::string_view enforcement_point() const;

  void OnTick();

 private:
  using Digest = std::array<uint8_t, 32>;

  const EnforcementPointConfig* FindByToken(std::string_view token);
  const EnforcementPointConfig* FindUnix() const;
  bool IsExempt(const Request& request) const;
  std::optional<ReasonCode> ReadTaskCredential(const HttpRequest& http);
  std::optional<ReasonCode> ReadMinimumRevision(const HttpRequest& http);

  const GuardConfig& config_;
  GrantStore* const store_;
  TrustedClock& clock_;
  std::optional<Guard> guard_;  // if there is a store
  Sha256 sha256_;
  std::vector<Digest> tokens_;  // of the enforcement points in their order; all zero: none
  const EnforcementPointConfig* caller_ = nullptr;
  GuardedCaller guarded_;
  uint64_t wanted_revision_ = 0;
};

}  // namespace thuja::server
