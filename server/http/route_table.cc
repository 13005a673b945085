// SPDX-License-Identifier: Apache-2.0
// Dispatch by method and path.
//
// Tested by tests/unit/http/route_table_test.cc.
#include "server/http/route_table.h"

namespace thuja::server {
namespace {

bool PathFits(const Route& route, std::string_view path) {
  if (!route.prefix) return path == route.path;
  if (!path.starts_with(route.path)) return false;
  return path.size() == route.path.size() || path[route.path.size()] == '/' ||
         route.path.ends_with('/');
}

bool MethodFits(const Route& route, std::string_view method) {
  return route.method.empty() || route.method == method ||
         (route.method == "GET" && method == "HEAD");
}

}  // namespace

void RouteTable::Dispatch(const HttpRequest& request, HttpResponse& response) const {
  std::string allowed;
  for (const Route& route : routes_) {
    if (!PathFits(route, request.path)) continue;
    if (MethodFits(route, request.method)) return route.handle(request, response);
    allowed += (allowed.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") allowed += ", HEAD";
  }
  if (allowed.empty()) return response.SetText(404, "there is nothing at this path");
  response.SetText(405, "this path takes other methods");
  response.AddHeader("Allow", allowed);
}

}  // namespace thuja::server
