// SPDX-License-Identifier: Apache-2.0
// The grant store without its thread, over a database that tests damage.
#pragma once

#include <string>

#include "server/store/sqlite_connection.h"
#include "tests/support/shared_material.h"
#include "tests/unit/store/ledger_world.h"

namespace thuja::server {

class SqliteWorld : public LedgerWorld {
 public:
  explicit SqliteWorld(const GrantStoreOptions& given = {}) : LedgerWorld(given) { OpenFile(); }

  void OpenFile() {
    ledger.reset();
    storage.reset();
    auto backend = OpenSqliteBackend(path);
    ASSERT_TRUE(backend.ok()) << backend.status();
    storage = *std::move(backend);
    Open();
  }

  // As SQL sees it, past all that is checked.
  void Alter(const std::string& sql) {
    const auto connection = *SqliteConnection::Open(path, "altered");
    ASSERT_TRUE(connection->Execute("PRAGMA ignore_check_constraints = ON").ok());
    const absl::Status status = connection->Execute(sql.c_str());
    ASSERT_TRUE(status.ok()) << status;
  }
  void AlterOne(const std::string& set, const grants::GrantId& id) {
    Alter("UPDATE grants SET " + set + " WHERE id = x'" + id.ToString() + "'");
  }

  absl::StatusCode Reopened() {
    ledger.reset();
    storage.reset();
    auto backend = OpenSqliteBackend(path);
    if (!backend.ok()) return backend.status().code();
    storage = *std::move(backend);
    return TryOpen().code();
  }

  testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "grants.db").string();
};

}  // namespace thuja::server
