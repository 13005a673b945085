// SPDX-License-Identifier: Apache-2.0
// Putting the parts together.
//
// Tested by tests/service/serve_test.cc.
#include "server/service.h"

#include <signal.h>
#include <sys/resource.h>

#include <algorithm>
#include <ctime>
#include <thread>
#include <utility>

#include "engine/json.h"
#include "server/decision_application.h"
#include "server/operations/admin.h"

namespace thuja::server {
namespace {

sigset_t ServiceSignals() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int signal : {SIGTERM, SIGINT, SIGHUP}) sigaddset(&signals, signal);
  return signals;
}

constexpr size_t kMostThreads = 192;

std::string Number(uint64_t number) { return std::to_string(number); }

}  // namespace

void PrepareProcess() {
  const sigset_t signals = ServiceSignals();
  pthread_sigmask(SIG_BLOCK, &signals, nullptr);
  signal(SIGPIPE, SIG_IGN);
  rlimit files{};
  if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
    files.rlim_cur = files.rlim_max;
    setrlimit(RLIMIT_NOFILE, &files);
  }
}

Service::Service(Config config)
    : config_(std::move(config)),
      log_(config_.log.level, config_.log.format),
      masker_(config_.decisions.mask),
      credentials_(config_.admin.AllCredentials()),
      started_(std::time(nullptr)) {
  if (config_.threads == 0) {
    // No more than there can be readers of grants, with room for others.
    config_.threads = std::clamp<size_t>(std::thread::hardware_concurrency(), 1, kMostThreads);
  }
}

Service::~Service() { Stop(); }

absl::StatusOr<std::unique_ptr<Service>> Service::Start(Config config) {
  std::unique_ptr<Service> service(new Service(std::move(config)));
  if (const absl::Status status = service->Open(); !status.ok()) return status;
  return service;
}

// Connections beyond the limit of open files would fail one by one, without a word.
void Service::FitConnections() {
  rlimit files{};
  constexpr rlim_t kOwnFiles = 64;  // listeners, logs, policy files while they are read
  if (getrlimit(RLIMIT_NOFILE, &files) != 0 || files.rlim_cur == RLIM_INFINITY) return;
  if (config_.limits.connections + kOwnFiles <= files.rlim_cur) return;
  config_.limits.connections =
      files.rlim_cur > 2 * kOwnFiles ? files.rlim_cur - kOwnFiles : kOwnFiles;
  log_.Write(LogLevel::kWarn, "fewer_connections",
             {{"connections", Number(config_.limits.connections)},
              {"hint", "the system allows no more open files"}});
}

// What is damaged does not get better by a restart. The decision point starts all the same: it
// denies, and says why, instead of being absent.
absl::Status Service::JudgeLostGrants(const absl::Status& status) {
  if (status.code() != absl::StatusCode::kDataLoss) return status;
  lost_grants_ = std::string(status.message());
  log_.Write(LogLevel::kError, "grants_lost",
             {{"message", lost_grants_}, {"hint", "every decision is a deny, stale_state"}});
  return absl::OkStatus();
}

absl::Status Service::OpenGrants() {
  const GuardConfig& guard = config_.guard;
  if (guard.store.empty()) return absl::OkStatus();
  auto backend = guard.store == "memory"
                     ? absl::StatusOr<std::unique_ptr<GrantBackend>>(MakeMemoryBackend())
                     : OpenSqliteBackend(guard.store);
  if (!backend.ok()) return JudgeLostGrants(backend.status());
  GrantStoreOptions options;
  options.most_grants = guard.most_grants;
  options.most_scope_bytes = guard.most_scope_bytes;
  options.remember = std::chrono::nanoseconds(guard.remember).count();
  auto store = GrantStore::Open(
      *std::move(backend), options, [this] { return reloader_->source().Get(); }, clock_, log_,
      config_.accept_clock);
  if (!store.ok()) return JudgeLostGrants(store.status());
  grants_ = *std::move(store);
  grant_api_ = std::make_unique<GrantApi>(GrantApiSources{.store = grants_.get(),
                                                          .clock = &clock_,
                                                          .snapshots = &reloader_->source(),
                                                          .credentials = &credentials_,
                                                          .decide = config_.decide,
                                                          .limits = {}});
  if (guard.store == "memory") {
    log_.Write(LogLevel::kWarn, "grants_in_memory",
               {{"hint", "grants and revocations are gone when this process ends"}});
  }
  return absl::OkStatus();
}

