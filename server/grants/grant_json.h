// SPDX-License-Identifier: Apache-2.0
// Grants and scopes on the wire: docs/grants.md, "Forms".
//
// Reading is strict: a member that nobody knows is an error, since what was passed over might have
// been a limit. Times are RFC 3339 texts in UTC, spans whole seconds.
//
// Thread safety: pure functions.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <optional>
#include <string>
#include <string_view>

#include "engine/diagnostics.h"
#include "engine/grants.h"
#include "engine/json.h"

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

// A scope by itself: `{"tools": [...], "resources": [...]}`, in the form of WriteScope or any
// other.
absl::StatusOr<std::shared_ptr<const grants::Scope>> ReadScope(std::string_view text);

// The one text of a scope: ReadScope gives an equal one back, and equal scopes have equal texts.
std::string WriteScope(const grants::Scope& scope);

// What is said of a grant besides what is in it.
struct GrantView {
  int64_t now = 0;
  // Why it authorizes nothing at `now`, its ancestors looked at; nothing if it does.
  std::optional<ReasonCode> why_not;
  std::optional<uint64_t> calls_left;  // that may still be given out, of a grant with a limit
};

// Appends the grant as one JSON object.
void AppendGrant(const grants::Grant& grant, const GrantView& view, std::string* out);

// `2026-03-02T09:05:00Z`, with as many decimals as it needs.
std::string FormatTime(int64_t nanoseconds);
// Nothing unless it is RFC 3339 in UTC, from 1970 to 2099, to the nanosecond.
std::optional<int64_t> ParseTime(std::string_view text);

}  // namespace thuja::server
