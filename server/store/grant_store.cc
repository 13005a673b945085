// SPDX-License-Identifier: Apache-2.0
// The thread of the store: takes what waits, has it done by the ledger, and answers.
//
// Tested by tests/unit/store/grant_store_test.cc and tests/unit/store/grant_store_race_test.cc.
#include "server/store/grant_store.h"

#include <absl/strings/str_cat.h>

#include <chrono>
#include <future>
#include <mutex>
#include <thread>
#include <utility>

#include "server/store/grant_ledger.h"
#include "server/store/mutation_queue.h"
#include "server/store/mutations.h"

namespace thuja::server {
namespace {

using Clock = std::chrono::steady_clock;

// In one transaction.
constexpr size_t kMostAtOnce = 1024;
constexpr std::chrono::seconds kSweepPause{1};

}  // namespace

class GrantStore::Writer {
 public:
  Writer(std::unique_ptr<GrantLedger> ledger, const GrantStoreOptions& options,
         std::function<std::shared_ptr<const Snapshot>()> snapshot, OperationalLog& log)
      : ledger_(std::move(ledger)),
        snapshot_(std::move(snapshot)),
        log_(log),
        queue_(options.queue) {
    Show();
    thread_ = std::thread([this] { Run(); });
  }
  ~Writer() { Stop(); }

  void Submit(Mutation mutation, MutationQueue::Done done) {
    if (mutation.issue.scope != nullptr) {
      auto prepared = ledger_->backend().Prepare(mutation.issue.scope);
      if (!prepared.ok()) {
        return done(Refused(ReasonCode::kInternalError, "the change could not be stored"));
      }
      mutation.prepared = *std::move(prepared);
    }
    if (queue_.Push(mutation, done)) return;
    done(Refused(ReasonCode::kOverloaded, "too many changes of grants are waiting"));
  }

  void Stop() {
    queue_.Close();
    std::call_once(joined_, [this] { thread_.join(); });
  }

  void SetListener(Listener listener) {
    auto shared = std::make_shared<const Listener>(std::move(listener));
    const std::lock_guard lock(mutex_);
    listener_ = std::move(shared);
  }

  absl::Status health() const {
    const std::lock_guard lock(mutex_);
    return health_;
  }

  GrantLedger& ledger() const { return *ledger_; }
  MutationQueue& queue() { return queue_; }
  uint64_t revision() const { return revision_.load(std::memory_order_acquire); }
  size_t grants() const { return grants_.load(std::memory_order_relaxed); }

 private:
  void Run();
  void Do(MutationQueue::Taken taken);
  // Lets other threads know what the ledger has come to. Returns whether decisions see something
  // new.
  bool Show();
  void ShowHealth();
  void Tell();

  const std::unique_ptr<GrantLedger> ledger_;
  const std::function<std::shared_ptr<const Snapshot>()> snapshot_;
  OperationalLog& log_;
  MutationQueue queue_;
  std::atomic<uint64_t> revision_ = 0;
  std::atomic<size_t> grants_ = 0;

  mutable std::mutex mutex_;
  absl::Status health_;
  std::shared_ptr<const Listener> listener_;

