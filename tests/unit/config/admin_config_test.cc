// SPDX-License-Identifier: Apache-2.0
// Credentials of the admin listener, and what is refused.
#include "server/config/admin_config.h"

#include <gtest/gtest.h>

#include <string>

#include "server/config/config.h"
#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja::server {
namespace {

class AdminConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const std::string name : {"a", "b", "c"}) {
      testing::WriteFile(Path(name + ".token"), name + "-0123456789abcdef\n");
    }
    testing::WriteFile(Path("short.token"), "short\n");
  }

  std::string Path(const std::string& name) { return (folder_.path() / name).string(); }
  absl::StatusOr<Config> Parse(const std::string& yaml) {
    return ParseConfig("version: 1\npolicies: [p.cedar]\n" + yaml, "t.yaml",
                       folder_.path().string());
  }
  std::string Errors(const std::string& yaml) {
    const auto config = Parse(yaml);
    return config.ok() ? "" : std::string(config.status().message());
  }
  std::string ErrorsOf(const std::string& credentials) {
    return Errors("admin: {credentials: " + credentials + "}");
  }

  testing::TemporaryFolder folder_;
};

TEST_F(AdminConfigTest, CredentialsHaveNamesAndRoles) {
  const auto config = Parse(R"(
admin:
  credentials:
    - {name: orchestrator, token_file: a.token, roles: [issue, revoke, read]}
    - {name: on-call@acme.test, token_file: b.token, roles: [revoke, revoke]}
)");
  ASSERT_TRUE(config.ok()) << config.status();
  const auto all = config->admin.AllCredentials();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "orchestrator");
  EXPECT_EQ(all[0].token, "a-0123456789abcdef");
  for (const AdminRole role : {AdminRole::kIssue, AdminRole::kRevoke, AdminRole::kRead}) {
    EXPECT_TRUE(all[0].roles.Has(role)) << AdminRoleName(role);
  }
  EXPECT_EQ(all[1].name, "on-call@acme.test");
  EXPECT_EQ(all[1].roles, AdminRoles().Add(AdminRole::kRevoke));
  EXPECT_FALSE(all[1].roles.Has(AdminRole::kIssue));
  EXPECT_FALSE(all[1].roles.Has(AdminRole::kRead));
}

TEST_F(AdminConfigTest, TheTokenFileIsACredentialThatMayOnlyRead) {
  const auto config = Parse(
      "admin: {token_file: a.token, credentials: [{name: x, token_file: b.token, roles: "
      "[issue]}]}");
  ASSERT_TRUE(config.ok()) << config.status();
  const auto all = config->admin.AllCredentials();
  ASSERT_EQ(all.size(), 2u);
  EXPECT_EQ(all[0].name, "admin");
  EXPECT_EQ(all[0].token, "a-0123456789abcdef");
  EXPECT_EQ(all[0].roles, AdminRoles().Add(AdminRole::kRead));
  EXPECT_EQ(all[1].name, "x");
  EXPECT_TRUE(Parse("")->admin.AllCredentials().empty());
}

TEST_F(AdminConfigTest, RolesAreWrittenAsTheyAreNamed) {
  for (const AdminRole role : {AdminRole::kIssue, AdminRole::kRevoke, AdminRole::kRead}) {
    const auto config = Parse("admin: {credentials: [{name: x, token_file: a.token, roles: [" +
                              std::string(AdminRoleName(role)) + "]}]}");
    ASSERT_TRUE(config.ok()) << config.status();
    EXPECT_EQ(config->admin.credentials[0].roles, AdminRoles().Add(role));
  }
}

TEST_F(AdminConfigTest, RefusesWhatIsLeftOutOrNotKnown) {
  const struct {
    const char* credentials;
    const char* error;  // a part of it
  } kRows[] = {
      {"x", "expected a list"},
      {"[x]", "an entry of `credentials` must be a map of keys"},
      {"[{token_file: a.token, roles: [read]}]", "the key `name` is missing"},
      {"[{name: x, roles: [read]}]", "the key `token_file` is missing"},
      {"[{name: x, token_file: a.token}]", "the key `roles` is missing"},
      {"[{name: x, token_file: a.token, roles: []}]", "the credential `x` has no roles"},
      {"[{name: x, token_file: a.token, roles: read}]", "expected a list"},
      {"[{name: x, token_file: a.token, roles: [write]}]", "expected `issue`, `read`, `revoke`"},
      {"[{name: x, token_file: a.token, roles: [Read]}]", "expected `issue`, `read`, `revoke`"},
      {"[{name: x, token_file: a.token, role: [read], roles: [read]}]", "has no key `role`"},
      {"[{name: x, token_file: short.token, roles: [read]}]", "at least 16 printable characters"},
      {"[{name: x, token_file: missing, roles: [read]}]", "at least 16 printable characters"},
      {"[{name: '', token_file: a.token, roles: [read]}]", "expected a name"},
      {"[{name: 'a b', token_file: a.token, roles: [read]}]", "expected a name"},
      {"[{name: \"a\\n\", token_file: a.token, roles: [read]}]", "expected a name"},
      {"[{name: [x], token_file: a.token, roles: [read]}]", "expected a name"},
  };
  for (const auto& row : kRows) {
    EXPECT_NE(ErrorsOf(row.credentials).find(row.error), std::string::npos)
        << row.credentials << ": " << ErrorsOf(row.credentials);
  }
  const std::string longest(64, 'a');
  EXPECT_EQ(ErrorsOf("[{name: " + longest + ", token_file: a.token, roles: [read]}]"), "");
  EXPECT_NE(ErrorsOf("[{name: " + longest + "a, token_file: a.token, roles: [read]}]"), "");
}

// Who did something must be told by the name, and who may do it by the token.
TEST_F(AdminConfigTest, RefusesTwoThatCouldNotBeToldApart) {
  EXPECT_EQ(ErrorsOf("[{name: x, token_file: a.token, roles: [read]}, "
                     "{name: x, token_file: b.token, roles: [issue]}]"),
            "t.yaml: two credentials of the admin listener are named `x`");
  EXPECT_EQ(ErrorsOf("[{name: x, token_file: a.token, roles: [read]}, "
                     "{name: y, token_file: a.token, roles: [issue]}]"),
            "t.yaml: `x` and `y` have one credential");
  EXPECT_EQ(Errors("admin: {token_file: a.token, credentials: "
                   "[{name: admin, token_file: b.token, roles: [issue]}]}"),
            "t.yaml: two credentials of the admin listener are named `admin`");
  EXPECT_EQ(Errors("admin: {token_file: a.token, credentials: "
                   "[{name: x, token_file: a.token, roles: [issue]}]}"),
            "t.yaml: `admin` and `x` have one credential");
}

TEST_F(AdminConfigTest, RefusesAnEnforcementPointThatCouldAdminister) {
  const std::string pep = "peps: [{name: gateway, token_file: a.token, principals: [A]}]\n";
  EXPECT_EQ(Errors(pep + "admin: {credentials: [{name: x, token_file: a.token, roles: [issue]}]}"),
            "t.yaml: the enforcement point `gateway` and the credential `x` are one");
  EXPECT_EQ(Errors(pep + "admin: {token_file: a.token}"),
            "t.yaml: the enforcement point `gateway` and the credential `admin` are one");
  EXPECT_EQ(Errors(pep + "admin: {token_file: b.token}"), "");
}

}  // namespace
}  // namespace thuja::server
