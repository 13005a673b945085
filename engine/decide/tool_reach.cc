// SPDX-License-Identifier: Apache-2.0
// Effects and tenants, looked up.
//
// Tested by tests/unit/decide/guard_test.cc.
#include "engine/decide/tool_reach.h"

#include <algorithm>

#include "engine/base/words.h"

namespace thuja::decide {
namespace {

using value::EntityNumber;
using value::EntityStore;
using value::EntityUidView;

constexpr std::string_view kTenantType = "Thuja::Tenant";

// The tenants that an entity of the store is in.
struct Tenancy {
  bool in_any = false;
  bool in_this = false;
};

Tenancy TenancyOf(const EntityStore& entities, EntityNumber number, std::string_view tenant) {
  Tenancy tenancy;
  if (number == value::kNoEntity) return tenancy;
  for (const EntityNumber above : entities.Ancestors(number)) {
    const EntityUidView& uid = entities.UidOf(above);
    if (!base::EqualTexts(uid.type, kTenantType)) continue;
    tenancy.in_any = true;
    tenancy.in_this = tenancy.in_this || base::EqualTexts(uid.id, tenant);
  }
  return tenancy;
}

// Whether one of the tenants that `a` is in is one that `b` is in.
bool ShareTenant(const EntityStore& entities, EntityNumber a, EntityNumber b) {
  if (a == value::kNoEntity) return false;
  return std::ranges::any_of(entities.Ancestors(a), [&](EntityNumber above) {
    const EntityUidView& uid = entities.UidOf(above);
    return uid.type == kTenantType && TenancyOf(entities, b, uid.id).in_this;
  });
}

}  // namespace

grants::Effect EffectOf(const EntityStore& entities, EntityNumber tool) {
  constexpr grants::Effect kWorst = grants::Effect::kDestructive;
  if (tool == value::kNoEntity) return kWorst;
  const value::Value* const effect = entities.Attributes(tool).Find("effect");
  if (effect == nullptr || !effect->Is(value::Type::kString)) return kWorst;
  return grants::ParseEffect(effect->AsString()).value_or(kWorst);
}

bool IsOfTenant(const EntityStore& entities, std::string_view tenant, EntityNumber principal,
                EntityNumber tool) {
  const Tenancy of_principal = TenancyOf(entities, principal, tenant);
  const Tenancy of_tool = TenancyOf(entities, tool, tenant);
  if (!tenant.empty()) {
    return of_tool.in_this && (of_principal.in_this || !of_principal.in_any);
  }
  if (!of_principal.in_any) return !of_tool.in_any;
  return ShareTenant(entities, principal, tool);
}

bool IsOfEveryTenant(const EntityStore& entities, const grants::GrantSlot& grant,
                     EntityNumber principal, EntityNumber tool) {
  if (!IsOfTenant(entities, grant.tenant(), principal, tool)) return false;
  for (const grants::GrantSlot* at = grant.parent(); at != nullptr; at = at->parent()) {
    // What has a tenant has handed it down, so that it was looked at already.
    if (!at->tenant().empty()) continue;
    const EntityNumber holder =
        entities.NumberOf(EntityUidView{at->holder_type(), at->holder_id()});
    if (!IsOfTenant(entities, {}, holder, tool)) return false;
  }
  return true;
}

}  // namespace thuja::decide
