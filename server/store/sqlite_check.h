// SPDX-License-Identifier: Apache-2.0
// Whether a database is whole.
#pragma once

#include <absl/status/status.h>

#include "server/store/sqlite_connection.h"

namespace thuja::server {

// DATA_LOSS if a page is none, a cell is out of its place, a value is of another type than its
// column, or an index has other entries than its table has rows. What is in the rows is checked
// where they are read.
absl::Status CheckDatabase(SqliteConnection& connection);

}  // namespace thuja::server
