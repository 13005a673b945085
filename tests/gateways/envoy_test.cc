// SPDX-License-Identifier: Apache-2.0
// The requests that Envoy's HTTP ext_authz sends: the original method, the path behind a prefix,
// no body. Envoy lets pass on exactly 200 and takes 5xx for a failure.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <optional>
#include <string>

#include "tests/gateways/forward_auth_world.h"

namespace thuja::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

using EnvoyTest = GatewayContract;

// What Envoy sends besides, its names in lower case as always.
constexpr const char* kHeaders =
    "host: gateway.example\r\ncontent-length: 0\r\nauthorization: Bearer reader-key\r\n"
    "x-envoy-internal: true\r\nx-forwarded-for: 10.0.0.7\r\nx-forwarded-proto: https\r\n"
    "x-envoy-expected-rq-timeout-ms: 200\r\n";

std::string As(const std::string& agent) { return kHeaders + ("x-agent: " + agent) + "\r\n"; }

TEST_F(EnvoyTest, TheStatusIsTheDecision) {
  for (const std::string prefix : {"/envoy", "/envoy-plain"}) {
    const auto ask = [&](const std::string& path, const std::string& headers) {
      return Outcome(Exchange(port(), "GET", prefix + path, headers));
    };
    EXPECT_EQ(ask("/public/a", As("reader")), kPermit);
    EXPECT_EQ(ask("/admin", As("reader")), kNoPermit);
    EXPECT_EQ(ask("/admin", As("admin")), kPermit);
    EXPECT_EQ(ask("/public/a", As("stranger")), kNoPermit);
    EXPECT_EQ(ask("/public/a", kHeaders), kNobody);
  }
}

