// SPDX-License-Identifier: Apache-2.0
// The one place where the current snapshot is published.
//
// A reader keeps the snapshot that it took last and looks, before each request, at one number that
// changes only with a reload. So readers never wait, and write nothing that others read; a reload
// costs each of them one lock.
#pragma once

#include <atomic>
#include <cstdint>
#include <memory>
#include <mutex>

#include "engine/decide.h"

namespace thuja::server {

// Thread-safe.
class SnapshotSource {
 public:
  explicit SnapshotSource(std::shared_ptr<const Snapshot> first) { Publish(std::move(first)); }

  // From now on every Refresh finds it.
  void Publish(std::shared_ptr<const Snapshot> snapshot) {
    const std::lock_guard lock(mutex_);
    revision_.store(snapshot->revision(), std::memory_order_release);
    snapshot_ = std::move(snapshot);
  }

  std::shared_ptr<const Snapshot> Get() const {
    const std::lock_guard lock(mutex_);
    return snapshot_;
  }

  uint64_t revision() const { return revision_.load(std::memory_order_acquire); }

 private:
  mutable std::mutex mutex_;
  std::shared_ptr<const Snapshot> snapshot_;
  std::atomic<uint64_t> revision_ = 0;
};

// One thread's hold on the current snapshot.
class SnapshotReader {
 public:
  explicit SnapshotReader(const SnapshotSource& source) : source_(source), held_(source.Get()) {}

  // Lets go of an older snapshot if there is a newer one.
  void Refresh() {
    if (source_.revision() != held_->revision()) held_ = source_.Get();
  }

  // The same until the next Refresh, whatever is published.
  const Snapshot& snapshot() const { return *held_; }

 private:
  const SnapshotSource& source_;
  std::shared_ptr<const Snapshot> held_;
};

}  // namespace thuja::server
