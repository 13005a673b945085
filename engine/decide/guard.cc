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
  return Settle(decide::Decide(snapshot, request, scratch, options), request);
}

Guard::Why Guard::Admit(const Snapshot& snapshot, Request& request, const GuardedCaller& caller,
                        const GrantsState& state) {
  reader_.Refresh();
  snapshot_ = &snapshot;
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
    case GrantSlot::Taken::kOneAndLow: return {decision, grant_, true};
    case GrantSlot::Taken::kNone: break;
  }
  GuardedDecision exhausted = Deny(ReasonCode::kBudgetExhausted);
  exhausted.wants_calls = true;
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
  if (const Why why = WhyNotOurs(grant, request, caller)) return why;
  if (const Why why = grant.WhyNot(request.now)) return why;
  return WhyNotReached(grant, state);
}

Guard::Why Guard::WhyNotOurs(const GrantSlot& grant, const Request& request,
                             const GuardedCaller& caller) const {
  // A grant that a credential was made for is used with it or not at all.
  if (grant.has_credential() && !caller.credential) return ReasonCode::kTokenMissing;
  if (!base::EqualTexts(grant.holder_id(), request.principal.id) ||
      !base::EqualTexts(grant.holder_type(), request.principal.type)) {
    return ReasonCode::kHolderMismatch;
  }
  if (!IsOfTenant(grant)) return ReasonCode::kTenantMismatch;
  if (!Meets(call_.task, grant.task())) return ReasonCode::kTaskMismatch;
  if (!Meets(grant.step(), call_.step)) return ReasonCode::kStepMismatch;
  if (!Meets(grant.environment(), call_.environment)) return ReasonCode::kEnvironmentMismatch;
  if (!Meets(grant.deployment(), call_.deployment)) return ReasonCode::kBindingMismatch;
  return std::nullopt;
}

bool Guard::IsOfTenant(const GrantSlot& grant) const {
  return Meets(call_.tenant, grant.tenant()) &&
         IsOfEveryTenant(snapshot_->entities(), grant, principal_, tool_);
}

Guard::Why Guard::WhyNotReached(const GrantSlot& grant, const GrantsState& state) {
  // A grant that was delegated is bound by the classes of all who delegated it.
  const grants::Effect effect = EffectOf(snapshot_->entities(), tool_);
  bool too_strong = false;
  for (const GrantSlot* at = &grant; at != nullptr; at = at->parent()) {
    const std::optional<grants::ClassLimits>& limits = LimitsOf(*at);
    if (!limits) return ReasonCode::kToolNotInScope;
    if (state.age > limits->max_staleness) return ReasonCode::kStaleState;
    too_strong = too_strong || effect > limits->ceiling;
  }
  if (too_strong) return ReasonCode::kToolNotInScope;
  const grants::Reach reach =
      grants::Check(grant.scope(), call_.tool, call_.resources, call_.input);
  if (reach == grants::Reach::kCovered) return std::nullopt;
  return ReasonOf(reach);
}

const std::optional<grants::ClassLimits>& Guard::LimitsOf(const GrantSlot& grant) {
  if (limits_of_ != snapshot_ || limits_revision_ != snapshot_->revision()) {
    limits_of_ = snapshot_;
    limits_revision_ = snapshot_->revision();
    std::ranges::fill(limits_, KnownLimits());
  }
  const size_t number = grant.class_number();
  if (number >= limits_.size()) limits_.resize(number + 1);
  KnownLimits& known = limits_[number];
  if (!known.known) {
    known = {true, grants::LimitsOfClass(snapshot_->entities(), grant.agent_class())};
  }
  return known.limits;
}

}  // namespace thuja::decide
