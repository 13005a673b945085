// SPDX-License-Identifier: Apache-2.0
// `thuja conformance`: our answers, of tree and interpreter both, held against Cedar's published
// and recorded ones.
//
// Tested by tests/unit/cli/conformance_test.cc.
#include <filesystem>
#include <iostream>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/conformance/integration_tests.h"
#include "cli/conformance/recorded_cases.h"
#include "cli/conformance/tally.h"

namespace thuja::cli {
namespace {

int RunConformance(const std::vector<std::string>& paths) {
  Tally tally;
  for (const std::string& path : paths) {
    const bool ran = std::filesystem::is_directory(path) ? RunIntegrationTests(path, tally)
                                                         : RunRecordedCases(path, tally);
    if (!ran) return kFailure;
  }
  std::cout << tally.Report();
  if (tally.failed() > 0) return kTestsFailed;
  return tally.passed() > 0 ? kSuccess : kFailure;
}

}  // namespace

std::function<int()> DeclareConformance(CLI::App& app) {
  const auto paths = std::make_shared<std::vector<std::string>>();
  app.footer("Exit status: 0 all identical, 3 differences, 1 cannot run.");
  app.add_option("paths", *paths,
                 "Folders in the layout of Cedar's integration tests (archives unpacked), or files "
                 "of recorded cases as JSON lines")
      ->required();
  return [paths] { return RunConformance(*paths); };
}

}  // namespace thuja::cli
