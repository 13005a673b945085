// SPDX-License-Identifier: Apache-2.0
// Requests that change grants, read strictly into mutations.
#pragma once

#include <absl/status/statusor.h>

#include "server/grants/api_routes.h"
#include "server/http/message.h"
#include "server/store/grant_store.h"

namespace thuja::server {

// What `POST /v1/grants` and its like ask for; `kind` is kIssue or kDelegate.
// Errors, for all of these, are INVALID_ARGUMENT with a sentence for whoever asked.
absl::StatusOr<Mutation> ReadIssue(const HttpRequest& request, Mutation::Kind kind);

// What happens to a grant. Only an event that ends or suspends it may have a reason.
absl::StatusOr<Mutation> ReadEvent(const HttpRequest& request, grants::GrantEvent event);

// What `POST /v1/revoke` asks for: exactly one way to say which grants. Nothing at all never means
// everything.
absl::StatusOr<Mutation> ReadRevokeAll(const HttpRequest& request);

// Whether an event has a reason.
bool TakesReason(grants::GrantEvent event);

}  // namespace thuja::server
