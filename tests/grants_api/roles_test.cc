// SPDX-License-Identifier: Apache-2.0
// Who may call what, and that nobody else learns anything.
#include <gtest/gtest.h>

#include <set>
#include <string>

#include "server/grants/api_routes.h"
#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

using server::AdminRole;
using server::ApiRoute;

std::string PathOf(const ApiRoute& route, const std::string& id) {
  std::string path(route.path);
  if (const size_t at = path.find("{id}"); at != path.npos) path.replace(at, 4, id);
  return path;
}

class Roles : public ::testing::Test {
 protected:
  std::string Ask(const ApiRoute& route, const std::string& id, std::string_view token) {
    // Without a body: who may ask is told so before that is looked at.
    return GrantApiWorld::Said(world.Ask(std::string(route.method), PathOf(route, id), "", token));
  }

  GrantApiWorld world;
};

// What the reference says, once more.
TEST_F(Roles, AreThoseOfTheReference) {
  std::map<std::string, std::set<std::string>> paths;
  for (const ApiRoute& route : server::ApiRoutes()) {
    const std::string role =
        route.role ? std::string(AdminRoleName(*route.role)) : std::string("none");
    paths[role].insert(std::string(route.method) + " " + std::string(route.path));
  }
  using Paths = std::set<std::string>;
  EXPECT_EQ(paths["read"], (Paths{"GET /v1/grants", "GET /v1/grants/{id}",
                                  "GET /v1/grants/{id}/whatcan", "GET /v1/changes"}));
  EXPECT_EQ(paths["issue"], (Paths{"POST /v1/grants", "POST /v1/grants/{id}/delegate",
                                   "POST /v1/grants/{id}/activate",
                                   "POST /v1/grants/{id}/heartbeat", "POST /v1/grants/{id}/resume",
                                   "POST /v1/grants/{id}/complete", "POST /v1/grants/{id}/fail"}));
  EXPECT_EQ(paths["revoke"], (Paths{"POST /v1/grants/{id}/suspend", "POST /v1/grants/{id}/revoke",
                                    "POST /v1/revoke"}));
  EXPECT_EQ(paths["none"], (Paths{"GET /openapi.json"}));
}

TEST_F(Roles, EachCallNeedsItsOwn) {
  const std::string id = world.Issue();
  const struct {
    AdminRole role;
    std::string_view token;
  } kTokens[] = {{AdminRole::kIssue, GrantApiWorld::kIssuer},
                 {AdminRole::kRevoke, GrantApiWorld::kRevoker},
                 {AdminRole::kRead, GrantApiWorld::kReader}};
  for (const ApiRoute& route : server::ApiRoutes()) {
    if (!route.role || route.path == "/v1/changes") continue;
    for (const auto& [role, token] : kTokens) {
      const std::string said = Ask(route, id, token);
      EXPECT_EQ(said == "403 role_missing", role != *route.role)
          << route.method << " " << route.path << " as " << AdminRoleName(role) << ": " << said;
    }
  }
  EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/changes", GrantApiWorld::kIssuer)),
            "403 role_missing");
  EXPECT_EQ(
      ChangeReader(world, "/v1/changes", GrantApiWorld::Bearer(GrantApiWorld::kReader)).status(),
      200);
}

// Whoever has no credential is told the same of what is there, of what is not, and of nonsense.
TEST_F(Roles, WithoutACredentialNothingIsLearnt) {
  const std::string id = world.Issue();
  for (const ApiRoute& route : server::ApiRoutes()) {
    if (!route.role) continue;
    for (const std::string& grant : {id, std::string(32, 'f'), std::string("nonsense")}) {
      EXPECT_EQ(Ask(route, grant, ""), "401 token_missing") << route.path;
      EXPECT_EQ(Ask(route, grant, "wrong-0123456789abcdef"), "401 token_invalid") << route.path;
    }
  }
  const RawAnswer answer = world.AskRaw("GET", "/v1/grants", "", "");
  EXPECT_EQ(answer.headers.at("www-authenticate"), "Bearer");
  const std::string twice = GrantApiWorld::Bearer() + GrantApiWorld::Bearer();
  EXPECT_EQ(world.AskRaw("GET", "/v1/grants", "", twice).status, 401);
  EXPECT_EQ(
      world.AskRaw("GET", "/v1/grants?access_token=" + std::string(GrantApiWorld::kAll), "", "")
          .status,
      401);
}

TEST_F(Roles, MethodsAndPathsAreExact) {
  const std::string id = world.Issue();
  EXPECT_EQ(world.Ask("DELETE", "/v1/grants/" + id).status, 405);
  EXPECT_EQ(world.Ask("PUT", "/v1/grants/" + id).status, 405);
  EXPECT_EQ(world.Get("/v1/grants/" + id + "/revoke").status, 405);
  EXPECT_EQ(world.Post("/v1/grants/" + id, "{}").status, 405);
  EXPECT_EQ(world.Get("/v1/grants/").status, 404);
  EXPECT_EQ(world.Get("/v1/grants/" + id + "/").status, 404);
  EXPECT_EQ(world.Post("/v1/grants/" + id + "/destroy", "{}").status, 404);
  EXPECT_EQ(world.Post("/v1/grants/" + id + "/time_out", "{}").status, 404);
  EXPECT_EQ(world.AskRaw("HEAD", "/v1/grants/" + id, "", GrantApiWorld::Bearer()).status, 200);
}

TEST_F(Roles, BrowsersOfOtherSitesAndOtherHostsAreRefused) {
  const std::string bearer = GrantApiWorld::Bearer();
  EXPECT_EQ(
      world.AskRaw("GET", "/v1/grants", "", bearer + "Origin: http://evil.example\r\n").status,
      403);
  RawConnection connection(world.port());
  connection.Send("GET /v1/grants HTTP/1.1\r\nHost: evil.example\r\n" + bearer + "\r\n");
  EXPECT_EQ(connection.Read()->status, 403);
}

TEST(WithoutCredentials, ThereAreNoGrants) {
  const GrantApiWorld world({.credentials = false});
  EXPECT_EQ(world.Get("/v1/grants").status, 404);
  EXPECT_EQ(world.Post("/v1/grants", Want().ToJson()).status, 404);
  EXPECT_EQ(world.Post("/v1/revoke", R"({"everything": true})").status, 404);
  EXPECT_EQ(world.Get("/openapi.json").status, 404);
}

}  // namespace
}  // namespace thuja::testing
