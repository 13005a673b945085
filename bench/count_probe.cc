// SPDX-License-Identifier: Apache-2.0
// What bench/instructions.py runs under callgrind: decides every request of a workload once inside
// one function, whose instructions are counted, after having done so once before.
//
//   count_probe FOLDER decide|json|interpret
//
// Prints the number of decisions. Answers are not checked: `thuja bench` does that.
#include <iostream>
#include <string>
#include <string_view>

#include "cli/workload.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"
#include "engine/json.h"

namespace {

enum class What { kDecide, kJson, kInterpret };

// What is used again for every request.
struct Memory {
  thuja::JsonDocument document;
  thuja::Request request;
  thuja::Scratch scratch;
};

void RunAll(const thuja::cli::Workload& workload, What what, Memory& memory) {
  const auto use = [](const thuja::Decision& decision) {
    asm volatile("" : : "r"(&decision) : "memory");
  };
  const thuja::Snapshot& snapshot = *workload.snapshot;
  if (what == What::kJson) {
    thuja::Diagnostics diagnostics;
    for (const auto& text : workload.texts) {
      const thuja::LentText lent("request", text->text());
      if (thuja::ReadRequest(lent, memory.document, memory.request, diagnostics)) {
        use(thuja::Decide(snapshot, memory.request, memory.scratch));
      }
    }
    return;
  }
  const thuja::DecideOptions options = {.evaluator = what == What::kInterpret
                                                         ? thuja::EvaluatorKind::kInterpreter
                                                         : thuja::EvaluatorKind::kTree};
  for (const thuja::Request& request : workload.requests) {
    use(thuja::Decide(snapshot, request, memory.scratch, options));
  }
}

}  // namespace

// The name that callgrind is told to count under.
extern "C" [[gnu::noinline]] void thuja_counted(const thuja::cli::Workload* workload, int what,
                                                Memory* memory);
extern "C" void thuja_counted(const thuja::cli::Workload* workload, int what, Memory* memory) {
  RunAll(*workload, static_cast<What>(what), *memory);
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
  Memory memory;
  RunAll(workload, what, memory);
  thuja_counted(&workload, static_cast<int>(what), &memory);
  std::cout << workload.requests.size() << "\n";
  return 0;
}
