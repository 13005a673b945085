// SPDX-License-Identifier: Apache-2.0
// Who may say whom a request is from: only peers that the configuration trusts. And what an answer
// tells where reasons are not asked for.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/gateways/forward_auth_world.h"

namespace thuja::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

// Good requests to every profile at once: names that one profile does not read, it ignores.
constexpr const char* kHeaders =
    "X-Agent: admin\r\nX-Original-Method: GET\r\nX-Original-URI: /public/a\r\n"
    "X-Forwarded-Method: GET\r\nX-Forwarded-Uri: /public/a\r\n";

const std::string kTargets[] = {"/nginx", "/caddy", "/haproxy", "/traefik", "/envoy/public/a"};

std::string StatusAndReason(RawAnswer answer) {
  return std::to_string(answer.status) + " " + answer.headers["thuja-reason"];
}

TEST(TrustedPeersTest, AnybodyElseIsRefusedWhateverItSays) {
  // The first is the default; the others come close to the loopback.
  for (const std::string peers : {"[unix]", "[127.0.0.2]", "[10.0.0.0/8, 127.0.0.2/31]", "[]"}) {
    SCOPED_TRACE(peers);
    const std::unique_ptr<ServerProcess> server = StartDecisionPoint(peers);
    ASSERT_NE(server->port(), 0);
    for (const std::string& target : kTargets) {
      for (const std::string method : {"GET", "HEAD", "POST"}) {
        EXPECT_EQ(StatusAndReason(Exchange(server->port(), method, target, kHeaders)),
                  "403 pep_not_allowed")
            << target;
      }
      // Not even that the identity is missing.
      EXPECT_EQ(StatusAndReason(Exchange(server->port(), "GET", target)), "403 pep_not_allowed");
    }
    const std::string record =
        RecordOf(*server, Exchange(server->port(), "GET", "/nginx", kHeaders));
    EXPECT_THAT(record, HasSubstr(R"("decision":"deny","reason":"pep_not_allowed")"));
    EXPECT_THAT(record, Not(HasSubstr("admin"))) << "the record repeats an identity not believed";
    EXPECT_NE(EndAndReadRecords(*server).find("pep_not_allowed"), std::string::npos);
  }
}

TEST(TrustedPeersTest, TrustedAreAddressesAndNetworks) {
  for (const std::string peers : {"[127.0.0.1]", "[127.0.0.0/8]", "[10.0.0.0/8, 127.0.0.1/32]"}) {
    SCOPED_TRACE(peers);
    const std::unique_ptr<ServerProcess> server = StartDecisionPoint(peers);
    ASSERT_NE(server->port(), 0);
    for (const std::string& target : kTargets) {
      EXPECT_EQ(StatusAndReason(Exchange(server->port(), "GET", target, kHeaders)), kPermit);
    }
  }
}

TEST(TrustedPeersTest, ReasonsAreToldOnlyWhereTheyAreAskedFor) {
  const std::unique_ptr<ServerProcess> server = StartDecisionPoint();
  ASSERT_NE(server->port(), 0);
  for (const std::string headers : {kHeaders, "X-Agent: reader\r\n", ""}) {
    const RawAnswer answer = Exchange(server->port(), "GET", "/silent", headers);
    EXPECT_TRUE(answer.headers.contains("thuja-decision"));
    EXPECT_TRUE(answer.headers.contains("thuja-decision-id"));
    EXPECT_FALSE(answer.headers.contains("thuja-reason"));
    EXPECT_EQ(answer.body, answer.status == 200   ? ""
                           : answer.status == 401 ? "unauthorized"
                                                  : "forbidden");
  }
}

}  // namespace
}  // namespace thuja::testing
