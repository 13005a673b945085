// SPDX-License-Identifier: Apache-2.0
// The listener's parts put together as server/service.cc does, without admin listener and reloads.
// The empty handler sits beside the decisions in the same process, so that it differs from them by
// nothing but the decision.
#include "bench/own_server.h"

#include <unistd.h>

#include <iostream>
#include <memory>
#include <optional>
#include <utility>

#include "bench/http_workload.h"
#include "server/decision/line_writer.h"
#include "server/decision/masked_json.h"
#include "server/decision/snapshot_source.h"
#include "server/decision_application.h"
#include "server/http/http_server.h"
#include "server/operations/metrics.h"
#include "server/operations/operational_log.h"
#include "server/store/grant_store.h"
#include "server/store/trusted_clock.h"

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

// Grants in memory, of which one is for the question, three levels below another.
absl::StatusOr<std::unique_ptr<server::GrantStore>> OpenGrants(const server::SnapshotSource& source,
                                                               server::TrustedClock& clock,
                                                               server::OperationalLog& log) {
  auto store = server::GrantStore::Open(
      server::MakeMemoryBackend(), {}, [&source] { return source.Get(); }, clock, log);
  if (!store.ok()) return store;
  server::Mutation mutation;
  mutation.kind = server::Mutation::Kind::kIssue;
  mutation.issue = GrantForQuestion();
  for (int level = 0; level <= 3; ++level) {
    const server::MutationOutcome outcome = (*store)->Apply(mutation);
    if (outcome.refusal) return absl::InternalError(outcome.refusal->message);
    mutation.kind = server::Mutation::Kind::kDelegate;
    mutation.id = outcome.grant->grant.id;
    // The question names the task of the last one only.
    mutation.issue.purpose.task = level == 2 ? std::string(kQuestionTask) : "above";
    mutation.issue.scope = nullptr;  // and time: as much as there is
    mutation.issue.ttl = 0;
  }
  return store;
}

absl::Status Serve(OwnServer own, const std::function<void(uint16_t)>& opened) {
  if (own.snapshot == nullptr) return absl::InternalError("no policies");
  own.config.listen.emplace_back().unix_path = own.unix_path;

  const server::SnapshotSource source(std::move(own.snapshot));
  const server::Masker masker(own.config.decisions.mask);
  server::OperationalLog log(own.config.log.level, own.config.log.format);
  server::Metrics metrics;
  std::unique_ptr<server::LineWriter> records;
  if (!own.records.empty()) {
    absl::StatusOr<std::unique_ptr<server::LineWriter>> writer =
        server::LineWriter::Open({own.records, own.config.decisions.queue, own.config.threads});
    if (!writer.ok()) return writer.status();
    records = *std::move(writer);
  }
  server::TrustedClock clock;
  std::unique_ptr<server::GrantStore> grants;
  std::optional<server::GuardSources> guard;
  if (own.config.guard.agents) {
    auto opened_grants = OpenGrants(source, clock, log);
    if (!opened_grants.ok()) return opened_grants.status();
    grants = *std::move(opened_grants);
    guard = {.config = &own.config.guard, .store = grants.get(), .clock = &clock};
  }

  server::HttpServerOptions options;
  options.addresses = own.config.listen;
  options.trusted = own.config.trusted_peers;
  options.threads = own.config.threads;
  options.limits = own.config.limits;
  options.make_application = [&](size_t thread) {
    return std::make_unique<EmptyOrDecide>(std::make_unique<server::DecisionApplication>(
        own.config, source, guard, metrics.AddThread(), records.get(), masker, log, thread));
  };
  server::HttpServer server(std::move(options));
  if (absl::Status status = server.Open(); !status.ok()) return status;
  server.Start();
  opened(server.addresses()[0].port);
  for (;;) pause();
}

}  // namespace

void ServeDecisions(OwnServer own, const std::function<void(uint16_t)>& opened) {
  std::cerr << "http_bench: " << Serve(std::move(own), opened).ToString() << "\n";
}

}  // namespace thuja::bench
