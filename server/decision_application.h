// SPDX-License-Identifier: Apache-2.0
// What the decision listener answers, for one thread: every dialect over one Decider.
#pragma once

#include <optional>
#include <string>

#include "server/config/config.h"
#include "server/decision/decider.h"
#include "server/http/message.h"
#include "server/http/route_table.h"
#include "server/operations/metrics.h"
#include "server/operations/operational_log.h"

namespace thuja::server {

class DecisionApplication : public Application {
 public:
  // Everything outlives the application. `records` may be null. `guard`: nothing if it is off.
  DecisionApplication(const Config& config, const SnapshotSource& source,
                      const std::optional<GuardSources>& guard, ThreadMetrics& metrics,
                      LineWriter* records, const Masker& masker, OperationalLog& log,
                      size_t thread);

  void Handle(const HttpRequest& request, HttpResponse& response) override;
  void OnAnswered(const HttpRequest& request, const HttpResponse& response) override;
  void OnTick() override { decider_.OnTick(); }

  const RouteTable& routes() const { return routes_; }

 private:
  const Config& config_;
  ThreadMetrics& metrics_;
  OperationalLog& log_;
  Decider decider_;
  RouteTable routes_;
};

}  // namespace thuja::server
