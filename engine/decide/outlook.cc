// SPDX-License-Identifier: Apache-2.0
// Finding the tools, and asking the policies about each.
//
// Tested by tests/unit/decide/outlook_test.cc.
#include "engine/decide/outlook.h"

#include <algorithm>
#include <optional>
#include <utility>

#include "engine/decide/interpreter.h"
#include "engine/decide/pdp_context.h"
#include "engine/decide/tool_call.h"
#include "engine/decide/tool_reach.h"
#include "engine/grants/canonical.h"

namespace thuja::decide {
namespace {

using grants::GrantSlot;
using lang::ExprId;
using lang::ExprKind;
using lang::ExprTree;
using value::EntityNumber;
using value::EntityStore;
using value::EntityUidView;

// Names of policies that a text may have.
constexpr size_t kMostNamed = 5;

// Looks for parts of a condition that only a call can answer.
class CallSearch {
 public:
  explicit CallSearch(const ExprTree& tree) : tree_(tree) {}

  bool Finds(ExprId id) const {
    const ExprKind kind = tree_[id].kind;
    if (kind == ExprKind::kVariable) return IsContext(id);
    if (kind == ExprKind::kGetAttribute || kind == ExprKind::kHas) {
      if (const auto path = PathFromContext(id)) return !IsKnown(*path, kind);
    }
    return std::ranges::any_of(tree_.Children(id), [this](ExprId child) { return Finds(child); });
  }

 private:
  using Path = std::vector<std::string_view>;

  bool IsContext(ExprId id) const {
    return tree_[id].kind == ExprKind::kVariable &&
           tree_[id].number == static_cast<int64_t>(lang::Variable::kContext);
  }

  // `context.pdp.task` is {pdp, task}; nothing for what does not begin with the context.
  std::optional<Path> PathFromContext(ExprId id) const {
    Path path;
    for (; !IsContext(id); id = tree_.Child(id, 0)) {
      const ExprKind kind = tree_[id].kind;
      if (kind != ExprKind::kGetAttribute && kind != ExprKind::kHas) return std::nullopt;
      const auto texts = tree_.Texts(id);
      path.insert(path.begin(), texts.begin(), texts.end());
    }
    return path;
  }

  static bool IsKnown(const Path& path, ExprKind kind) {
    if (path.front() != kReservedKey) return false;
    return kind == ExprKind::kHas || (path.size() > 1 && path[1] != "credential");
  }

  const ExprTree& tree_;
};

// The tightest of the classes that bind the grant; nothing if one of them is not known.
std::optional<grants::Effect> CeilingOf(const GrantSlot& grant, const EntityStore& entities) {
  grants::Effect ceiling = grants::Effect::kDestructive;
  for (const GrantSlot* at = &grant; at != nullptr; at = at->parent()) {
    const auto limits = grants::LimitsOfClass(entities, at->agent_class());
    if (!limits) return std::nullopt;
    ceiling = std::min(ceiling, limits->ceiling);
  }
  return ceiling;
}

// What the grant itself has to say of a call of a tool that it reaches; empty if nothing.
std::string_view OfGrant(const grants::Scope& scope, std::string_view tool) {
  if (scope.resources) return "the grant looks at what the call is about";
  const bool any_arguments = std::ranges::any_of(scope.tools, [&](const grants::ToolRule& rule) {
    return rule.tools.Matches(tool) && (!rule.arguments || (rule.open && rule.arguments->empty()));
  });
  return any_arguments ? "" : "the grant looks at the arguments";
}

// Asks about one tool after the other.
class Asking {
 public:
  Asking(const Snapshot& snapshot, const GrantSlot& grant, int64_t now,
         const DecideOptions& options)
      : snapshot_(snapshot), grant_(grant), options_(options) {
    request_.principal = {std::string(grant.holder_type()), std::string(grant.holder_id())};
    request_.action = {std::string(kActionType), std::string(kCallTool)};
    request_.resource.type = kToolType;
    request_.now = now;
    AddPdpContext(&grant, grant.has_credential(), "", request_);
    options_.outcome_only = false;
    view_.Open(snapshot.entities(), request_);
    FindOpenPolicies();
  }

  ToolOutlook Ask(std::string_view tool) {
    request_.resource.id = tool;
    auto [permitted, because] = Judge();
    if (permitted == Permitted::kAlways) {
      if (const std::string_view why = OfGrant(grant_.scope(), tool); !why.empty()) {
        permitted = Permitted::kDepends;
        because = why;
      }
    }
    return {tool, permitted, std::move(because)};
  }

 private:
  using Policies = std::vector<PolicyIndex>;

  const lang::BoundPolicy& At(PolicyIndex policy) const {
    return snapshot_.policies().bound()[policy.index];
  }
  static bool IsForbid(const lang::BoundPolicy& bound) {
    return bound.policy->effect == lang::Effect::kForbid;
  }

  // Those that look at the call and are about calls of this holder, whatever the tool.
  void FindOpenPolicies() {
    base::Arena arena;
    Interpreter interpreter(view_, request_, arena);
    const auto& bound = snapshot_.policies().bound();
    looks_.resize(bound.size());
    for (uint32_t i = 0; i < bound.size(); ++i) {
      looks_[i] = LooksAtCall(*bound[i].policy);
      if (looks_[i] && interpreter.MatchesPrincipal(bound[i]) &&
          interpreter.MatchesAction(bound[i])) {
        open_.push_back({i});
      }
    }
  }

