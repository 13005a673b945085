// SPDX-License-Identifier: Apache-2.0
// `thuja test`: suites of cases written beside policies.
//
// Tested by tests/unit/cli/test_command_test.cc and tests/unit/cli/guarded_suite_test.cc.
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/report.h"
#include "cli/suite_difference.h"
#include "cli/suite_guard.h"
#include "cli/test_suite.h"
#include "engine/json.h"
#include "server/reload/files_below.h"

namespace thuja::cli {
namespace {

enum class Format { kText, kJson };

struct TestOptions {
  std::vector<std::string> paths;
  Format format = Format::kText;
  bool verbose = false;
  bool without_grants = false;
  DecideOptions decide;
};

std::string Indent(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    const size_t end = text.find('\n');
    out += "  " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

// The case with its grants taken away: what was allowed must be denied.
TestCase WithoutGrants(const TestCase& test) {
  TestCase bare = test;
  bare.guarded.grants.clear();
  bare.guarded.is_exempt = false;
  bare.decision = Outcome::kDeny;
  bare.code.reset();
  bare.reasons.reset();
  bare.errors.reset();
  return bare;
}

class SuiteRunner {
 public:
  explicit SuiteRunner(const TestOptions& options) : options_(options) {}

  // False if the suite cannot be run.
  bool Run(const std::string& path) {
    const std::optional<TestSuite> suite = LoadTestSuite(path);
    if (!suite) return false;
    const std::shared_ptr<const Snapshot> snapshot = LoadSnapshot(suite->snapshot);
    if (snapshot == nullptr) return false;
    std::optional<SuiteGuard> guard;
    if (suite->guard) {
      guard = SuiteGuard::Make(*suite->guard, snapshot->entities());
      if (!guard) return false;
    }
    for (const TestCase& test : suite->cases) {
      if (!options_.without_grants) {
        if (!RunCase(*suite, *snapshot, guard, test)) return false;
      } else if (guard && test.decision == Outcome::kAllow) {
        if (!RunCase(*suite, *snapshot, guard, WithoutGrants(test))) return false;
      }
    }
    return true;
  }

  size_t passed() const { return passed_; }
  size_t failed() const { return failed_; }

 private:
  // False if the request cannot be read.
  bool RunCase(const TestSuite& suite, const Snapshot& snapshot,
               const std::optional<SuiteGuard>& guard, const TestCase& test) {
    Diagnostics diagnostics;
    std::optional<Request> request = ReadRequest(test.request, diagnostics);
    if (!ReportDiagnostics(diagnostics) || !request) return false;
    DecideOptions options = options_.decide;
    options.forbid_error = suite.forbid_error;
    if (guard) {
      // The request, and so what is shown of it, stands on what the case's guard knows.
      CaseGuard of_case = guard->Of(test.guarded);
      Record(suite, test, snapshot, *request, of_case.Decide(snapshot, *request, scratch_, options),
             options);
    } else {
      Record(suite, test, snapshot, *request, Decide(snapshot, *request, scratch_, options),
             options);
    }
    return true;
  }

  void Record(const TestSuite& suite, const TestCase& test, const Snapshot& snapshot,
              const Request& request, const Decision& decision, const DecideOptions& options) {
    const std::string difference = DifferenceOf(test, snapshot, decision);
    ++(difference.empty() ? passed_ : failed_);
    if (options_.format == Format::kJson) {
      std::cout << "{\"suite\":" << QuoteJson(suite.path) << ",\"line\":" << test.line
                << ",\"case\":" << QuoteJson(test.name)
                << ",\"passed\":" << (difference.empty() ? "true" : "false")
                << ",\"difference\":" << QuoteJson(difference)
                << ",\"code\":" << QuoteJson(ReasonCodeName(decision.code))
                << ",\"answer\":" << DecisionJson(snapshot, request, decision, options) << "}\n";
      return;
    }
    const std::string title =
        suite.path + ":" + std::to_string(test.line) + ": " + test.name + "\n";
    if (!difference.empty()) {
      std::cout << "FAILED " << title << Indent(difference)
                << Indent(DecisionText(snapshot, request, decision, options));
    } else if (options_.verbose) {
      std::cout << "passed " << title;
    }
  }

  const TestOptions& options_;
  Scratch scratch_;
  size_t passed_ = 0;
  size_t failed_ = 0;
};

// Suite files among the paths, folders searched. Nothing, with a message, if one holds none.
std::optional<std::vector<std::string>> FindSuites(const std::vector<std::string>& paths) {
  std::vector<std::string> suites;
  for (const std::string& path : paths) {
    if (!std::filesystem::is_directory(path)) {
      suites.push_back(path);
      continue;
    }
    const std::vector<std::string> found = server::FilesBelow(path, kSuiteEnding);
    if (found.empty()) {
      std::cerr << "thuja: error: " << path << ": this folder holds no file *" << kSuiteEnding
                << "\n";
      return std::nullopt;
    }
    suites.insert(suites.end(), found.begin(), found.end());
  }
  return suites;
}

void PrintSummary(const TestOptions& options, const SuiteRunner& runner) {
  if (options.format != Format::kText) return;
  if (options.without_grants) {
    std::cout << "without grants: " << runner.passed() << " denied, " << runner.failed()
              << " allowed\n";
  } else {
    std::cout << runner.passed() << " passed, " << runner.failed() << " failed\n";
  }
}

int RunTests(const TestOptions& options) {
  const std::optional<std::vector<std::string>> suites = FindSuites(options.paths);
  if (!suites) return kFailure;
  SuiteRunner runner(options);
  bool ran = true;
  for (const std::string& suite : *suites) ran &= runner.Run(suite);
  PrintSummary(options, runner);
  if (!ran) return kFailure;
  // It would say that nothing is allowed without a grant, and had asked nothing.
  if (options.without_grants && runner.passed() + runner.failed() == 0) {
    std::cerr << "thuja: error: no case under `guard: agents` expects allow\n";
    return kFailure;
  }
  return runner.failed() == 0 ? kSuccess : kTestsFailed;
}

}  // namespace

std::function<int()> DeclareTest(CLI::App& app) {
  const auto options = std::make_shared<TestOptions>();
  app.footer("Exit status: 0 all passed, 3 some failed, 1 a suite cannot be run.");
  app.add_option("paths", options->paths, "Suites (*.test.yaml), or folders of them")->required();
  AddEvaluatorOption(app, options->decide);
  app.add_flag("--without-grants", options->without_grants,
               "Take all grants and exemptions from what suites under a guard expect to be "
               "allowed, and pass only if it is denied");
  app.add_flag("--verbose", options->verbose, "Name the cases that pass, too");
  app.add_option("--format", options->format, "text, or json: one line a case")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"text", Format::kText}, {"json", Format::kJson}}));
  return [options] { return RunTests(*options); };
}

}  // namespace thuja::cli
