// SPDX-License-Identifier: Apache-2.0
// Real gateways that ask a real server before a real upstream. What may pass arrives at the
// upstream, and nothing else does: whatever the client says of itself, whatever path it writes,
// and whether or not the decision point answers.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>

#include "tests/gateways/forward_auth_world.h"
#include "tests/gateways/gateway.h"
#include "tests/gateways/http_stand_in.h"

namespace thuja::testing {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;

constexpr const char* kUnknownKey = "Authorization: Bearer guessed-key\r\n";

struct Scene {
  GatewayKind kind;
  bool routes;  // whether the profile has some

  std::string DecisionPath() const { return "/" + NameOf(kind) + (routes ? "" : "-plain"); }
};

class GatewaysTest : public ::testing::TestWithParam<Scene> {
 protected:
  void StartAll() {
    server_ = StartDecisionPoint();
    ASSERT_NE(server_->port(), 0);
    StartBefore(server_->port(), std::chrono::seconds(20));
  }

  // Upstream and gateway, with whatever listens at a port for a decision point.
  void StartBefore(int decision_port, std::chrono::milliseconds limit) {
    upstream_ = std::make_unique<HttpStandIn>(200);
    gateway_ = std::make_unique<Gateway>(
        GetParam().kind,
        GatewaySetup{decision_port, GetParam().DecisionPath(), upstream_->port(), limit});
    ASSERT_NE(gateway_->port(), 0);
  }

  RawAnswer Ask(const std::string& method, const std::string& target, const std::string& headers,
                const std::string& body = "") {
    return Exchange(gateway_->port(), method, target, headers, body);
  }

  // The request is answered, but by no 2xx or 3xx, and the upstream does not learn of it.
  void ExpectStopped(const std::string& method, const std::string& target,
                     const std::string& headers) {
    const RawAnswer answer = Ask(method, target, headers);
    EXPECT_GE(answer.status, 400) << method << " " << target << "\n" << headers << answer.body;
    ExpectUpstreamUntouched();
  }

  void ExpectUpstreamUntouched() {
    EXPECT_EQ(upstream_->Seen().size(), 0U) << gateway_->Log() << upstream_->Seen()[0].target;
  }

  std::unique_ptr<ServerProcess> server_;
  std::unique_ptr<HttpStandIn> upstream_;
  std::unique_ptr<Gateway> gateway_;
};

TEST_P(GatewaysTest, WhatIsAllowedReachesTheUpstream) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  const RawAnswer read = Ask("GET", "/public/a?x=1&y=/../z", kReaderKey);
  EXPECT_EQ(read.status, 200) << gateway_->Log();
  EXPECT_EQ(read.body, "upstream GET /public/a?x=1&y=/../z\nagent: reader\n");
  const RawAnswer escaped = Ask("GET", "/public/caf%C3%A9%20a", kReaderKey);
  EXPECT_EQ(escaped.body, "upstream GET /public/caf%C3%A9%20a\nagent: reader\n");
  const RawAnswer written = Ask("POST", "/admin", kAdminKey, "0123456789");
  EXPECT_EQ(written.status, 200);
  EXPECT_EQ(written.body, "upstream POST /admin\nagent: admin\n");
  EXPECT_EQ(Ask("HEAD", "/public/a", kReaderKey).status, 200);
  EXPECT_EQ(upstream_->Seen().size(), 4U);
}

TEST_P(GatewaysTest, WhatIsDeniedIs403AndDoesNotReachTheUpstream) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  EXPECT_EQ(Ask("GET", "/admin", kReaderKey).status, 403);
  EXPECT_EQ(Ask("GET", "/", kReaderKey).status, 403);
  EXPECT_EQ(Ask("GET", "/public", kReaderKey).status, 403);
  EXPECT_EQ(Ask("GET", "/publican/a", kReaderKey).status, 403);
  EXPECT_EQ(Ask("GET", "/admin?/public/a", kReaderKey).status, 403);
  EXPECT_EQ(Ask("HEAD", "/admin", kReaderKey).status, 403);
  // Query and host have come through: policies forbid these two.
  EXPECT_EQ(Ask("GET", "/public/a?forbidden", kReaderKey).status, 403);
  EXPECT_EQ(Ask("GET", "/public/a", kReaderKey + std::string("Host: forbidden.example\r\n")).status,
            403);
  EXPECT_EQ(Ask("POST", "/public/a", kReaderKey, "text").status, 403);
  EXPECT_EQ(Ask("GET", "http://localhost/admin", kReaderKey).status, 403);
  ExpectUpstreamUntouched();
}

TEST_P(GatewaysTest, NobodyIs401AndDoesNotReachTheUpstream) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  for (const std::string key : {"", kUnknownKey, "Authorization: Bearer Reader-Key\r\n",
                                "Authorization:\r\n", "Authorization: reader\r\n"}) {
    EXPECT_EQ(Ask("GET", "/public/a", key).status, 401) << key;
    EXPECT_EQ(Ask("POST", "/admin", key, "text").status, 401) << key;
  }
  ExpectUpstreamUntouched();
}

TEST_P(GatewaysTest, NothingPassesWhenTheServerIsStopped) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  server_.reset();
  ExpectStopped("GET", "/public/a", kReaderKey);
  ExpectStopped("POST", "/admin", kAdminKey);
}

