// SPDX-License-Identifier: Apache-2.0
// The way of a request through the decision listener.
//
// Tested by tests/service/serve_test.cc and tests/fuzz/http_front_fuzz.cc.
#include "server/decision_application.h"

#include <chrono>
#include <exception>

#include "server/dialects/dialect.h"
#include "server/http/connection.h"

namespace thuja::server {
namespace {

constexpr size_t kLongestLoggedPath = 200;

DeciderOptions OptionsOf(const Config& config, const std::optional<GuardSources>& guard) {
  DeciderOptions options;
  options.decide = config.decide;
  options.deadline = std::chrono::nanoseconds(config.limits.request_time).count();
  options.record_context = config.decisions.context;
  options.guard = guard;
  return options;
}

}  // namespace

DecisionApplication::DecisionApplication(const Config& config, const SnapshotSource& source,
                                         const std::optional<GuardSources>& guard,
                                         ThreadMetrics& metrics, LineWriter* records,
                                         const Masker& masker, OperationalLog& log, size_t thread)
    : config_(config),
      metrics_(metrics),
      log_(log),
      decider_(source, OptionsOf(config, guard), metrics, records, masker, thread) {
  MountDialects(config.dialects, decider_, routes_);
}

void DecisionApplication::Handle(const HttpRequest& request, HttpResponse& response) {
  const HttpRequest::Occurrence request_id = request.Find("X-Request-ID");
  if (request_id.count > 1) return response.SetText(400, "more than one X-Request-ID");
  try {
    routes_.Dispatch(request, response);
  } catch (const std::exception& error) {
    // Out of memory, most likely. Whatever was half written is no answer.
    response.Clear();
    response.SetText(500, Describe(ReasonCode::kInternalError).name);
    log_.Write(LogLevel::kError, "internal_error", {{"message", error.what()}});
  }
  if (request_id.count == 1) response.AddHeader("X-Request-ID", request_id.value);
}

void DecisionApplication::OnAnswered(const HttpRequest& request, const HttpResponse& response) {
  metrics_.CountAnswer(response.status);
  const AccessLog access = config_.log.access;
  if (access == AccessLog::kNone || (access == AccessLog::kErrors && response.status < 400)) return;
  const int64_t elapsed = request.received == 0 ? 0 : SteadyNow() - request.received;
  // The query stays out: it may hold secrets.
  log_.Write(LogLevel::kInfo, "access",
             {{"method", request.method.empty() ? "-" : request.method},
              {"path", request.path.substr(0, kLongestLoggedPath)},
              {"status", std::to_string(response.status)},
              {"peer", request.peer->text},
              {"duration_us", std::to_string(elapsed / 1000)},
              {"message", request.method.empty() ? std::string_view(response.body) : ""}});
}

}  // namespace thuja::server