absl::Status Service::Open() {
  FitConnections();
  if (!config_.decisions.file.empty()) {
    absl::StatusOr<std::unique_ptr<LineWriter>> records =
        LineWriter::Open({config_.decisions.file, config_.decisions.queue, config_.threads});
    if (!records.ok()) return records.status();
    records_ = *std::move(records);
  }
  reloader_ = std::make_unique<Reloader>(config_.bundle, config_.reload, log_);
  if (const absl::Status status = reloader_->LoadFirst(); !status.ok()) return status;
  if (const absl::Status status = OpenGrants(); !status.ok()) return status;
  std::optional<GuardSources> guard;
  if (config_.guard.agents) guard = GuardSources{&config_.guard, grants_.get(), &clock_};

  HttpServerOptions decisions;
  decisions.addresses = config_.listen;
  decisions.trusted = config_.trusted_peers;
  decisions.threads = config_.threads;
  decisions.limits = config_.limits;
  decisions.make_application = [this, guard](size_t thread) {
    return std::make_unique<DecisionApplication>(config_, reloader_->source(), guard,
                                                 metrics_.AddThread(), records_.get(), masker_,
                                                 log_, thread);
  };
  decisions_ = std::make_unique<HttpServer>(std::move(decisions));
  if (const absl::Status status = decisions_->Open(); !status.ok()) return status;

  HttpServerOptions admin;
  admin.addresses = {config_.admin.listen};
  admin.limits.connections = 256;
  admin.make_application = [this](size_t) {
    return std::make_unique<AdminApplication>(AdminSources{
        &credentials_, config_.admin.hosts, &metrics_,
        [this] { return ready() && serves_grants(); }, [this] { return ReadinessJson(); },
        [this] { return StatusJson(); }, grant_api_.get(), !serves_grants()});
  };
  admin_ = std::make_unique<HttpServer>(std::move(admin));
  if (const absl::Status status = admin_->Open(); !status.ok()) return status;
  AddGauges();

  ready_.store(true, std::memory_order_relaxed);
  decisions_->Start();
  admin_->Start();
  reloader_->Start();
  for (const ListenAddress& address : decisions_->addresses()) {
    log_.Write(LogLevel::kInfo, "listening",
               {{"listener", "decision"}, {"address", address.ToString()}});
    if (!address.is_local()) {
      log_.Write(LogLevel::kWarn, "unencrypted",
                 {{"address", address.ToString()},
                  {"hint", "this listener has no TLS; keep it inside a network you trust"}});
    }
  }
  for (const ListenAddress& address : admin_->addresses()) {
    log_.Write(LogLevel::kInfo, "listening",
               {{"listener", "admin"}, {"address", address.ToString()}});
  }
  log_.Write(LogLevel::kInfo, "ready", {{"revision", Number(reloader_->status().revision)}});
  return absl::OkStatus();
}

void Service::Run() {
  const sigset_t signals = ServiceSignals();
  for (;;) {
    int signal = 0;
    if (sigwait(&signals, &signal) != 0) continue;
    if (signal != SIGHUP) break;
    log_.Write(LogLevel::kInfo, "reload_requested");
    if (records_ != nullptr) records_->Reopen();
    reloader_->Request();
  }
  Stop();
}

void Service::Stop() {
  if (!ready_.exchange(false) || decisions_ == nullptr) return;
  log_.Write(LogLevel::kInfo, "draining", {{"connections", Number(decisions_->connections())}});
  decisions_->Stop();
  // Streams of changes would go on for as long as their clients listen.
  if (grant_api_ != nullptr) grant_api_->Stop();
  admin_->Stop();
  // Behind the listeners, whose last requests it answered.
  if (grants_ != nullptr) grants_->Stop();
  log_.Write(LogLevel::kInfo, "stopped", {{"decisions", Number(metrics_.Decisions())}});
}

