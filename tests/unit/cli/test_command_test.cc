// SPDX-License-Identifier: Apache-2.0
// `thuja test`: suites that pass, fail, and cannot be run.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::ProgramResult;
using testing::RunThuja;

constexpr const char* kPolicies =
    "@id(\"adults\") permit (principal, action, resource) when { context.age >= 18 };\n"
    "@id(\"closed\") forbid (principal, action, resource) when { resource.closed };\n";

constexpr const char* kStart =
    "version: 1\n"
    "policies: p.cedar\n"
    "ids: annotation\n"
    "entities:\n"
    "  - {uid: {type: Shop, id: open}, attrs: {closed: false}, parents: []}\n"
    "  - {uid: {type: Shop, id: shut}, attrs: {closed: true}, parents: []}\n"
    "fixtures:\n"
    "  contexts: {grown: {age: 30, name: '7'}}\n"
    "  requests:\n"
    "    visit: {principal: 'User::\"a\"', action: 'Action::\"go\"', resource: 'Shop::\"open\"',\n"
    "            context: grown}\n"
    "cases:\n";

class TestCommandTest : public ::testing::Test {
 protected:
  TestCommandTest() { Write("p.cedar", kPolicies); }

  std::string Write(const std::string& name, const std::string& text) {
    return testing::WriteFile((folder_.path() / name).string(), text);
  }

  ProgramResult Run(const std::string& suite, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"test", Write("s.test.yaml", suite)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunThuja(arguments);
  }

  testing::TemporaryFolder folder_;
};

TEST_F(TestCommandTest, CasesThatHoldPass) {
  const ProgramResult result = Run(
      std::string(kStart) +
      "  - {name: one, request: visit, decision: allow, reasons: [adults], errors: []}\n"
      "  - {name: two, request: {extends: visit, resource: 'Shop::\"shut\"'}, decision: deny,\n"
      "     reasons: closed}\n"
      "  - {name: three, request: {extends: visit, context: [grown, {age: 3}]}, decision: deny,\n"
      "     reasons: []}\n"
      "  - {name: four, request: {extends: visit, context: {}}, decision: deny,\n"
      "     errors: [{policy: adults, kind: record_attr_does_not_exist}]}\n"
      "  - {name: five, request: {extends: visit, context: {}}, decision: deny, errors: "
      "[adults]}\n");
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_EQ(result.out, "5 passed, 0 failed\n");
}

