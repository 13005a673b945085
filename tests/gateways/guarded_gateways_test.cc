// SPDX-License-Identifier: Apache-2.0
// Real gateways before a decision point under a guard: what passes has a live grant for its task,
// whatever the policies permit.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/gateways/forward_auth_world.h"
#include "tests/gateways/gateway.h"
#include "tests/gateways/http_stand_in.h"
#include "tests/support/guarded_world.h"

namespace thuja::testing {
namespace {

class GuardedGatewaysTest : public GuardedWorld, public ::testing::WithParamInterface<GatewayKind> {
 protected:
  void SetUp() override {
    ASSERT_EQ(kGateway, kGatewayToken);
    upstream_ = std::make_unique<HttpStandIn>(200);
    gateway_ = std::make_unique<Gateway>(
        GetParam(), GatewaySetup{server.port(), "/" + NameOf(GetParam()), upstream_->port()});
    ASSERT_NE(gateway_->port(), 0);
  }

  // The status with which a client of the gateway is answered.
  int Post(const std::string& tool, const std::string& headers,
           const std::string& key = kReaderKey) {
    return Exchange(gateway_->port(), "POST", "/tools/" + tool, key + headers, "body").status;
  }

  std::unique_ptr<HttpStandIn> upstream_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_P(GuardedGatewaysTest, WhatPassesHasALiveGrantForItsTask) {
  const std::string task = "X-Task: T1\r\n";
  EXPECT_EQ(Post("crm/search", task), 403) << "nobody has a grant yet";
  const std::string id = Issue({.holder = "reader"});
  EXPECT_EQ(Post("crm/search", task), 200) << gateway_->Log();
  ASSERT_EQ(upstream_->Seen().size(), 1U);
  EXPECT_EQ(upstream_->Seen()[0].target, "/tools/crm/search");

  EXPECT_EQ(Post("git/push", task), 403) << "not in its scope";
  EXPECT_EQ(Post("crm/search", "X-Task: T2\r\n"), 403) << "another task";
  EXPECT_EQ(Post("crm/search", ""), 403) << "no task";
  EXPECT_EQ(Post("crm/search", task, kAdminKey), 403) << "another's grant";
  EXPECT_EQ(Do("complete", id), "200");
  EXPECT_EQ(Post("crm/search", task), 403) << "the task is complete";
  EXPECT_EQ(upstream_->Seen().size(), 1U);
}

TEST_P(GuardedGatewaysTest, ATaskCredentialComesThrough) {
  const ApiAnswer issued = TryIssue({.holder = "reader", .more = R"("credential": true)"});
  const std::string credential = issued.At("credential");
  ASSERT_FALSE(credential.empty()) << issued.body;
  EXPECT_EQ(Post("crm/search", "Thuja-Task-Credential: " + credential + "\r\n"), 200)
      << gateway_->Log();
  EXPECT_EQ(Post("crm/search", "X-Task: T1\r\n"), 401) << "the grant is bound to its credential";
  EXPECT_EQ(Post("crm/search", "Thuja-Task-Credential: guessed\r\n"), 403);
  EXPECT_EQ(upstream_->Seen().size(), 1U);
}

TEST_P(GuardedGatewaysTest, NoClientIsAnEnforcementPoint) {
  Issue({.holder = "reader"});
  const std::string task = "X-Task: T1\r\n";
  // The gateway's own credential goes instead of the client's, whatever that is.
  EXPECT_EQ(Post("crm/search", task + "Thuja-Enforcement-Point: guessed\r\n"), 200);
  EXPECT_EQ(Post("crm/search", task + "X-Agent: reader\r\n", "Authorization: Bearer guessed\r\n"),
            401);
  EXPECT_EQ(upstream_->Seen().size(), 1U);
}

INSTANTIATE_TEST_SUITE_P(All, GuardedGatewaysTest,
                         ::testing::Values(GatewayKind::kNginx, GatewayKind::kCaddy,
                                           GatewayKind::kHaproxy),
                         [](const ::testing::TestParamInfo<GatewayKind>& kind) {
                           return NameOf(kind.param);
                         });

}  // namespace
}  // namespace thuja::testing
