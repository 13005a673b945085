// SPDX-License-Identifier: Apache-2.0
// What is counted, and its text for Prometheus.
//
// Every thread counts for itself, with plain stores that nobody else makes; a scrape adds them up.
#pragma once

#include <array>
#include <atomic>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "engine/decide.h"
#include "server/decision/dialect_name.h"

namespace thuja::server {

// A number that one thread adds to and others read.
class Counter {
 public:
  void Add(uint64_t by = 1) {
    value_.store(value_.load(std::memory_order_relaxed) + by, std::memory_order_relaxed);
  }
  uint64_t value() const { return value_.load(std::memory_order_relaxed); }

 private:
  std::atomic<uint64_t> value_ = 0;
};

// Upper bounds of the buckets of a latency histogram, in nanoseconds; a last bucket has none.
inline constexpr std::array<int64_t, 16> kLatencyBounds = {
    1'000,   2'500,     5'000,     10'000,     25'000,     50'000,      100'000,     250'000,
    500'000, 1'000'000, 2'500'000, 10'000'000, 50'000'000, 100'000'000, 500'000'000, 1'000'000'000};

// What one deciding thread counts.
class ThreadMetrics {
 public:
  // `nanoseconds`: from the request being read to the decision being made.
  void CountDecision(DialectName dialect, ReasonCode code, int64_t nanoseconds);
  void CountAnswer(int status);

 private:
  friend class Metrics;

  struct Latency {
    std::array<Counter, kLatencyBounds.size() + 1> buckets;
    Counter sum;  // nanoseconds
  };

  std::array<std::array<Counter, kReasonCodeCount>, kDialectCount> decisions_;
  std::array<Latency, kDialectCount> latency_;
  std::array<Counter, 6> answers_;  // by the hundreds of the status; 0: none of them
};

// A number that is read when somebody asks.
struct Gauge {
  std::string name;
  std::string help;
  bool is_counter = false;
  std::function<double()> read;  // thread-safe
  std::string label;             // `result="ok"` is {"result", "ok"}
  std::string label_value;
};

// Thread-safe once all threads and gauges were added.
class Metrics {
 public:
  // Lives as long as this object.
  ThreadMetrics& AddThread();
  // REQUIRES: gauges of one name, which differ in their labels, are added one after another.
  void AddGauge(Gauge gauge) { gauges_.push_back(std::move(gauge)); }

  // The text exposition format 0.0.4.
  std::string Text() const;

  // All decisions, and those that allowed.
  uint64_t Decisions() const;
  uint64_t Allowed() const;

 private:
  std::vector<std::unique_ptr<ThreadMetrics>> threads_;
  std::vector<Gauge> gauges_;
};

}  // namespace thuja::server
