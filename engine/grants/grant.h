// SPDX-License-Identifier: Apache-2.0
// A grant: authority of one holder, for one task, over some tools, until some time.
//
// A credential that lasts until somebody revokes it outlives what it was made for. A grant ends
// with its task: completed, failed, revoked, not heard of, or simply too old. It names its holder,
// so that nobody else can use it, and can be delegated only as less than it is
// (engine/grants/issue.h). How it changes is in engine/grants/lifecycle.h.
//
// All times are nanoseconds since 1970-01-01T00:00:00Z, all spans nanoseconds. Nothing here reads a
// clock, and nothing is random: ids come from whoever issues.
#pragma once

#include <compare>
#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/grants/scope.h"
#include "engine/value/entity_uid.h"

namespace thuja::grants {

// 128 random bits; written as 32 hexadecimal digits in lower case. All zero is no grant.
struct GrantId {
  uint64_t high = 0;
  uint64_t low = 0;

  static constexpr size_t kDigits = 32;

  static std::optional<GrantId> Parse(std::string_view text);
  std::string ToString() const;
  // Writes kDigits characters.
  void Write(char* out) const;
  explicit operator bool() const { return (high | low) != 0; }

  friend auto operator<=>(const GrantId&, const GrantId&) = default;
};

// The last four are terminal: nothing leads out of them.
enum class GrantState : uint8_t {
  kPending,    // issued, to be activated
  kActive,     // in force from `not_before` until `expires`
  kSuspended,  // not in force; may be resumed
  kCompleted,  // the task was done
  kFailed,     // the task was given up
  kTimedOut,   // no heartbeat came in time
  kRevoked,    // somebody took it back
};
inline constexpr size_t kGrantStates = 7;

std::string_view GrantStateName(GrantState state);
std::optional<GrantState> ParseGrantState(std::string_view name);
constexpr bool IsTerminal(GrantState state) { return state >= GrantState::kCompleted; }

// How far a delegation may go: a grant that nobody delegated has depth 0.
inline constexpr uint8_t kMostDepth = 8;

// What a grant is for. Empty texts: not bound to one, which only `tenant`, `workflow`, `step`,
// `environment` and `deployment` may be.
struct Purpose {
  std::string tenant;
  std::string task;
  std::string workflow;
  std::string step;         // of the workflow; needed if there is one
  std::string environment;  // such as `staging`
  std::string deployment;   // digest or name of the build that the holder runs

  friend bool operator==(const Purpose&, const Purpose&) = default;
};

struct Grant {
  GrantId id;
  GrantId parent;  // that it was delegated from, if it was
  uint8_t depth = 0;
  value::EntityUid holder;
  std::string agent_class;  // id of an entity of type kAgentClassType
  Purpose purpose;
  std::shared_ptr<const Scope> scope;

  GrantState state = GrantState::kPending;
  uint64_t revision = 0;  // of the change that made it what it is
  int64_t issued = 0;
  int64_t not_before = 0;         // first time at which it is in force
  int64_t expires = 0;            // first time at which it no longer is
  int64_t ended = 0;              // when it became terminal
  int64_t heartbeat_timeout = 0;  // it ends when nothing was heard for so long; 0: never by that
  int64_t last_heartbeat = 0;     // activation and resumption count as one

  std::optional<uint64_t> calls;  // how many it was issued for; without one there is no limit
  std::string issued_by;          // credential that asked for it
  std::string ended_because;      // what the caller said who ended it
};

}  // namespace thuja::grants
