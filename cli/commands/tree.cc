// SPDX-License-Identifier: Apache-2.0
// `thuja tree`: the decision tree that policies are compiled to.
//
// Tested by tests/unit/cli/tree_test.cc.
#include "engine/tree.h"

#include <iostream>
#include <map>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/workload.h"

namespace thuja::cli {
namespace {

struct TreeOptions {
  SnapshotPaths paths;
  std::string requests;
  TreeFormat format = TreeFormat::kText;
};

int RunTree(const TreeOptions& options) {
  const std::shared_ptr<const Snapshot> snapshot = LoadSnapshot(options.paths);
  if (snapshot == nullptr) return kFailure;
  Trace trace;
  if (!options.requests.empty()) {
    Workload workload;
    if (!LoadRequests(options.requests, &workload)) return kFailure;
    Scratch scratch;
    for (const Request& request : workload.requests) {
      Decide(*snapshot, request, scratch, {.observer = {.trace = &trace}});
    }
  }
  std::cout << PrintTree(*snapshot, options.format, trace);
  const TreeFigures& figures = FiguresOf(*snapshot);
  std::cerr << figures.policies << " policies, " << figures.tests << " tests, " << figures.switches
            << " switches; at most " << figures.worst_case_nodes << " instructions a decision; "
            << figures.program_bytes << " bytes\n";
  return kSuccess;
}

}  // namespace

std::function<int()> DeclareTree(CLI::App& app) {
  const auto options = std::make_shared<TreeOptions>();
  app.footer("Exit status: 0, or 1 if anything is wrong. Figures go to standard error.");
  AddSnapshotOptions(app, options->paths);
  app.add_option("--requests", options->requests,
                 "A JSON array of requests; says how often each part of the tree was reached");
  app.add_option("--format", options->format, "text, dot (for Graphviz) or svg")
      ->transform(CLI::CheckedTransformer(std::map<std::string, TreeFormat>{
          {"text", TreeFormat::kText}, {"dot", TreeFormat::kDot}, {"svg", TreeFormat::kSvg}}));
  return [options] { return RunTree(*options); };
}

}  // namespace thuja::cli
