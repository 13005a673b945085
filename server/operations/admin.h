// SPDX-License-Identifier: Apache-2.0
// The admin listener's endpoints: health, metrics, status, and the grants.
//
// Loopback is no boundary, since agents often run on the same host, and a browser can be made to
// send requests to it. So Host must be a name of this machine, a foreign Origin is refused, and
// what lists or changes anything exists only once a credential is configured.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "server/grants/grant_api.h"
#include "server/http/message.h"
#include "server/http/route_table.h"
#include "server/operations/credentials.h"
#include "server/operations/metrics.h"

namespace thuja::server {

struct AdminSources {
  const Credentials* credentials = nullptr;
  std::vector<std::string> hosts;  // accepted besides this machine's own names
  const Metrics* metrics = nullptr;
  std::function<bool()> ready;
  std::function<std::string()> readiness;  // JSON
  std::function<std::string()> status;     // JSON
  GrantApi* grants = nullptr;              // null: none are kept
  bool grants_lost = false;                // they should be, and are damaged
};

class AdminApplication : public Application {
 public:
  explicit AdminApplication(AdminSources sources);

  void Handle(const HttpRequest& request, HttpResponse& response) override;
  void OnAnswered(const HttpRequest&, const HttpResponse&) override {}
  void OnTick() override;

 private:
  bool AcceptsHost(const HttpRequest& request) const;
  bool AcceptsOrigin(const HttpRequest& request) const;

  const AdminSources sources_;
  RouteTable routes_;
};

}  // namespace thuja::server
