// SPDX-License-Identifier: Apache-2.0
// The wall clock, which is not believed when it goes back: grants that were over would live again.
//
// The latest time that was ever seen is kept (by the grant store, across restarts too). A clock
// that is behind it by a little stands still; one that is behind by more is not used at all, and
// whoever asks must deny.
//
// Thread-safe. A reading costs one read of the clock and of a word that changes a few times a
// second.
#pragma once

#include <time.h>

#include <algorithm>
#include <atomic>
#include <cstdint>

namespace thuja::server {

struct ClockReading {
  int64_t now = 0;  // nanoseconds since 1970; never less than the latest time that was seen
  bool rolled_back = false;
};

class TrustedClock {
 public:
  // What corrections of a clock may take it back by, in nanoseconds.
  static constexpr int64_t kTolerance = 1'000'000'000;

  ClockReading Read() const {
    timespec wall{};
    clock_gettime(CLOCK_REALTIME, &wall);
    return Judge(int64_t{wall.tv_sec} * 1'000'000'000 + wall.tv_nsec);
  }

  // Read, and remembered for all threads.
  ClockReading ReadAndMark() {
    const ClockReading reading = Read();
    if (!reading.rolled_back) Mark(reading.now);
    return reading;
  }

  void Mark(int64_t time) {
    int64_t latest = latest_.load(std::memory_order_relaxed);
    while (latest < time && !latest_.compare_exchange_weak(latest, time)) {
    }
  }

  int64_t latest() const { return latest_.load(std::memory_order_relaxed); }

  // What the wall clock's time means.
  ClockReading Judge(int64_t wall) const {
    const int64_t latest = latest_.load(std::memory_order_relaxed);
    return {std::max(wall, latest), wall < latest - kTolerance};
  }

 private:
  std::atomic<int64_t> latest_ = 0;
};

}  // namespace thuja::server
