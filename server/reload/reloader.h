// SPDX-License-Identifier: Apache-2.0
// Keeps the published snapshot in step with the files.
//
// A reload is one unit: policies, links and entities are read together, settled, built aside and
// published at once. Whatever is wrong with them, the last good snapshot stays, and log, metrics
// and readiness say so. A change that loses something is held back until SIGHUP asks for it,
// because a truncated file must not drop a forbid.
#pragma once

#include <chrono>
#include <condition_variable>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>
#include <thread>

#include "engine/decide.h"
#include "server/decision/snapshot_source.h"
#include "server/operations/operational_log.h"
#include "server/reload/bundle.h"

namespace thuja::server {

struct ReloadOptions {
  bool watch = true;
  std::chrono::milliseconds interval{1000};
  std::chrono::milliseconds settle{200};
};

// What came of the last look at changed files.
enum class ReloadResult : uint8_t {
  kLoaded,     // a new snapshot is published
  kUnchanged,  // the files say what they said before
  kHeld,       // the change loses something and was not asked for
  kFailed,     // the files cannot be read or are wrong
};
std::string_view ReloadResultName(ReloadResult result);
inline constexpr size_t kReloadResultCount = 4;

struct ReloadStatus {
  uint64_t revision = 0;
  std::string digest;
  size_t policies = 0;
  size_t entities = 0;
  ReloadResult result = ReloadResult::kLoaded;
  std::string message;     // of kHeld and kFailed
  int64_t loaded_at = 0;   // seconds since 1970, of the published snapshot
  int64_t checked_at = 0;  // of the last attempt
  uint64_t counts[kReloadResultCount] = {};

  // The files say something else than what is published.
  bool stale() const { return result == ReloadResult::kHeld || result == ReloadResult::kFailed; }
};

class Reloader {
 public:
  Reloader(BundlePaths paths, const ReloadOptions& options, OperationalLog& log);
  ~Reloader();  // ends the thread
  Reloader(const Reloader&) = delete;
  Reloader& operator=(const Reloader&) = delete;

  // Reads the first snapshot; the status says what is wrong. Called once, before all else.
  absl::Status LoadFirst();

  // REQUIRES: LoadFirst succeeded.
  SnapshotSource& source() { return *source_; }
  void Start();

  // Reloads now, and takes what a change loses for wanted. Thread-safe; returns at once.
  void Request();

  ReloadStatus status() const;

 private:
  void Run();
  void Reload(bool asked);
  ReloadResult TryReload(bool asked, std::string* message);
  // kLoaded with a snapshot, or why there is none.
  ReloadResult Build(const Bundle& bundle, bool asked, std::string* message,
                     std::shared_ptr<const Snapshot>* snapshot);
  void Report(ReloadResult result, bool asked, const std::string& message);
  bool stopping() const;

  const BundlePaths paths_;
  const ReloadOptions options_;
  OperationalLog& log_;
  std::unique_ptr<SnapshotSource> source_;
  // Of the reloading thread.
  SnapshotBuilder builder_;
  Bundle current_;
  std::string signature_;  // of the files at the last attempt

  mutable std::mutex mutex_;
  std::condition_variable wake_;
  bool stop_ = false;
  bool asked_ = false;
  ReloadStatus status_;
  std::thread thread_;
};

}  // namespace thuja::server
