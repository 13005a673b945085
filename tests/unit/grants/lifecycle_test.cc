// SPDX-License-Identifier: Apache-2.0
// What can happen to a grant, and when it authorizes.
#include "engine/grants/lifecycle.h"

#include <gtest/gtest.h>

#include <limits>
#include <map>
#include <string>
#include <utility>

namespace thuja::grants {
namespace {

using base::ReasonCode;
using base::ReasonCodeName;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNever = std::numeric_limits<int64_t>::max();

Grant Active() {
  Grant grant;
  grant.state = GrantState::kActive;
  grant.issued = 100 * kSecond;
  grant.not_before = 100 * kSecond;
  grant.expires = 700 * kSecond;
  grant.last_heartbeat = 100 * kSecond;
  return grant;
}

std::string Name(const std::optional<ReasonCode>& code) {
  return code ? std::string(ReasonCodeName(*code)) : "in force";
}

// Written out whole, so that a transition more or less is seen.
TEST(Lifecycle, EveryEventInEveryState) {
  constexpr GrantState P = GrantState::kPending;
  constexpr GrantState A = GrantState::kActive;
  constexpr GrantState S = GrantState::kSuspended;
  constexpr GrantState C = GrantState::kCompleted;
  constexpr GrantState F = GrantState::kFailed;
  constexpr GrantState T = GrantState::kTimedOut;
  constexpr GrantState R = GrantState::kRevoked;
  using Event = GrantEvent;
  const std::map<std::pair<GrantState, Event>, GrantState> kAllowed = {
      {{P, Event::kActivate}, A}, {{P, Event::kFail}, F},      {{P, Event::kRevoke}, R},
      {{A, Event::kActivate}, A}, {{A, Event::kHeartbeat}, A}, {{A, Event::kSuspend}, S},
      {{A, Event::kResume}, A},   {{A, Event::kComplete}, C},  {{A, Event::kFail}, F},
      {{A, Event::kTimeOut}, T},  {{A, Event::kRevoke}, R},    {{S, Event::kHeartbeat}, S},
      {{S, Event::kSuspend}, S},  {{S, Event::kResume}, A},    {{S, Event::kComplete}, C},
      {{S, Event::kFail}, F},     {{S, Event::kTimeOut}, T},   {{S, Event::kRevoke}, R},
  };
  for (size_t s = 0; s < kGrantStates; ++s) {
    for (size_t e = 0; e < kGrantEvents; ++e) {
      const auto state = static_cast<GrantState>(s);
      const auto event = static_cast<Event>(e);
      const auto wanted = kAllowed.find({state, event});
      const auto found = NextState(state, event);
      const std::string what =
          std::string(GrantStateName(state)) + " " + std::string(GrantEventName(event));
      ASSERT_EQ(found.has_value(), wanted != kAllowed.end()) << what;
      if (found) {
        EXPECT_EQ(*found, wanted->second) << what;
      }

      Grant grant = Active();
      grant.state = state;
      const auto why_not = Apply(event, 200 * kSecond, grant);
      EXPECT_EQ(why_not.has_value(), !found.has_value()) << what;
      EXPECT_EQ(grant.state, found.value_or(state)) << what;
      if (why_not) {
        EXPECT_EQ(why_not, WhyNotInForce(state)) << what;
      }
      EXPECT_EQ(grant.ended != 0, found && IsTerminal(*found)) << what;
    }
  }
}

TEST(Lifecycle, NothingLeadsOutOfATerminalState) {
  for (size_t s = 0; s < kGrantStates; ++s) {
    const auto state = static_cast<GrantState>(s);
    if (!IsTerminal(state)) continue;
    for (size_t e = 0; e < kGrantEvents; ++e) {
      Grant grant = Active();
      grant.state = state;
      EXPECT_TRUE(Apply(static_cast<GrantEvent>(e), 0, grant));
      EXPECT_EQ(grant.state, state);
    }
  }
}

TEST(Lifecycle, AGrantIsInForceFromItsFirstTimeUntilItExpires) {
  const Grant grant = Active();
  EXPECT_EQ(Name(WhyNotInForce(grant, 100 * kSecond - 1)), "grant_pending");
  EXPECT_EQ(Name(WhyNotInForce(grant, 100 * kSecond)), "in force");
  EXPECT_EQ(Name(WhyNotInForce(grant, 700 * kSecond - 1)), "in force");
  EXPECT_EQ(Name(WhyNotInForce(grant, 700 * kSecond)), "grant_expired");
  EXPECT_EQ(Name(WhyNotInForce(grant, kNever)), "grant_expired");
}

TEST(Lifecycle, AGrantThatNeedsHeartbeatsEndsWithoutThem) {
  Grant grant = Active();
  grant.heartbeat_timeout = 30 * kSecond;
  EXPECT_EQ(Name(WhyNotInForce(grant, 130 * kSecond - 1)), "in force");
  EXPECT_EQ(Name(WhyNotInForce(grant, 130 * kSecond)), "grant_timed_out");

  EXPECT_FALSE(Apply(GrantEvent::kHeartbeat, 120 * kSecond, grant));
  EXPECT_EQ(Name(WhyNotInForce(grant, 149 * kSecond)), "in force");
  EXPECT_EQ(Name(WhyNotInForce(grant, 150 * kSecond)), "grant_timed_out");

  // Once it was too late it stays too late, whether or not anybody looked.
  EXPECT_EQ(Name(Apply(GrantEvent::kHeartbeat, 150 * kSecond, grant)), "grant_timed_out");
  EXPECT_EQ(Name(Apply(GrantEvent::kResume, 150 * kSecond, grant)), "grant_timed_out");
  EXPECT_FALSE(Apply(GrantEvent::kTimeOut, 150 * kSecond, grant));
  EXPECT_EQ(grant.state, GrantState::kTimedOut);
}

TEST(Lifecycle, AHeartbeatFromAnEarlierTimeTakesNothingAway) {
  Grant grant = Active();
  grant.heartbeat_timeout = 30 * kSecond;
  ASSERT_FALSE(Apply(GrantEvent::kHeartbeat, 120 * kSecond, grant));
  ASSERT_FALSE(Apply(GrantEvent::kHeartbeat, 110 * kSecond, grant));
  EXPECT_EQ(grant.last_heartbeat, 120 * kSecond);
}

TEST(Lifecycle, APendingGrantWaitsWithoutHeartbeatsAndBeginsWithOne) {
  Grant grant = Active();
  grant.state = GrantState::kPending;
  grant.heartbeat_timeout = 30 * kSecond;
  EXPECT_EQ(Name(WhyNotInForce(grant, 400 * kSecond)), "grant_pending");
  ASSERT_FALSE(Apply(GrantEvent::kActivate, 400 * kSecond, grant));
  EXPECT_EQ(Name(WhyNotInForce(grant, 429 * kSecond)), "in force");
  EXPECT_EQ(Name(WhyNotInForce(grant, 430 * kSecond)), "grant_timed_out");
}

TEST(Lifecycle, WhatIsOverByTimeCanOnlyEnd) {
  for (const GrantEvent event :
       {GrantEvent::kActivate, GrantEvent::kHeartbeat, GrantEvent::kSuspend, GrantEvent::kResume}) {
    Grant grant = Active();
    EXPECT_EQ(Name(Apply(event, 700 * kSecond, grant)), "grant_expired") << GrantEventName(event);
    EXPECT_EQ(grant.state, GrantState::kActive);
  }
  for (const GrantEvent event :
       {GrantEvent::kComplete, GrantEvent::kFail, GrantEvent::kTimeOut, GrantEvent::kRevoke}) {
    Grant grant = Active();
    EXPECT_EQ(Name(Apply(event, 700 * kSecond, grant)), "in force") << GrantEventName(event);
    EXPECT_TRUE(IsTerminal(grant.state));
    EXPECT_EQ(grant.ended, 700 * kSecond);
  }
}

TEST(Lifecycle, HowAGrantEndedIsSaidEvenWhenItsTimeIsOver) {
  Grant grant = Active();
  grant.state = GrantState::kCompleted;
  EXPECT_EQ(Name(WhyNotInForce(grant, 10'000 * kSecond)), "grant_completed");
  EXPECT_EQ(Name(WhyNotInForce(grant, 0)), "grant_completed");
}

TEST(Lifecycle, OfAnAncestorItIsSaidWhetherItMayComeBack) {
  EXPECT_EQ(AsAncestor(ReasonCode::kGrantSuspended), ReasonCode::kGrantSuspended);
  EXPECT_EQ(AsAncestor(ReasonCode::kGrantPending), ReasonCode::kGrantPending);
  for (const ReasonCode over :
       {ReasonCode::kGrantExpired, ReasonCode::kGrantCompleted, ReasonCode::kGrantFailed,
        ReasonCode::kGrantTimedOut, ReasonCode::kGrantRevoked}) {
    EXPECT_EQ(AsAncestor(over), ReasonCode::kAncestorRevoked) << ReasonCodeName(over);
  }
}

TEST(Lifecycle, TimesAtTheirEndsDoNotOverflow) {
  EXPECT_EQ(HeartbeatDeadline(100, 0), kNever);
  EXPECT_EQ(HeartbeatDeadline(kNever - 1, 2), kNever);
  EXPECT_EQ(HeartbeatDeadline(100, 50), 150);
  Grant grant = Active();
  grant.expires = kNever;
  EXPECT_EQ(TombstoneUntil(grant, kSecond), kNever);
}

TEST(Lifecycle, ATombstoneStaysUntilNothingMadeUnderTheGrantCanCome) {
  Grant grant = Active();
  ASSERT_FALSE(Apply(GrantEvent::kComplete, 200 * kSecond, grant));
  EXPECT_EQ(TombstoneUntil(grant, 60 * kSecond), 760 * kSecond);
  Grant late = Active();
  ASSERT_FALSE(Apply(GrantEvent::kFail, 900 * kSecond, late));
  EXPECT_EQ(TombstoneUntil(late, 60 * kSecond), 960 * kSecond);
}

}  // namespace
}  // namespace thuja::grants
