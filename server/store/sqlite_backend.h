// SPDX-License-Identifier: Apache-2.0
// OpenSqliteBackend with limits that tests can reach.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "server/store/grant_backend.h"
#include "server/store/sqlite_log.h"

namespace thuja::server {

absl::StatusOr<std::unique_ptr<GrantBackend>> OpenSqliteBackend(const std::string& path,
                                                                const SqliteLogLimits& limits);

}  // namespace thuja::server
