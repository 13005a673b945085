// SPDX-License-Identifier: Apache-2.0
// `context.pdp`: what the decision point itself says of a call, for policies to ask. docs/grants.md
// has the table of it.
#pragma once

#include <string_view>

#include "engine/grants/grant_table.h"
#include "engine/value/request.h"

namespace thuja::decide {

// Puts it into the request's context, in the request's arena, with views of the grant's texts.
// `grant` may be null. REQUIRES: the context is a record without the key.
void AddPdpContext(const grants::GrantSlot* grant, bool has_task_credential,
                   std::string_view enforcement_point, value::Request& request);

}  // namespace thuja::decide
