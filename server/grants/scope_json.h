// SPDX-License-Identifier: Apache-2.0
// Scopes on the wire and in storage: `tools` and `resources` of docs/grants.md, "Forms".
//
// Thread safety: pure functions.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

#include "engine/entities.h"
#include "engine/grants.h"
#include "engine/json.h"

namespace thuja::server {

// A scope by itself: `{"tools": [...], "resources": [...]}`, in the form of WriteScope or any
// other.
absl::StatusOr<std::shared_ptr<const grants::Scope>> ReadScope(std::string_view text);

// The one text of a scope: ReadScope gives an equal one back, and equal scopes have equal texts.
// That is so for every scope that was read. Of what only code can make, ReadScope refuses what
// CheckScope does and values without a form (AppendConstraint), and `open` is forgotten where no
// arguments are looked at, for there it says nothing.
std::string WriteScope(const grants::Scope& scope);

// The scope that a larger form has among its members; null if it has none, which is reported. What
// it returned passes CheckScope. REQUIRES: `form` is an object, and its other members are known.
std::shared_ptr<const grants::Scope> ReadScopeMembers(const Json& form, const Place& place,
                                                      ValueReader& reader);

// Appends the two members without brackets around them.
void AppendScopeMembers(const grants::Scope& scope, std::string* out);

}  // namespace thuja::server
