// SPDX-License-Identifier: Apache-2.0
// What can be asked of the database by its writer and by views alike, and the header.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <optional>
#include <vector>

#include "server/store/grant_backend.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_scopes.h"

namespace thuja::server {

absl::StatusOr<StoreHeader> ReadHeader(SqliteConnection& connection);
// REQUIRES: a transaction of the writer.
absl::Status WriteHeader(const StoreHeader& header, SqliteConnection& connection);

// As GrantBackendView has them.
absl::StatusOr<std::vector<StoredGrant>> ListGrants(const GrantFilter& filter,
                                                    const GrantRange& range, size_t most,
                                                    SqliteConnection& connection,
                                                    SqliteScopes& scopes);
absl::StatusOr<std::optional<grants::GrantId>> ReachOfList(const GrantFilter& filter,
                                                           const grants::GrantId& after,
                                                           size_t rows,
                                                           SqliteConnection& connection);
absl::StatusOr<std::vector<GrantChange>> ListChanges(uint64_t after, size_t most,
                                                     SqliteConnection& connection);
absl::StatusOr<uint64_t> FirstChange(SqliteConnection& connection);

}  // namespace thuja::server