TEST_P(GatewaysTest, NothingPassesWhenNoAnswerComesInTime) {
  HttpStandIn silent(HttpStandIn::kSilent);
  ASSERT_NO_FATAL_FAILURE(StartBefore(silent.port(), std::chrono::milliseconds(500)));
  ExpectStopped("GET", "/public/a", kReaderKey);
  EXPECT_FALSE(silent.Seen().empty()) << "the gateway did not ask";
}

TEST_P(GatewaysTest, NothingPassesOnAnAnswerThatIsNoDecision) {
  HttpStandIn wrong(500);
  ASSERT_NO_FATAL_FAILURE(StartBefore(wrong.port(), std::chrono::seconds(20)));
  for (const int status : {400, 404, 429, 500, 503}) {
    wrong.set_status(status);
    ExpectStopped("GET", "/public/a", kReaderKey);
  }
  // Other successes pass nginx and Caddy by their own contract; the server never answers with one.
  if (GetParam().kind != GatewayKind::kHaproxy) return;
  for (const int status : {201, 202, 204, 302}) {
    wrong.set_status(status);
    ExpectStopped("GET", "/public/a", kReaderKey);
  }
}

// The gateway's identity counts, never the client's: allowed is what the reader may, as the reader.
TEST_P(GatewaysTest, ASpoofedIdentityDoesNotCount) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  size_t passed = 0;
  for (const std::string spoofed :
       {"X-Agent: admin\r\n", "x-agent: admin\r\n", "X-AGENT: admin\r\n", "X_Agent: admin\r\n",
        "x_agent: admin\r\n", "X-Agent: admin\r\nX-Agent: admin\r\nX_AGENT: admin\r\n"}) {
    EXPECT_EQ(Ask("GET", "/admin", kReaderKey + spoofed).status, 403) << spoofed;
    EXPECT_EQ(Ask("GET", "/admin", kUnknownKey + spoofed).status, 401) << spoofed;
    EXPECT_EQ(Ask("GET", "/public/a", spoofed).status, 401) << spoofed;
    EXPECT_EQ(upstream_->Seen().size(), passed) << spoofed;
    EXPECT_EQ(Ask("GET", "/public/a", spoofed + kReaderKey).status, 200) << spoofed;
    ASSERT_EQ(upstream_->Seen().size(), ++passed);
    EXPECT_THAT(upstream_->Seen().back().ValuesOf("x-agent"), ElementsAre("reader")) << spoofed;
  }
  const std::string records = EndAndReadRecords(*server_);
  EXPECT_THAT(records, HasSubstr("\"principal\":\"Agent::\\\"reader\\\"\""));
  EXPECT_THAT(records, Not(HasSubstr("admin\\\"\",\"action")));
}

// Headers by which some servers would ask about, or serve, another request than the one sent.
TEST_P(GatewaysTest, ASpoofedPathOrMethodDoesNotCount) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  for (const std::string name :
       {"X-Original-URI", "x-original-uri", "X_Original_URI", "X-Forwarded-Uri", "x-forwarded-uri",
        "X_Forwarded_Uri", "X-Original-URL", "X-Rewrite-URL"}) {
    ExpectStopped("GET", "/admin", kReaderKey + name + ": /public/a\r\n");
  }
  for (const std::string name : {"X-Original-Method", "X_Original_Method", "X-Forwarded-Method",
                                 "X_Forwarded_Method", "X-HTTP-Method-Override"}) {
    ExpectStopped("POST", "/public/a", kReaderKey + name + ": GET\r\nContent-Length: 0\r\n");
  }
  ExpectStopped("GET", "/admin", kReaderKey + std::string("Forwarded: for=127.0.0.1\r\n"));
}

// A gateway takes the headers that Connection names off a request, which must not be its own.
TEST_P(GatewaysTest, TheClientCannotTakeHeadersOfTheGatewayAway) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  const std::string named =
      "Connection: X-Agent, X-Original-URI, X-Original-Method, X-Forwarded-Uri, "
      "X-Forwarded-Method\r\n";
  ExpectStopped("GET", "/admin", kReaderKey + named + "X-Agent: admin\r\n");
  ExpectStopped("GET", "/public/a", named + "X-Agent: admin\r\n");
  ExpectStopped("GET", "/public/a", kUnknownKey + named);
  EXPECT_EQ(Ask("GET", "/public/a", kReaderKey + named).status, 200);
  ASSERT_EQ(upstream_->Seen().size(), 1U);
  EXPECT_THAT(upstream_->Seen()[0].ValuesOf("x-agent"), ElementsAre("reader"));
}

TEST_P(GatewaysTest, APathThatReadsLikeAnotherDoesNotReachTheUpstream) {
  ASSERT_NO_FATAL_FAILURE(StartAll());
  for (const NamedPath& row : UnsoundPaths()) {
    SCOPED_TRACE(row.name);
    ExpectStopped("GET", row.path, kReaderKey);
    ExpectStopped("GET", row.path + "?x=/public/a", kReaderKey);
  }
}

INSTANTIATE_TEST_SUITE_P(
    All, GatewaysTest,
    ::testing::Values(Scene{GatewayKind::kNginx, true}, Scene{GatewayKind::kNginx, false},
                      Scene{GatewayKind::kCaddy, true}, Scene{GatewayKind::kCaddy, false},
                      Scene{GatewayKind::kHaproxy, true}, Scene{GatewayKind::kHaproxy, false}),
    [](const ::testing::TestParamInfo<Scene>& scene) {
      return NameOf(scene.param.kind) + (scene.param.routes ? "_routes" : "_plain");
    });

}  // namespace
}  // namespace thuja::testing
