// SPDX-License-Identifier: Apache-2.0
// `thuja bench`, run as a user would, and its arithmetic. No figure of time is judged.
#include <gtest/gtest.h>

#include <filesystem>
#include <string>
#include <vector>

#include "cli/measurement.h"
#include "cli/workload.h"
#include "engine/entities.h"
#include "engine/json.h"
#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::ProgramResult;
using testing::RunThuja;

TEST(Percentile, IsTheSmallestThatCoversTheShare) {
  const std::vector<double> ten = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10};
  EXPECT_EQ(cli::Percentile(ten, 0.5), 5);
  EXPECT_EQ(cli::Percentile(ten, 0.9), 9);
  EXPECT_EQ(cli::Percentile(ten, 0.99), 10);
  EXPECT_EQ(cli::Percentile(ten, 1), 10);
  EXPECT_EQ(cli::Percentile(ten, 0), 1);
  EXPECT_EQ(cli::Percentile(std::vector<double>{7}, 0.5), 7);
}

class BenchTest : public ::testing::Test {
 protected:
  void SetUp() override {
    Write("policies.cedar", "permit (principal, action, resource) when { context.open };");
    Write("entities.json", "[]");
    Write("requests.json", R"([
{"principal": "U::\"a\"", "action": "Action::\"x\"", "resource": "U::\"a\"", "context": {"open": true}},
{"principal": "U::\"b\"", "action": "Action::\"x\"", "resource": "U::\"a\"", "context": {}}])");
    Write("expected.json", R"([{"decision": "allow", "reason": ["policy0"], "errors": []},
                               {"decision": "deny", "reason": [], "errors": ["policy0"]}])");
  }

  std::string Write(const std::string& name, const std::string& text) {
    return testing::WriteFile((folder_.path() / name).string(), text);
  }

  ProgramResult Bench(const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"bench", "--workload", folder_.path().string()};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunThuja(arguments);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(BenchTest, ReportsEveryFigureInBothFormats) {
  for (const char* evaluator : {"tree", "interpreter"}) {
    const ProgramResult result = Bench({"--format", "json", "--evaluator", evaluator});
    ASSERT_EQ(result.status, 0) << result.err;
    Diagnostics diagnostics;
    const auto report =
        ReadJson(std::make_shared<const SourceText>("report", result.out), diagnostics);
    ASSERT_TRUE(report.has_value()) << result.out;
    for (const char* key : {"policies", "entities", "requests", "samples", "timer_ns", "p50_ns",
                            "p90_ns", "p99_ns", "p999_ns", "p9999_ns", "json_p50_ns",
                            "instructions_per_decision", "allocations_per_decision",
                            "program_bytes", "entity_bytes", "compile_ms", "worst_case_nodes"}) {
      EXPECT_NE(report->root().Find(key), nullptr) << key;
    }
    EXPECT_EQ(report->root().Find("evaluator")->text, evaluator);
    EXPECT_EQ(report->root().Find("policies")->integer, 1);
    EXPECT_EQ(report->root().Find("requests")->integer, 2);
    EXPECT_GE(report->root().Find("samples")->integer, static_cast<int64_t>(cli::kFewestSamples));
    EXPECT_EQ(report->root().Find("allocations_per_decision")->text, "0.0");
  }
  EXPECT_NE(Bench().out.find("p50_ns"), std::string::npos);
}

TEST_F(BenchTest, AWrongAnswerIsSaidAndNothingMeasured) {
  Write("expected.json", R"([{"decision": "deny", "reason": [], "errors": []},
                             {"decision": "deny", "reason": [], "errors": ["policy0"]}])");
  const ProgramResult result = Bench();
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(result.out, "");
  EXPECT_NE(result.err.find("request 0: expected deny"), std::string::npos) << result.err;
}

TEST_F(BenchTest, TheTextsOfRequestsAreWhole) {
  const std::string requests = Write("more.json", R"([ {"principal": "U::\"}{\"", "action":
      "Action::\"x\"", "resource": "U::\"a\"", "context": {"a": {"b": "\\\""}}} , {"principal":
      "U::\"b\"", "action": "Action::\"x\"", "resource": "U::\"a\""}])");
  cli::Workload workload;
  ASSERT_TRUE(cli::LoadRequests(requests, &workload));
  ASSERT_EQ(workload.texts.size(), 2u);
  for (size_t i = 0; i < workload.texts.size(); ++i) {
    Diagnostics diagnostics;
    const auto request = ReadRequest(workload.texts[i], diagnostics);
    ASSERT_TRUE(request.has_value()) << Render(diagnostics);
    EXPECT_EQ(request->principal, workload.requests[i].principal);
    EXPECT_EQ(request->context, workload.requests[i].context);
  }
}

TEST_F(BenchTest, FilesCanBeNamed) {
  const std::string requests = (folder_.path() / "requests.json").string();
  const ProgramResult result =
      RunThuja({"bench", "--policies", (folder_.path() / "policies.cedar").string(), "--requests",
                requests});
  EXPECT_EQ(result.status, 0) << result.err;
}

TEST_F(BenchTest, WhatIsMissingIsSaid) {
  EXPECT_EQ(RunThuja({"bench"}).status, 1);
  EXPECT_EQ(RunThuja({"bench", "--workload", "/nowhere"}).status, 1);
  Write("requests.json", "[]");
  const ProgramResult result = Bench();
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("no requests"), std::string::npos) << result.err;
}

}  // namespace
}  // namespace thuja
