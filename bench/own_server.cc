// SPDX-License-Identifier: Apache-2.0
// The listener's parts put together as server/service.cc does, without admin listener and reloads.
// The empty handler sits beside the decisions in the same process, so that it differs from them by
// nothing but the decision.
#include "bench/own_server.h"

#include <unistd.h>

#include <iostream>
#include <memory>

#include "bench/http_workload.h"
#include "server/decision/line_writer.h"
#include "server/decision/masked_json.h"
#include "server/decision/snapshot_source.h"
#include "server/decision_application.h"
#include "server/http/http_server.h"
#include "server/operations/metrics.h"
#include "server/operations/operational_log.h"

namespace thuja::bench {
namespace {

class EmptyOrDecide : public server::Application {
 public:
  explicit EmptyOrDecide(std::unique_ptr<server::DecisionApplication> decisions)
      : decisions_(std::move(decisions)) {}

  void Handle(const server::HttpRequest& request, server::HttpResponse& response) override {
    if (request.path == "/empty") {
      response.SetJson(200, "{}");
    } else {
      decisions_->Handle(request, response);
    }
  }

  void OnAnswered(const server::HttpRequest& request,
                  const server::HttpResponse& response) override {
    decisions_->OnAnswered(request, response);
  }

  void OnTick() override { decisions_->OnTick(); }

 private:
  const std::unique_ptr<server::DecisionApplication> decisions_;
};

absl::Status Serve(size_t threads, const std::string& more, const std::string& unix_path,
                   const std::string& records_file, const std::function<void(uint16_t)>& opened) {
  absl::StatusOr<server::Config> config = HttpConfig(threads);
  if (!config.ok()) return config.status();
  std::shared_ptr<const Snapshot> snapshot = LoadHttpSnapshot(more);
  if (snapshot == nullptr) return absl::InternalError("no policies");
  config->listen.emplace_back().unix_path = unix_path;

  const server::SnapshotSource source(std::move(snapshot));
  const server::Masker masker(config->decisions.mask);
  server::OperationalLog log(config->log.level, config->log.format);
  server::Metrics metrics;
  std::unique_ptr<server::LineWriter> records;
  if (!records_file.empty()) {
    absl::StatusOr<std::unique_ptr<server::LineWriter>> writer =
        server::LineWriter::Open({records_file, config->decisions.queue, threads});
    if (!writer.ok()) return writer.status();
    records = *std::move(writer);
  }

  server::HttpServerOptions options;
  options.addresses = config->listen;
  options.trusted = config->trusted_peers;
  options.threads = threads;
  options.limits = config->limits;
  options.make_application = [&](size_t thread) {
    return std::make_unique<EmptyOrDecide>(std::make_unique<server::DecisionApplication>(
        *config, source, std::nullopt, metrics.AddThread(), records.get(), masker, log, thread));
  };
  server::HttpServer server(std::move(options));
  if (absl::Status status = server.Open(); !status.ok()) return status;
  server.Start();
  opened(server.addresses()[0].port);
  for (;;) pause();
}

}  // namespace

void ServeDecisions(size_t threads, const std::string& more, const std::string& unix_path,
                    const std::string& records, const std::function<void(uint16_t)>& opened) {
  std::cerr << "http_bench: " << Serve(threads, more, unix_path, records, opened).ToString()
            << "\n";
}

}  // namespace thuja::bench
