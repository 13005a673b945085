// SPDX-License-Identifier: Apache-2.0
// The profiles that read method and path from headers, asked as Traefik, Caddy, nginx and HAProxy
// do: what they read is there once, plainly spelled and sound, or nothing passes.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <map>
#include <string>
#include <vector>

#include "tests/gateways/forward_auth_world.h"

namespace thuja::testing {
namespace {

using ::testing::HasSubstr;
using ::testing::Not;

struct Profile {
  std::string name;
  std::string method_header;
  std::string path_header;
  std::string host_header;
  std::string more;  // what this gateway sends besides
};

void PrintTo(const Profile& profile, std::ostream* out) { *out << profile.name; }

const Profile kProfiles[] = {
    {"nginx", "X-Original-Method", "X-Original-URI", "X-Original-Host",
     "Connection: close\r\nAuthorization: Bearer reader-key\r\n"},
    {"haproxy", "x-original-method", "x-original-uri", "x-original-host",
     "accept: */*\r\nuser-agent: HAProxy\r\n"},
    {"caddy", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host",
     "X-Forwarded-For: 10.0.0.7\r\nX-Forwarded-Proto: https\r\nAccept-Encoding: gzip\r\n"},
    {"traefik", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host",
     "X-Forwarded-For: 10.0.0.7\r\nX-Forwarded-Port: 443\r\nX-Forwarded-Proto: https\r\n"
     "X-Forwarded-Server: gateway\r\nX-Real-Ip: 10.0.0.7\r\n"},
};

std::string Line(const std::string& name, const std::string& value) {
  return name + ": " + value + "\r\n";
}

// As `X_Forwarded_Uri`: some servers read it for the name with hyphens.
std::string Underscored(std::string name) {
  for (char& c : name) c = c == '-' ? '_' : c;
  return name;
}

class ForwardedHeadersTest : public GatewayContract, public ::testing::WithParamInterface<Profile> {
 protected:
  const Profile& profile() const { return GetParam(); }

  // The headers of a check, one of them perhaps replaced by other lines.
  std::string Headers(const std::string& agent, const std::string& method, const std::string& path,
                      const std::map<std::string, std::string>& replaced = {}) const {
    const std::map<std::string, std::string> lines = {
        {"X-Agent", Line("X-Agent", agent)},
        {profile().method_header, Line(profile().method_header, method)},
        {profile().path_header, Line(profile().path_header, path)},
        {profile().host_header, Line(profile().host_header, "gateway.example")}};
    std::string headers = profile().more;
    for (const auto& [name, line] : lines) {
      const auto other = replaced.find(name);
      headers += other == replaced.end() ? line : other->second;
    }
    return headers;
  }

  std::string Ask(const std::string& headers, const std::string& mount = "") const {
    return Outcome(Exchange(port(), "GET", "/" + profile().name + mount, headers));
  }

  // A good request that has, in the place of a header's line, these.
  std::string AskWith(const std::string& name, const std::string& lines) const {
    return Ask(Headers("reader", "GET", "/public/a", {{name, lines}}));
  }

