// SPDX-License-Identifier: Apache-2.0
// Dispatch by method and path.
//
// Tested by tests/unit/http/route_table_test.cc.
#include "server/http/route_table.h"

namespace thuja::server {
namespace {

// What stands in the place of the segment in braces; empty if the path is another.
std::string_view SegmentOf(const Route& route, std::string_view path) {
  const std::string_view pattern = route.path;
  const std::string_view before = pattern.substr(0, pattern.find('{'));
  const std::string_view behind = pattern.substr(pattern.find('}') + 1);
  if (path.size() <= before.size() + behind.size() || !path.starts_with(before) ||
      !path.ends_with(behind)) {
    return {};
  }
  const std::string_view segment =
      path.substr(before.size(), path.size() - before.size() - behind.size());
  return segment.find('/') == segment.npos ? segment : std::string_view();
}

bool PathFits(const Route& route, std::string_view path) {
  if (route.handle_segment) return !SegmentOf(route, path).empty();
  if (!route.prefix) return path == route.path;
  if (!path.starts_with(route.path)) return false;
  return path.size() == route.path.size() || path[route.path.size()] == '/' ||
         route.path.ends_with('/');
}

void Answer(const Route& route, const HttpRequest& request, HttpResponse& response) {
  if (!route.handle_segment) return route.handle(request, response);
  route.handle_segment(request, SegmentOf(route, request.path), response);
}

}  // namespace

void RouteTable::Dispatch(const HttpRequest& request, HttpResponse& response) const {
  const Route* get = nullptr;
  std::string allowed;
  for (const Route& route : routes_) {
    if (!PathFits(route, request.path)) continue;
    if (route.method.empty() || route.method == request.method) {
      return Answer(route, request, response);
    }
    if (route.method == "GET") get = &route;
    allowed += (allowed.empty() ? "" : ", ") + route.method;
    if (route.method == "GET") allowed += ", HEAD";
  }
  if (get != nullptr && request.method == "HEAD") return Answer(*get, request, response);
  if (allowed.empty()) return response.SetText(404, "there is nothing at this path");
  response.SetText(405, "this path takes other methods");
  response.AddHeader("Allow", allowed);
}

}  // namespace thuja::server
