// SPDX-License-Identifier: Apache-2.0
// The table of contenders. Those that differ only by their request share a server.
#include "bench/contenders.h"

#include <unistd.h>

#include <utility>

#include "bench/http_workload.h"
#include "bench/other_servers.h"
#include "bench/own_server.h"

namespace thuja::bench {
namespace {

absl::Status WaitForListener(const server::ListenAddress& address) {
  constexpr int kTries = 500;
  for (int i = 0; i < kTries; ++i) {
    const int fd = ConnectTo(address);
    if (fd >= 0) {
      close(fd);
      return absl::OkStatus();
    }
    usleep(10'000);
  }
  return absl::UnavailableError("nobody listens on " + address.ToString());
}

// A server's part of a contender.
using Serve =
    std::function<void(const std::string& unix_path, const std::function<void(uint16_t)>&)>;

absl::StatusOr<Contender> Start(const std::string& unix_path, const Serve& serve) {
  absl::StatusOr<std::unique_ptr<ChildServer>> server = ChildServer::Start(
      [&](const std::function<void(uint16_t)>& opened) { serve(unix_path, opened); });
  if (!server.ok()) return server.status();
  Contender contender;
  contender.tcp.host = boost::asio::ip::address_v4::loopback();
  contender.tcp.port = (*server)->port();
  contender.local.unix_path = unix_path;
  contender.server = *std::move(server);
  for (const server::ListenAddress& address : {contender.tcp, contender.local}) {
    if (absl::Status status = WaitForListener(address); !status.ok()) return status;
  }
  return contender;
}

Contender Named(Contender contender, const std::string& name, Exchange exchange) {
  contender.name = name;
  contender.exchange = std::move(exchange);
  return contender;
}

}  // namespace

absl::StatusOr<std::vector<Contender>> StartContenders(size_t threads, const std::string& more,
                                                       size_t connections,
                                                       const std::string& folder) {
  const std::string records = folder + "/records.jsonl";
  const absl::StatusOr<server::Config> config = HttpConfig(threads);
  if (!config.ok()) return config.status();
  const absl::StatusOr<server::Config> guarded_config = GuardedHttpConfig(threads);
  if (!guarded_config.ok()) return guarded_config.status();
  absl::StatusOr<Contender> plain =
      Start(folder + "/plain.sock", [&](const std::string& path, const auto& opened) {
        ServeDecisions({*config, LoadHttpSnapshot(more), path, ""}, opened);
      });
  if (!plain.ok()) return plain.status();
  absl::StatusOr<Contender> recording =
      Start(folder + "/recording.sock", [&](const std::string& path, const auto& opened) {
        ServeDecisions({*config, LoadHttpSnapshot(more), path, records}, opened);
      });
  if (!recording.ok()) return recording.status();
  absl::StatusOr<Contender> guarded =
      Start(folder + "/guarded.sock", [&](const std::string& path, const auto& opened) {
        ServeDecisions({*guarded_config, LoadGuardedSnapshot(), path, ""}, opened);
      });
  if (!guarded.ok()) return guarded.status();
  recording->records = std::make_shared<RecordFile>(records);
  absl::StatusOr<Contender> httplib =
      Start(folder + "/httplib.sock", [&](const std::string& path, const auto& opened) {
        ServeHttplib(connections, path, opened);
      });
  if (!httplib.ok()) return httplib.status();
  absl::StatusOr<Contender> nginx = Contender();
  if (FindNginx().empty()) {
    nginx->absent = "not installed";
  } else {
    nginx = Start(folder + "/nginx.sock", [&](const std::string& path, const auto& opened) {
      ServeNginx(threads, path, folder, opened);
    });
    if (!nginx.ok()) return nginx.status();
  }

  std::vector<Contender> all;
  all.push_back(Named(*plain, "authzen", AuthzenExchange()));
  all.push_back(Named(*recording, "authzen-with-records", AuthzenExchange()));
  all.push_back(Named(*guarded, "authzen-guarded", GuardedExchange()));
  all.push_back(Named(*plain, "forward-auth", ForwardAuthExchange()));
  all.push_back(Named(*plain, "empty", EmptyExchange()));
  all.push_back(Named(*httplib, "cpp-httplib", EmptyExchange()));
  all.push_back(Named(*nginx, "nginx", EmptyExchange()));
  return all;
}

}  // namespace thuja::bench