  // Of those, the ones that are about this tool.
  void FindAboutTool(Policies& permits, Policies& forbids) {
    if (open_.empty()) return;
    arena_.Reset();
    Interpreter interpreter(view_, request_, arena_);
    for (const PolicyIndex policy : open_) {
      if (!interpreter.MatchesResource(At(policy))) continue;
      (IsForbid(At(policy)) ? forbids : permits).push_back(policy);
    }
  }

  std::pair<Permitted, std::string> Judge() {
    const Decision decision = Decide(snapshot_, request_, scratch_, options_);
    Policies permits;
    Policies forbids;
    FindAboutTool(permits, forbids);
    if (decision.allowed()) {
      if (!forbids.empty()) return {Permitted::kDepends, Named("it may be forbidden by", forbids)};
      const Policies sure = WithoutOpen(decision.reasons);
      if (sure.empty()) return {Permitted::kDepends, Named("it may be permitted by", permits)};
      return {Permitted::kAlways, Named("it is permitted by", sure)};
    }
    const Policies sure = SureForbids(decision);
    if (!sure.empty()) return {Permitted::kNever, Named("it is forbidden by", sure)};
    if (decision.code != ReasonCode::kNoPermit) {
      return {Permitted::kDepends, Named("it may be forbidden by", forbids)};
    }
    if (permits.empty()) return {Permitted::kNever, "no policy permits it"};
    return {Permitted::kDepends, Named("it may be permitted by", permits)};
  }

  // What forbids whatever the call: satisfied, or failed where that denies.
  Policies SureForbids(const Decision& decision) const {
    if (decision.code == ReasonCode::kForbid) return WithoutOpen(decision.reasons);
    Policies failed;
    if (decision.code != ReasonCode::kForbidError) return failed;
    for (const EvalError& error : decision.errors) {
      if (IsForbid(At(error.policy)) && !looks_[error.policy.index]) {
        failed.push_back(error.policy);
      }
    }
    return failed;
  }

  Policies WithoutOpen(std::span<const PolicyIndex> policies) const {
    Policies sure;
    for (const PolicyIndex policy : policies) {
      if (!looks_[policy.index]) sure.push_back(policy);
    }
    return sure;
  }

  std::string Named(std::string_view what, const Policies& policies) const {
    std::string text(what);
    for (size_t i = 0; i < std::min(policies.size(), kMostNamed); ++i) {
      text += i == 0 ? " `" : ", `";
      text += At(policies[i]).id + "`";
    }
    if (policies.size() > kMostNamed) {
      text += " and " + std::to_string(policies.size() - kMostNamed) + " more";
    }
    return text;
  }

  const Snapshot& snapshot_;
  const GrantSlot& grant_;
  DecideOptions options_;
  value::Request request_;
  EntityView view_;
  Scratch scratch_;
  base::Arena arena_;
  std::vector<bool> looks_;  // of each policy: at the call
  Policies open_;
};

}  // namespace

std::string_view PermittedName(Permitted permitted) {
  constexpr std::string_view kNames[] = {"always", "depends", "never"};
  return kNames[static_cast<size_t>(permitted)];
}

bool LooksAtCall(const lang::Policy& policy) {
  const CallSearch search(policy.expressions);
  return std::ranges::any_of(policy.conditions, [&](const lang::Condition& condition) {
    return search.Finds(condition.body);
  });
}

Outlook WhatCan(const Snapshot& snapshot, const GrantSlot& grant, int64_t now,
                const DecideOptions& options, size_t most) {
  Outlook outlook;
  const EntityStore& entities = snapshot.entities();
  const grants::Scope& scope = grant.scope();
  const auto ceiling = CeilingOf(grant, entities);
  if (!ceiling || (scope.resources && scope.resources->empty())) return outlook;
  const EntityNumber principal =
      entities.NumberOf(EntityUidView{grant.holder_type(), grant.holder_id()});
  std::vector<std::string_view> tools;
  for (uint32_t i = 0; i < entities.numbers(); ++i) {
    const EntityNumber number{i};
    const EntityUidView& uid = entities.UidOf(number);
    if (uid.type != kToolType || !entities.IsStored(number) || !grants::IsToolName(uid.id)) {
      continue;
    }
    if (EffectOf(entities, number) <= *ceiling &&
        IsOfEveryTenant(entities, grant, principal, number) &&
        std::ranges::any_of(scope.tools,
                            [&](const auto& rule) { return rule.tools.Matches(uid.id); })) {
      tools.push_back(uid.id);
    }
  }
  std::ranges::sort(tools);
  outlook.truncated = tools.size() > most;
  if (outlook.truncated) tools.resize(most);
  Asking asking(snapshot, grant, now, options);
  outlook.tools.reserve(tools.size());
  for (const std::string_view tool : tools) outlook.tools.push_back(asking.Ask(tool));
  return outlook;
}

}  // namespace thuja::decide
