// SPDX-License-Identifier: Apache-2.0
// The guard: no decision without a live grant.
//
// What the policies say is only asked once a grant is found that is its caller's, alive, and
// reaches the call; and what they allow is only said once the grant is still alive after they were
// asked, with a call of its budget taken. The order of the checks is that of
// engine/base/reason_codes.def, and no policy can skip one. A policy can only narrow what the grant
// allows, and a grant only what the policies allow.
//
//   Guard guard(table);                                  // one for each thread
//   GuardedDecision answer = guard.Decide(snapshot, request, caller, state, scratch, options);
//
// Where a holder has several grants for one task, the first that covers the call counts; if none
// does, the reason is that of the one that came furthest.
//
// Pure, as all of the engine: time, and what the grants are, come from outside. Takes no lock, and
// no memory once it has grown to the largest request.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/reason_code.h"
#include "engine/decide/decide.h"
#include "engine/decide/tool_call.h"
#include "engine/grants/agent_class.h"
#include "engine/grants/grant_table.h"

namespace thuja::decide {

// Who brought the request, as the decision point knows it: the policy enforcement point. Texts that
// are empty say nothing.
struct GuardedCaller {
  std::string_view name = {};
  // Where the enforcement point stands. A request that says something else is refused.
  std::string_view tenant = {};
  std::string_view environment = {};
  std::string_view deployment = {};
  // SHA-256 of the task credential that came with the request; all zero if none did.
  grants::CredentialDigest credential = {};
  // The request needs no grant. What is decided is then up to the policies.
  bool is_exempt = false;
};

// How much of the world the decision point has seen.
struct GrantsState {
  uint64_t revision = 0;         // of the last change of the grants that can be seen
  uint64_t wanted_revision = 0;  // that the request demands
  int64_t age = 0;               // nanoseconds for which nothing was heard of newer changes
};

struct GuardedDecision {
  Decision decision;
  // The grant that was used, or that came furthest; all zero if there is none. Valid until the next
  // decision.
  const grants::GrantSlot* grant = nullptr;
  // The grant's calls run low, or out: more should be given to the table. Said once, until the
  // table's writer has heard of it.
  bool wants_calls = false;
};

// Not thread-safe; must not outlive the table.
class Guard {
 public:
  explicit Guard(grants::GrantTable::Reader reader) : reader_(std::move(reader)) {}

  // Decides at `request.now`. Turns the request into the first shape of engine/decide/tool_call.h
  // and puts `context.pdp` into it, so that it is what the policies saw.
  GuardedDecision Decide(const Snapshot& snapshot, value::Request& request,
                         const GuardedCaller& caller, const GrantsState& state, Scratch& scratch,
                         const DecideOptions& options = {});

  // The two halves of it, for whoever asks the policies himself: what goes before them, which says
  // why not, or nothing; and what comes after, of what they said.
  std::optional<base::ReasonCode> Admit(const Snapshot& snapshot, value::Request& request,
                                        const GuardedCaller& caller, const GrantsState& state);
  GuardedDecision Settle(const Decision& decision, const value::Request& request);

  // Lets go of what was found, so that its memory can be used again; for times without requests.
  void Rest() { reader_.Refresh(); }

 private:
  using Why = std::optional<base::ReasonCode>;

  static constexpr int kUnknown = -2;
  static constexpr int kNoEffect = -1;  // weaker than any that a tool has
  static constexpr int kMostEffect = static_cast<int>(grants::Effect::kDestructive);

  // What decisions need of the limits of a class, or of several together. A class that the store
  // has not allows no tool.
  struct BindingLimits {
    int64_t max_staleness = INT64_MAX;
    int ceiling = kUnknown;
  };

  GuardedDecision Deny(base::ReasonCode code) const;
  Why Find(const value::Request& request, const GuardedCaller& caller, const GrantsState& state);
  Why WhyNot(const grants::GrantSlot& grant, const value::Request& request,
             const GuardedCaller& caller, const GrantsState& state);
  Why WhyNotReached(const grants::GrantSlot& grant, const BindingLimits& limits) const;
  // A grant that was delegated is bound by the classes of all who delegated it.
  BindingLimits LimitsOfPath(const grants::GrantSlot& grant);
  const BindingLimits& LimitsOf(const grants::GrantSlot& grant);
  void LookUpLimits(const grants::GrantSlot& grant);
  void UseSnapshot(const Snapshot& snapshot);

  grants::GrantTable::Reader reader_;
  const Snapshot* snapshot_ = nullptr;   // of the decision under way
  const Snapshot* limits_of_ = nullptr;  // what limits_ was read from, and its revision
  uint64_t limits_revision_ = 0;
  std::vector<BindingLimits> limits_;  // by number of the class
  ToolCall call_;
  value::EntityNumber principal_ = value::kNoEntity;
  value::EntityNumber tool_ = value::kNoEntity;
  const grants::GrantSlot* grant_ = nullptr;
};

}  // namespace thuja::decide
