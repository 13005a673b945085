// SPDX-License-Identifier: Apache-2.0
// What does it cost a decision that new snapshots are published, and that other threads decide?
//
// Contenders: one thread and two, in quiet and while two snapshots that were built before are
// published by turns every 10 ms. Each figure is the processor time of the deciding threads divided
// by their decisions, the median of rounds in which all contenders take turns; the publishing
// thread's own time is not in it. One line of JSON for each workload folder that is named.
#include <time.h>

#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <iostream>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "cli/workload.h"
#include "server/decision/snapshot_source.h"

namespace {

using thuja::cli::Workload;

constexpr int kRounds = 9;
constexpr auto kRound = std::chrono::milliseconds(400);
constexpr auto kBetweenPublications = std::chrono::milliseconds(10);

struct Contender {
  const char* name;
  int threads;
  bool publishing;
  std::vector<double> nanoseconds = {};
};

double ThreadNanoseconds() {
  timespec now{};
  clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);
  return static_cast<double>(now.tv_sec) * 1e9 + static_cast<double>(now.tv_nsec);
}

// What one decision takes in one of the threads.
double RunOne(const thuja::server::SnapshotSource& source, const Workload& workload, size_t first,
              const std::atomic<bool>& stop) {
  thuja::server::SnapshotReader reader(source);
  thuja::Scratch scratch;
  size_t decided = 0;
  size_t next = first % workload.requests.size();
  const auto decide = [&] {
    reader.Refresh();
    asm volatile(
        "" ::"r"(thuja::Decide(reader.snapshot(), workload.requests[next], scratch).allowed())
        : "memory");
    if (++next == workload.requests.size()) next = 0;
    ++decided;
  };
  for (size_t i = 0; i < workload.requests.size(); ++i) decide();
  decided = 0;
  const double begin = ThreadNanoseconds();
  while (!stop.load(std::memory_order_relaxed)) {
    for (int i = 0; i < 100; ++i) decide();
  }
  return (ThreadNanoseconds() - begin) / static_cast<double>(decided);
}

double RunRound(const Contender& contender, const Workload& workload,
                const std::array<std::shared_ptr<const thuja::Snapshot>, 2>& snapshots) {
  thuja::server::SnapshotSource source(snapshots[0]);
  std::atomic<bool> stop = false;
  std::vector<double> taken(static_cast<size_t>(contender.threads));
  std::vector<std::thread> threads;
  for (size_t i = 0; i < taken.size(); ++i) {
    threads.emplace_back([&, i] { taken[i] = RunOne(source, workload, 37 * i, stop); });
  }
  const auto end = std::chrono::steady_clock::now() + kRound;
  for (size_t turn = 1; std::chrono::steady_clock::now() < end; ++turn) {
    std::this_thread::sleep_for(kBetweenPublications);
    if (contender.publishing) source.Publish(snapshots[turn % 2]);
  }
  stop = true;
  for (std::thread& thread : threads) thread.join();
  double sum = 0;
  for (const double one : taken) sum += one;
  return sum / static_cast<double>(taken.size());
}

double Median(std::vector<double> values) {
  std::ranges::sort(values);
  return values[values.size() / 2];
}

bool Run(const std::string& folder) {
  const std::unique_ptr<const Workload> workload = thuja::cli::LoadWorkload(folder);
  if (workload == nullptr) return false;
  const std::string wrong = thuja::cli::FindWrongAnswer(*workload);
  if (!wrong.empty()) {
    std::cerr << "wrong answer, nothing is timed: " << wrong << "\n";
    return false;
  }
  // Loaded twice, so that the two share nothing; by one builder, so that their revisions differ.
  thuja::SnapshotBuilder builder;
  const thuja::cli::SnapshotPaths paths = thuja::cli::WorkloadPaths(folder);
  const std::array snapshots = {thuja::cli::LoadSnapshot(paths, builder),
                                thuja::cli::LoadSnapshot(paths, builder)};
  if (snapshots[0] == nullptr || snapshots[1] == nullptr) return false;
  std::vector<Contender> contenders = {{"one_quiet_ns", 1, false},
                                       {"one_publishing_ns", 1, true},
                                       {"two_quiet_ns", 2, false},
                                       {"two_publishing_ns", 2, true}};
  for (int round = 0; round < kRounds; ++round) {
    for (Contender& contender : contenders) {
      contender.nanoseconds.push_back(RunRound(contender, *workload, snapshots));
    }
  }
  std::cout << "{\"workload\":\"" << workload->name << "\"";
  for (const Contender& contender : contenders) {
    std::cout << ",\"" << contender.name << "\":" << Median(contender.nanoseconds);
  }
  std::cout << "}" << std::endl;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  bool ran = argc > 1;
  for (int i = 1; i < argc; ++i) ran &= Run(argv[i]);
  if (argc == 1) std::cerr << "name folders of workloads\n";
  return ran ? 0 : 1;
}
