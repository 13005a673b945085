// SPDX-License-Identifier: Apache-2.0
// Profiles of gateways in the configuration, and what is refused of them.
#include <gtest/gtest.h>

#include <string>

#include "server/config/config.h"
#include "tests/unit/config/parse_config.h"

namespace thuja::server {
namespace {

// A profile with these keys besides the required ones.
std::string Profile(const std::string& more) {
  return "forward_auth:\n  - path: /n\n    profile: nginx\n"
         "    principal: {type: Agent, header: X-Agent}\n    " +
         more + "\n";
}

std::string Mounted(const std::string& path, const std::string& gateway = "nginx") {
  return "forward_auth: [{path: " + path + ", profile: " + gateway +
         ", principal: {type: A, header: X-A}}]";
}

TEST(ForwardAuthConfig, EachKeyOfAProfileGoesToItsField) {
  const Config config =
      Good(Profile("action_type: Acme::Do\n"
                   "    resource_type: Acme::Page\n"
                   "    context_headers: [X-Task, x-2]\n"
                   "    reason_header: true\n"
                   "    routes:\n"
                   "      - {methods: [GET, HEAD], path: '/docs/{name}', action: read,\n"
                   "         resource: {type: Document, id: 'd-{name}'}}\n"
                   "      - {path: '/all/{rest*}'}\n"
                   "      - {path: /x, resource: {id: fixed}}"));
  ASSERT_EQ(config.dialects.forward_auth.size(), 1u);
  const ForwardAuthProfile& profile = config.dialects.forward_auth[0];
  EXPECT_EQ(profile.path, "/n");
  ASSERT_NE(profile.gateway, nullptr);
  EXPECT_EQ(profile.gateway->name, "nginx");
  EXPECT_EQ(profile.principal_type, "Agent");
  EXPECT_EQ(profile.principal_header, "X-Agent");
  EXPECT_EQ(profile.action_type, "Acme::Do");
  EXPECT_EQ(profile.resource_type, "Acme::Page");
  EXPECT_EQ(profile.context_headers, (std::vector<std::string>{"X-Task", "x-2"}));
  EXPECT_TRUE(profile.reason_header);
  ASSERT_EQ(profile.routes.size(), 3u);
  EXPECT_EQ(profile.routes[0].methods, (std::vector<std::string>{"GET", "HEAD"}));
  EXPECT_TRUE(profile.routes[0].path.Has("name"));
  EXPECT_EQ(profile.routes[0].action, "read");
  EXPECT_EQ(profile.routes[0].resource_type, "Document");
  EXPECT_EQ(profile.routes[0].resource_id, "d-{name}");
  EXPECT_TRUE(profile.routes[1].methods.empty());
  EXPECT_EQ(profile.routes[1].action, "");
  EXPECT_EQ(profile.routes[1].resource_type, "Acme::Page");
  EXPECT_EQ(profile.routes[1].resource_id, "");
  EXPECT_EQ(profile.routes[2].resource_type, "Acme::Page");
  EXPECT_EQ(profile.routes[2].resource_id, "fixed");
}

TEST(ForwardAuthConfig, HasTheDefaultsOfTheReference) {
  const Config config = Good(Profile(""));
  ASSERT_EQ(config.dialects.forward_auth.size(), 1u);
  const ForwardAuthProfile& profile = config.dialects.forward_auth[0];
  EXPECT_EQ(profile.action_type, "Action");
  EXPECT_EQ(profile.resource_type, "Path");
  EXPECT_TRUE(profile.routes.empty());
  EXPECT_TRUE(profile.context_headers.empty());
  EXPECT_FALSE(profile.reason_header);
}

TEST(ForwardAuthConfig, KnowsEachGateway) {
  for (const char* name : {"nginx", "caddy", "traefik", "haproxy", "envoy"}) {
    const Config config = Good(Mounted("/g", name));
    ASSERT_EQ(config.dialects.forward_auth.size(), 1u);
    EXPECT_EQ(config.dialects.forward_auth[0].gateway->name, name);
  }
  EXPECT_NE(Errors(Mounted("/g", "apache")), "");
  EXPECT_NE(Errors(Mounted("/g", "Nginx")), "");
  EXPECT_NE(Errors(Mounted("/g", "''")), "");
}

TEST(ForwardAuthConfig, PathProfileAndPrincipalAreRequired) {
  EXPECT_EQ(Errors("forward_auth: [{}]"),
            "t.yaml:3:16: the key `path` is missing\n"
            "t.yaml:3:16: the key `profile` is missing\n"
            "t.yaml:3:16: the key `principal` is missing");
  EXPECT_EQ(Errors("forward_auth: [{path: /n, profile: nginx, principal: {}}]"),
            "t.yaml:3:54: the key `type` is missing\n"
            "t.yaml:3:54: the key `header` is missing");
  EXPECT_NE(Errors("forward_auth: [{path: /n, profile: nginx, principal: x}]"), "");
  EXPECT_EQ(Errors(Profile("routes: [{action: read}]")), "t.yaml:7:14: the key `path` is missing");
}

TEST(ForwardAuthConfig, ProfilesAreNotMountedOverTheDecisionEndpoints) {
  for (const char* path : {"/access", "/access/", "/access/v1/evaluation", "/access/x", "/v1",
                           "/v1/", "/v1/is_authorized", "/.well-known", "/.well-known/x"}) {
    EXPECT_EQ(Errors(Mounted(path)), "t.yaml:3:23: this path belongs to the decision endpoints")
        << path;
  }
  for (const char* path : {"/accessible", "/v11", "/a/access", "/A_b-1.c/d", "/nginx/"}) {
    EXPECT_EQ(Errors(Mounted(path)), "") << path;
  }
}

// The prefix `/` holds the decision endpoints: what a client asks of its gateway below `/access`
// or `/.well-known` would be answered by them, and a 200 of theirs lets it pass undecided.
TEST(ForwardAuthConfig, APrefixIsNotMountedAboveTheDecisionEndpoints) {
  EXPECT_NE(Errors(Mounted("/", "envoy")), "");
}

// Below a prefix every path is one that a client chose, so nothing else may answer there.
TEST(ForwardAuthConfig, NothingIsMountedBelowAPrefix) {
  const auto two = [](const std::string& first, const std::string& second) {
    const std::string principal = ", principal: {type: A, header: X-A}}";
    return "forward_auth:\n- {" + first + principal + "\n- {" + second + principal;
  };
  const std::string envoy = "path: /e, profile: envoy";
  for (const char* below :
       {"path: /e/n, profile: nginx", "path: /e/n, profile: envoy", "path: /e/, profile: nginx"}) {
    EXPECT_TRUE(Errors(two(envoy, below)).starts_with("t.yaml:5:3: ")) << below;
    EXPECT_TRUE(Errors(two(below, envoy)).starts_with("t.yaml:5:3: ")) << below;
  }
  EXPECT_EQ(Errors(two(envoy, "path: /ea, profile: envoy")), "");
  EXPECT_EQ(Errors(two("path: /n, profile: nginx", "path: /n/m, profile: caddy")), "");
  EXPECT_TRUE(Errors(Mounted("/e/", "envoy")).starts_with("t.yaml:3:16: "));
}

TEST(ForwardAuthConfig, AMountedPathIsPlain) {
  for (const char* path :
       {"n", "''", "'/n?a'", "'/n#a'", "'/n%2e'", "'/n n'", "'/{a}'", "/é", "[]", "'http://h/n'"}) {
    EXPECT_EQ(Errors(Mounted(path)), "t.yaml:3:23: expected a path such as `/nginx`") << path;
  }
}

TEST(ForwardAuthConfig, TwoProfilesHaveTwoPaths) {
  const std::string entry = "profile: nginx, principal: {type: A, header: X-A}}";
  EXPECT_EQ(Errors("forward_auth:\n- {path: /n, " + entry + "\n- {path: /n, " + entry),
            "t.yaml:5:3: another profile is mounted at this path");
  EXPECT_EQ(Errors("forward_auth:\n- {path: /n, " + entry + "\n- {path: /m, " + entry), "");
}

TEST(ForwardAuthConfig, HeaderNamesHaveNoUnderscores) {
  for (const char* name : {"X_Agent", "''", "'X Agent'", "'X:'", "'X\"'", "é", "[X]", "{a: b}"}) {
    EXPECT_EQ(Errors("forward_auth: [{path: /n, profile: nginx, principal: {type: A, header: " +
                     std::string(name) + "}}]"),
              "t.yaml:3:72: expected the name of a header, without underscores")
        << name;
    EXPECT_EQ(Errors(Profile("context_headers: [X-Good, " + std::string(name) + "]")),
              "t.yaml:7:31: expected the name of a header, without underscores")
        << name;
  }
}

TEST(ForwardAuthConfig, TypesAreNamesOfEntityTypes) {
  for (const char* name : {"''", "1A", "'A B'", "'A::'", "[]"}) {
    for (const char* key : {"action_type", "resource_type"}) {
      EXPECT_NE(Errors(Profile(std::string(key) + ": " + name)).find("expected the name of"),
                std::string::npos)
          << key << name;
    }
  }
}

TEST(ForwardAuthConfig, RoutesHaveGoodTemplates) {
  for (const char* path :
       {"docs", "''", "'/{}'", "'/{a'", "'/{a}/{a}'", "'/{a*}/b'", "/a*", "[]"}) {
    EXPECT_EQ(Errors(Profile("routes: [{path: " + std::string(path) + "}]")),
              "t.yaml:7:21: expected a template such as `/docs/{name}`")
        << path;
  }
}

TEST(ForwardAuthConfig, AResourceNamesPlacesOfItsPath) {
  const std::string kUnknown =
      "t.yaml:7:14: the resource's id names a place that the path does not have";
  for (const char* id : {"{other}", "{name}/{other}", "{", "{}", "{name", "{name*}"}) {
    // Whatever comes first.
    EXPECT_EQ(
        Errors(Profile("routes: [{path: '/{name}', resource: {id: '" + std::string(id) + "'}}]")),
        kUnknown)
        << id;
    EXPECT_EQ(
        Errors(Profile("routes: [{resource: {id: '" + std::string(id) + "'}, path: '/{name}'}]")),
        kUnknown)
        << id;
  }
  EXPECT_EQ(Errors(Profile("routes: [{path: '/{a}/{b*}', resource: {id: '{b}-{a}'}}]")), "");
}

TEST(ForwardAuthConfig, PartsOfARouteAreOfTheirKind) {
  for (const char* route :
       {"x", "[]", "{path: /a, methods: GET}", "{path: /a, methods: [[GET]]}",
        "{path: /a, methods: ['']}", "{path: /a, action: ''}", "{path: /a, action: [read]}",
        "{path: /a, resource: Document}", "{path: /a, resource: {id: ''}}",
        "{path: /a, resource: {type: 'A B'}}"}) {
    EXPECT_TRUE(Errors(Profile("routes: [" + std::string(route) + "]")).starts_with("t.yaml:7:"))
        << route;
  }
  EXPECT_NE(Errors(Profile("routes: {path: /a}")), "");
  EXPECT_NE(Errors(Profile("context_headers: X-A")), "");
  EXPECT_NE(Errors(Profile("reason_header: yes")), "");
}

}  // namespace
}  // namespace thuja::server
