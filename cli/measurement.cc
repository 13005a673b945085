// SPDX-License-Identifier: Apache-2.0
// The clock and the counters.
//
// Tested by tests/unit/cli/bench_test.cc.
#include "cli/measurement.h"

#include <linux/perf_event.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <chrono>
#include <cmath>
#include <limits>

#include "cli/allocation_count.h"
#include "engine/entities.h"
#include "engine/json.h"

namespace thuja::cli {

size_t (*allocation_count)() = nullptr;

namespace {

using Clock = std::chrono::steady_clock;

constexpr size_t kFewestPasses = 5;
constexpr size_t kJsonPasses = 5;
constexpr double kInfinite = std::numeric_limits<double>::infinity();

double Nanoseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::nano>(duration).count();
}

double TimerCost() {
  double best = kInfinite;
  for (int i = 0; i < 10'000; ++i) {
    const Clock::time_point begin = Clock::now();
    best = std::min(best, Nanoseconds(Clock::now() - begin));
  }
  return best;
}

// Keeps the compiler from leaving out what it is given.
void Use(const Decision& decision) { asm volatile("" : : "r"(&decision) : "memory"); }

// Instructions of this thread outside the kernel, where the machine counts them.
class InstructionCounter {
 public:
  InstructionCounter() {
    perf_event_attr attributes = {};
    attributes.type = PERF_TYPE_HARDWARE;
    attributes.size = sizeof(attributes);
    attributes.config = PERF_COUNT_HW_INSTRUCTIONS;
    attributes.disabled = 1;
    attributes.exclude_kernel = 1;
    attributes.exclude_hv = 1;
    fd_ = static_cast<int>(syscall(SYS_perf_event_open, &attributes, 0, -1, -1, 0));
  }
  ~InstructionCounter() {
    if (fd_ >= 0) close(fd_);
  }
  InstructionCounter(const InstructionCounter&) = delete;
  InstructionCounter& operator=(const InstructionCounter&) = delete;

  void Start() {
    if (fd_ < 0) return;
    ioctl(fd_, PERF_EVENT_IOC_RESET, 0);
    ioctl(fd_, PERF_EVENT_IOC_ENABLE, 0);
  }

  std::optional<uint64_t> Stop() {
    if (fd_ < 0) return std::nullopt;
    ioctl(fd_, PERF_EVENT_IOC_DISABLE, 0);
    uint64_t count = 0;
    if (read(fd_, &count, sizeof(count)) != sizeof(count) || count == 0) return std::nullopt;
    return count;
  }

 private:
  int fd_ = -1;
};

class Bench {
 public:
  Bench(const Snapshot& snapshot, std::span<const Request> requests, const DecideOptions& options)
      : snapshot_(snapshot), requests_(requests), options_(options) {}

  Measurement Run(std::span<const std::shared_ptr<const SourceText>> texts) {
    Measurement result;
    result.timer = TimerCost();
    // The first pass grows the scratch.
    DecideAll();
    TimeDecisions(result);
    CountDecisions(result);
    result.json_p50 = TimeFromJson(texts);
    return result;
  }

 private:
  void DecideAll() {
    for (const Request& request : requests_) Use(Decide(snapshot_, request, scratch_, options_));
  }

  void TimeDecisions(Measurement& result) {
    const size_t passes =
        std::max(kFewestPasses, (kFewestSamples + requests_.size() - 1) / requests_.size());
    std::vector<double> best(requests_.size(), kInfinite);
    std::vector<double> samples;
    samples.reserve(passes * requests_.size());
    for (size_t pass = 0; pass < passes; ++pass) {
      for (size_t i = 0; i < requests_.size(); ++i) {
        const Clock::time_point begin = Clock::now();
        Use(Decide(snapshot_, requests_[i], scratch_, options_));
        samples.push_back(Nanoseconds(Clock::now() - begin));
        best[i] = std::min(best[i], samples.back());
      }
    }
    std::ranges::sort(best);
    std::ranges::sort(samples);
    result.samples = samples.size();
    result.p50 = Percentile(best, 0.5);
    result.p90 = Percentile(best, 0.9);
    result.p99 = Percentile(best, 0.99);
    result.p999 = Percentile(samples, 0.999);
    result.p9999 = Percentile(samples, 0.9999);
  }

  void CountDecisions(Measurement& result) {
    const auto count = static_cast<double>(requests_.size());
    InstructionCounter counter;
    counter.Start();
    DecideAll();
    const std::optional<uint64_t> instructions = counter.Stop();
    if (instructions) result.instructions = static_cast<double>(*instructions) / count;
    if (allocation_count == nullptr) return;
    const size_t before = allocation_count();
    DecideAll();
    result.allocations = static_cast<double>(allocation_count() - before) / count;
  }

  double TimeFromJson(std::span<const std::shared_ptr<const SourceText>> texts) {
    std::vector<double> best(texts.size(), kInfinite);
    Diagnostics diagnostics;
    for (size_t pass = 0; pass < kJsonPasses; ++pass) {
      for (size_t i = 0; i < texts.size(); ++i) {
        // The text is lent without its source, as a server lends what it received.
        const LentText text("request", texts[i]->text());
        const Clock::time_point begin = Clock::now();
        if (ReadRequest(text, document_, request_, diagnostics)) {
          Use(Decide(snapshot_, request_, scratch_, options_));
        }
        best[i] = std::min(best[i], Nanoseconds(Clock::now() - begin));
      }
    }
    std::ranges::sort(best);
    return Percentile(best, 0.5);
  }

  const Snapshot& snapshot_;
  const std::span<const Request> requests_;
  const DecideOptions options_;
  Scratch scratch_;
  JsonDocument document_;
  Request request_;
};

}  // namespace

double Percentile(std::span<const double> ascending, double quantile) {
  const double rank = std::ceil(quantile * static_cast<double>(ascending.size()));
  const auto index = static_cast<size_t>(std::max(rank, 1.0)) - 1;
  return ascending[std::min(index, ascending.size() - 1)];
}

Measurement Measure(const Snapshot& snapshot, std::span<const Request> requests,
                    std::span<const std::shared_ptr<const SourceText>> texts,
                    const DecideOptions& options) {
  return Bench(snapshot, requests, options).Run(texts);
}

}  // namespace thuja::cli