TEST_F(EnvoyTest, RoutesNameActionAndResource) {
  const std::string record = Record(Exchange(port(), "GET", "/envoy/public/a/b%20c", As("reader")));
  EXPECT_THAT(record, HasSubstr(R"("principal":"Agent::\"reader\"")"));
  EXPECT_THAT(record, HasSubstr(R"("action":"Action::\"read\"")"));
  EXPECT_THAT(record, HasSubstr(R"("resource":"Page::\"a/b c\"")"));
}

TEST_F(EnvoyTest, TheMethodIsTheRequestsOwn) {
  for (const std::string method : {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}) {
    const RawAnswer answer = Exchange(port(), method, "/envoy-plain/admin", As("admin"));
    EXPECT_EQ(Outcome(answer), kPermit) << method;
    EXPECT_THAT(Record(answer), HasSubstr(R"("action":"Action::\")" + method + R"(\"")"));
  }
  for (const std::string prefix : {"/envoy", "/envoy-plain"}) {
    for (const std::string method : {"POST", "PUT", "PATCH", "DELETE", "OPTIONS", "get"}) {
      EXPECT_EQ(Outcome(Exchange(port(), method, prefix + "/public/a", As("reader"))), kNoPermit)
          << method;
    }
  }
}

TEST_F(EnvoyTest, TheQueryIsNoPartOfTheResource) {
  const std::string routed =
      Record(Exchange(port(), "GET", "/envoy/public/a?x=/admin&y", As("reader")));
  EXPECT_THAT(routed, HasSubstr(R"("decision":"allow")"));
  EXPECT_THAT(routed, HasSubstr(R"("resource":"Page::\"a\"")"));
  const std::string plain =
      Record(Exchange(port(), "GET", "/envoy-plain/public/a?x=/admin&y", As("reader")));
  EXPECT_THAT(plain, HasSubstr(R"("resource":"Path::\"/public/a\"")"));
  EXPECT_EQ(Outcome(Exchange(port(), "GET", "/envoy/admin?/public/a", As("reader"))), kNoPermit);
  // It is in the context.
  EXPECT_EQ(Outcome(Exchange(port(), "GET", "/envoy/public/a?forbidden", As("reader"))), kForbid);
}

TEST_F(EnvoyTest, TheHostIsTheRequestsOwn) {
  const std::string here = "host: forbidden.example\r\nx-agent: reader\r\n";
  EXPECT_EQ(Outcome(Exchange(port(), "GET", "/envoy/public/a", here)), kForbid);
  EXPECT_EQ(Outcome(Exchange(port(), "GET", "/envoy/public/a",
                             As("reader") + "x-forwarded-host: forbidden.example\r\n")),
            kPermit);
}

TEST_F(EnvoyTest, HeadIsAnsweredLikeGet) {
  // The action is the method here, which the policies allow alike.
  for (const std::string path : {"/envoy-plain/public/a", "/envoy-plain/admin", "/envoy/%00"}) {
    for (const std::string& headers : {As("reader"), std::string(kHeaders)}) {
      const RawAnswer get = Exchange(port(), "GET", path, headers);
      const RawAnswer head = Exchange(port(), "HEAD", path, headers);
      EXPECT_EQ(head.status, get.status) << path;
      EXPECT_EQ(LastingHeaders(head), LastingHeaders(get)) << path;
    }
  }
}

TEST_F(EnvoyTest, AnIdentityThatIsNotPlainIsNone) {
  for (const std::string headers :
       {"x-agent:\r\n", "x-agent: \t\r\n", "x-agent: reader\r\nx-agent: reader\r\n",
        "x-agent: reader\r\nX-Agent: admin\r\n", "x_agent: reader\r\n",
        "x-agent: reader\r\nx_agent: admin\r\n"}) {
    EXPECT_EQ(Outcome(Exchange(port(), "GET", "/envoy/public/a", kHeaders + headers)), kNobody)
        << headers;
  }
}

TEST_F(EnvoyTest, ThePrefixEndsWithASegment) {
  const RawAnswer root = Exchange(port(), "GET", "/envoy-plain", As("admin"));
  EXPECT_EQ(Outcome(root), kPermit);
  EXPECT_THAT(Record(root), HasSubstr(R"("resource":"Path::\"/\"")"));
  for (const std::string target : {"/envoyadmin", "/envoy-plainer/a", "/ENVOY/a", "/x/envoy/a",
                                   "//envoy/a", "/%65nvoy/a", "/public/a"}) {
    const RawAnswer answer = Exchange(port(), "GET", target, As("admin"));
    EXPECT_EQ(answer.status, 404) << target;
    EXPECT_FALSE(answer.headers.contains("thuja-decision")) << target;
  }
}

TEST_F(EnvoyTest, HeadersOfOtherGatewaysDoNotCount) {
  for (const std::string name : {"x-original-uri", "x-forwarded-uri", "x-envoy-original-path",
                                 "x-original-url", "x-rewrite-url"}) {
    const std::string headers = As("reader") + name + ": /public/a\r\n";
    EXPECT_EQ(Outcome(Exchange(port(), "GET", "/envoy/admin", headers)), kNoPermit) << name;
  }
  for (const std::string name :
       {"x-original-method", "x-forwarded-method", "x-http-method-override"}) {
    const std::string headers = As("reader") + name + ": GET\r\n";
    EXPECT_EQ(Outcome(Exchange(port(), "POST", "/envoy/public/a", headers)), kNoPermit) << name;
  }
}

TEST_F(EnvoyTest, APathThatReadsLikeAnotherIsRefusedWhoeverAsks) {
  for (const NamedPath& row : UnsoundPaths()) {
    for (const std::string prefix : {"/envoy", "/envoy-plain"}) {
      const RawAnswer answer = Exchange(port(), "GET", prefix + row.path, As("admin"));
      // No target of HTTP holds a fragment: that is refused before any profile sees it.
      if (row.path.find('#') != std::string::npos) {
        EXPECT_EQ(answer.status, 400) << row.name;
        continue;
      }
      EXPECT_EQ(Outcome(answer), kMalformed) << row.name;
    }
  }
}

// Envoy keeps its connections: one answer must not colour the next.
TEST_F(EnvoyTest, OneConnectionCarriesManyChecks) {
  RawConnection connection(port());
  const auto ask = [&](const std::string& method, const std::string& path,
                       const std::string& headers) {
    connection.Send(method + " /envoy" + path + " HTTP/1.1\r\n" + headers + "\r\n");
    const std::optional<RawAnswer> answer = connection.Read(method == "HEAD");
    return answer ? Outcome(*answer) : "no answer";
  };
  for (int round = 0; round < 3; ++round) {
    EXPECT_EQ(ask("GET", "/public/a", As("reader")), kPermit);
    EXPECT_EQ(ask("GET", "/public/a", kHeaders), kNobody);
    EXPECT_EQ(ask("HEAD", "/admin", As("reader")), kNoPermit);
    EXPECT_EQ(ask("POST", "/admin", As("admin")), kPermit);
    EXPECT_EQ(ask("POST", "/../admin", As("admin")), kMalformed);
    EXPECT_EQ(ask("GET", "/admin", As("reader")), kNoPermit);
  }
}

}  // namespace
}  // namespace thuja::testing
