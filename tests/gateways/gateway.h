// SPDX-License-Identifier: Apache-2.0
// Real gateways, each with the configuration that a user would write to ask Thuja: who has the key
// of an agent is that agent, whatever else its request says.
#pragma once

#include <chrono>
#include <memory>
#include <string>

#include "tests/support/server_process.h"
#include "tests/support/shared_material.h"

namespace thuja::testing {

enum class GatewayKind { kNginx, kCaddy, kHaproxy };

// `nginx`, `caddy`, `haproxy`.
std::string NameOf(GatewayKind kind);

struct GatewaySetup {
  int decision_port = 0;
  std::string decision_path;  // where a forward-auth profile is mounted
  int upstream_port = 0;
  // How long the gateway waits for a decision.
  std::chrono::milliseconds decision_limit = std::chrono::seconds(20);
};

// What every gateway shows a decision point that asks who it is.
inline constexpr const char* kGatewayToken = "gateway-0123456789abcdef";

// The headers of clients that the gateways know, as whole lines.
inline constexpr const char* kReaderKey = "Authorization: Bearer reader-key\r\n";
inline constexpr const char* kAdminKey = "Authorization: Bearer admin-key\r\n";

// A gateway on a port of the loopback, its files in a folder of its own.
class Gateway {
 public:
  // Returns when it accepts connections. Fails the test, with the gateway's log or the name of the
  // missing Debian package, if it does not.
  Gateway(GatewayKind kind, const GatewaySetup& setup);
  ~Gateway();
  Gateway(const Gateway&) = delete;
  Gateway& operator=(const Gateway&) = delete;

  int port() const { return port_; }  // 0 if it did not start
  std::string Log() const;

 private:
  bool Start(GatewayKind kind, const GatewaySetup& setup, const std::string& program);

  TemporaryFolder folder_;
  std::unique_ptr<ChildProcess> process_;
  int port_ = 0;
};

}  // namespace thuja::testing
