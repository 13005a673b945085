// SPDX-License-Identifier: Apache-2.0
// What the writer looks for in the database; as GrantBackend has it.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <string>
#include <vector>

#include "server/store/grant_backend.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_scopes.h"

namespace thuja::server {

absl::Status VisitGrants(const GrantBackend::VisitGrant& visit, size_t* damaged,
                         SqliteConnection& connection, SqliteScopes& scopes);
// What a selector selects, as the condition of a WHERE, with parameters that BindSelector binds:
// the first ones, kSelectorParameters at most. Rows are found by an index, or each is looked at,
// which is quicker for many; in the order of the file they come in both cases.
std::string SelectedSql(GrantSelector::Kind kind, bool by_index);
void BindSelector(const GrantSelector& selector, SqliteStatement& statement);
inline constexpr int kSelectorParameters = 2;

absl::StatusOr<std::vector<grants::GrantId>> SelectGrantIds(const GrantSelector& selector,
                                                            SqliteConnection& connection);
absl::StatusOr<std::vector<grants::GrantId>> SilentGrantIds(int64_t now, size_t most,
                                                            SqliteConnection& connection);
absl::StatusOr<std::vector<grants::GrantId>> ForgettableGrantIds(int64_t now, int64_t margin,
                                                                 size_t most,
                                                                 SqliteConnection& connection);

}  // namespace thuja::server
