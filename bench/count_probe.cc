// SPDX-License-Identifier: Apache-2.0
// What bench/instructions.py runs under callgrind: decides every request of a workload once inside
// one function, whose instructions are counted, after having done so once before.
//
//   count_probe FOLDER decide|json|interpret
//
// Prints the number of decisions. Answers are not checked: `thuja bench` does that.
#include <iostream>
#include <optional>
#include <string>
#include <string_view>

#include "cli/workload.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"

namespace {

enum class What { kDecide, kJson, kInterpret };

void RunAll(const thuja::cli::Workload& workload, What what, thuja::Scratch& scratch) {
  const auto use = [](const thuja::Decision& decision) {
    asm volatile("" : : "r"(&decision) : "memory");
  };
  const thuja::Snapshot& snapshot = *workload.snapshot;
  if (what == What::kJson) {
    for (const auto& text : workload.texts) {
      thuja::Diagnostics diagnostics;
      const std::optional<thuja::Request> request = thuja::ReadRequest(text, diagnostics);
      if (request) use(thuja::Decide(snapshot, *request, scratch));
    }
    return;
  }
  const thuja::DecideOptions options = {.evaluator = what == What::kInterpret
                                                         ? thuja::EvaluatorKind::kInterpreter
                                                         : thuja::EvaluatorKind::kTree};
  for (const thuja::Request& request : workload.requests) {
    use(thuja::Decide(snapshot, request, scratch, options));
  }
}

}  // namespace

// The name that callgrind is told to count under.
extern "C" [[gnu::noinline]] void thuja_counted(const thuja::cli::Workload* workload, int what,
                                                thuja::Scratch* scratch);
extern "C" void thuja_counted(const thuja::cli::Workload* workload, int what,
                              thuja::Scratch* scratch) {
  RunAll(*workload, static_cast<What>(what), *scratch);
}

int main(int argc, char** argv) {
  const std::string_view word = argc > 2 ? argv[2] : "";
  if (word != "decide" && word != "json" && word != "interpret") {
    std::cerr << "usage: count_probe FOLDER decide|json|interpret\n";
    return 1;
  }
  const What what = word == "decide" ? What::kDecide
                    : word == "json" ? What::kJson
                                     : What::kInterpret;
  const std::string folder = argv[1];
  thuja::cli::Workload workload;
  workload.snapshot = thuja::cli::LoadSnapshot(thuja::cli::WorkloadPaths(folder));
  if (workload.snapshot == nullptr ||
      !thuja::cli::LoadRequests(folder + "/requests.json", &workload)) {
    return 1;
  }
  thuja::Scratch scratch;
  RunAll(workload, what, scratch);
  thuja_counted(&workload, static_cast<int>(what), &scratch);
  std::cout << workload.requests.size() << "\n";
  return 0;
}
