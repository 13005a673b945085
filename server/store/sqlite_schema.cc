// SPDX-License-Identifier: Apache-2.0
// Tables, versions and settings.
//
// Tested by tests/unit/store/sqlite_file_test.cc.
#include "server/store/sqlite_schema.h"

#include <absl/strings/str_cat.h>

#include <string>

#include "server/store/sqlite_check.h"
#include "server/store/sqlite_reading.h"

namespace thuja::server {
namespace {

// A change of these is a new kSqliteSchemaVersion. Each index is in
// server/store/sqlite_check.cc too.
//
// Ids are 16 bytes, most significant first, so that they sort as they compare. Numbers without a
// sign are kept as the number with one that has their bits. What is derived from other columns,
// to be found by, is `over_at` and `silent_at`: server/store/sqlite_grants.cc says how. Indexes
// that lists are read from end with the id, which is the order of lists.
constexpr char kTables[] = R"sql(
CREATE TABLE header (
  one INTEGER PRIMARY KEY CHECK (one = 1),
  revision INTEGER NOT NULL,
  clock INTEGER NOT NULL,
  runs INTEGER NOT NULL,
  seal INTEGER NOT NULL
) STRICT;

CREATE TABLE scopes (
  number INTEGER PRIMARY KEY,
  digest BLOB NOT NULL UNIQUE CHECK (length(digest) = 32),
  text TEXT NOT NULL
) STRICT;

CREATE TABLE grants (
  number INTEGER PRIMARY KEY,
  id BLOB NOT NULL UNIQUE CHECK (length(id) = 16),
  parent BLOB CHECK (length(parent) = 16),
  depth INTEGER NOT NULL CHECK (depth BETWEEN 0 AND 8),
  holder_type TEXT NOT NULL,
  holder_id TEXT NOT NULL,
  agent_class TEXT NOT NULL,
  tenant TEXT NOT NULL,
  task TEXT NOT NULL,
  workflow TEXT NOT NULL,
  step TEXT NOT NULL,
  environment TEXT NOT NULL,
  deployment TEXT NOT NULL,
  scope INTEGER NOT NULL,
  issued INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  expires INTEGER NOT NULL,
  heartbeat_timeout INTEGER NOT NULL,
  calls INTEGER,
  issued_by TEXT NOT NULL,
  credential BLOB CHECK (length(credential) = 32),
  state INTEGER NOT NULL CHECK (state BETWEEN 0 AND 6),
  revision INTEGER NOT NULL,
  ended INTEGER NOT NULL,
  last_heartbeat INTEGER NOT NULL,
  ended_because TEXT NOT NULL,
  calls_given INTEGER NOT NULL,
  calls_since INTEGER NOT NULL,
  seal INTEGER NOT NULL,
  over_at INTEGER NOT NULL,
  silent_at INTEGER
) STRICT;
CREATE INDEX grants_by_parent ON grants (parent, id) WHERE parent IS NOT NULL;
CREATE INDEX grants_by_task ON grants (task, id);
CREATE INDEX grants_by_holder ON grants (holder_id, holder_type, id);
CREATE INDEX grants_by_tenant ON grants (tenant, id) WHERE tenant <> '';
CREATE INDEX grants_by_class ON grants (agent_class, id);
CREATE INDEX grants_by_scope ON grants (scope);
CREATE INDEX grants_by_end ON grants (depth, over_at);
CREATE INDEX grants_by_silence ON grants (silent_at) WHERE silent_at IS NOT NULL;

CREATE TABLE changes (
  revision INTEGER PRIMARY KEY,
  time INTEGER NOT NULL,
  event TEXT NOT NULL,
  id BLOB CHECK (length(id) = 16),
  subject TEXT NOT NULL,
  grants INTEGER NOT NULL,
  caller TEXT NOT NULL
) STRICT;

CREATE TABLE replies (
  caller TEXT NOT NULL,
  request_id TEXT NOT NULL,
  digest BLOB NOT NULL CHECK (length(digest) = 32),
  time INTEGER NOT NULL,
  reply TEXT NOT NULL,
  UNIQUE (caller, request_id)
) STRICT;
CREATE INDEX replies_by_time ON replies (time);
)sql";

absl::Status MakeTables(SqliteConnection& connection) {
  absl::Status status =
      connection.Execute(absl::StrCat("BEGIN IMMEDIATE;", kTables, kIndexByState).c_str());
  if (status.ok()) status = WriteHeader(StoreHeader{}, connection);
  if (!status.ok()) return status;
  return connection.Execute(absl::StrCat("PRAGMA application_id = ", kSqliteApplication,
                                         "; PRAGMA user_version = ", kSqliteSchemaVersion,
                                         "; COMMIT;")
                                .c_str());
}

// Each commit is flushed to the log before it is reported. When the log is moved into the file is
// up to the writer.
absl::Status SetUp(SqliteConnection& connection) {
  absl::StatusOr<SqliteStatement> mode = connection.Prepare("PRAGMA journal_mode = WAL");
  if (!mode.ok()) return mode.status();
  const absl::StatusOr<bool> row = mode->Step();
  if (!row.ok()) return row.status();
  if (mode->Text(0) != "wal") {
    return absl::InternalError(
        absl::StrCat("`", connection.name(), "`: its file system cannot hold a write-ahead log"));
  }
  mode->Reset();
  return connection.Execute(
      "PRAGMA synchronous = FULL; PRAGMA wal_autocheckpoint = 0;"
      "PRAGMA journal_size_limit = 67108864; PRAGMA cache_size = -65536;");
}

}  // namespace

absl::Status PrepareDatabase(SqliteConnection& connection) {
  if (sqlite3_db_readonly(connection.database(), "main") != 0) {
    return absl::PermissionDeniedError(
        absl::StrCat("`", connection.name(), "` may not be written"));
  }
  const auto application = connection.QueryInteger("PRAGMA application_id");
  if (!application.ok()) return application.status();
  const auto version = connection.QueryInteger("PRAGMA user_version");
  if (!version.ok()) return version.status();
  const auto tables = connection.QueryInteger("SELECT count(*) FROM sqlite_schema");
  if (!tables.ok()) return tables.status();

  const bool empty = *application == 0 && *version == 0 && *tables == 0;
  if (!empty) {
    if (*application != kSqliteApplication) {
      return absl::FailedPreconditionError(absl::StrCat(
          "`", connection.name(), "` is a database of something else, not a store of grants"));
    }
    if (*version > kSqliteSchemaVersion) {
      return absl::FailedPreconditionError(
          absl::StrCat("`", connection.name(), "` was written by a newer version: its schema is ",
                       *version, ", and this version knows ", kSqliteSchemaVersion));
    }
    if (*version < 1) return connection.Damaged("it has no schema version");
    // No version was released before this one, so that there is nothing to bring along.
    if (*version < kSqliteSchemaVersion) {
      return absl::FailedPreconditionError(
          absl::StrCat("`", connection.name(), "` was written by an older version: its schema is ",
                       *version, ", and this version knows ", kSqliteSchemaVersion,
                       "; begin without grants by moving it away with its -wal and -shm"));
    }
    if (const absl::Status status = CheckDatabase(connection); !status.ok()) return status;
  }
  if (const absl::Status status = SetUp(connection); !status.ok()) return status;
  return empty ? MakeTables(connection) : absl::OkStatus();
}

}  // namespace thuja::server
