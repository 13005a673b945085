// SPDX-License-Identifier: Apache-2.0
// `thuja config check`: what it shows of a good file, and what it says of a bad one.
#include <gtest/gtest.h>

#include <string>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja::testing {
namespace {

class ConfigCheck : public ::testing::Test {
 protected:
  ProgramResult Check(const std::string& yaml) {
    WriteFile((folder_.path() / "p.cedar").string(), "permit (principal, action, resource);");
    WriteFile((folder_.path() / "bad.cedar").string(), "permit (principal, action);");
    const std::string path = WriteFile((folder_.path() / "thuja.yaml").string(), yaml);
    return RunThuja({"config", "check", path});
  }

  TemporaryFolder folder_;
};

TEST_F(ConfigCheck, ShowsWhatWouldBeServed) {
  const ProgramResult result = Check(
      "version: 1\npolicies: [p.cedar]\nlisten: ['127.0.0.1:1', 'unix:s']\n"
      "forward_auth: [{path: /n, profile: nginx, principal: {type: A, header: X-A}}]\n");
  EXPECT_EQ(result.status, 0) << result.err;
  EXPECT_NE(result.out.find("1 policies, 0 entities, digest sha256:"), std::string::npos);
  EXPECT_NE(result.out.find("decisions on 127.0.0.1:1\n"), std::string::npos);
  EXPECT_NE(result.out.find("decisions on unix:"), std::string::npos);
  EXPECT_NE(result.out.find("no credential: /v1/status does not exist"), std::string::npos);
  EXPECT_NE(result.out.find("forward-auth of nginx at /n"), std::string::npos);
}

TEST_F(ConfigCheck, SaysWhatIsWrongWithItsPlace) {
  const std::pair<const char*, const char*> kRows[] = {
      {"version: 1\npolicies: [p.cedar]\nlimit: {body: 1}\n", "thuja.yaml:3:1: "},
      {"version: 2\npolicies: [p.cedar]\n", "thuja.yaml:1:10: expected `1`"},
      {"version: 1\n", "the key `policies` is missing"},
      {"version: 1\npolicies: [bad.cedar]\n", "bad.cedar:1:26: "},
      {"version: 1\npolicies: [gone.cedar]\n", "gone.cedar: No such file or directory"},
      {"version: 1\npolicies: [p.cedar]\nadmin: {listen: 0.0.0.0:1}\n", "loopback"},
      {"version: 1\nversion: 1\n", "stands twice"},
      {"[", "thuja.yaml:"},
      {"", "thuja.yaml:"},
  };
  for (const auto& [yaml, message] : kRows) {
    const ProgramResult result = Check(yaml);
    EXPECT_EQ(result.status, 1) << yaml;
    EXPECT_NE(result.err.find(message), std::string::npos) << yaml << "\n" << result.err;
  }
  EXPECT_EQ(RunThuja({"config", "check", "/nowhere"}).status, 1);
  EXPECT_EQ(RunThuja({"config"}).status, 1);
}

}  // namespace
}  // namespace thuja::testing
