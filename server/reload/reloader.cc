// SPDX-License-Identifier: Apache-2.0
// The thread that watches the files.
//
// Tested by tests/service/reload_hammer_test.cc.
#include "server/reload/reloader.h"

#include <ctime>
#include <utility>

#include "engine/entities.h"

namespace thuja::server {
namespace {

// How long files may keep changing before an attempt gives up; the next one begins at once.
constexpr std::chrono::seconds kPatience{30};

bool SameTexts(const std::vector<BundleFile>& a, const std::vector<BundleFile>& b) {
  if (a.size() != b.size()) return false;
  for (size_t i = 0; i < a.size(); ++i) {
    if (a[i].name != b[i].name || a[i].source->text() != b[i].source->text()) return false;
  }
  return true;
}

std::string FirstError(const Diagnostics& diagnostics) {
  const Diagnostic& first = diagnostics.kept().front();
  const LineColumn place = first.source->Locate(first.span.begin);
  return first.source->name() + ":" + std::to_string(place.line) + ":" +
         std::to_string(place.column) + ": " + first.message;
}

}  // namespace

std::string_view ReloadResultName(ReloadResult result) {
  switch (result) {
    case ReloadResult::kLoaded: return "loaded";
    case ReloadResult::kUnchanged: return "unchanged";
    case ReloadResult::kHeld: return "held";
    case ReloadResult::kFailed: return "failed";
  }
  return "";
}

Reloader::Reloader(BundlePaths paths, const ReloadOptions& options, OperationalLog& log)
    : paths_(std::move(paths)), options_(options), log_(log) {}

Reloader::~Reloader() {
  if (!thread_.joinable()) return;
  {
    const std::lock_guard lock(mutex_);
    stop_ = true;
  }
  wake_.notify_one();
  thread_.join();
}

absl::Status Reloader::LoadFirst() {
  std::string message;
  if (TryReload(true, &message) != ReloadResult::kLoaded) return FailedPrecondition(message);
  Report(ReloadResult::kLoaded, true, "");
  return absl::OkStatus();
}

void Reloader::Start() {
  thread_ = std::thread([this] { Run(); });
}

void Reloader::Request() {
  {
    const std::lock_guard lock(mutex_);
    asked_ = true;
  }
  wake_.notify_one();
}

ReloadStatus Reloader::status() const {
  const std::lock_guard lock(mutex_);
  return status_;
}

bool Reloader::stopping() const {
  const std::lock_guard lock(mutex_);
  return stop_;
}

void Reloader::Run() {
  std::unique_lock lock(mutex_);
  while (!stop_) {
    wake_.wait_for(lock, options_.interval, [this] { return stop_ || asked_; });
    if (stop_) return;
    const bool asked = std::exchange(asked_, false);
    lock.unlock();
    if (asked || (options_.watch && BundleSignature(paths_) != signature_)) Reload(asked);
    lock.lock();
  }
}

void Reloader::Reload(bool asked) {
  std::string message;
  const ReloadResult result = TryReload(asked, &message);
  Report(result, asked, message);
}

ReloadResult Reloader::TryReload(bool asked, std::string* message) {
  // Taken first: whatever changes from here on is seen as a change by the next look.
  std::string signature = BundleSignature(paths_);
  absl::StatusOr<Bundle> bundle =
      ReadSettledBundle(paths_, options_.settle, kPatience, [this] { return stopping(); });
  signature_ = std::move(signature);
  if (!bundle.ok()) {
    *message = std::string(bundle.status().message());
    // A file that is gone is a loss, and one that cannot be read is looked at again.
    if (source_ != nullptr) signature_.clear();
    return ReloadResult::kFailed;
  }
  if (source_ != nullptr) {
    if (bundle->digest == current_.digest) return ReloadResult::kUnchanged;
    const absl::Status lost = CheckNothingLost(current_, *bundle);
    if (!asked && !lost.ok()) {
      *message = std::string(lost.message());
      return ReloadResult::kHeld;
    }
  }
  std::shared_ptr<const Snapshot> snapshot;
  const ReloadResult result = Build(*bundle, asked, message, &snapshot);
  if (result != ReloadResult::kLoaded) return result;
  current_ = *std::move(bundle);
  if (source_ == nullptr) {
    source_ = std::make_unique<SnapshotSource>(std::move(snapshot));
  } else {
    source_->Publish(std::move(snapshot));
  }
  return ReloadResult::kLoaded;
}

ReloadResult Reloader::Build(const Bundle& bundle, bool asked, std::string* message,
                             std::shared_ptr<const Snapshot>* snapshot) {
  Diagnostics diagnostics;
  std::optional<PolicySet> policies;
  std::optional<EntityStore> entities;
  const bool first = source_ == nullptr;
  const bool new_policies = first || !SameTexts(bundle.policies, current_.policies) ||
                            !SameTexts(bundle.links, current_.links);
  const bool new_entities = first || !SameTexts(bundle.entities, current_.entities);
  if (new_policies) {
    std::vector<std::shared_ptr<const SourceText>> sources;
    for (const BundleFile& file : bundle.policies) sources.push_back(file.source);
    policies = ParsePolicySet(sources, paths_.ids, diagnostics);
    if (policies && !bundle.links.empty()) {
      LinkPolicies(bundle.links[0].source, *policies, diagnostics);
    }
  }
  if (new_entities) {
    entities = bundle.entities.empty() ? EntityStore()
                                       : ReadEntities(bundle.entities[0].source, diagnostics);
  }
  if (!diagnostics.empty()) {
    *message = FirstError(diagnostics);
    return ReloadResult::kFailed;
  }
  if (!asked && new_policies && policies->policies().empty() &&
      !source_->Get()->policies().policies().empty()) {
    *message = "there are no policies any more";
    return ReloadResult::kHeld;
  }
  if (new_policies) builder_.SetPolicies(*std::move(policies));
  if (new_entities) builder_.SetEntities(*std::move(entities));
  *snapshot = builder_.Build();
  return ReloadResult::kLoaded;
}

void Reloader::Report(ReloadResult result, bool asked, const std::string& message) {
  const std::shared_ptr<const Snapshot> snapshot = source_->Get();
  ReloadStatus status;
  bool repeated = false;
  {
    const std::lock_guard lock(mutex_);
    repeated = status_.result == result && status_.message == message && !asked;
    ++status_.counts[static_cast<size_t>(result)];
    status_.checked_at = std::time(nullptr);
    if (result == ReloadResult::kLoaded) status_.loaded_at = status_.checked_at;
    status_.result = result;
    status_.message = message;
    status_.revision = snapshot->revision();
    status_.digest = current_.digest;
    status_.policies = snapshot->policies().bound().size();
    status_.entities = snapshot->entities().size();
    status = status_;
  }
  const std::string revision = std::to_string(status.revision);
  switch (result) {
    case ReloadResult::kLoaded:
      log_.Write(LogLevel::kInfo, "loaded",
                 {{"revision", revision},
                  {"digest", status.digest},
                  {"policies", std::to_string(status.policies)},
                  {"entities", std::to_string(status.entities)}});
      return;
    case ReloadResult::kUnchanged:
      log_.Write(LogLevel::kInfo, "unchanged", {{"revision", revision}});
      return;
    case ReloadResult::kHeld:
    case ReloadResult::kFailed:
      if (repeated) return;
      log_.Write(LogLevel::kError, result == ReloadResult::kHeld ? "reload_held" : "reload_failed",
                 {{"kept_revision", revision},
                  {"message", message},
                  {"hint", result == ReloadResult::kHeld ? "SIGHUP takes the change as it is"
                                                         : "mend the files"}});
      return;
  }
}

}  // namespace thuja::server
