// SPDX-License-Identifier: Apache-2.0
// Measuring decisions: what `thuja bench` reports.
//
// A request is ready when its uids are strings and its context values are parsed; looking up its
// entities is inside the clock. Requests rotate, so that none follows itself. A request's latency
// is the best of its passes, and p50 to p99 run over the requests; p99.9 and beyond run over all
// single samples, of which there are at least 100,000. The cost of reading the clock is in every
// figure and stated beside them.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/decide.h"
#include "engine/diagnostics.h"

namespace thuja::cli {

inline constexpr size_t kFewestSamples = 100'000;

struct Measurement {
  // Nanoseconds.
  double p50 = 0;
  double p90 = 0;
  double p99 = 0;
  double p999 = 0;
  double p9999 = 0;
  double json_p50 = 0;  // from the request's bytes to its decision
  double timer = 0;
  size_t samples = 0;
  std::optional<double> instructions;  // a decision; nothing where the machine does not count
  std::optional<double> allocations;   // a decision; nothing where the program does not count
};

// The value that a share `quantile` of them does not exceed. REQUIRES: ascending, not empty.
double Percentile(std::span<const double> ascending, double quantile);

// REQUIRES: as many texts as requests, at least one.
Measurement Measure(const Snapshot& snapshot, std::span<const Request> requests,
                    std::span<const std::shared_ptr<const SourceText>> texts,
                    const DecideOptions& options);

}  // namespace thuja::cli
