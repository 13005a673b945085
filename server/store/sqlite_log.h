// SPDX-License-Identifier: Apache-2.0
// The write-ahead log of the database: when it is moved into the file, so that it stays short.
//
// SQLite would do it by itself, but would then walk the whole log after each commit for as long as
// somebody looks at an old state. This tries again only when there is more to move.
#pragma once

#include <cstdint>

#include "server/store/sqlite_connection.h"

namespace thuja::server {

// In pages of 4 KiB.
struct SqliteLogLimits {
  int moved_at = 1000;
  int most = 256 * 1024;  // 1 GiB: beyond it nobody may begin to look at what will soon be old
};

class SqliteLog {
 public:
  // Watches the commits of the connection, which does not outlive it.
  SqliteLog(SqliteConnection* connection, const SqliteLogLimits& limits);
  SqliteLog(const SqliteLog&) = delete;
  SqliteLog& operator=(const SqliteLog&) = delete;

  // After a commit: moves what can be moved if there is enough of it. What fails is tried again
  // later; nothing that was committed depends on it. `is_looked_at`: there are views.
  void MoveIfLong(bool is_looked_at);

  // After the last commit; 0 if the next one begins anew.
  int pages() const { return pages_; }
  bool is_too_long() const { return pages_ > limits_.most; }

 private:
  static int NotePages(void* log, sqlite3* database, const char* name, int pages);

  SqliteConnection* connection_;
  SqliteLogLimits limits_;
  int pages_ = 0;
  int next_;  // pages at which to try
};

}  // namespace thuja::server
