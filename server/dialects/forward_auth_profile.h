// SPDX-License-Identifier: Apache-2.0
// How one gateway tells of the request that it asks about, and how that becomes a question.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/dialects/request_path.h"

namespace thuja::server {

// What a kind of gateway sends; the rows are in forward_auth.cc.
struct Gateway {
  std::string_view name;
  // Empty: the request itself has the method and, behind the mounted path, the path.
  std::string_view method_header;
  std::string_view path_header;
  std::string_view host_header;

  bool from_request() const { return method_header.empty(); }
};

// Null if there is no gateway of this name.
const Gateway* FindGateway(std::string_view name);

struct ForwardAuthRoute {
  std::vector<std::string> methods;  // empty: any
  PathTemplate path;
  std::string action;  // empty: the method
  std::string resource_type;
  std::string resource_id;  // a pattern over the places of `path`
};

struct ForwardAuthProfile {
  std::string path;  // where the gateway asks; a prefix for a gateway that sends the path itself
  const Gateway* gateway = nullptr;
  std::string principal_type;
  std::string principal_header;
  std::string action_type = "Action";
  std::string resource_type = "Path";
  std::vector<ForwardAuthRoute> routes;
  std::vector<std::string> context_headers;
  // What is held against the grant, such as `task`, and the header that says it.
  std::vector<std::pair<std::string, std::string>> call_headers;
  bool reason_header = false;
};

}  // namespace thuja::server
