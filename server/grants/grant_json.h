// SPDX-License-Identifier: Apache-2.0
// Grants and scopes on the wire: docs/grants.md, "Forms".
//
// Reading is strict: a member that nobody knows is an error, since what was passed over might have
// been a limit. Times are RFC 3339 texts in UTC (server/grants/times.h), spans whole seconds,
// scopes as server/grants/scope_json.h has them.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "engine/decide.h"
#include "engine/diagnostics.h"
#include "engine/grants.h"
#include "server/grants/scope_json.h"
#include "server/grants/times.h"

namespace thuja::server {

// What a caller asks for with `POST /v1/grants` and `POST /v1/grants/{id}/delegate`.
struct GrantRequest {
  grants::IssueRequest issue;  // without `issued_by`
  bool credential = false;     // a task credential is to be made
};

// Nothing, with the reason in `diagnostics`, if it is none. What is missing is only looked for by
// grants::Issue, but for what a form has to have. `source` names the text in diagnostics.
std::optional<GrantRequest> ReadGrantRequest(std::string_view text, std::string_view source,
                                             Diagnostics& diagnostics);

// What is said of a grant besides what is in it.
struct GrantView {
  // Why it authorizes nothing now, its ancestors looked at; nothing if it does.
  std::optional<ReasonCode> why_not = std::nullopt;
  // That may still be given out, of a grant with a limit.
  std::optional<uint64_t> calls_left = std::nullopt;
};

// Appends the grant as one JSON object.
void AppendGrant(const grants::Grant& grant, const GrantView& view, std::string* out);

}  // namespace thuja::server
