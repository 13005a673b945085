// SPDX-License-Identifier: Apache-2.0
// Views of the database: connections that hold a read transaction, kept for the next view.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <vector>

#include "server/store/grant_backend.h"
#include "server/store/sqlite_connection.h"
#include "server/store/sqlite_file.h"

namespace thuja::server {

// Thread-safe. Views share it and keep it, and with it the file, as long as they live.
class SqliteViews : public std::enable_shared_from_this<SqliteViews> {
 public:
  explicit SqliteViews(std::unique_ptr<SqliteFile> file) : file_(std::move(file)) {}

  absl::StatusOr<std::unique_ptr<GrantBackendView>> Open();

  // While it is set no view is opened: they come so thick that the log of changes, which cannot
  // begin anew under a view, would fill the disk.
  void SetPaused(bool paused) { paused_.store(paused, std::memory_order_relaxed); }
  bool is_paused() const { return paused_.load(std::memory_order_relaxed); }

  bool has_open() const { return open_.load(std::memory_order_relaxed) > 0; }

  // Keeps no connections any more.
  void Close();

  const SqliteFile& file() const { return *file_; }

 private:
  class View;
  static constexpr size_t kMostIdle = 8;

  absl::StatusOr<std::unique_ptr<SqliteConnection>> Take();
  void Return(std::unique_ptr<SqliteConnection> connection);

  const std::unique_ptr<SqliteFile> file_;
  std::atomic<bool> paused_ = false;
  std::atomic<int> open_ = 0;  // views
  std::mutex mutex_;
  bool closed_ = false;
  std::vector<std::unique_ptr<SqliteConnection>> idle_;
};

}  // namespace thuja::server
