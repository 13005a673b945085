// SPDX-License-Identifier: Apache-2.0
// Revoking many grants at once.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <vector>

#include "server/store/grant_backend.h"
#include "server/store/sqlite_connection.h"

namespace thuja::server {

// Gives SQL what RevokeGrantRows needs of it.
absl::Status PrepareRevocation(SqliteConnection& connection);

// As GrantBackend::Revoke. REQUIRES: PrepareRevocation, and a transaction.
absl::StatusOr<std::vector<grants::GrantId>> RevokeGrantRows(const GrantSelector& selector,
                                                             const Revocation& revocation,
                                                             SqliteConnection& connection);

}  // namespace thuja::server
