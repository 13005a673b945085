// SPDX-License-Identifier: Apache-2.0
// How a grant lives and ends.
//
//   pending -> active <-> suspended -> completed | failed | timed_out | revoked
//
// States change by events, and by nothing else; what is terminal stays as it is. Time ends a grant
// by itself: nobody has to come and say so. A grant authorizes only while it is active, its time
// has come and is not over, and the same holds for all grants that it was delegated from.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/reason_code.h"
#include "engine/grants/grant.h"

namespace thuja::grants {

enum class GrantEvent : uint8_t {
  kActivate,
  kHeartbeat,  // the holder is at work; changes no state
  kSuspend,
  kResume,
  kComplete,
  kFail,
  kTimeOut,  // found by the decision point itself
  kRevoke,
};
inline constexpr size_t kGrantEvents = 8;

std::string_view GrantEventName(GrantEvent event);

// The state that an event leads to; nothing if the state does not know the event.
std::optional<GrantState> NextState(GrantState state, GrantEvent event);

// Why a grant in this state does not authorize; nothing of an active one.
std::optional<base::ReasonCode> WhyNotInForce(GrantState state);

// The same at a time: also of a grant that is active by name but whose time has not come, is over,
// or whose holder fell silent. What its ancestors are does not count.
std::optional<base::ReasonCode> WhyNotInForce(GrantState state, int64_t not_before, int64_t expires,
                                              int64_t heartbeat_deadline, int64_t now);
std::optional<base::ReasonCode> WhyNotInForce(const Grant& grant, int64_t now);

// What is said of a grant whose ancestor is not in force for the reason given.
base::ReasonCode AsAncestor(base::ReasonCode why);

// First time at which a grant counts as not heard of; the last time there is if it needs no
// heartbeats.
int64_t HeartbeatDeadline(int64_t last_heartbeat, int64_t timeout);

// Lets `event` happen to `grant` at `now`: nothing if it did, and otherwise why it cannot, with the
// grant as it was. Of a grant whose time is over nothing but its end can happen: it can be
// completed, failed, timed out and revoked, so that what the task came to is on record.
std::optional<base::ReasonCode> Apply(GrantEvent event, int64_t now, Grant& grant);

// When nothing can come of a grant any more and no record of its end is needed to refuse it:
// `margin` after it ended and expired.
int64_t TombstoneUntil(const Grant& grant, int64_t margin);

}  // namespace thuja::grants
