// SPDX-License-Identifier: Apache-2.0
// `thuja test`: suites of cases written beside policies.
//
// Tested by tests/unit/cli/test_command_test.cc.
#include <algorithm>
#include <filesystem>
#include <iostream>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/files.h"
#include "cli/load.h"
#include "cli/options.h"
#include "cli/report.h"
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

std::string Join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// `what: missing A; unexpected B`, or nothing if both hold the same.
std::string DifferenceOf(const std::string& what, const std::set<std::string>& expected,
                         const std::set<std::string>& actual) {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::ranges::set_difference(expected, actual, std::back_inserter(missing));
  std::ranges::set_difference(actual, expected, std::back_inserter(unexpected));
  if (missing.empty() && unexpected.empty()) return "";
  std::string out = what + ":";
  if (!missing.empty()) out += " missing " + Join(missing);
  if (!unexpected.empty())
    out += (missing.empty() ? " unexpected " : "; unexpected ") + Join(unexpected);
  return out + "\n";
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
    for (const TestCase& test : suite->cases) {
      Diagnostics diagnostics;
      const std::optional<Request> request = ReadRequest(test.request, diagnostics);
      if (!ReportDiagnostics(diagnostics) || !request) return false;
      const Decision decision = Decide(*snapshot, *request, scratch_, options_.decide);
      Record(*suite, test, *snapshot, *request, decision);
    }
    return true;
  }

  size_t passed() const { return passed_; }
  size_t failed() const { return failed_; }

 private:
  static std::string Difference(const TestCase& test, const Snapshot& snapshot,
                                const Decision& decision) {
    const auto name = [](Outcome outcome) {
      return std::string(outcome == Outcome::kAllow ? "allow" : "deny");
    };
    const auto id = [&](PolicyIndex policy) {
      return snapshot.policies().bound()[policy.index].id;
    };
    std::string out;
    if (IsRefusal(decision.code))
      return "the request was refused: " + RefusalText(decision.code) + "\n";
    if (decision.outcome != test.decision) {
      out += "decision: expected " + name(test.decision) + ", got " + name(decision.outcome) + "\n";
    }
    if (test.reasons) {
      std::set<std::string> actual;
      for (const PolicyIndex reason : decision.reasons) actual.insert(id(reason));
      out += DifferenceOf("reasons", {test.reasons->begin(), test.reasons->end()}, actual);
    }
    if (test.errors) out += ErrorDifference(*test.errors, snapshot, decision);
    return out;
  }

  // An expected error without a kind stands for the policy's error of whatever kind.
  static std::string ErrorDifference(const std::vector<ExpectedError>& wanted,
                                     const Snapshot& snapshot, const Decision& decision) {
    std::map<std::string, std::string> kinds;
    for (const ExpectedError& error : wanted) kinds[error.policy] = error.kind;
    const auto write = [](const std::string& policy, const std::string& kind) {
      return kind.empty() ? policy : policy + " (" + kind + ")";
    };
    std::set<std::string> expected;
    for (const auto& [policy, kind] : kinds) expected.insert(write(policy, kind));
    std::set<std::string> actual;
    for (const EvalError& error : decision.errors) {
      const std::string& policy = snapshot.policies().bound()[error.policy.index].id;
      const auto found = kinds.find(policy);
      const bool any_kind = found != kinds.end() && found->second.empty();
      actual.insert(write(policy, any_kind ? "" : std::string(EvalErrorName(error.kind))));
    }
    return DifferenceOf("errors", expected, actual);
  }

  void Record(const TestSuite& suite, const TestCase& test, const Snapshot& snapshot,
              const Request& request, const Decision& decision) {
    const std::string difference = Difference(test, snapshot, decision);
    ++(difference.empty() ? passed_ : failed_);
    if (options_.format == Format::kJson) {
      std::cout << "{\"suite\":" << QuoteJson(suite.path) << ",\"line\":" << test.line
                << ",\"case\":" << QuoteJson(test.name)
                << ",\"passed\":" << (difference.empty() ? "true" : "false")
                << ",\"difference\":" << QuoteJson(difference)
                << ",\"answer\":" << DecisionJson(snapshot, request, decision, options_.decide)
                << "}\n";
      return;
    }
    const std::string title =
        suite.path + ":" + std::to_string(test.line) + ": " + test.name + "\n";
    if (!difference.empty()) {
      std::cout << "FAILED " << title << Indent(difference)
                << Indent(DecisionText(snapshot, request, decision, options_.decide));
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

int RunTests(const TestOptions& options) {
  const std::optional<std::vector<std::string>> suites = FindSuites(options.paths);
  if (!suites) return kFailure;
  SuiteRunner runner(options);
  bool ran = true;
  for (const std::string& suite : *suites) ran &= runner.Run(suite);
  if (options.format == Format::kText) {
    std::cout << runner.passed() << " passed, " << runner.failed() << " failed\n";
  }
  if (!ran) return kFailure;
  return runner.failed() == 0 ? kSuccess : kTestsFailed;
}

}  // namespace

std::function<int()> DeclareTest(CLI::App& app) {
  const auto options = std::make_shared<TestOptions>();
  app.footer("Exit status: 0 all passed, 3 some failed, 1 a suite cannot be run.");
  app.add_option("paths", options->paths, "Suites (*.test.yaml), or folders of them")->required();
  AddEvaluatorOption(app, options->decide);
  app.add_flag("--verbose", options->verbose, "Name the cases that pass, too");
  app.add_option("--format", options->format, "text, or json: one line a case")
      ->transform(CLI::CheckedTransformer(
          std::map<std::string, Format>{{"text", Format::kText}, {"json", Format::kJson}}));
  return [options] { return RunTests(*options); };
}

}  // namespace thuja::cli
