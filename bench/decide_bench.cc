// SPDX-License-Identifier: Apache-2.0
// How long does one decision take?
//
// Contender: the interpreter. Each workload is a folder of policies, entities, requests and
// answers; all answers are checked before any time is taken. A request is ready when its uids are
// strings and its context values are parsed; requests rotate, so that none follows itself.
//
// Besides the benchmark's mean, `p50_ns` and `p99_ns` run over the requests, each counted with the
// best of its passes; the cost of reading the clock, `timer_ns`, is in them.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/workload.h"

namespace {

using Clock = std::chrono::steady_clock;

double Nanoseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::nano>(duration).count();
}

// What one pair of clock reads costs.
double TimerCost() {
  double best = 1e9;
  for (int i = 0; i < 1000; ++i) {
    const Clock::time_point begin = Clock::now();
    best = std::min(best, Nanoseconds(Clock::now() - begin));
  }
  return best;
}

// The best of several passes for each request, ascending.
std::vector<double> BestOfPasses(const thuja::cli::Workload& workload) {
  constexpr int kPasses = 5;
  std::vector<double> best(workload.requests.size(), 1e18);
  thuja::Scratch scratch;
  for (int pass = 0; pass < kPasses; ++pass) {
    for (size_t i = 0; i < workload.requests.size(); ++i) {
      const Clock::time_point begin = Clock::now();
      benchmark::DoNotOptimize(thuja::Decide(*workload.snapshot, workload.requests[i], scratch));
      best[i] = std::min(best[i], Nanoseconds(Clock::now() - begin));
    }
  }
  std::ranges::sort(best);
  return best;
}

void DecideInterpreter(benchmark::State& state, const thuja::cli::Workload& workload) {
  const std::vector<double> best = BestOfPasses(workload);
  thuja::Scratch scratch;
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(thuja::Decide(*workload.snapshot, workload.requests[next], scratch));
    if (++next == workload.requests.size()) next = 0;
  }
  state.counters["policies"] = static_cast<double>(workload.snapshot->policies().bound().size());
  state.counters["p50_ns"] = best[best.size() / 2];
  state.counters["p99_ns"] = best[best.size() * 99 / 100];
  state.counters["timer_ns"] = TimerCost();
}

// A folder is a workload if its answers are beside it or, where it was generated, in `above`.
std::unique_ptr<const thuja::cli::Workload> Load(const std::filesystem::path& folder,
                                                 const std::filesystem::path& above) {
  namespace fs = std::filesystem;
  const fs::path answers = above / (folder.filename().string() + ".expected.json");
  if (fs::exists(folder / "expected.json")) return thuja::cli::LoadWorkload(folder.string());
  if (fs::exists(answers)) return thuja::cli::LoadWorkload(folder.string(), answers.string());
  return nullptr;
}

std::vector<std::filesystem::path> WorkloadFolders(const std::filesystem::path& folder) {
  std::vector<std::filesystem::path> folders;
  if (!std::filesystem::is_directory(folder)) return folders;
  for (const auto& entry : std::filesystem::directory_iterator(folder)) {
    if (entry.is_directory()) folders.push_back(entry.path());
  }
  std::ranges::sort(folders);
  return folders;
}

}  // namespace

int main(int argc, char** argv) {
  benchmark::Initialize(&argc, argv);
  const char* shared = std::getenv("THUJA_SHARED");
  const std::filesystem::path root =
      std::filesystem::path(shared == nullptr ? "../shared" : shared) / "workloads";
  std::vector<std::filesystem::path> folders = WorkloadFolders(root);
  // Folders given as arguments come on top: what a generator made.
  for (int i = 1; i < argc; ++i) folders.emplace_back(argv[i]);
  std::vector<std::unique_ptr<const thuja::cli::Workload>> workloads;
  for (const std::filesystem::path& folder : folders) {
    std::unique_ptr<const thuja::cli::Workload> workload = Load(folder, root);
    if (workload == nullptr) continue;
    const std::string wrong = thuja::cli::FindWrongAnswer(*workload);
    if (!wrong.empty()) {
      std::cerr << "wrong answer, nothing is timed: " << wrong << "\n";
      return 1;
    }
    benchmark::RegisterBenchmark(("decide/interpreter/" + workload->name).c_str(),
                                 &DecideInterpreter, std::cref(*workload));
    workloads.push_back(std::move(workload));
  }
  if (workloads.empty()) {
    std::cerr << "no workloads: set THUJA_SHARED to the test material, or name folders\n";
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
