// SPDX-License-Identifier: Apache-2.0
// Grants as rows of the table `grants`.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "server/store/grant_backend.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_scopes.h"

namespace thuja::server {

using IdBytes = std::array<uint8_t, 16>;

IdBytes BytesOf(const grants::GrantId& id);
// Nothing unless there are as many bytes as an id has.
std::optional<grants::GrantId> IdOf(std::span<const uint8_t> bytes);

// `SELECT ... FROM grants` with the columns that ReadGrantRow wants; what comes after is up to the
// caller.
const std::string& SelectGrants();
inline constexpr int kDepthColumn = 2;
inline constexpr int kNumberColumn = 28;  // of the row

// What the seal of a row is made of, in its order.
std::vector<std::string_view> SealedColumns();

// The grant of a row. DATA_LOSS if it is not what was written.
absl::StatusOr<StoredGrant> ReadGrantRow(const SqliteStatement& row, SqliteConnection& connection,
                                         SqliteScopes& scopes);

// New or in place of the one before. REQUIRES: a transaction.
absl::Status PutGrantRow(const StoredGrant& stored, SqliteConnection& connection,
                         SqliteScopes& scopes);
// As GrantBackend::PutCalls.
absl::Status PutCallsOfGrantRow(const StoredGrant& stored, SqliteConnection& connection,
                                SqliteScopes& scopes);
absl::Status EraseGrantRow(const grants::GrantId& id, SqliteConnection& connection,
                           SqliteScopes& scopes);

absl::StatusOr<std::optional<StoredGrant>> FindGrantRow(const grants::GrantId& id,
                                                        SqliteConnection& connection,
                                                        SqliteScopes& scopes);

}  // namespace thuja::server
