// SPDX-License-Identifier: Apache-2.0
// `thuja bench`: how long decisions take with a user's own policies, entities and requests.
//
// Tested by tests/unit/cli/bench_test.cc.
#include <algorithm>
#include <chrono>
#include <cstdio>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/conformance/answer.h"
#include "cli/load.h"
#include "cli/measurement.h"
#include "cli/options.h"
#include "cli/workload.h"
#include "engine/tree.h"

namespace thuja::cli {
namespace {

enum class Format { kText, kJson };

struct BenchOptions {
  std::string workload;
  SnapshotPaths paths;
  std::string requests;
  std::string expected;
  DecideOptions decide;
  Format format = Format::kText;
};

// Files of the folder stand in for what is not named.
void FillFromFolder(BenchOptions& options) {
  namespace fs = std::filesystem;
  if (options.workload.empty()) return;
  const fs::path folder(options.workload);
  const auto fill = [&](std::string& path, const char* name, bool needed) {
    if (path.empty() && (needed || fs::exists(folder / name))) path = (folder / name).string();
  };
  if (options.paths.policies.empty()) {
    options.paths.policies = {(folder / "policies.cedar").string()};
  }
  fill(options.paths.entities, "entities.json", true);
  fill(options.paths.links, "links.json", false);
  fill(options.requests, "requests.json", true);
  fill(options.expected, "expected.json", false);
}

// Both evaluators must say the same, and what was expected where that is known.
bool CheckAnswers(const Workload& workload) {
  Scratch tree_scratch;
  Scratch interpreter_scratch;
  for (size_t i = 0; i < workload.requests.size(); ++i) {
    const Request& request = workload.requests[i];
    const Decision by_tree = Decide(*workload.snapshot, request, tree_scratch);
    const Decision by_interpreter = Decide(*workload.snapshot, request, interpreter_scratch,
                                           {.evaluator = EvaluatorKind::kInterpreter});
    if (SameDecision(by_tree, by_interpreter)) continue;
    std::cerr << "thuja: error: request " << i << ": tree and interpreter differ\n";
    return false;
  }
  if (workload.expected == nullptr) return true;
  const std::string wrong = FindWrongAnswer(workload);
  if (!wrong.empty()) std::cerr << "thuja: error: " << wrong << "\n";
  return wrong.empty();
}

// From the texts of the policies to a snapshot of them, without entities.
double CompileMilliseconds(SnapshotPaths paths) {
  paths.entities.clear();
  const auto begin = std::chrono::steady_clock::now();
  LoadSnapshot(paths);
  const std::chrono::duration<double, std::milli> taken = std::chrono::steady_clock::now() - begin;
  return taken.count();
}

std::string Number(double value) {
  char text[32];
  std::snprintf(text, sizeof(text), "%.1f", value);
  return text;
}

std::string NumberOrNull(const std::optional<double>& value) {
  return value ? Number(*value) : "null";
}

// Name and value of everything that is reported, in its order.
using Report = std::vector<std::pair<std::string, std::string>>;

Report MakeReport(const Workload& workload, const BenchOptions& options) {
  const Measurement measured =
      Measure(*workload.snapshot, workload.requests, workload.texts, options.decide);
  const TreeFigures& figures = FiguresOf(*workload.snapshot);
  const EntityStore& entities = workload.snapshot->entities();
  const bool tree = options.decide.evaluator == EvaluatorKind::kTree;
  return {{"evaluator", tree ? "\"tree\"" : "\"interpreter\""},
          {"policies", std::to_string(figures.policies)},
          {"entities", std::to_string(entities.size())},
          {"requests", std::to_string(workload.requests.size())},
          {"samples", std::to_string(measured.samples)},
          {"timer_ns", Number(measured.timer)},
          {"p50_ns", Number(measured.p50)},
          {"p90_ns", Number(measured.p90)},
          {"p99_ns", Number(measured.p99)},
          {"p999_ns", Number(measured.p999)},
          {"p9999_ns", Number(measured.p9999)},
          {"json_p50_ns", Number(measured.json_p50)},
          {"instructions_per_decision", NumberOrNull(measured.instructions)},
          {"allocations_per_decision", NumberOrNull(measured.allocations)},
          {"program_bytes", std::to_string(figures.program_bytes)},
          {"entity_bytes", std::to_string(entities.bytes())},
          {"compile_ms", Number(CompileMilliseconds(options.paths))},
          {"worst_case_nodes", std::to_string(figures.worst_case_nodes)}};
}

void Print(const Report& report, Format format) {
  std::string out;
  for (const auto& [name, value] : report) {
    if (format == Format::kJson) {
      out += (out.empty() ? "{\"" : ",\"") + name + "\":" + value;
    } else {
      constexpr size_t kColumn = 28;
      out += name + std::string(kColumn - name.size(), ' ') + value + "\n";
    }
  }
  std::cout << out << (format == Format::kJson ? "}\n" : "");
}

int RunBench(BenchOptions options) {
  FillFromFolder(options);
  if (options.paths.policies.empty() || options.requests.empty()) {
    std::cerr << "thuja: error: name a --workload, or --policies and --requests\n";
    return kFailure;
  }
  Workload workload;
  workload.name = options.workload.empty() ? "the" : options.workload;
  workload.snapshot = LoadSnapshot(options.paths);
  if (workload.snapshot == nullptr || !LoadRequests(options.requests, &workload)) return kFailure;
  if (!options.expected.empty()) {
    workload.expected = LoadJson(options.expected);
    if (workload.expected == nullptr) return kFailure;
  }
  if (!CheckAnswers(workload)) return kFailure;
  Print(MakeReport(workload, options), options.format);
  return kSuccess;
}

}  // namespace

std::function<int()> DeclareBench(CLI::App& app) {
  const auto options = std::make_shared<BenchOptions>();
  app.footer(
      "Answers are checked before anything is measured. compile_ms is the time from the policies' "
      "texts to a snapshot. Exit status: 0, or 1 if anything is wrong, answers too.");
  app.add_option(
      "--workload", options->workload,
      "A folder with policies.cedar, entities.json, requests.json and, if there are any, "
      "links.json and expected.json");
  AddSnapshotOptions(app, options->paths);
  app.get_option("--policies")->required(false);
  app.add_option("--requests", options->requests, "A JSON array of requests");
  app.add_option("--expected", options->expected, "The answers to them");
  AddEvaluatorOption(app, options->decide);
  app.add_option("--format", options->format, "text or json")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"text", Format::kText}, {"json", Format::kJson}}));
  return [options] { return RunBench(*options); };
}

}  // namespace thuja::cli
