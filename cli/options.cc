// SPDX-License-Identifier: Apache-2.0
// Declaring them.
//
// Tested by tests/unit/cli/authorize_test.cc and tests/unit/cli/tree_test.cc.
#include "cli/options.h"

#include <map>
#include <string>

namespace thuja::cli {

void AddSnapshotOptions(CLI::App& app, SnapshotPaths& paths) {
  app.add_option("--policies", paths.policies,
                 "Policy files, folders of .cedar files, or - for standard input")
      ->required();
  app.add_option("--entities", paths.entities, "Entities as JSON");
  app.add_option("--links", paths.links, "Links of templates as JSON");
  app.add_option("--ids", paths.ids,
                 "How policies are named: position (policy0, policy1, ...) or annotation (@id)")
      ->transform(CLI::CheckedTransformer(std::map<std::string, PolicyIds>{
          {"position", PolicyIds::kPosition}, {"annotation", PolicyIds::kAnnotation}}));
}

void AddEvaluatorOption(CLI::App& app, DecideOptions& options) {
  app.add_option("--evaluator", options.evaluator,
                 "tree (compiled, the default) or interpreter; their answers are the same")
      ->transform(CLI::CheckedTransformer(std::map<std::string, EvaluatorKind>{
          {"tree", EvaluatorKind::kTree}, {"interpreter", EvaluatorKind::kInterpreter}}));
}

}  // namespace thuja::cli
