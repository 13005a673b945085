// SPDX-License-Identifier: Apache-2.0
// Effects and tenants, looked up.
//
// Tested by tests/unit/decide/guard_test.cc.
#include "engine/decide/tool_reach.h"

#include "engine/base/words.h"

namespace thuja::decide {
namespace {

using value::EntityNumber;
using value::EntityStore;
using value::EntityUidView;

constexpr std::string_view kTenantType = "Thuja::Tenant";

// Whether one of the tenants that an entity of the store is in is `wanted`.
template <typename Wanted>
bool HasTenant(const EntityStore& entities, EntityNumber number, const Wanted& wanted) {
  if (number == value::kNoEntity) return false;
  for (const EntityNumber above : entities.Ancestors(number)) {
    const EntityUidView& uid = entities.UidOf(above);
    if (wanted(uid.id) && base::EqualTexts(uid.type, kTenantType)) return true;
  }
  return false;
}

bool IsInTenant(const EntityStore& entities, EntityNumber number, std::string_view tenant) {
  return HasTenant(entities, number,
                   [&](std::string_view id) { return base::EqualTexts(id, tenant); });
}

bool IsInAnyTenant(const EntityStore& entities, EntityNumber number) {
  return HasTenant(entities, number, [](std::string_view) { return true; });
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
  if (!tenant.empty()) {
    return IsInTenant(entities, tool, tenant) &&
           (IsInTenant(entities, principal, tenant) || !IsInAnyTenant(entities, principal));
  }
  if (!IsInAnyTenant(entities, principal)) return !IsInAnyTenant(entities, tool);
  return HasTenant(entities, principal,
                   [&](std::string_view shared) { return IsInTenant(entities, tool, shared); });
}

bool IsOfEveryTenant(const EntityStore& entities, const grants::GrantSlot& grant,
                     EntityNumber principal, EntityNumber tool) {
  if (!IsOfTenant(entities, grant.tenant(), principal, tool)) return false;
  for (const grants::GrantSlot* at = grant.parent(); at != nullptr; at = at->parent()) {
    // What has a tenant has handed it down, so that it was looked at already.
    if (at->has_tenant()) continue;
    const EntityNumber holder =
        entities.NumberOf(EntityUidView{at->holder_type(), at->holder_id()});
    if (!IsOfTenant(entities, {}, holder, tool)) return false;
  }
  return true;
}

}  // namespace thuja::decide
