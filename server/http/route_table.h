// SPDX-License-Identifier: Apache-2.0
// Which handler answers which method and path.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "server/http/message.h"

namespace thuja::server {

struct Route {
  std::string method;  // empty: any
  std::string path;    // as sent, not decoded
  // Whether paths below it count too. A prefix ends where a segment of the path ends.
  bool prefix = false;
  std::string summary;
  std::function<void(const HttpRequest&, HttpResponse&)> handle;
  // In place of it, of a path with one segment in braces, such as `/grants/{id}/revoke`: that
  // stands for any segment that is not empty, which is given to the handler as it was sent.
  std::function<void(const HttpRequest&, std::string_view segment, HttpResponse&)> handle_segment =
      nullptr;
};

class RouteTable {
 public:
  void Add(Route route) { routes_.push_back(std::move(route)); }

  // Answers with the first route that fits; 404 if there is no such path, 405 if it has other
  // methods. HEAD counts as GET where there is no route for it.
  void Dispatch(const HttpRequest& request, HttpResponse& response) const;

  const std::vector<Route>& routes() const { return routes_; }

 private:
  std::vector<Route> routes_;
};

}  // namespace thuja::server