  std::once_flag joined_;
  std::thread thread_;
};

void GrantStore::Writer::Run() {
  Clock::time_point next = Clock::now();
  for (bool last = false; !last;) {
    MutationQueue::Taken taken = queue_.Take(kMostAtOnce, next, ledger_->health().ok());
    last = taken.last;
    if (!taken.mutations.empty() || !taken.wanted.empty()) Do(std::move(taken));
    if (last || Clock::now() < next) continue;
    const auto more = ledger_->Sweep();
    if (Show()) Tell();
    // What is left to sweep is done at once, but behind the mutations that came meanwhile.
    next = Clock::now();
    if (!more.ok() || !*more) next += kSweepPause;
  }
  (void)ledger_->ReturnCalls();
  Show();
}

void GrantStore::Writer::Do(MutationQueue::Taken taken) {
  GrantLedger::Batch batch;
  batch.mutations = std::move(taken.mutations);
  batch.wanted = std::move(taken.wanted);
  const std::shared_ptr<const Snapshot> snapshot = snapshot_();
  const absl::Status status = ledger_->Apply(batch, snapshot->entities());
  const bool changed = Show();
  if (!status.ok()) {
    // Nobody waits for these, who could ask again.
    for (const grants::GrantId& id : batch.wanted) queue_.Want(id);
  }
  for (size_t i = 0; i < taken.done.size(); ++i) taken.done[i](batch.outcomes[i]);
  if (changed) Tell();
}

bool GrantStore::Writer::Show() {
  grants_.store(ledger_->table().size(), std::memory_order_relaxed);
  ShowHealth();
  return revision_.exchange(ledger_->revision(), std::memory_order_acq_rel) != ledger_->revision();
}

void GrantStore::Writer::ShowHealth() {
  const absl::Status& now = ledger_->health();
  absl::Status before;
  {
    const std::lock_guard lock(mutex_);
    before = std::exchange(health_, now);
  }
  if (before.ok() == now.ok()) return;
  if (now.ok()) {
    log_.Write(LogLevel::kInfo, "grants_writable");
  } else {
    log_.Write(LogLevel::kError, "grants_unwritable",
               {{"message", std::string(now.message())},
                {"hint", "nothing new is granted; what is in force ends by time"}});
  }
}

void GrantStore::Writer::Tell() {
  std::shared_ptr<const Listener> listener;
  {
    const std::lock_guard lock(mutex_);
    listener = listener_;
  }
  if (listener != nullptr && *listener) (*listener)(ledger_->revision());
}

GrantStore::GrantStore(std::unique_ptr<Writer> writer) : writer_(std::move(writer)) {}

GrantStore::~GrantStore() = default;

absl::StatusOr<std::unique_ptr<GrantStore>> GrantStore::Open(
    std::unique_ptr<GrantBackend> backend, const GrantStoreOptions& options,
    std::function<std::shared_ptr<const Snapshot>()> snapshot, TrustedClock& clock,
    OperationalLog& log, bool accept_clock) {
  auto ledger = GrantLedger::Open(std::move(backend), options, clock, log, accept_clock);
  if (!ledger.ok()) return ledger.status();
  log.Write(LogLevel::kInfo, "grants_opened",
            {{"grants", absl::StrCat((*ledger)->table().size())},
             {"revision", absl::StrCat((*ledger)->revision())}});
  return std::unique_ptr<GrantStore>(new GrantStore(
      std::make_unique<Writer>(*std::move(ledger), options, std::move(snapshot), log)));
}

void GrantStore::Submit(Mutation mutation, std::function<void(const MutationOutcome&)> done) {
  writer_->Submit(std::move(mutation), std::move(done));
}

MutationOutcome GrantStore::Apply(Mutation mutation) {
  // Shared: whoever waits may be gone before the one who answers is done with it.
  const auto promise = std::make_shared<std::promise<MutationOutcome>>();
  Submit(std::move(mutation),
         [promise](const MutationOutcome& outcome) { promise->set_value(outcome); });
  return promise->get_future().get();
}

grants::GrantTable& GrantStore::table() { return writer_->ledger().table(); }

uint64_t GrantStore::revision() const { return writer_->revision(); }

void GrantStore::RequestCalls(const grants::GrantId& id) { writer_->queue().Want(id); }

absl::StatusOr<std::unique_ptr<GrantBackendView>> GrantStore::OpenView() {
  return writer_->ledger().backend().OpenView();
}

bool GrantStore::HasTooManyViews() const { return writer_->ledger().backend().HasTooManyViews(); }

void GrantStore::SetListener(Listener listener) { writer_->SetListener(std::move(listener)); }

absl::Status GrantStore::health() const { return writer_->health(); }

size_t GrantStore::grants() const { return writer_->grants(); }

void GrantStore::Stop() { writer_->Stop(); }

}  // namespace thuja::server
