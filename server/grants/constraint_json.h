// SPDX-License-Identifier: Apache-2.0
// What an argument may be, on the wire: the table of constraints in docs/grants.md, "Forms".
//
// Thread safety: pure functions.
#pragma once

#include <optional>
#include <string>

#include "engine/entities.h"
#include "engine/grants.h"
#include "engine/json.h"

namespace thuja::server {

// Nothing if it is none, which is reported. Values are read into the reader's arena, which the
// constraint does not need.
std::optional<grants::ArgumentConstraint> ReadConstraint(const Json& json, const Place& place,
                                                         ValueReader& reader);

// Appends the form that reads as an equal constraint; equal ones have equal forms. JSON has no form
// for an entity, an address, a decimal or a time that an argument has to be equal to, and no
// constraint that was read asks for one; of others it is `null`, which nobody reads as anything.
void AppendConstraint(const grants::ArgumentConstraint& constraint, std::string* out);

}  // namespace thuja::server