TEST_F(TestCommandTest, AFailureShowsTheDifferenceAndTheReason) {
  const ProgramResult result = Run(
      std::string(kStart) +
      "  - {name: wrong, request: visit, decision: deny, reasons: [closed], errors: [adults]}\n");
  EXPECT_EQ(result.status, 3);
  for (const char* part :
       {"s.test.yaml:13: wrong\n", "decision: expected deny, got allow\n",
        "reasons: missing closed; unexpected adults\n", "errors: missing adults\n", "ALLOW\n",
        "permit adults", "0 passed, 1 failed\n"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  }
}

TEST_F(TestCommandTest, AWrongKindOfErrorIsAFailure) {
  const ProgramResult result =
      Run(std::string(kStart) +
          "  - {name: kind, request: {extends: visit, context: {age: old}}, decision: deny,\n"
          "     errors: [{policy: adults, kind: integer_overflow}]}\n");
  EXPECT_EQ(result.status, 3);
  EXPECT_NE(result.out.find("missing adults (integer_overflow); unexpected adults (type_error)"),
            std::string::npos)
      << result.out;
}

TEST_F(TestCommandTest, JsonIsALineACase) {
  const ProgramResult result =
      Run(std::string(kStart) + "  - {name: one, request: visit, decision: allow}\n",
          {"--format", "json"});
  EXPECT_EQ(result.status, 0);
  EXPECT_NE(result.out.find("\"line\":13,\"case\":\"one\",\"passed\":true"), std::string::npos)
      << result.out;
  EXPECT_NE(result.out.find("\"answer\":{\"decision\":\"allow\""), std::string::npos);
}

TEST_F(TestCommandTest, VerboseNamesThePassedCases) {
  const ProgramResult result = Run(
      std::string(kStart) + "  - {name: one, request: visit, decision: allow}\n", {"--verbose"});
  EXPECT_NE(result.out.find("passed "), std::string::npos);
  EXPECT_NE(result.out.find(": one\n"), std::string::npos) << result.out;
}

TEST_F(TestCommandTest, WhatCannotBeRunIsStatusOneWithItsPlace) {
  const std::string good = "  - {name: one, request: visit, decision: allow}\n";
  const std::pair<std::string, const char*> kRows[] = {
      {"", "s.test.yaml:1:1: error: a suite must be a map"},
      {kStart + good + "---\n" + kStart + good, "here a second begins"},
      {"version: 1\npolicies: []\ncases:\n  - {name: a, request: {}, decision: deny}\n",
       "at least one file or folder"},
      {"version: 1\npolicies: p.cedar\nentities: {uid: x}\ncases: []\n",
       "s.test.yaml:3:11: error: `entities` must be a file or a list"},
      {kStart +
           std::string("  - {name: a, request: {extends: visit, entities: {}}, decision: deny}\n"),
       "`entities` must be a list of entities or the name of one"},
      {"version: 1\npolicies: p.cedar\nfixtures: {entities: {e: {uid: x}}}\n"
       "cases:\n  - {name: a, request: {entities: e}, decision: deny}\n",
       "s.test.yaml:3:26: error: a fixture of entities must be a list"},
      {"version: 2\npolicies: p.cedar\ncases: []\n", "version 1"},
      {"policies: p.cedar\ncases: []\n", "lacks the key `version`"},
      {"version: 1\npolicies: p.cedar\ncases: []\n", "at least one case"},
      {"version: 1\npolicies: nowhere.cedar\ncases:\n  - {name: a, request: {}, decision: deny}\n",
       "nowhere.cedar"},
      {kStart + good + good, "two cases are named `one`"},
      {kStart + std::string("  - {name: a, request: visit, decision: maybe}\n"), "allow or deny"},
      {kStart + std::string("  - {name: a, request: visit, decison: allow}\n"), "no key `decison`"},
      {kStart + std::string("  - {name: a, request: other, decision: allow}\n"),
       "has no `other` under `requests`"},
      {kStart +
           std::string("  - {name: a, request: {extends: visit, context: none}, decision: deny}\n"),
       "has no `none` under `contexts`"},
      {kStart +
           std::string(
               "  - {name: a, request: {extends: visit, context: {n: 1.5}}, decision: deny}\n"),
       "`1.5` is not a whole number"},
      {kStart + std::string(
                    "  - {name: a, request: {extends: visit, context: {n: ~}}, decision: deny}\n"),
       "null"},
      {kStart + std::string("  - {name: a, name: b, request: visit, decision: allow}\n"),
       "stands twice"},
      {kStart + std::string("  - {name: a, request: &r {extends: *r}, decision: allow}\n"),
       "s.test.yaml:"},
      {"version: 1\npolicies: [\n", "s.test.yaml:"},
      {std::string(100'000, '['), "s.test.yaml:"},
  };
  for (const auto& [suite, message] : kRows) {
    const ProgramResult result = Run(suite);
    EXPECT_EQ(result.status, 1) << suite.substr(0, 600) << result.out;
    EXPECT_NE(result.err.find(message), std::string::npos) << suite.substr(0, 600) << result.err;
  }
  EXPECT_EQ(RunThuja({"test", folder_.path().string() + "/nowhere"}).status, 1);
  EXPECT_EQ(RunThuja({"test"}).status, 1);
}

TEST_F(TestCommandTest, AFixtureThatExtendsItselfIsRefused) {
  const ProgramResult result = Run(
      "version: 1\npolicies: p.cedar\nfixtures: {requests: {a: {extends: b}, b: {extends: a}}}\n"
      "cases: [{name: x, request: a, decision: deny}]\n");
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("extends itself"), std::string::npos) << result.err;
}

TEST_F(TestCommandTest, AliasesThatUnfoldIntoTooMuchAreRefused) {
  std::string suite = "a: &a [x, x, x, x, x, x, x, x, x, x]\n";
  for (char name = 'b'; name < 'k'; ++name) {
    const std::string before(1, static_cast<char>(name - 1));
    suite += std::string(1, name) + ": &" + name + " [";
    for (int i = 0; i < 10; ++i) suite += (i == 0 ? "*" : ", *") + before;
    suite += "]\n";
  }
  const ProgramResult result = Run(suite);
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("unfolds into too much"), std::string::npos) << result.err;
}

TEST(Policies, TheSuitesOfThisRepositoryPass) {
  const ProgramResult result = RunThuja({"test", THUJA_SOURCE_DIR "/policies"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_TRUE(result.out.ends_with(" passed, 0 failed\n"));
}

}  // namespace
}  // namespace thuja
