// SPDX-License-Identifier: Apache-2.0
// The admin listener: who may ask it, and what it shows.
#include <gtest/gtest.h>
#include <signal.h>

#include <memory>
#include <string>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "tests/support/raw_connection.h"
#include "tests/support/server_process.h"

namespace thuja::testing {
namespace {

constexpr char kToken[] = "correct-horse-battery";
constexpr char kPolicies[] =
    "permit (principal, action, resource);\n"
    "forbid (principal, action == Action::\"write\", resource);\n";

std::string Question(const std::string& action) {
  return R"({"subject": {"type": "U", "id": "u"}, "action": {"name": ")" + action +
         R"("}, "resource": {"type": "R", "id": "r"}})";
}

class AdminTest : public ::testing::Test {
 protected:
  // The status of a request with these lines instead of the usual Host.
  int StatusOf(const std::string& path, const std::string& lines) const {
    RawConnection connection(server_.admin_port());
    connection.Send("GET " + path + " HTTP/1.1\r\n" + lines + "\r\n");
    const auto answer = connection.Read();
    return answer ? answer->status : 0;
  }

  ServerProcess server_{
      "version: 1\npolicies: [p.cedar]\nlog: {access: none}\n"
      "admin: {listen: 127.0.0.1:0, token_file: token, hosts: [pdp.internal]}\n"
      "limits: {drain_time: 3s}\n",
      {{"p.cedar", kPolicies}, {"token", std::string(kToken) + "\n"}}};
};

TEST_F(AdminTest, HealthIsForEverybodyHere) {
  EXPECT_EQ(Get(server_.admin_port(), "/health/live")->body, "{\"live\":true}");
  const auto ready = Get(server_.admin_port(), "/health/ready");
  EXPECT_EQ(ready->status, 200);
  EXPECT_EQ(ready->body, R"({"ready":true,"revision":1,"stale":false,"reload":"loaded"})");
}

TEST_F(AdminTest, AHostThatIsNoNameOfThisMachineIsRefused) {
  for (const char* host : {"localhost", "LOCALHOST:1", "127.0.0.1", "[::1]:9", "pdp.internal:80"}) {
    EXPECT_EQ(StatusOf("/health/live", "Host: " + std::string(host) + "\r\n"), 200) << host;
  }
  for (const char* host : {"evil.example", "localhost.evil.example", "127.0.0.1.evil.example",
                           "10.0.0.1", "pdp.internal.evil.example", "[::2]"}) {
    EXPECT_EQ(StatusOf("/health/live", "Host: " + std::string(host) + "\r\n"), 403) << host;
  }
}

TEST_F(AdminTest, OtherSitesAreRefused) {
  const std::string host = "Host: localhost:8181\r\n";
  EXPECT_EQ(StatusOf("/metrics", host + "Origin: http://localhost:8181\r\n"), 200);
  for (const char* origin :
       {"http://evil.example", "null", "http://localhost", "http://localhost:1", "localhost:8181",
        "http://evil.example/localhost:8181"}) {
    EXPECT_EQ(StatusOf("/metrics", host + "Origin: " + origin + "\r\n"), 403) << origin;
  }
  EXPECT_EQ(StatusOf("/metrics", host + "Origin: http://localhost:8181\r\nOrigin: http://x\r\n"),
            403);
}

TEST_F(AdminTest, StatusNeedsTheCredential) {
  const std::string host = "Host: localhost\r\n";
  EXPECT_EQ(StatusOf("/v1/status", host), 401);
  for (const char* value : {"Bearer wrong-horse-battery", "Bearer correct-horse-batter",
                            "Bearer correct-horse-battery1", "Basic correct-horse-battery",
                            "correct-horse-battery", "Bearer ", "Bearer"}) {
    EXPECT_EQ(StatusOf("/v1/status", host + "Authorization: " + value + "\r\n"), 401) << value;
  }
  const std::string right = "Authorization: Bearer " + std::string(kToken) + "\r\n";
  EXPECT_EQ(StatusOf("/v1/status", host + right), 200);
  EXPECT_EQ(StatusOf("/v1/status", host + right + right), 401);
  EXPECT_EQ(Get(server_.admin_port(), "/v1/status")->headers.at("www-authenticate"), "Bearer");
}

TEST(AdminWithoutCredential, HasNoStatus) {
  const ServerProcess server("version: 1\npolicies: [p.cedar]\n", {{"p.cedar", kPolicies}});
  EXPECT_EQ(Get(server.admin_port(), "/v1/status")->status, 404);
}

TEST_F(AdminTest, StatusAndMetricsCountWhatWasDecided) {
  for (int i = 0; i < 3; ++i) Post(server_.port(), "/access/v1/evaluation", Question("read"));
  for (int i = 0; i < 2; ++i) Post(server_.port(), "/access/v1/evaluation", Question("write"));
  Post(server_.port(), "/access/v1/evaluation", "{");
  const auto answer = Get(server_.admin_port(), "/v1/status",
                          "Authorization: Bearer " + std::string(kToken) + "\r\n");
  Diagnostics diagnostics;
  const auto status =
      ReadJson(std::make_shared<const SourceText>("status", answer->body), diagnostics);
  ASSERT_TRUE(status.has_value()) << answer->body;
  EXPECT_EQ(status->root().Find("revision")->integer, 1);
  EXPECT_EQ(status->root().Find("policies")->integer, 2);
  EXPECT_EQ(status->root().Find("decisions")->Find("total")->integer, 6);
  EXPECT_EQ(status->root().Find("decisions")->Find("allowed")->integer, 3);
  const std::string metrics = Get(server_.admin_port(), "/metrics")->body;
  for (const char* line :
       {"thuja_decisions_total{dialect=\"authzen\",decision=\"allow\",reason=\"permit\"} 3\n",
        "thuja_decisions_total{dialect=\"authzen\",decision=\"deny\",reason=\"forbid\"} 2\n",
        "reason=\"malformed_request\"} 1\n", "thuja_snapshot_revision 1\n",
        "thuja_decision_duration_seconds_count{dialect=\"authzen\"} 6\n",
        "thuja_http_answers_total{status=\"4xx\"} 1\n", "thuja_records_dropped_total 0\n",
        "thuja_reloads_total{result=\"loaded\"} 1\n", "thuja_snapshot_stale 0\n"}) {
    EXPECT_NE(metrics.find(line), std::string::npos) << line << "\n" << metrics;
  }
}

TEST_F(AdminTest, IsNotReadyWhileItDrains) {
  // A request that is not whole yet keeps the server from ending. It is sent together with one that
  // is, whose answer says that both have arrived.
  RawConnection slow(server_.port());
  ASSERT_TRUE(
      slow.Send("GET /nothing HTTP/1.1\r\nHost: localhost\r\n\r\n"
                "POST /access/v1/evaluation HTTP/1.1\r\nHost: localhost\r\n"));
  ASSERT_TRUE(slow.Read().has_value());
  server_.process().Signal(SIGTERM);
  ASSERT_TRUE(server_.WaitForLog(" draining"));
  EXPECT_EQ(Get(server_.admin_port(), "/health/ready").value_or(RawAnswer()).status, 503);
  EXPECT_EQ(Get(server_.admin_port(), "/health/live").value_or(RawAnswer()).status, 200);
  EXPECT_EQ(server_.process().Wait(), 0);
}

}  // namespace
}  // namespace thuja::testing
