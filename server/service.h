// SPDX-License-Identifier: Apache-2.0
// A whole server: configuration in, listeners open, until a signal ends it.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>

#include "server/config/config.h"
#include "server/decision/line_writer.h"
#include "server/decision/masked_json.h"
#include "server/grants/grant_api.h"
#include "server/http/http_server.h"
#include "server/operations/credentials.h"
#include "server/operations/metrics.h"
#include "server/operations/operational_log.h"
#include "server/reload/reloader.h"
#include "server/store/grant_store.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

// Belongs to one thread, which blocks SIGTERM, SIGINT and SIGHUP before it makes one.
class Service {
 public:
  // Loads the first snapshot and opens the listeners.
  static absl::StatusOr<std::unique_ptr<Service>> Start(Config config);
  ~Service();

  // Answers until SIGTERM or SIGINT, then drains. SIGHUP reloads.
  void Run();

  // Drains and ends. Called by Run.
  void Stop();

  const std::vector<ListenAddress>& addresses() const { return decisions_->addresses(); }
  const std::vector<ListenAddress>& admin_addresses() const { return admin_->addresses(); }
  Reloader& reloader() { return *reloader_; }

 private:
  explicit Service(Config config);
  absl::Status Open();
  absl::Status OpenGrants();
  absl::Status JudgeLostGrants(const absl::Status& status);
  void FitConnections();
  void AddGauges();
  std::string ReadinessJson() const;
  std::string StatusJson() const;
  bool serves_grants() const { return lost_grants_.empty(); }
  bool ready() const { return ready_.load(std::memory_order_relaxed); }

  Config config_;
  OperationalLog log_;
  const Masker masker_;
  const Credentials credentials_;
  Metrics metrics_;
  std::unique_ptr<LineWriter> records_;
  std::unique_ptr<Reloader> reloader_;
  TrustedClock clock_;
  std::unique_ptr<GrantStore> grants_;   // null if no store is configured
  std::string lost_grants_;              // what is wrong with them; empty if nothing is
  std::unique_ptr<GrantApi> grant_api_;  // null if there are none
  // Behind the grants, which their threads read.
  std::unique_ptr<HttpServer> decisions_;
  std::unique_ptr<HttpServer> admin_;
  std::atomic<bool> ready_ = false;
  const int64_t started_;  // seconds since 1970
};

// Blocks the signals that Run waits for, in this thread and those that it starts. Raises the limit
// of open files to what the system allows.
void PrepareProcess();

}  // namespace thuja::server
