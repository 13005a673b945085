// SPDX-License-Identifier: Apache-2.0
// Grants for tests: active for ten minutes from kSampleNow, for one agent and one task.
#pragma once

#include <memory>

#include "engine/grants/grant.h"

namespace thuja::grants {

inline constexpr int64_t kSampleNow = int64_t{1'000'000} * 1'000'000'000;

inline const std::shared_ptr<const Scope>& SampleScope() {
  static const auto* const scope = [] {
    Scope made;
    made.tools.push_back({.tools = ScopePattern::Segments("crm/*").value()});
    return new std::shared_ptr<const Scope>(std::make_shared<Scope>(std::move(made)));
  }();
  return *scope;
}

inline Grant SampleGrant(uint64_t number) {
  Grant grant;
  grant.id = {42, number + 1};
  grant.holder = {"Thuja::Agent", "agent"};
  grant.agent_class = "coder";
  grant.purpose.task = "task";
  grant.scope = SampleScope();
  grant.state = GrantState::kActive;
  grant.revision = number;
  grant.issued = kSampleNow;
  grant.not_before = kSampleNow;
  grant.expires = kSampleNow + int64_t{600} * 1'000'000'000;
  grant.last_heartbeat = kSampleNow;
  return grant;
}

}  // namespace thuja::grants
