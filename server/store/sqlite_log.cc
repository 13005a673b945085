// SPDX-License-Identifier: Apache-2.0
// Checkpoints.
//
// Tested by tests/unit/store/sqlite_log_test.cc.
#include "server/store/sqlite_log.h"

namespace thuja::server {

SqliteLog::SqliteLog(SqliteConnection* connection, const SqliteLogLimits& limits)
    : connection_(connection), limits_(limits), next_(limits.moved_at) {
  sqlite3_wal_hook(connection_->database(), &NotePages, this);
}

int SqliteLog::NotePages(void* log, sqlite3*, const char*, int pages) {
  auto* self = static_cast<SqliteLog*>(log);
  // The log began anew: all of it had been moved, and nobody looked at it any more.
  if (pages < self->pages_) self->next_ = self->limits_.moved_at;
  self->pages_ = pages;
  return SQLITE_OK;
}

void SqliteLog::MoveIfLong(bool is_looked_at) {
  const bool pressing = is_too_long() && !is_looked_at;
  if (pages_ < next_ && !pressing) return;
  int pages = 0;
  int moved = 0;
  const int code = sqlite3_wal_checkpoint_v2(connection_->database(), nullptr,
                                             SQLITE_CHECKPOINT_PASSIVE, &pages, &moved);
  const bool all = code == SQLITE_OK && moved == pages;
  // The next commit begins the log anew.
  if (all && !is_looked_at) pages_ = 0;
  next_ = pages_ + limits_.moved_at;
}

}  // namespace thuja::server