  // No value, two values, and names with underscores, none of which is one value.
  static std::vector<std::string> NotOne(const std::string& name, const std::string& value) {
    return {Line(name, ""), Line(name, value) + Line(name, value),
            Line(name, value) + "Accept: */*\r\n" + Line(name, "other"),
            Line(name, value) + Line(Underscored(name), value),
            Line(Underscored(name), "other") + Line(name, value)};
  }
};

TEST_P(ForwardedHeadersTest, TheStatusIsTheDecision) {
  for (const std::string mount : {"", "-plain"}) {
    EXPECT_EQ(Ask(Headers("reader", "GET", "/public/a"), mount), kPermit);
    EXPECT_EQ(Ask(Headers("reader", "HEAD", "/public/a"), mount), kPermit);
    EXPECT_EQ(Ask(Headers("reader", "POST", "/public/a"), mount), kNoPermit);
    EXPECT_EQ(Ask(Headers("reader", "GET", "/admin"), mount), kNoPermit);
    EXPECT_EQ(Ask(Headers("admin", "DELETE", "/admin"), mount), kPermit);
    EXPECT_EQ(Ask(Headers("stranger", "GET", "/public/a"), mount), kNoPermit);
  }
}

TEST_P(ForwardedHeadersTest, ARecordNamesTheMappedRequest) {
  const std::string headers = Headers("reader", "GET", "/public/a%20b?x=/admin");
  const std::string routed = Record(Exchange(port(), "GET", "/" + profile().name, headers));
  EXPECT_THAT(routed, HasSubstr(R"("dialect":"forward_auth")"));
  EXPECT_THAT(routed, HasSubstr(R"("principal":"Agent::\"reader\"")"));
  EXPECT_THAT(routed, HasSubstr(R"("action":"Action::\"read\"")"));
  EXPECT_THAT(routed, HasSubstr(R"("resource":"Page::\"a b\"")"));
  const std::string plain =
      Record(Exchange(port(), "GET", "/" + profile().name + "-plain", headers));
  EXPECT_THAT(plain, HasSubstr(R"("action":"Action::\"GET\"")"));
  EXPECT_THAT(plain, HasSubstr(R"("resource":"Path::\"/public/a b\"")"));
}

// HAProxy's older client asks with HEAD, Traefik can keep the method; neither means anything.
TEST_P(ForwardedHeadersTest, TheMethodOfTheCheckItselfDoesNotCount) {
  const std::string path = "/" + profile().name;
  for (const std::string method : {"GET", "HEAD", "POST", "DELETE", "OPTIONS"}) {
    EXPECT_EQ(Outcome(Exchange(port(), method, path, Headers("reader", "GET", "/public/a"))),
              kPermit)
        << method;
    EXPECT_EQ(Outcome(Exchange(port(), method, path, Headers("reader", "POST", "/public/a"))),
              kNoPermit)
        << method;
  }
  for (const std::string& headers :
       {Headers("reader", "GET", "/public/a"), Headers("reader", "GET", "/admin"),
        Headers("", "GET", "/public/a"), Headers("admin", "GET", "//")}) {
    const RawAnswer get = Exchange(port(), "GET", path, headers);
    const RawAnswer head = Exchange(port(), "HEAD", path, headers);
    EXPECT_EQ(head.status, get.status);
    EXPECT_EQ(LastingHeaders(head), LastingHeaders(get));
  }
}

TEST_P(ForwardedHeadersTest, AnIdentityThatIsNotPlainIsNone) {
  EXPECT_EQ(AskWith("X-Agent", Line("x-aGENT", "reader")), kPermit);
  EXPECT_EQ(AskWith("X-Agent", ""), kNobody);
  EXPECT_EQ(AskWith("X-Agent", Line("X_Agent", "reader")), kNobody);
  for (const std::string& lines : NotOne("X-Agent", "reader")) {
    EXPECT_EQ(AskWith("X-Agent", lines), kNobody) << lines;
  }
  EXPECT_EQ(AskWith("X-Agent", Line("X-Agent", "reader") + Line("x_agent", "admin")), kNobody);
}

TEST_P(ForwardedHeadersTest, MethodAndPathAreThereOnceAndPlainlySpelled) {
  for (const auto& [name, value] : std::map<std::string, std::string>{
           {profile().method_header, "GET"}, {profile().path_header, "/public/a"}}) {
    EXPECT_EQ(AskWith(name, ""), kMalformed) << name;
    EXPECT_EQ(AskWith(name, Line(Underscored(name), value)), kMalformed) << name;
    for (const std::string& lines : NotOne(name, value)) {
      EXPECT_EQ(AskWith(name, lines), kMalformed) << lines;
    }
  }
  for (const std::string method : {"GET POST", "GET,POST", "GET /public/a", "G\tT"}) {
    EXPECT_EQ(Ask(Headers("admin", method, "/public/a")), kMalformed) << method;
  }
  for (const std::string path : {"public/a", "*", "http://gateway.example/public/a", "?/public/a",
                                 "/public/a b", "/public/a, /admin"}) {
    EXPECT_EQ(Ask(Headers("admin", "GET", path)), kMalformed) << path;
  }
}

TEST_P(ForwardedHeadersTest, TheHostIsThereOnceOrNotAtAll) {
  const std::string& name = profile().host_header;
  EXPECT_EQ(AskWith(name, ""), kPermit);
  EXPECT_EQ(AskWith(name, Line(name, "forbidden.example")), kForbid);
  for (const std::string& lines : NotOne(name, "gateway.example")) {
    EXPECT_EQ(AskWith(name, lines), kMalformed) << lines;
  }
  // The Host of the check is the decision point's own.
  EXPECT_EQ(Ask(Headers("reader", "GET", "/public/a") + Line("Host", "forbidden.example")),
            kPermit);
}

// Nobody asked for a header of that name: it is no host, whatever else is made of it.
TEST_P(ForwardedHeadersTest, AHostSpelledWithUnderscoresIsNone) {
  const std::string& name = profile().host_header;
  EXPECT_NE(AskWith(name, Line(Underscored(name), "forbidden.example")), kForbid);
}

TEST_P(ForwardedHeadersTest, ContextHeadersAreThereOnceOrNotAtAll) {
  const std::string good = Headers("reader", "GET", "/public/a");
  EXPECT_EQ(Ask(good + Line("X-Task", "weekly")), kPermit);
  EXPECT_EQ(Ask(good + Line("x-TASK", "forbidden")), kForbid);
  for (const std::string& lines : NotOne("X-Task", "weekly")) {
    EXPECT_EQ(Ask(good + lines), kMalformed) << lines;
  }
}

TEST_P(ForwardedHeadersTest, TheQueryIsInTheContextAsItWasSent) {
  EXPECT_EQ(Ask(Headers("reader", "GET", "/public/a?forbidden")), kForbid);
  EXPECT_EQ(Ask(Headers("reader", "GET", "/public/a?%66orbidden")), kPermit);
  EXPECT_EQ(Ask(Headers("reader", "GET", "/public/a?x=../..&y=//&z=%2f?")), kPermit);
  EXPECT_EQ(Ask(Headers("reader", "GET", "/admin?/public/a")), kNoPermit);
}

TEST_P(ForwardedHeadersTest, HeadersOfOtherGatewaysDoNotCount) {
  const bool original = profile().path_header == "X-Original-URI" || profile().name == "haproxy";
  const std::string family = original ? "X-Forwarded-" : "X-Original-";
  const std::string others = Line(family + "Method", "GET") + Line(family + "Uri", "/public/a") +
                             Line(family + "Host", "forbidden.example") +
                             Line("Forwarded", "for=10.0.0.9;host=forbidden.example;proto=https");
  EXPECT_EQ(Ask(Headers("reader", "GET", "/public/a") + others), kPermit);
  EXPECT_EQ(Ask(Headers("reader", "GET", "/admin") + others), kNoPermit);
  EXPECT_EQ(Ask(Headers("reader", "POST", "/public/a") + others), kNoPermit);
  EXPECT_EQ(Ask(profile().more + Line("X-Agent", "reader") + others), kMalformed);
}

TEST_P(ForwardedHeadersTest, APathThatReadsLikeAnotherIsRefusedWhoeverAsks) {
  for (const NamedPath& row : UnsoundPaths()) {
    for (const std::string mount : {"", "-plain"}) {
      EXPECT_EQ(Ask(Headers("admin", "GET", row.path), mount), kMalformed) << row.name;
      EXPECT_EQ(Ask(Headers("admin", "GET", row.path + "?x=1"), mount), kMalformed) << row.name;
    }
  }
}

TEST_P(ForwardedHeadersTest, APathThatOnlyLooksOddIsAPath) {
  for (const std::string path : {"/public/...", "/public/a..b", "/public/.a", "/public/caf%C3%A9",
                                 "/public/a%20b", "/public/a%3fb", "/public/~"}) {
    for (const std::string mount : {"", "-plain"}) {
      EXPECT_EQ(Ask(Headers("reader", "GET", path), mount), kPermit) << path;
    }
  }
}

INSTANTIATE_TEST_SUITE_P(All, ForwardedHeadersTest, ::testing::ValuesIn(kProfiles),
                         [](const ::testing::TestParamInfo<Profile>& profile) {
                           return profile.param.name;
                         });

}  // namespace
}  // namespace thuja::testing
