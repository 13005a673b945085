// SPDX-License-Identifier: Apache-2.0
// When may memory be used again that readers without locks may still be looking at?
//
// Each reader says from time to time that it holds nothing it found before. What was taken out of
// every place where it could be found is free once all readers have said so since. Readers write
// one word that nobody else writes, and wait for nobody; a reader that falls silent delays reuse
// and nothing else. (McKenney and Slingwine, "Read-Copy Update", 1998: quiescent states.)
//
// Tested by tests/unit/grants/grace_periods_test.cc.
#pragma once

#include <array>
#include <atomic>
#include <cstddef>
#include <cstdint>
#include <limits>
#include <optional>
#include <utility>

namespace thuja::grants {

// Readers come and go on any thread; Advance and Oldest are one writer's at a time.
class GracePeriods {
 public:
  static constexpr size_t kMostReaders = 256;

  // A place among the readers; not thread-safe itself. The GracePeriods must outlive it.
  class Reader {
   public:
    Reader(Reader&& other) noexcept
        : place_(std::exchange(other.place_, nullptr)), periods_(other.periods_) {}
    Reader& operator=(Reader&&) = delete;
    ~Reader() {
      if (place_ != nullptr) place_->store(kFree, std::memory_order_release);
    }

    // Whatever this reader found before is not used any more.
    void Refresh() {
      const uint64_t now = periods_->now_.load(std::memory_order_acquire);
      if (place_->load(std::memory_order_relaxed) != now) {
        place_->store(now, std::memory_order_release);
      }
    }

   private:
    friend class GracePeriods;
    Reader(std::atomic<uint64_t>* place, const GracePeriods* periods)
        : place_(place), periods_(periods) {}

    std::atomic<uint64_t>* place_;
    const GracePeriods* periods_;
  };

  // Nothing if there are kMostReaders.
  std::optional<Reader> Register() {
    for (Place& place : places_) {
      uint64_t free = kFree;
      // The oldest there can be, until it is sure that what was unlinked before is out of sight.
      if (place.period.compare_exchange_strong(free, 0, std::memory_order_seq_cst)) {
        place.period.store(now_.load(std::memory_order_seq_cst), std::memory_order_seq_cst);
        return Reader(&place.period, this);
      }
    }
    return std::nullopt;
  }

  // Begins a period. What was unlinked before this call is out of sight for readers that have
  // refreshed in the period returned, or later.
  uint64_t Advance() { return now_.fetch_add(1, std::memory_order_seq_cst) + 1; }

  // The period that all readers have reached: what was retired in it or earlier is free.
  uint64_t Oldest() const {
    uint64_t oldest = now_.load(std::memory_order_seq_cst);
    for (const Place& place : places_) {
      const uint64_t period = place.period.load(std::memory_order_seq_cst);
      if (period != kFree && period < oldest) oldest = period;
    }
    return oldest;
  }

 private:
  static constexpr uint64_t kFree = std::numeric_limits<uint64_t>::max();

  // A cache line each, so that no two readers write the same.
  struct alignas(64) Place {
    std::atomic<uint64_t> period = kFree;
  };

  std::atomic<uint64_t> now_ = 1;
  std::array<Place, kMostReaders> places_;
};

}  // namespace thuja::grants
