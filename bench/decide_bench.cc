// SPDX-License-Identifier: Apache-2.0
// How long does one decision take?
//
// Contenders: the compiled tree, and the interpreter that is its definition. Each workload is a
// folder of policies, entities, requests and answers; all answers are checked before any time is
// taken. Besides the benchmark's mean there are the figures of cli/measurement.h.
#include <benchmark/benchmark.h>

#include <algorithm>
#include <cstdlib>
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/measurement.h"
#include "cli/workload.h"

namespace {

using thuja::EvaluatorKind;

void DecideWith(benchmark::State& state, const thuja::cli::Workload& workload,
                EvaluatorKind evaluator) {
  const thuja::DecideOptions options = {.evaluator = evaluator};
  const thuja::cli::Measurement measured =
      thuja::cli::Measure(*workload.snapshot, workload.requests, workload.texts, options);
  thuja::Scratch scratch;
  size_t next = 0;
  for (auto _ : state) {
    benchmark::DoNotOptimize(
        thuja::Decide(*workload.snapshot, workload.requests[next], scratch, options));
    if (++next == workload.requests.size()) next = 0;
  }
  state.counters["policies"] = static_cast<double>(workload.snapshot->policies().bound().size());
  state.counters["p50_ns"] = measured.p50;
  state.counters["p99_ns"] = measured.p99;
  state.counters["timer_ns"] = measured.timer;
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
    for (const auto& [name, evaluator] : {std::pair("tree", EvaluatorKind::kTree),
                                          std::pair("interpreter", EvaluatorKind::kInterpreter)}) {
      benchmark::RegisterBenchmark(("decide/" + std::string(name) + "/" + workload->name).c_str(),
                                   &DecideWith, std::cref(*workload), evaluator);
    }
    workloads.push_back(std::move(workload));
  }
  if (workloads.empty()) {
    std::cerr << "no workloads: set THUJA_SHARED to the test material, or name folders\n";
    return 1;
  }
  benchmark::RunSpecifiedBenchmarks();
  return 0;
}
