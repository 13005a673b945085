// SPDX-License-Identifier: Apache-2.0
// The state machine as a table, and time.
//
// Tested by tests/unit/grants/lifecycle_test.cc.
#include "engine/grants/lifecycle.h"

#include <algorithm>
#include <array>
#include <limits>

namespace thuja::grants {
namespace {

using base::ReasonCode;

constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

constexpr std::array<std::string_view, kGrantEvents> kEventNames = {
    "activate", "heartbeat", "suspend", "resume", "complete", "fail", "time_out", "revoke"};

struct Step {
  GrantState from;
  GrantEvent event;
  GrantState to;
};

// Whatever is not here cannot happen.
constexpr Step kSteps[] = {
    {GrantState::kPending, GrantEvent::kActivate, GrantState::kActive},
    {GrantState::kPending, GrantEvent::kFail, GrantState::kFailed},
    {GrantState::kPending, GrantEvent::kRevoke, GrantState::kRevoked},
    // What is so already may be asked for again: a caller whose answer was lost asks twice.
    {GrantState::kActive, GrantEvent::kActivate, GrantState::kActive},
    {GrantState::kActive, GrantEvent::kResume, GrantState::kActive},
    {GrantState::kActive, GrantEvent::kHeartbeat, GrantState::kActive},
    {GrantState::kActive, GrantEvent::kSuspend, GrantState::kSuspended},
    {GrantState::kActive, GrantEvent::kComplete, GrantState::kCompleted},
    {GrantState::kActive, GrantEvent::kFail, GrantState::kFailed},
    {GrantState::kActive, GrantEvent::kTimeOut, GrantState::kTimedOut},
    {GrantState::kActive, GrantEvent::kRevoke, GrantState::kRevoked},
    // Whoever is suspended may still be at work on what needs no authority.
    {GrantState::kSuspended, GrantEvent::kHeartbeat, GrantState::kSuspended},
    {GrantState::kSuspended, GrantEvent::kSuspend, GrantState::kSuspended},
    {GrantState::kSuspended, GrantEvent::kResume, GrantState::kActive},
    {GrantState::kSuspended, GrantEvent::kComplete, GrantState::kCompleted},
    {GrantState::kSuspended, GrantEvent::kFail, GrantState::kFailed},
    {GrantState::kSuspended, GrantEvent::kTimeOut, GrantState::kTimedOut},
    {GrantState::kSuspended, GrantEvent::kRevoke, GrantState::kRevoked},
};

int64_t AddOrNever(int64_t time, int64_t span) {
  int64_t sum = 0;
  return __builtin_add_overflow(time, span, &sum) ? kNever : sum;
}

bool Ends(GrantEvent event) {
  const auto step = std::ranges::find(kSteps, event, &Step::event);
  return IsTerminal(step->to);
}

}  // namespace

std::string_view GrantEventName(GrantEvent event) {
  return kEventNames[static_cast<size_t>(event)];
}

std::optional<GrantState> NextState(GrantState state, GrantEvent event) {
  for (const Step& step : kSteps) {
    if (step.from == state && step.event == event) return step.to;
  }
  return std::nullopt;
}

std::optional<ReasonCode> WhyNotInForce(GrantState state) {
  switch (state) {
    case GrantState::kPending: return ReasonCode::kGrantPending;
    case GrantState::kActive: return std::nullopt;
    case GrantState::kSuspended: return ReasonCode::kGrantSuspended;
    case GrantState::kCompleted: return ReasonCode::kGrantCompleted;
    case GrantState::kFailed: return ReasonCode::kGrantFailed;
    case GrantState::kTimedOut: return ReasonCode::kGrantTimedOut;
    case GrantState::kRevoked: return ReasonCode::kGrantRevoked;
  }
  return ReasonCode::kInternalError;
}

std::optional<ReasonCode> WhyNotInForce(GrantState state, int64_t not_before, int64_t expires,
                                        int64_t heartbeat_deadline, int64_t now) {
  // How a grant ended says more than that it would be over by now anyway.
  if (IsTerminal(state)) return WhyNotInForce(state);
  if (now >= expires) return ReasonCode::kGrantExpired;
  if (state == GrantState::kPending) return ReasonCode::kGrantPending;
  if (now >= heartbeat_deadline) return ReasonCode::kGrantTimedOut;
  if (state == GrantState::kSuspended) return ReasonCode::kGrantSuspended;
  if (now < not_before) return ReasonCode::kGrantPending;
  return std::nullopt;
}

std::optional<ReasonCode> WhyNotInForce(const Grant& grant, int64_t now) {
  return WhyNotInForce(grant.state, grant.not_before, grant.expires,
                       HeartbeatDeadline(grant.last_heartbeat, grant.heartbeat_timeout), now);
}

ReasonCode AsAncestor(ReasonCode why) {
  const bool may_come_back = why == ReasonCode::kGrantSuspended || why == ReasonCode::kGrantPending;
  return may_come_back ? why : ReasonCode::kAncestorRevoked;
}

int64_t HeartbeatDeadline(int64_t last_heartbeat, int64_t timeout) {
  return timeout == 0 ? kNever : AddOrNever(last_heartbeat, timeout);
}

std::optional<ReasonCode> Apply(GrantEvent event, int64_t now, Grant& grant) {
  const std::optional<GrantState> next = NextState(grant.state, event);
  if (!next) return WhyNotInForce(grant.state).value_or(ReasonCode::kInternalError);
  if (!Ends(event)) {
    if (now >= grant.expires) return ReasonCode::kGrantExpired;
    const bool was_heard = grant.state != GrantState::kPending;
    if (was_heard && now >= HeartbeatDeadline(grant.last_heartbeat, grant.heartbeat_timeout)) {
      return ReasonCode::kGrantTimedOut;
    }
  }
  const bool counts_as_heartbeat = event == GrantEvent::kActivate ||
                                   event == GrantEvent::kHeartbeat || event == GrantEvent::kResume;
  // Time that was set back takes nothing away.
  if (counts_as_heartbeat) grant.last_heartbeat = std::max(grant.last_heartbeat, now);
  if (IsTerminal(*next)) grant.ended = now;
  grant.state = *next;
  return std::nullopt;
}

int64_t TombstoneUntil(const Grant& grant, int64_t margin) {
  return AddOrNever(std::max(grant.expires, grant.ended), margin);
}

}  // namespace thuja::grants
