// SPDX-License-Identifier: Apache-2.0
// What the guard is told, and what is refused.
#include "server/config/guard_config.h"

#include <gtest/gtest.h>

#include <fstream>
#include <string>

#include "server/config/config.h"

namespace thuja::server {
namespace {

class GuardConfigTest : public ::testing::Test {
 protected:
  void SetUp() override {
    for (const char* name : {"a", "b"}) {
      std::ofstream(folder + "guard-" + name + ".token") << name << "-0123456789abcdef\n";
    }
    std::ofstream(folder + "guard-short.token") << "short\n";
  }

  absl::StatusOr<Config> Parse(const std::string& yaml) {
    return ParseConfig("version: 1\npolicies: [p.cedar]\n" + yaml, "t.yaml", folder);
  }
  std::string Errors(const std::string& yaml) {
    const auto config = Parse(yaml);
    return config.ok() ? "" : std::string(config.status().message());
  }

  const std::string folder = ::testing::TempDir();  // ends with a slash
};

TEST_F(GuardConfigTest, TheGuardIsOffUnlessItIsAskedFor) {
  const auto config = Parse("");
  ASSERT_TRUE(config.ok());
  EXPECT_FALSE(config->guard.agents);
  EXPECT_EQ(config->guard.store, "");
  EXPECT_FALSE(Parse("guard: off\n")->guard.agents);
}

TEST_F(GuardConfigTest, EveryKeyIsRead) {
  const auto config = Parse(R"(
guard: agents
store: grants.db
peps:
  - {name: gateway, unix: true, principals: [Thuja::Agent]}
  - {name: edge, token_file: guard-a.token, principals: [Thuja::Agent, Service],
     tenant: acme, environment: prod, deployment: "sha256:1"}
exempt:
  - {pep: edge, principal: Service, action: health}
grants: {most: 1000, scope_bytes: 1000000, remember: 1h}
)");
  ASSERT_TRUE(config.ok()) << config.status();
  const GuardConfig& guard = config->guard;
  EXPECT_TRUE(guard.agents);
  EXPECT_EQ(guard.store, folder + "grants.db");
  ASSERT_EQ(guard.peps.size(), 2U);
  EXPECT_EQ(guard.peps[0].name, "gateway");
  EXPECT_TRUE(guard.peps[0].over_unix);
  EXPECT_EQ(guard.peps[0].token, "");
  EXPECT_FALSE(guard.peps[1].over_unix);
  EXPECT_EQ(guard.peps[1].token, "a-0123456789abcdef");
  EXPECT_EQ(guard.peps[1].principals, (std::vector<std::string>{"Thuja::Agent", "Service"}));
  EXPECT_EQ(guard.peps[1].tenant, "acme");
  EXPECT_EQ(guard.peps[1].environment, "prod");
  EXPECT_EQ(guard.peps[1].deployment, "sha256:1");
  ASSERT_EQ(guard.exempt.size(), 1U);
  EXPECT_EQ(guard.exempt[0].pep, "edge");
  EXPECT_EQ(guard.exempt[0].principal, "Service");
  EXPECT_EQ(guard.exempt[0].action, "health");
  EXPECT_EQ(guard.most_grants, 1000U);
  EXPECT_EQ(guard.most_scope_bytes, 1'000'000U);
  EXPECT_EQ(guard.remember, std::chrono::hours(1));
}

TEST_F(GuardConfigTest, AStoreInMemoryIsNoFile) {
  const auto config = Parse("store: memory\n");
  ASSERT_TRUE(config.ok());
  EXPECT_EQ(config->guard.store, "memory");
}

TEST_F(GuardConfigTest, WhatWouldLetNobodyOrAnybodyAskIsRefused) {
  const std::string on = "guard: agents\nstore: memory\n";
  const struct {
    std::string yaml;
    std::string error;
  } kCases[] = {
      {"guard: maybe\n", "expected `agents`, `off`"},
      {"guard: agents\n", "`guard: agents` needs a `store`"},
      {on, "needs at least one enforcement point"},
      {on + "peps: []\n", "needs at least one enforcement point"},
      {on + "peps: [{name: a, principals: [Agent]}]\n", "needs `unix: true` or a `token_file`"},
      {on + "peps: [{name: a, unix: true, principals: []}]\n", "may speak for nobody"},
      {on + "peps: [{name: a, unix: true}]\n", "`principals` is missing"},
      {on + "peps: [{unix: true, principals: [Agent]}]\n", "`name` is missing"},
      {on + "peps: [{name: a, unix: true, principals: ['no type']}]\n", "name of an entity type"},
      {on + "peps: [{name: a, unix: true, principals: [A], user: x}]\n", "has no key `user`"},
      {on + "peps: [{name: a, token_file: guard-short.token, principals: [A]}]\n", "at least 16"},
      {on + "peps: [{name: a, token_file: absent, principals: [A]}]\n", "at least 16"},
      {on + "peps:\n- {name: a, unix: true, principals: [A]}\n- {name: b, unix: true, principals: "
            "[A]}\n",
       "both on the Unix socket"},
      {on + "peps:\n- {name: a, unix: true, principals: [A]}\n"
            "- {name: a, token_file: guard-a.token, principals: [A]}\n",
       "two enforcement points are named `a`"},
      {on + "peps:\n- {name: a, token_file: guard-a.token, principals: [A]}\n"
            "- {name: b, token_file: guard-a.token, principals: [A]}\n",
       "have one credential"},
      {on + "peps: [{name: a, unix: true, principals: [A]}]\nexempt: [{pep: b, principal: A, "
            "action: x}]\n",
       "no enforcement point `b`"},
      {on + "peps: [{name: a, unix: true, principals: [A]}]\nexempt: [{pep: a, principal: A}]\n",
       "`action` is missing"},
      {"grants: {most: 0}\n", "expected a number"},
      {"grants: {remember: 5}\n", "expected a duration"},
  };
  for (const auto& [yaml, error] : kCases) {
    EXPECT_NE(Errors(yaml).find(error), std::string::npos) << yaml << "\n" << Errors(yaml);
  }
}

}  // namespace
}  // namespace thuja::server
