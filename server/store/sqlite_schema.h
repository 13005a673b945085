// SPDX-License-Identifier: Apache-2.0
// The tables of a store of grants, and whether a file has them.
//
// docs/grants.md does not tell of them: nobody else reads the file. It says in its header that it
// is a store of grants, and of which version.
#pragma once

#include <absl/status/status.h>

#include "server/store/sqlite_connection.h"

namespace thuja::server {

inline constexpr int64_t kSqliteApplication = 0x5468756a;  // "Thuj"
inline constexpr int64_t kSqliteSchemaVersion = 2;

// The index that is dropped and made anew when most of it would change.
inline constexpr char kIndexByState[] = "CREATE INDEX grants_by_state ON grants (state, id)";

// Makes the tables in an empty file, or checks the whole file, and sets how it is written.
// FAILED_PRECONDITION if it is a file of something else or of another version, DATA_LOSS if it is
// damaged, PERMISSION_DENIED if it cannot be written.
absl::Status PrepareDatabase(SqliteConnection& connection);

}  // namespace thuja::server
