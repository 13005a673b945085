// SPDX-License-Identifier: Apache-2.0
// Dispatch by method and path.
#include "server/http/route_table.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace thuja::server {
namespace {

// A route whose answer is its name.
Route Named(std::string name, std::string method, std::string path, bool prefix = false) {
  return {std::move(method), std::move(path), prefix, "",
          [name](const HttpRequest&, HttpResponse& response) { response.SetText(200, name); }};
}

// A route with a segment in braces, whose answer is its name and the segment.
Route Segmented(std::string name, std::string method, std::string path) {
  return {std::move(method),
          std::move(path),
          false,
          "",
          nullptr,
          [name](const HttpRequest&, std::string_view segment, HttpResponse& response) {
            response.SetText(200, name + " " + std::string(segment));
          }};
}

// What is answered: the name of a route, `404`, or `405` with what is allowed.
std::string Ask(const RouteTable& routes, std::string_view method, std::string_view path) {
  HttpRequest request;
  request.method = method;
  request.path = path;
  HttpResponse response;
  routes.Dispatch(request, response);
  if (response.status == 200) return response.body;
  return std::to_string(response.status) + (response.headers.empty() ? "" : " ") +
         response.headers.substr(0, response.headers.find('\r'));
}

TEST(RouteTable, APathIsExactUnlessItIsAPrefix) {
  RouteTable routes;
  routes.Add(Named("one", "GET", "/a"));
  EXPECT_EQ(Ask(routes, "GET", "/a"), "one");
  for (const char* path : {"", "/", "/A", "/a/", "/ab", "/a/b", "//a", "/%61", "a"}) {
    EXPECT_EQ(Ask(routes, "GET", path), "404") << path;
  }
}

TEST(RouteTable, APrefixEndsWhereASegmentEnds) {
  RouteTable routes;
  routes.Add(Named("below", "", "/a", true));
  for (const char* path : {"/a", "/a/", "/a/b", "/a/b/c", "/a//"}) {
    EXPECT_EQ(Ask(routes, "GET", path), "below") << path;
  }
  for (const char* path : {"", "/", "/ab", "/A/b", "/a%2Fb", "/a;b", "/b/a"}) {
    EXPECT_EQ(Ask(routes, "GET", path), "404") << path;
  }
}

TEST(RouteTable, APrefixThatEndsWithASlashHoldsAllBelowIt) {
  RouteTable routes;
  routes.Add(Named("below", "", "/a/", true));
  EXPECT_EQ(Ask(routes, "GET", "/a/"), "below");
  EXPECT_EQ(Ask(routes, "GET", "/a/b"), "below");
  EXPECT_EQ(Ask(routes, "GET", "/a"), "404");
  RouteTable root;
  root.Add(Named("all", "", "/", true));
  EXPECT_EQ(Ask(root, "GET", "/"), "all");
  EXPECT_EQ(Ask(root, "GET", "/x/y"), "all");
}

TEST(RouteTable, ASegmentInBracesIsAnyThatIsNotEmpty) {
  RouteTable routes;
  routes.Add(Named("list", "GET", "/grants"));
  routes.Add(Segmented("get", "GET", "/grants/{id}"));
  routes.Add(Segmented("revoke", "POST", "/grants/{id}/revoke"));
  EXPECT_EQ(Ask(routes, "GET", "/grants"), "list");
  EXPECT_EQ(Ask(routes, "GET", "/grants/a"), "get a");
  EXPECT_EQ(Ask(routes, "GET", "/grants/{id}"), "get {id}");
  EXPECT_EQ(Ask(routes, "GET", "/grants/a%2Fb"), "get a%2Fb");
  EXPECT_EQ(Ask(routes, "GET", "/grants/.."), "get ..");
  EXPECT_EQ(Ask(routes, "GET", "/grants/revoke"), "get revoke");
  EXPECT_EQ(Ask(routes, "POST", "/grants/a/revoke"), "revoke a");
  EXPECT_EQ(Ask(routes, "HEAD", "/grants/a"), "get a");
  for (const char* path :
       {"/grants/", "/grants//", "/grants//revoke", "/grants/revoke/", "/grants/a/", "/grants/a/b",
        "/grants/a/revoke/", "/grants/a/b/revoke", "/grants/a/Revoke", "/grants/a/xrevoke",
        "/Grants/a", "grants/a", "/grantsa", "//grants/a"}) {
    EXPECT_EQ(Ask(routes, "GET", path), "404") << path;
    EXPECT_EQ(Ask(routes, "POST", path), "404") << path;
  }
  EXPECT_EQ(Ask(routes, "POST", "/grants/a"), "405 Allow: GET, HEAD");
  EXPECT_EQ(Ask(routes, "GET", "/grants/a/revoke"), "405 Allow: POST");
}

TEST(RouteTable, TheFirstRouteThatFitsAnswers) {
  RouteTable routes;
  routes.Add(Named("exact", "GET", "/a/b"));
  routes.Add(Named("below", "", "/a", true));
  routes.Add(Named("never", "POST", "/a/c"));
  EXPECT_EQ(Ask(routes, "GET", "/a/b"), "exact");
  EXPECT_EQ(Ask(routes, "POST", "/a/b"), "below");
  EXPECT_EQ(Ask(routes, "POST", "/a/c"), "below");
}

TEST(RouteTable, HeadCountsAsGet) {
  RouteTable routes;
  routes.Add(Named("get", "GET", "/a"));
  routes.Add(Named("post", "POST", "/b"));
  EXPECT_EQ(Ask(routes, "HEAD", "/a"), "get");
  EXPECT_EQ(Ask(routes, "HEAD", "/b"), "405 Allow: POST");
  // Methods are case-sensitive.
  EXPECT_EQ(Ask(routes, "head", "/a"), "405 Allow: GET, HEAD");
  EXPECT_EQ(Ask(routes, "get", "/a"), "405 Allow: GET, HEAD");
}

TEST(RouteTable, ARouteForHeadIsPreferredToGet) {
  RouteTable before;
  before.Add(Named("head", "HEAD", "/a"));
  before.Add(Named("get", "GET", "/a"));
  EXPECT_EQ(Ask(before, "HEAD", "/a"), "head");
  EXPECT_EQ(Ask(before, "GET", "/a"), "get");
  RouteTable behind;
  behind.Add(Named("get", "GET", "/a"));
  behind.Add(Named("head", "HEAD", "/a"));
  EXPECT_EQ(Ask(behind, "HEAD", "/a"), "head");
}

TEST(RouteTable, OtherMethodsOfAPathAreNamed) {
  RouteTable routes;
  routes.Add(Named("get", "GET", "/a"));
  routes.Add(Named("put", "PUT", "/a"));
  routes.Add(Named("post", "POST", "/b"));
  EXPECT_EQ(Ask(routes, "DELETE", "/a"), "405 Allow: GET, HEAD, PUT");
  EXPECT_EQ(Ask(routes, "GET", "/b"), "405 Allow: POST");
  EXPECT_EQ(Ask(routes, "GET", "/c"), "404");
}

TEST(RouteTable, WithoutRoutesNothingIsFound) { EXPECT_EQ(Ask(RouteTable(), "GET", "/"), "404"); }

}  // namespace
}  // namespace thuja::server
