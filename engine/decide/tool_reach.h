// SPDX-License-Identifier: Apache-2.0
// What the store says of a tool that grants are held against: what it does, and whose it is.
//
// One place for it, because what a holder is told it could do must be what the guard lets it do.
#pragma once

#include <string_view>

#include "engine/grants/agent_class.h"
#include "engine/grants/grant_table.h"
#include "engine/value/entity_store.h"

namespace thuja::decide {

// Only what the store says counts; a tool of which nobody said what it does may do anything.
grants::Effect EffectOf(const value::EntityStore& entities, value::EntityNumber tool);

// Whether a tool may be used by `principal` under a grant of this tenant (empty: of none). The
// tenant is the grant's, or else the principal's; a tool of which nobody said whose it is is no
// tenant's.
bool IsOfTenant(const value::EntityStore& entities, std::string_view tenant,
                value::EntityNumber principal, value::EntityNumber tool);

// Whether the tool is one that each holder could use, of the grant and of all that it comes from: a
// grant of no tenant that is delegated into one takes nothing along that it did not reach.
bool IsOfEveryTenant(const value::EntityStore& entities, const grants::GrantSlot& grant,
                     value::EntityNumber principal, value::EntityNumber tool);

}  // namespace thuja::decide
