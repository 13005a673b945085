// SPDX-License-Identifier: Apache-2.0
// Connections, statements, and what SQLite's errors mean to whoever runs the server.
//
// Tested by tests/unit/store/sqlite_connection_test.cc.
#include "server/store/sqlite_connection.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <cerrno>
#include <limits>
#include <system_error>
#include <utility>

namespace thuja::server {
namespace {

// How long to wait for a process that is at the file in spite of the lock, such as a backup.
constexpr int kMostWait = 5000;  // milliseconds

bool IsFull(int system_error) {
  return system_error == ENOSPC || system_error == EDQUOT || system_error == EFBIG;
}

bool IsForbidden(int system_error) {
  return system_error == EACCES || system_error == EPERM || system_error == EROFS;
}

}  // namespace

SqliteStatement::SqliteStatement(SqliteStatement&& other) noexcept
    : connection_(other.connection_),
      statement_(std::exchange(other.statement_, nullptr)),
      owned_(other.owned_),
      bound_(other.bound_) {}

SqliteStatement::~SqliteStatement() {
  if (owned_) {
    sqlite3_finalize(statement_);
  } else if (statement_ != nullptr) {
    sqlite3_reset(statement_);
    sqlite3_clear_bindings(statement_);
  }
}

void SqliteStatement::BindInteger(int parameter, int64_t value) {
  Note(sqlite3_bind_int64(statement_, parameter, value));
}

void SqliteStatement::BindAtMost(int parameter, uint64_t value) {
  constexpr auto kMost = uint64_t{std::numeric_limits<int64_t>::max()};
  BindInteger(parameter, static_cast<int64_t>(std::min(value, kMost)));
}

// A null pointer would bind NULL, which an empty text is not.
void SqliteStatement::BindText(int parameter, std::string_view value) {
  const char* text = value.data() == nullptr ? "" : value.data();
  Note(sqlite3_bind_text64(statement_, parameter, text, value.size(), SQLITE_STATIC, SQLITE_UTF8));
}

void SqliteStatement::BindBlob(int parameter, std::span<const uint8_t> value) {
  const void* bytes = value.data() == nullptr ? "" : static_cast<const void*>(value.data());
  Note(sqlite3_bind_blob64(statement_, parameter, bytes, value.size(), SQLITE_STATIC));
}

void SqliteStatement::BindNull(int parameter) { Note(sqlite3_bind_null(statement_, parameter)); }

absl::StatusOr<bool> SqliteStatement::Step() {
  if (bound_ != SQLITE_OK) return connection_->Failure(bound_);
  errno = 0;
  const int code = sqlite3_step(statement_);
  if (code == SQLITE_ROW) return true;
  if (code == SQLITE_DONE) return false;
  return connection_->Failure(code);
}

absl::Status SqliteStatement::Run() {
  while (true) {
    const absl::StatusOr<bool> row = Step();
    if (!row.ok()) return row.status();
    if (!*row) return absl::OkStatus();
  }
}

void SqliteStatement::Reset() {
  sqlite3_reset(statement_);
  bound_ = SQLITE_OK;
}

std::string_view SqliteStatement::Text(int column) const {
  const unsigned char* text = sqlite3_column_text(statement_, column);
  if (text == nullptr) return {};
  const int size = sqlite3_column_bytes(statement_, column);
  return {reinterpret_cast<const char*>(text), static_cast<size_t>(size)};
}

std::span<const uint8_t> SqliteStatement::Blob(int column) const {
  const void* bytes = sqlite3_column_blob(statement_, column);
  if (bytes == nullptr) return {};
  const int size = sqlite3_column_bytes(statement_, column);
  return {static_cast<const uint8_t*>(bytes), static_cast<size_t>(size)};
}

absl::StatusOr<std::unique_ptr<SqliteConnection>> SqliteConnection::Open(const std::string& path,
                                                                         const std::string& name) {
  std::unique_ptr<SqliteConnection> connection(new SqliteConnection(name));
  const int code = sqlite3_open_v2(path.c_str(), &connection->database_,
                                   SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr);
  if (code != SQLITE_OK) return connection->Failure(code);
  if (const absl::Status status = connection->Harden(); !status.ok()) return status;
  return connection;
}

SqliteConnection::~SqliteConnection() {
  for (const auto& [sql, statement] : cached_) sqlite3_finalize(statement);
  sqlite3_close_v2(database_);
}

// A file that somebody prepared may say what it likes about functions, triggers and views, and
// about how long its cells are.
absl::Status SqliteConnection::Harden() {
  sqlite3_extended_result_codes(database_, 1);
  sqlite3_busy_timeout(database_, kMostWait);
  const std::pair<int, int> kSettings[] = {
      {SQLITE_DBCONFIG_DEFENSIVE, 1},      {SQLITE_DBCONFIG_TRUSTED_SCHEMA, 0},
      {SQLITE_DBCONFIG_ENABLE_TRIGGER, 0}, {SQLITE_DBCONFIG_ENABLE_VIEW, 0},
      {SQLITE_DBCONFIG_DQS_DML, 0},        {SQLITE_DBCONFIG_DQS_DDL, 0},
  };
  for (const auto& [setting, value] : kSettings) {
    const int code = sqlite3_db_config(database_, setting, value, nullptr);
    if (code != SQLITE_OK) return Failure(code);
  }
  // The file is asked for here for the first time: it may be no database at all.
  return Execute("PRAGMA cell_size_check = ON; PRAGMA temp_store = MEMORY;");
}

absl::Status SqliteConnection::Execute(const char* sql) {
  errno = 0;
  const int code = sqlite3_exec(database_, sql, nullptr, nullptr, nullptr);
  return code == SQLITE_OK ? absl::OkStatus() : Failure(code);
}

absl::StatusOr<sqlite3_stmt*> SqliteConnection::Compile(std::string_view sql, unsigned flags) {
  sqlite3_stmt* statement = nullptr;
  const int code = sqlite3_prepare_v3(database_, sql.data(), static_cast<int>(sql.size()), flags,
                                      &statement, nullptr);
  if (code != SQLITE_OK) return Failure(code);
  return statement;
}

absl::StatusOr<SqliteStatement> SqliteConnection::Prepare(std::string_view sql) {
  const absl::StatusOr<sqlite3_stmt*> statement = Compile(sql, 0);
  if (!statement.ok()) return statement.status();
  return SqliteStatement(this, *statement, /*owned=*/true);
}

absl::StatusOr<SqliteStatement> SqliteConnection::Cached(const char* sql) {
  const auto found = cached_.find(sql);
  if (found != cached_.end()) {
    // Whoever steps through it now must not lose their place.
    if (sqlite3_stmt_busy(found->second) != 0) return Prepare(sql);
    return SqliteStatement(this, found->second, /*owned=*/false);
  }
  const absl::StatusOr<sqlite3_stmt*> statement = Compile(sql, SQLITE_PREPARE_PERSISTENT);
  if (!statement.ok()) return statement.status();
  cached_.emplace(sql, *statement);
  return SqliteStatement(this, *statement, /*owned=*/false);
}

absl::StatusOr<int64_t> SqliteConnection::QueryInteger(std::string_view sql) {
  absl::StatusOr<SqliteStatement> statement = Prepare(sql);
  if (!statement.ok()) return statement.status();
  const absl::StatusOr<bool> row = statement->Step();
  if (!row.ok()) return row.status();
  if (!*row || !statement->IsInteger(0)) return Damaged("a number that has to be there is not");
  return statement->Integer(0);
}

absl::Status SqliteConnection::Failure(int code) const {
  // SQLite does not note what the system said when a commit failed; its last word is still there.
  const int last_error = errno;
  // Without a connection there was no memory for one.
  const int noted_error = database_ == nullptr ? 0 : sqlite3_system_errno(database_);
  const int system_error = noted_error != 0 ? noted_error : last_error;
  const std::string detail =
      database_ == nullptr ? sqlite3_errstr(code) : sqlite3_errmsg(database_);
  const int kind = code & 0xff;
  const bool of_system = kind == SQLITE_IOERR || kind == SQLITE_CANTOPEN;
  std::string message = absl::StrCat("`", name_, "`: ", detail);
  if (of_system && system_error != 0) {
    absl::StrAppend(&message, ": ", std::generic_category().message(system_error));
  }
  switch (kind) {
    case SQLITE_CORRUPT:
    case SQLITE_NOTADB: return Damaged(detail);
    case SQLITE_READONLY:
    case SQLITE_PERM: return absl::PermissionDeniedError(message);
    case SQLITE_BUSY:
    case SQLITE_LOCKED:
    case SQLITE_PROTOCOL: return absl::UnavailableError(message);
    case SQLITE_FULL: return absl::ResourceExhaustedError(message);
    case SQLITE_ERROR:
      // The one thing in a file that SQLite takes for a mistake of its caller.
      if (detail == "unsupported file format") return Damaged(detail);
      break;
    default: break;
  }
  if (of_system && IsFull(system_error)) return absl::ResourceExhaustedError(message);
  if (of_system && IsForbidden(system_error)) return absl::PermissionDeniedError(message);
  if (code == SQLITE_IOERR_CORRUPTFS) return Damaged(detail);
  return absl::InternalError(message);
}

absl::Status SqliteConnection::Damaged(std::string_view what) const {
  return absl::DataLossError(absl::StrCat(
      "`", name_, "` is damaged: ", std::string(what),
      "; restore it from a backup, or begin without grants by moving it away with its -wal and "
      "-shm"));
}

}  // namespace thuja::server
