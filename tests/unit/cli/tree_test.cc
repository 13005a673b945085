// SPDX-License-Identifier: Apache-2.0
// `thuja tree`, run as a user would.
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::ProgramResult;
using testing::RunThuja;

class TreeTest : public ::testing::Test {
 protected:
  ProgramResult Tree(const std::vector<std::string>& more) {
    const auto write = [this](const std::string& name, const std::string& text) {
      return testing::WriteFile((folder_.path() / name).string(), text);
    };
    const std::string policies =
        write("p.cedar",
              "permit (principal, action, resource) when { context.name == \"<a & \\\"b\\\">\" };\n"
              "forbid (principal, action, resource) when { context.open };\n");
    requests_ = write("r.json", R"([
        {"principal": "U::\"a\"", "action": "Action::\"x\"", "resource": "U::\"a\"",
         "context": {"open": true, "name": "no"}},
        {"principal": "U::\"a\"", "action": "Action::\"x\"", "resource": "U::\"a\"",
         "context": {"open": false, "name": "no"}}])");
    std::vector<std::string> arguments = {"tree", "--policies", policies};
    for (const std::string& argument : more) {
      arguments.push_back(argument == "REQUESTS" ? requests_ : argument);
    }
    return RunThuja(arguments);
  }

  testing::TemporaryFolder folder_;
  std::string requests_;
};

TEST_F(TreeTest, ShowsTheTreeAndItsFigures) {
  const ProgramResult result = Tree({});
  EXPECT_EQ(result.status, 0);
  EXPECT_EQ(result.out,
            "test context.open\n  forbid policy1\n"
            "test (context.name == \"<a & \\\"b\\\">\")\n  permit policy0\n");
  EXPECT_NE(result.err.find("2 policies, 2 tests, 0 switches; at most 5 instructions"),
            std::string::npos)
      << result.err;
}

TEST_F(TreeTest, CountsWhatRequestsReach) {
  const ProgramResult result = Tree({"--requests", "REQUESTS"});
  EXPECT_EQ(result.out,
            "       2  test context.open\n"
            "       1    forbid policy1\n"
            "       2  test (context.name == \"<a & \\\"b\\\">\")\n"
            "       0    permit policy0\n");
}

TEST_F(TreeTest, DrawsAGraph) {
  const ProgramResult result = Tree({"--format", "dot"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.out.starts_with("digraph policies {"));
  EXPECT_NE(result.out.find("n0 -> n1;"), std::string::npos);
  EXPECT_NE(result.out.find(R"x(label="test (context.name == \"<a & \\\"b\\\">\")")x"),
            std::string::npos)
      << result.out;
}

TEST_F(TreeTest, DrawsAPicture) {
  const ProgramResult result = Tree({"--format", "svg", "--requests", "REQUESTS"});
  EXPECT_EQ(result.status, 0);
  EXPECT_TRUE(result.out.starts_with("<svg xmlns"));
  EXPECT_NE(result.out.find("&lt;a &amp; "), std::string::npos) << result.out;
  EXPECT_EQ(result.out.find("href"), std::string::npos);
}

TEST_F(TreeTest, WhatIsWrongIsSaid) {
  EXPECT_EQ(RunThuja({"tree", "--policies", "/nowhere.cedar"}).status, 1);
  EXPECT_EQ(Tree({"--requests", "/nowhere.json"}).status, 1);
  EXPECT_EQ(Tree({"--format", "png"}).status, 1);
}

}  // namespace
}  // namespace thuja
