// SPDX-License-Identifier: Apache-2.0
// The checks of issuing, and what a delegation may not widen.
//
// Tested by tests/unit/grants/issue_test.cc.
#include "engine/grants/issue.h"

#include <algorithm>
#include <initializer_list>
#include <utility>

#include "engine/grants/canonical.h"
#include "engine/grants/lifecycle.h"

namespace thuja::grants {
namespace {

using base::ReasonCode;
using value::EntityNumber;
using value::EntityStore;
using value::EntityUidView;

// absl::StrCat of Debian takes no std::string_view.
std::string Join(std::initializer_list<std::string_view> parts) {
  std::string all;
  for (const std::string_view part : parts) all += part;
  return all;
}

Refusal Malformed(std::string message) {
  return {ReasonCode::kMalformedRequest, std::move(message)};
}

std::optional<Refusal> CheckText(std::string_view what, std::string_view text, bool needed) {
  if (needed && text.empty()) return Malformed(Join({"the grant names no ", what}));
  if (text.size() > kMostTextBytes) {
    return Malformed(
        Join({"the ", what, " has more than ", std::to_string(kMostTextBytes), " bytes"}));
  }
  // What somebody reads in a record must be what is there.
  if (!IsVisible(text)) {
    return Malformed(Join({"the ", what, " is no readable text"}));
  }
  return std::nullopt;
}

std::optional<Refusal> CheckTexts(const IssueRequest& request) {
  const Purpose& purpose = request.purpose;
  const struct {
    std::string_view what;
    std::string_view text;
    bool needed;
  } kTexts[] = {
      {"type of the holder", request.holder.type, true},
      {"holder", request.holder.id, true},
      {"class", request.agent_class, true},
      {"task", purpose.task, true},
      {"tenant", purpose.tenant, false},
      {"workflow", purpose.workflow, false},
      // What all steps of a workflow hold is what one of them can leak for all.
      {"step of the workflow", purpose.step, !purpose.workflow.empty()},
      {"environment", purpose.environment, false},
      {"deployment", purpose.deployment, false},
      {"issuer", request.issued_by, false},
  };
  for (const auto& text : kTexts) {
    if (auto refusal = CheckText(text.what, text.text, text.needed)) return refusal;
  }
  if (!purpose.step.empty() && purpose.workflow.empty()) {
    return Malformed("the grant names a step of no workflow");
  }
  return std::nullopt;
}

std::optional<Refusal> CheckScopeOf(const IssueRequest& request) {
  if (request.scope == nullptr) return Malformed("the grant has no scope");
  const absl::Status status = CheckScope(*request.scope);
  if (!status.ok()) return Malformed(std::string(status.message()));
  return std::nullopt;
}

// The limits of the class, once it is known that the holder is of it.
std::optional<Refusal> FindLimits(const IssueRequest& request, const EntityStore& entities,
                                  ClassLimits* limits) {
  const auto found = LimitsOfClass(entities, request.agent_class);
  if (!found) return Malformed(Join({"there is no class `", request.agent_class, "`"}));
  *limits = *found;
  const EntityNumber holder = entities.NumberOf(request.holder.view());
  if (holder == value::kNoEntity || !entities.IsStored(holder)) return std::nullopt;
  if (entities.IsBelow(request.holder.view(),
                       EntityUidView{kAgentClassType, request.agent_class})) {
    return std::nullopt;
  }
  return Refusal{ReasonCode::kHolderMismatch,
                 Join({value::Print(request.holder.view()), " is not of the class `",
                       request.agent_class, "`"})};
}

// Sets the times of `grant`. `latest`: when it must be over.
std::optional<Refusal> SetTimes(const IssueRequest& request, int64_t now, const ClassLimits& limits,
                                int64_t earliest, int64_t latest, Grant& grant) {
  const auto is_span = [](int64_t span) { return span >= 0 && span <= kLastTime; };
  if (now < 0 || now > kLastTime || !is_span(request.not_before) || !is_span(request.ttl) ||
      !is_span(request.heartbeat_timeout)) {
    return Malformed("a time of the grant is negative, or after the year 2099");
  }
  grant.issued = now;
  grant.not_before = std::max({now, request.not_before, earliest});
  if (request.ttl > limits.max_ttl) {
    return Refusal{ReasonCode::kTtlAboveClassMax,
                   Join({"the class `", request.agent_class, "` allows ",
                         std::to_string(limits.max_ttl / 1'000'000'000), " seconds"})};
  }
  if (limits.max_ttl == 0) {
    return Refusal{ReasonCode::kTtlAboveClassMax,
                   Join({"the class `", request.agent_class, "` allows no grants"})};
  }
  if (request.ttl == 0) {
    const int64_t most = std::min(limits.max_ttl, kLastTime);
    grant.expires = std::min(grant.not_before + most, latest);
  } else {
    grant.expires = grant.not_before + request.ttl;
  }
  if (grant.expires > kLastTime) return Malformed("the grant would last beyond the year 2099");
  if (grant.expires > latest) {
    return Refusal{ReasonCode::kAttenuation, "the grant would outlive the one it comes from"};
  }
  if (grant.expires <= grant.not_before) {
    return Refusal{ReasonCode::kAttenuation,
                   "the grant would begin after the one it comes from ends"};
  }
  grant.heartbeat_timeout = request.heartbeat_timeout;
  grant.last_heartbeat = grant.not_before;
  return std::nullopt;
}

std::optional<Refusal> Make(const IssueRequest& request, GrantId id, int64_t now,
                            const EntityStore& entities, int64_t earliest, int64_t latest,
                            Grant& grant) {
  if (!id) return Malformed("the grant has no id");
  if (auto refusal = CheckTexts(request)) return refusal;
  if (auto refusal = CheckScopeOf(request)) return refusal;
  ClassLimits limits;
  if (auto refusal = FindLimits(request, entities, &limits)) return refusal;
  Grant made;
  if (auto refusal = SetTimes(request, now, limits, earliest, latest, made)) return refusal;
  made.id = id;
  made.holder = request.holder;
  made.agent_class = request.agent_class;
  made.purpose = request.purpose;
  made.scope = request.scope;
  made.calls = request.calls;
  made.issued_by = request.issued_by;
  made.state = request.pending ? GrantState::kPending : GrantState::kActive;
  grant = std::move(made);
  return std::nullopt;
}

// Gives `text` what the parent has. False if it has something else.
bool Inherit(const std::string& parent, std::string& text) {
  if (parent.empty()) return true;
  if (text.empty()) text = parent;
  return text == parent;
}

Refusal Widens(std::string_view what) {
  return {ReasonCode::kAttenuation,
          Join({"the grant would have another ", what, " than the one it comes from"})};
}

}  // namespace

std::optional<Refusal> Issue(const IssueRequest& request, GrantId id, int64_t now,
                             const EntityStore& entities, Grant& grant) {
  return Make(request, id, now, entities, now, kLastTime, grant);
}

std::optional<Refusal> Delegate(const IssueRequest& request, GrantId id, const Grant& parent,
                                int64_t now, const EntityStore& entities, Grant& grant) {
  if (const auto why = WhyNotInForce(parent, now)) {
    return Refusal{
        ReasonCode::kParentNotActive,
        Join({"the grant that it would come from is no help: ", base::ReasonCodeName(*why)})};
  }
  if (parent.depth >= kMostDepth) {
    return Refusal{ReasonCode::kDepthExceeded,
                   Join({"a grant is delegated ", std::to_string(kMostDepth), " times at most"})};
  }
  IssueRequest child = request;
  Purpose& purpose = child.purpose;
  if (purpose.task.empty()) purpose.task = parent.purpose.task;
  if (!Inherit(parent.purpose.tenant, purpose.tenant)) return Widens("tenant");
  if (!Inherit(parent.purpose.workflow, purpose.workflow)) return Widens("workflow");
  if (!Inherit(parent.purpose.environment, purpose.environment)) return Widens("environment");
  // Each step has a grant of its own; without a word the child is part of its parent's.
  if (purpose.step.empty() && purpose.workflow == parent.purpose.workflow) {
    purpose.step = parent.purpose.step;
  }
  if (child.scope == nullptr) child.scope = parent.scope;
  if (child.scope != parent.scope && !Attenuates(*child.scope, *parent.scope)) {
    return Refusal{ReasonCode::kAttenuation,
                   "the grant would reach what the one it comes from does not"};
  }
  if (parent.calls && !child.calls) {
    return Refusal{ReasonCode::kAttenuation,
                   "the grant would have more calls than the one it comes from: name how many"};
  }
  const int64_t latest = parent.expires;
  if (auto refusal = Make(child, id, now, entities, parent.not_before, latest, grant))
    return refusal;
  grant.parent = parent.id;
  grant.depth = static_cast<uint8_t>(parent.depth + 1);
  return std::nullopt;
}

}  // namespace thuja::grants
