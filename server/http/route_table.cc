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

}  // namespace

void RouteTable::Dispatch(const HttpRequest& request, HttpResponse& response) const {
  const Route* get = nullptr;
  std::string allowed;
  for (const Route& route : routes_) {
    if (!PathFits(route, request.path)) continue;
    if (route.method.empty() || route.method == request.method) {
      return route.handle(request, response);
    }
    if (route.method == "GET") get = &route;
    allowed += (allowed.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") allowed += ", HEAD";
  }
  if (get != nullptr && request.method == "HEAD") return get->handle(request, response);
  if (allowed.empty()) return response.SetText(404, "there is nothing at this path");
  response.SetText(405, "this path takes other methods");
  response.AddHeader("Allow", allowed);
}

}  // namespace thuja::server
