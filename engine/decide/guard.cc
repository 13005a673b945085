// SPDX-License-Identifier: Apache-2.0
// The checks of the guard, in their order.
//
// Tested by tests/unit/decide/guard_test.cc.
#include "engine/decide/guard.h"

#include <algorithm>

#include "engine/base/words.h"
#include "engine/decide/pdp_context.h"
#include "engine/decide/tool_reach.h"

namespace thuja::decide {
namespace {

using base::ReasonCode;
using grants::GrantSlot;
using value::Request;
using value::Type;

// What is said must be what is bound; where nothing is bound, anything may be said.
bool Meets(std::string_view bound, std::string_view said) {
  return bound.empty() || base::EqualTexts(bound, said);
}

// What the enforcement point is configured to be goes before what its request says. False if they
// differ.
bool Agree(std::string_view configured, std::string_view& said) {
  if (configured.empty()) return true;
  if (said.empty()) said = configured;
  return said == configured;
}

ReasonCode ReasonOf(grants::Reach reach) {
  switch (reach) {
    case grants::Reach::kCovered: break;
    case grants::Reach::kToolNotInScope: return ReasonCode::kToolNotInScope;
    case grants::Reach::kResourceOutOfScope: return ReasonCode::kResourceOutOfScope;
    case grants::Reach::kArgumentOutOfScope: return ReasonCode::kArgumentOutOfScope;
  }
  return ReasonCode::kInternalError;
}

}  // namespace

GuardedDecision Guard::Decide(const Snapshot& snapshot, Request& request,
                              const GuardedCaller& caller, const GrantsState& state,
                              Scratch& scratch, const DecideOptions& options) {
  if (const Why why = Admit(snapshot, request, caller, state)) return Deny(*why);
  DecideOptions with_numbers = options;
  if (!caller.is_exempt) with_numbers.known_numbers = {principal_, tool_};
  return Settle(decide::Decide(snapshot, request, scratch, with_numbers), request);
}

Guard::Why Guard::Admit(const Snapshot& snapshot, Request& request, const GuardedCaller& caller,
                        const GrantsState& state) {
  reader_.Refresh();
  UseSnapshot(snapshot);
  grant_ = nullptr;
  if (state.revision < state.wanted_revision) return ReasonCode::kStaleState;
  if (caller.is_exempt) {
    if (!request.context.Is(Type::kRecord)) return ReasonCode::kMalformedRequest;
    if (request.context.Find(kReservedKey) != nullptr) return ReasonCode::kReservedKey;
  } else {
    if (const Why why = ReadToolCall(request, call_)) return why;
    if (const Why why = Find(request, caller, state)) return why;
  }
  AddPdpContext(grant_, grant_ != nullptr && caller.credential, caller.name, request);
  return std::nullopt;
}

GuardedDecision Guard::Settle(const Decision& decision, const Request& request) {
  if (!decision.allowed() || grant_ == nullptr) return {decision, grant_};
  // What was revoked while the policies were asked allows nothing.
  if (const Why why = grant_->WhyNot(request.now)) return Deny(*why);
  switch (grant_->TakeCall()) {
    case GrantSlot::Taken::kOne: return {decision, grant_};
    case GrantSlot::Taken::kOneAndLow: return {decision, grant_, grant_->AskForCalls()};
    case GrantSlot::Taken::kNone: break;
  }
  GuardedDecision exhausted = Deny(ReasonCode::kBudgetExhausted);
  exhausted.wants_calls = grant_->AskForCalls();
  return exhausted;
}

GuardedDecision Guard::Deny(ReasonCode code) const {
  GuardedDecision answer;
  answer.decision.code = code;
  answer.decision.revision = snapshot_->revision();
  answer.grant = grant_;
  return answer;
}

Guard::Why Guard::Find(const Request& request, const GuardedCaller& caller,
                       const GrantsState& state) {
  if (!Agree(caller.tenant, call_.tenant)) return ReasonCode::kTenantMismatch;
  if (!Agree(caller.environment, call_.environment)) return ReasonCode::kEnvironmentMismatch;
  if (!Agree(caller.deployment, call_.deployment)) return ReasonCode::kBindingMismatch;
  principal_ = snapshot_->entities().NumberOf(request.principal.view());
  tool_ = snapshot_->entities().NumberOf(request.resource.view());
  if (caller.credential) {
    grant_ = reader_.FindByCredential(caller.credential);
    if (grant_ == nullptr) return ReasonCode::kNoActiveGrant;
    return WhyNot(*grant_, request, caller, state);
  }
  if (call_.task.empty()) return ReasonCode::kTaskRequired;
  Why furthest = ReasonCode::kNoActiveGrant;
  reader_.FindByTask(request.principal.type, request.principal.id, call_.task,
                     [&](const GrantSlot& grant) {
                       const Why why = WhyNot(grant, request, caller, state);
                       if (grant_ == nullptr || !why || *why > *furthest) {
                         grant_ = &grant;
                         furthest = why;
                       }
                       return !why;
                     });
  return furthest;
}

Guard::Why Guard::WhyNot(const GrantSlot& grant, const Request& request,
                         const GuardedCaller& caller, const GrantsState& state) {
  // A grant that a credential was made for is used with it or not at all.
  if (grant.has_credential() && !caller.credential) return ReasonCode::kTokenMissing;
  if (!base::EqualTexts(grant.holder_id(), request.principal.id) ||
      !base::EqualTexts(grant.holder_type(), request.principal.type)) {
    return ReasonCode::kHolderMismatch;
  }
  if (!Meets(call_.tenant, grant.tenant()) ||
      !IsOfEveryTenant(snapshot_->entities(), grant, principal_, tool_)) {
    return ReasonCode::kTenantMismatch;
  }
  if (!Meets(call_.task, grant.task())) return ReasonCode::kTaskMismatch;
  if (!Meets(grant.step(), call_.step)) return ReasonCode::kStepMismatch;
  if (!Meets(grant.environment(), call_.environment)) return ReasonCode::kEnvironmentMismatch;
  if (!Meets(grant.deployment(), call_.deployment)) return ReasonCode::kBindingMismatch;
  if (const Why why = grant.WhyNot(request.now)) return why;
  const BindingLimits limits = LimitsOfPath(grant);
  if (state.age > limits.max_staleness) return ReasonCode::kStaleState;
  return WhyNotReached(grant, limits);
}

Guard::BindingLimits Guard::LimitsOfPath(const GrantSlot& grant) {
  int64_t max_staleness = INT64_MAX;
  int ceiling = kMostEffect;
  for (const GrantSlot* at = &grant; at != nullptr; at = at->parent()) {
    const BindingLimits& limits = LimitsOf(*at);
    max_staleness = std::min(max_staleness, limits.max_staleness);
    ceiling = std::min(ceiling, limits.ceiling);
  }
  return {max_staleness, ceiling};
}

const Guard::BindingLimits& Guard::LimitsOf(const GrantSlot& grant) {
  const size_t number = grant.class_number();
  if (number >= limits_.size() || limits_[number].ceiling == kUnknown) LookUpLimits(grant);
  return limits_[number];
}

void Guard::LookUpLimits(const GrantSlot& grant) {
  const size_t number = grant.class_number();
  if (number >= limits_.size()) limits_.resize(number + 1);
  const auto limits = grants::LimitsOfClass(snapshot_->entities(), grant.agent_class());
  limits_[number] = limits ? BindingLimits{limits->max_staleness, static_cast<int>(limits->ceiling)}
                           : BindingLimits{.ceiling = kNoEffect};
}

void Guard::UseSnapshot(const Snapshot& snapshot) {
  snapshot_ = &snapshot;
  if (limits_of_ == &snapshot && limits_revision_ == snapshot.revision()) return;
  limits_of_ = &snapshot;
  limits_revision_ = snapshot.revision();
  std::ranges::fill(limits_, BindingLimits());
}

Guard::Why Guard::WhyNotReached(const GrantSlot& grant, const BindingLimits& limits) const {
  if (static_cast<int>(EffectOf(snapshot_->entities(), tool_)) > limits.ceiling) {
    return ReasonCode::kToolNotInScope;
  }
  const grants::Reach reach =
      grants::Check(grant.scope(), call_.tool, call_.resources, call_.input);
  if (reach == grants::Reach::kCovered) return std::nullopt;
  return ReasonOf(reach);
}

}  // namespace thuja::decide