void Service::AddGauges() {
  const auto status = [this](auto read) {
    return [this, read] { return static_cast<double>(read(reloader_->status())); };
  };
  metrics_.AddGauge({"thuja_snapshot_revision", "Revision of the published snapshot.", false,
                     status([](const ReloadStatus& s) { return s.revision; }), "", ""});
  metrics_.AddGauge({"thuja_snapshot_loaded_timestamp_seconds", "When it was published.", false,
                     status([](const ReloadStatus& s) { return s.loaded_at; }), "", ""});
  metrics_.AddGauge({"thuja_snapshot_stale",
                     "1 if the files say something else, which was held back or is wrong.", false,
                     status([](const ReloadStatus& s) { return s.stale(); }), "", ""});
  metrics_.AddGauge({"thuja_policies", "Policies of the published snapshot.", false,
                     status([](const ReloadStatus& s) { return s.policies; }), "", ""});
  metrics_.AddGauge({"thuja_entities", "Entities of the published snapshot.", false,
                     status([](const ReloadStatus& s) { return s.entities; }), "", ""});
  for (size_t i = 0; i < kReloadResultCount; ++i) {
    const auto name = std::string(ReloadResultName(static_cast<ReloadResult>(i)));
    metrics_.AddGauge({"thuja_reloads_total", "Looks at changed files, by what came of them.", true,
                       status([i](const ReloadStatus& s) { return s.counts[i]; }), "result", name});
  }
  const auto gauge = [this](const char* name, const char* help, bool counter,
                            std::function<double()> read) {
    metrics_.AddGauge({name, help, counter, std::move(read), "", ""});
  };
  gauge("thuja_connections", "Open connections of the decision listener.", false,
        [this] { return static_cast<double>(decisions_->connections()); });
  gauge("thuja_connections_rejected_total", "Connections beyond the limit.", true,
        [this] { return static_cast<double>(decisions_->rejected()); });
  gauge("thuja_connections_displaced_total", "Idle connections closed for new ones.", true,
        [this] { return static_cast<double>(decisions_->displaced()); });
  if (grants_ != nullptr) {
    gauge("thuja_grants", "Grants that are remembered.", false,
          [this] { return static_cast<double>(grants_->grants()); });
    gauge("thuja_grants_revision", "Revision of the last change of grants.", false,
          [this] { return static_cast<double>(grants_->revision()); });
    gauge("thuja_grants_healthy", "1 if the last change of grants could be written.", false,
          [this] { return grants_->health().ok() ? 1.0 : 0.0; });
  }
  if (records_ == nullptr) return;
  gauge("thuja_records_queued_bytes", "Decision records waiting to be written.", false,
        [this] { return static_cast<double>(records_->queued()); });
  gauge("thuja_records_written_bytes_total", "Decision records written.", true,
        [this] { return static_cast<double>(records_->written()); });
  gauge("thuja_records_dropped_total", "Decision records for which there was no room.", true,
        [this] { return static_cast<double>(records_->dropped()); });
  gauge("thuja_records_write_errors_total", "Failed writes of decision records.", true,
        [this] { return static_cast<double>(records_->errors()); });
}

// For everybody who reaches the listener: that something is wrong, and no path or text of it.
std::string Service::ReadinessJson() const {
  const ReloadStatus status = reloader_->status();
  std::string out = serves_grants() && ready() ? "{\"ready\":true" : "{\"ready\":false";
  out += ",\"revision\":" + Number(status.revision);
  out += status.stale() ? ",\"stale\":true" : ",\"stale\":false";
  out += ",\"reload\":" + QuoteJson(ReloadResultName(status.result));
  if (!serves_grants()) {
    out += ",\"grants\":{\"error\":" + QuoteJson(ReasonCodeName(ReasonCode::kStaleState));
    out += ",\"message\":\"the grants that were kept are damaged; every decision is a deny\"}";
  }
  return out + "}";
}

std::string Service::StatusJson() const {
  const ReloadStatus status = reloader_->status();
  std::string out = "{\"revision\":" + Number(status.revision);
  out += ",\"digest\":" + QuoteJson("sha256:" + status.digest);
  out += ",\"policies\":" + Number(status.policies);
  out += ",\"entities\":" + Number(status.entities);
  out += ",\"loaded_at\":" + std::to_string(status.loaded_at);
  out += ",\"started_at\":" + std::to_string(started_);
  out += ",\"ready\":" + std::string(ready() ? "true" : "false");
  out += ",\"reload\":{\"result\":" + QuoteJson(ReloadResultName(status.result));
  out += ",\"stale\":" + std::string(status.stale() ? "true" : "false");
  out += ",\"message\":" + QuoteJson(status.message);
  out += ",\"checked_at\":" + std::to_string(status.checked_at) + "}";
  out += ",\"decisions\":{\"total\":" + Number(metrics_.Decisions());
  out += ",\"allowed\":" + Number(metrics_.Allowed()) + "}";
  out += ",\"connections\":" + Number(decisions_->connections());
  if (grants_ != nullptr) {
    const absl::Status health = grants_->health();
    out += ",\"grants\":{\"revision\":" + Number(grants_->revision());
    out += ",\"remembered\":" + Number(grants_->grants());
    out += ",\"writable\":" + std::string(health.ok() ? "true" : "false");
    out += ",\"message\":" + QuoteJson(std::string(health.message())) + "}";
  }
  if (!serves_grants()) {
    out += ",\"grants\":{\"writable\":false,\"message\":" + QuoteJson(lost_grants_) + "}";
  }
  if (records_ != nullptr) {
    out += ",\"records\":{\"written_bytes\":" + Number(records_->written());
    out += ",\"queued_bytes\":" + Number(records_->queued());
    out += ",\"dropped\":" + Number(records_->dropped());
    out += ",\"write_errors\":" + Number(records_->errors()) + "}";
  }
  return out + "}";
}

}  // namespace thuja::server
