// SPDX-License-Identifier: Apache-2.0
// The API of a whole server: where it is mounted, that no secret is written anywhere, and what is
// said of grants that are lost.
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/guarded_world.h"

namespace thuja::testing {
namespace {

class GrantsOfAProcess : public GuardedWorld {
 protected:
  std::string Read(const std::string& name) const {
    std::ifstream file(server.Path(name), std::ios::binary);
    return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
  }
};

TEST_F(GrantsOfAProcess, NoSecretIsWrittenAnywhere) {
  const ApiAnswer issued = TryIssue({.more = R"("credential": true)"}, "Idempotency-Key: k\r\n");
  const std::string secret = issued.At("credential");
  ASSERT_TRUE(secret.starts_with("thuja_tc_"));
  const std::string id = issued.At("grant.id");
  EXPECT_EQ(Reason({.credential = secret}), "permit");
  EXPECT_EQ(Reason({.agent = "thief", .credential = secret}), "holder_mismatch");
  // Where it does not belong.
  const std::string json = "{\"reason\": \"" + secret + "\"}";
  std::string answers = Admin("POST", "/v1/grants/" + id + "/heartbeat", json).body;
  answers += Admin("GET", "/v1/grants/" + secret).body;
  answers += Admin("GET", "/v1/grants?page=" + secret).body;
  answers += Admin("GET", "/v1/grants", "", secret).body;
  answers += Admin("GET", "/v1/grants").body;
  answers += Admin("GET", "/v1/grants/" + id).body;
  answers += Admin("GET", "/v1/grants/" + id + "/whatcan").body;
  answers += TryIssue({.more = R"("credential": true)"}, "Idempotency-Key: k\r\n").body;
  answers += Admin("GET", "/v1/status").body;
  EXPECT_EQ(Do("complete", id), "200");
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  const struct {
    const char* what;
    std::string text;
  } kPlaces[] = {{"answers", answers},
                 {"log", server.Log()},
                 {"records", Read("records.jsonl")},
                 {"store", Read("grants.db")},
                 {"its log", Read("grants.db-wal")}};
  for (const auto& place : kPlaces) {
    for (const std::string_view hidden :
         {std::string_view(secret).substr(9), kOrchestrator, kGateway}) {
      EXPECT_EQ(place.text.find(hidden), std::string::npos) << place.what;
    }
  }
  EXPECT_FALSE(kPlaces[1].text.empty());
  EXPECT_FALSE(kPlaces[2].text.empty());
  EXPECT_FALSE(kPlaces[3].text.empty());
}

TEST_F(GrantsOfAProcess, StreamsDoNotKeepAServerFromEnding) {
  RawConnection stream(server.admin_port());
  stream.Send("GET /v1/changes HTTP/1.1\r\nHost: localhost\r\nAuthorization: Bearer " +
              std::string(kWatcher) + "\r\n\r\n");
  ASSERT_EQ(stream.Read()->status, 200);
  const auto begun = std::chrono::steady_clock::now();
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(), 0);
  EXPECT_LT(std::chrono::steady_clock::now() - begun, std::chrono::seconds(5));
  // The end of a body that was whole.
  EXPECT_TRUE(stream.ReadToEnd().ends_with("0\r\n\r\n"));
}

constexpr char kConfig[] = R"(version: 1
policies: [p.cedar]
store: grants.db
admin:
  listen: 127.0.0.1:0
  credentials: [{name: all, token_file: all.token, roles: [issue, revoke, read]}]
)";

TEST(LostGrants, AreSaidToBeLost) {
  const ServerProcess server(kConfig, {{"p.cedar", "permit (principal, action, resource);"},
                                       {"all.token", "all-0123456789abcdef\n"},
                                       {"grants.db", std::string(4096, 'x')}});
  const std::string bearer = "Authorization: Bearer all-0123456789abcdef\r\n";
  for (const char* path : {"/v1/grants", "/v1/grants/x", "/v1/changes"}) {
    const auto answer = Get(server.admin_port(), path, bearer);
    ASSERT_TRUE(answer.has_value());
    EXPECT_EQ(answer->status, 503) << path;
    EXPECT_EQ((ApiAnswer{answer->status, answer->body}).At("error"), "internal_error");
    EXPECT_EQ(Get(server.admin_port(), path)->status, 401) << path;
  }
  EXPECT_EQ(Post(server.admin_port(), "/v1/revoke", R"({"everything": true})", bearer)->status,
            503);
}

// Who asks for health has shown no credential: where the store is and what stands in it is for who
// may read, and for the log.
TEST(LostGrants, AreSaidToEverybodyWithoutWhereAndHow) {
  const ServerProcess server(kConfig, {{"p.cedar", "permit (principal, action, resource);"},
                                       {"all.token", "all-0123456789abcdef\n"},
                                       {"grants.db", std::string(4096, 'x')}});
  const auto ready = Get(server.admin_port(), "/health/ready");
  ASSERT_TRUE(ready.has_value());
  EXPECT_EQ(ready->status, 503);
  EXPECT_EQ((ApiAnswer{ready->status, ready->body}).At("grants"),
            R"({"error":"stale_state","message":"the grants that were kept are damaged; )"
            R"(every decision is a deny"})");
  for (const char* path : {"/health/ready", "/health/live", "/metrics"}) {
    EXPECT_EQ(Get(server.admin_port(), path)->body.find("grants.db"), std::string::npos) << path;
  }
  const auto status =
      Get(server.admin_port(), "/v1/status", "Authorization: Bearer all-0123456789abcdef\r\n");
  const ApiAnswer answer = {status->status, status->body};
  EXPECT_NE(answer.At("grants.message").find("grants.db"), std::string::npos) << answer.body;
  EXPECT_EQ(answer.At("grants.writable"), "false");
  EXPECT_NE(server.Log().find("grants.db"), std::string::npos);
}

TEST(WithoutAStore, ThereIsNoApi) {
  std::string config = kConfig;
  config.erase(config.find("store"), std::string("store: grants.db\n").size());
  const ServerProcess server(config, {{"p.cedar", "permit (principal, action, resource);"},
                                      {"all.token", "all-0123456789abcdef\n"}});
  const std::string bearer = "Authorization: Bearer all-0123456789abcdef\r\n";
  for (const char* path : {"/v1/grants", "/v1/changes", "/openapi.json"}) {
    EXPECT_EQ(Get(server.admin_port(), path, bearer)->status, 404) << path;
  }
  EXPECT_EQ(Get(server.admin_port(), "/v1/status", bearer)->status, 200);
}

}  // namespace
}  // namespace thuja::testing
