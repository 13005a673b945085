// SPDX-License-Identifier: Apache-2.0
// Grants as answers show them: with what time and their ancestors make of them, and what is left of
// their calls.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>

#include "engine/decide.h"
#include "engine/grants.h"
#include "server/grants/grant_json.h"
#include "server/store/grant_store.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

// Looks at one moment of the grants at one time. Ancestors are looked up once for all that were
// delegated from them. For one thread.
class GrantLook {
 public:
  // `view` outlives it; null: only ViewAnswered is used.
  GrantLook(GrantStore& store, const TrustedClock& clock, GrantBackendView* view);

  int64_t now() const { return clock_.now; }

  // Appends the grant as one JSON object. An error is one of storage.
  absl::Status Append(const StoredGrant& stored, std::string* out);

  // What is said, besides itself, of the grant that a mutation was answered with, its ancestors as
  // decisions see them. REQUIRES: the store's thread.
  GrantView ViewAnswered(const StoredGrant& stored) const;

 private:
  using WhyNot = std::optional<ReasonCode>;

  // Of the grant by itself, or of everything if the clock is not to be trusted.
  WhyNot WhyNotAlone(const grants::Grant& grant) const;
  // Why what was delegated from `id` is not in force, whatever it is itself.
  absl::StatusOr<WhyNot> WhyNotBelow(const grants::GrantId& id);

  GrantStore& store_;
  const ClockReading clock_;
  GrantBackendView* const view_;
  std::optional<grants::GrantTable::Reader> reader_;
  std::map<grants::GrantId, WhyNot> below_;  // what WhyNotBelow found
};

}  // namespace thuja::server
