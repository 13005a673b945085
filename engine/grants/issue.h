// SPDX-License-Identifier: Apache-2.0
// Issuing and delegating: what may become a grant.
//
// A grant is refused when it is asked for, not only when it is used: one that would outlive what
// its class allows, that is for no task, or that a step of a workflow shares with the others. A
// delegated grant is its parent with something taken away, in every respect: tools, resources,
// arguments, time, calls, tenant, task.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "engine/base/reason_code.h"
#include "engine/grants/agent_class.h"
#include "engine/grants/grant.h"
#include "engine/value/entity_store.h"

namespace thuja::grants {

// What is asked for. Times and spans as in Grant.
struct IssueRequest {
  value::EntityUid holder;
  std::string agent_class;
  Purpose purpose;
  std::shared_ptr<const Scope> scope;
  int64_t not_before = 0;         // 0: at once
  int64_t ttl = 0;                // from `not_before`
  int64_t heartbeat_timeout = 0;  // 0: none
  std::optional<uint64_t> calls;  // none: without limit
  bool pending = false;           // to be activated later, rather than active at once
  std::string issued_by;
};

// Why not, and in words for whoever asked.
struct Refusal {
  base::ReasonCode code = base::ReasonCode::kInternalError;
  std::string message;
};

// The bytes that a text of a grant may have: a name of a task, a step, a tenant and so on.
inline constexpr size_t kMostTextBytes = 256;
// No time or span beyond it is taken: 2100-01-01T00:00:00Z, so that the sum of two never overflows.
inline constexpr int64_t kLastTime = int64_t{4'102'444'800} * 1'000'000'000;

// Makes `grant` of a request at `now`: nothing if it may be, and otherwise why not. `id` is new.
// `entities` is what classes are looked up in; where it knows the holder, the holder must be in the
// class.
std::optional<Refusal> Issue(const IssueRequest& request, GrantId id, int64_t now,
                             const value::EntityStore& entities, Grant& grant);

// The same for a grant delegated from `parent`. The grant is the parent's in what the request
// leaves empty: tenant, task, workflow, environment, scope. Its ttl ends no later than the parent,
// and is cut there if the request gives none; calls are to be drawn from the parent, which the
// caller does. REQUIRES: `parent` is in force at `now`, together with its ancestors, or the refusal
// says so of the parent only.
std::optional<Refusal> Delegate(const IssueRequest& request, GrantId id, const Grant& parent,
                                int64_t now, const value::EntityStore& entities, Grant& grant);

}  // namespace thuja::grants
