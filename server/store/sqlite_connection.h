// SPDX-License-Identifier: Apache-2.0
// A connection to a SQLite database and its statements, with errors as absl::Status.
//
// For one thread at a time. server/store/grant_backend.h says what the codes of errors mean; every
// message names the file.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>
#include <sqlite3.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string>
#include <string_view>

namespace thuja::server {

class SqliteConnection;

// A statement that is bound, stepped through and read. Parameters count from 1, columns from 0.
// What is bound has to stay until the last Step; what is read stays until the next one. Lifetime:
// the connection.
class SqliteStatement {
 public:
  SqliteStatement(SqliteStatement&& other) noexcept;
  SqliteStatement& operator=(SqliteStatement&&) = delete;
  ~SqliteStatement();

  void BindInteger(int parameter, int64_t value);
  // The greatest number there is in place of one that is greater.
  void BindAtMost(int parameter, uint64_t value);
  void BindText(int parameter, std::string_view value);
  void BindBlob(int parameter, std::span<const uint8_t> value);
  void BindNull(int parameter);

  // Whether there is one row more. Tells also what could not be bound.
  absl::StatusOr<bool> Step();
  // Steps to the end, past whatever rows there are.
  absl::Status Run();
  // To be bound and stepped through once more.
  void Reset();

  bool IsInteger(int column) const { return Type(column) == SQLITE_INTEGER; }
  bool IsText(int column) const { return Type(column) == SQLITE_TEXT; }
  bool IsBlob(int column) const { return Type(column) == SQLITE_BLOB; }
  bool IsNull(int column) const { return Type(column) == SQLITE_NULL; }
  // Of a column of another type something, but nothing that could not be read.
  int64_t Integer(int column) const { return sqlite3_column_int64(statement_, column); }
  std::string_view Text(int column) const;
  std::span<const uint8_t> Blob(int column) const;

 private:
  friend class SqliteConnection;
  SqliteStatement(SqliteConnection* connection, sqlite3_stmt* statement, bool owned)
      : connection_(connection), statement_(statement), owned_(owned) {}

  int Type(int column) const { return sqlite3_column_type(statement_, column); }
  void Note(int code) {
    if (code != SQLITE_OK && bound_ == SQLITE_OK) bound_ = code;
  }

  SqliteConnection* connection_;
  sqlite3_stmt* statement_;
  bool owned_;
  int bound_ = SQLITE_OK;  // the first failure to bind
};

class SqliteConnection {
 public:
  // Opens a file that exists. `name` is what messages call it.
  static absl::StatusOr<std::unique_ptr<SqliteConnection>> Open(const std::string& path,
                                                                const std::string& name);
  ~SqliteConnection();
  SqliteConnection(const SqliteConnection&) = delete;
  SqliteConnection& operator=(const SqliteConnection&) = delete;

  // Runs one or several statements without parameters.
  absl::Status Execute(const char* sql);
  absl::StatusOr<SqliteStatement> Prepare(std::string_view sql);
  // The same, prepared once and kept. `sql` is a literal: it is known by where it is.
  absl::StatusOr<SqliteStatement> Cached(const char* sql);
  // The number that a statement's only row has in its only column.
  absl::StatusOr<int64_t> QueryInteger(std::string_view sql);
  int64_t changes() const { return sqlite3_changes64(database_); }  // rows, by the last Run
  int64_t last_row() const { return sqlite3_last_insert_rowid(database_); }
  bool in_transaction() const { return sqlite3_get_autocommit(database_) == 0; }

  // What `code`, which a call on this connection just gave, means.
  absl::Status Failure(int code) const;
  // DATA_LOSS, with what to do about it.
  absl::Status Damaged(std::string_view what) const;

  const std::string& name() const { return name_; }
  sqlite3* database() { return database_; }

 private:
  explicit SqliteConnection(std::string name) : name_(std::move(name)) {}
  absl::Status Harden();
  absl::StatusOr<sqlite3_stmt*> Compile(std::string_view sql, unsigned flags);

  std::string name_;
  sqlite3* database_ = nullptr;
  absl::flat_hash_map<const char*, sqlite3_stmt*> cached_;
};

}  // namespace thuja::server
