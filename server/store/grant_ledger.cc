// SPDX-License-Identifier: Apache-2.0
// Opening, and one transaction after the other.
//
// Tested by tests/unit/store/grant_ledger_test.cc, tests/unit/store/grant_ledger_fault_test.cc and
// tests/unit/store/call_budget_model_test.cc.
#include "server/store/grant_ledger.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <exception>
#include <string>
#include <string_view>
#include <type_traits>
#include <utility>

#include "server/store/call_blocks.h"
#include "server/store/mutations.h"

namespace thuja::server {
namespace {

using grants::GrantId;

// Erased slots that the table may hold until no reader can see them, beside the grants.
constexpr size_t kRetiring = size_t{64} * 1024;

// What the table cannot take of what was stored.
absl::Status JudgeInsert(const absl::Status& status) {
  if (!absl::IsNotFound(status) && !absl::IsAlreadyExists(status)) return status;
  return absl::DataLossError(
      absl::StrCat("the grants do not fit together: ", std::string(status.message())));
}

}  // namespace

GrantLedger::GrantLedger(std::unique_ptr<GrantBackend> backend, const GrantStoreOptions& options,
                         TrustedClock& clock, OperationalLog& log)
    : backend_(std::move(backend)),
      options_(options),
      clock_(clock),
      log_(log),
      table_(options.most_grants + kRetiring),
      scopes_(options.most_scope_bytes),
      sweeper_(options.remember) {}

absl::StatusOr<std::unique_ptr<GrantLedger>> GrantLedger::Open(
    std::unique_ptr<GrantBackend> backend, const GrantStoreOptions& options, TrustedClock& clock,
    OperationalLog& log, bool accept_clock) {
  std::unique_ptr<GrantLedger> ledger(new GrantLedger(std::move(backend), options, clock, log));
  if (const absl::Status status = ledger->SetClock(accept_clock); !status.ok()) return status;
  if (const absl::Status status = ledger->Load(); !status.ok()) return status;
  return ledger;
}

absl::Status GrantLedger::SetClock(bool accept_clock) {
  const auto header = backend_->Header();
  if (!header.ok()) return header.status();
  header_ = *header;
  if (!accept_clock) {
    clock_.Mark(header_.clock);
    return absl::OkStatus();
  }
  const int64_t before = std::exchange(header_.clock, clock_.ReadAndMark().now);
  log_.Write(LogLevel::kWarn, "clock_accepted",
             {{"latest_known", absl::StrCat(before / 1'000'000'000)},
              {"now", absl::StrCat(header_.clock / 1'000'000'000)},
              {"hint", "grants that were over may be in force again; drop the option now"}});
  absl::Status status = backend_->Begin();
  if (!status.ok()) return status;
  status = backend_->PutHeader(header_);
  if (status.ok()) status = backend_->Commit();
  if (!status.ok()) backend_->Rollback();
  return status;
}

absl::Status GrantLedger::Load() {
  bool has_limited = false;
  const ClockReading clock = ReadClock();
  const absl::Status status = backend_->ForEach([&](StoredGrant stored) {
    has_limited = has_limited || stored.grant.calls;
    scopes_.Add(stored.grant.scope);
    // Nobody reads the table yet, so that calls may be in it before they are counted.
    Settle(stored, header_.runs);
    const auto calls = static_cast<int64_t>(NextBlock(stored));
    return JudgeInsert(table_.Insert(stored.grant, stored.credential, calls, clock.now));
  });
  if (!status.ok()) return status;
  return has_limited ? BeginRun() : absl::OkStatus();
}

// A store that has no calls to count can be opened on a disk that is full.
absl::Status GrantLedger::BeginRun() {
  Transaction transaction = NewTransaction();
  if (const absl::Status status = transaction.Begin(); !status.ok()) return status;
  transaction.SetRuns(transaction.runs() + 1);
  if (const absl::Status status = Commit(transaction); !status.ok()) return status;
  is_running_ = true;
  return absl::OkStatus();
}

ClockReading GrantLedger::ReadClock() {
  const ClockReading reading = clock_.ReadAndMark();
  if (reading.rolled_back == clock_was_back_) return reading;
  clock_was_back_ = reading.rolled_back;
  if (reading.rolled_back) {
    log_.Write(LogLevel::kError, "clock_rollback",
               {{"latest_known", absl::StrCat(reading.now / 1'000'000'000)},
                {"hint", "nothing is granted until the clock is right or accepted"}});
  } else {
    log_.Write(LogLevel::kInfo, "clock_restored");
  }
  return reading;
}

Transaction GrantLedger::NewTransaction() {
  return Transaction(*backend_, table_, header_, ReadClock(), options_.most_grants, scopes_);
}

absl::Status GrantLedger::Commit(Transaction& transaction) {
  const auto header = transaction.Commit();
  if (!header.ok()) return header.status();
  header_ = *header;
  if (transaction.wrote()) health_ = absl::OkStatus();
  if (transaction.unpublished() > 0) {
    log_.Write(LogLevel::kError, "grants_unpublished",
               {{"grants", absl::StrCat(transaction.unpublished())},
                {"hint", "out of memory; they are in force after a restart"}});
  }
  return absl::OkStatus();
}

template <typename Act>
auto GrantLedger::Guarded(const Act& act) -> decltype(act()) {
  try {
    auto result = act();
    if constexpr (std::is_same_v<decltype(result), absl::Status>) {
      if (!result.ok()) health_ = result;
    } else {
      if (!result.ok()) health_ = result.status();
    }
    return result;
  } catch (const std::exception& error) {
    health_ = absl::InternalError(error.what());
    return health_;
  }
}

absl::Status GrantLedger::Apply(Batch& batch, const EntityStore& entities) {
  const absl::Status changed = ApplyMutations(batch, entities);
  // In a transaction of their own: calls that cannot be given must not keep anything from ending.
  batch.spent.clear();
  // Before it is looked at how many are left: who finds too few from now on may ask again.
  for (const GrantId& id : batch.wanted) table_.HeardOfCalls(id);
  absl::Status given = Refill(batch.wanted, batch.spent);
  if (!given.ok() && batch.wanted.size() > 1) {
    batch.spent.clear();
    given = absl::OkStatus();
    for (const GrantId& id : batch.wanted) given.Update(Refill({&id, 1}, batch.spent));
  }
  return changed.ok() ? given : changed;
}

absl::Status GrantLedger::ApplyMutations(Batch& batch, const EntityStore& entities) {
  absl::Status status =
      Guarded([&] { return TryApply(batch.mutations, entities, batch.outcomes); });
  if (absl::IsDataLoss(status) && batch.mutations.size() > 1) return ApplyOneByOne(batch, entities);
  if (!status.ok()) {
    // Why is for the operator, whom the store tells.
    batch.outcomes.assign(batch.mutations.size(),
                          Refused(ReasonCode::kInternalError, "the change could not be stored"));
  }
  if (absl::IsDataLoss(status)) {
    for (size_t i = 0; i < batch.mutations.size(); ++i) {
      EndUnread(batch.mutations[i], batch.outcomes[i]);
    }
  }
  return status;
}

// No other process will open what is damaged, so that it is over for good.
void GrantLedger::EndUnread(const Mutation& mutation, MutationOutcome& outcome) {
  std::vector<GrantId> ids;
  if (mutation.kind == Mutation::Kind::kRevokeAll) {
    table_.ForEach([&](const grants::GrantSlot& slot) {
      if (!IsTerminal(slot.state()) && Selects(mutation.selector, slot)) ids.push_back(slot.id());
    });
    outcome = {};
    outcome.revision = header_.revision;
    outcome.grants = outcome.unwritten = ids.size();
    TellUnwritten({outcome});
  } else if (mutation.kind == Mutation::Kind::kEvent &&
             mutation.event == grants::GrantEvent::kRevoke && table_.Find(mutation.id) != nullptr) {
    ids.push_back(mutation.id);
    outcome = Refused(ReasonCode::kInternalError,
                      "the grant is damaged and could not be stored; it is over all the same");
  }
  for (const GrantId& id : ids) {
    (void)table_.End(id, header_.revision, grants::GrantState::kRevoked);
  }
}

// One row that cannot be read is one mutation's trouble, not that of all which came with it.
absl::Status GrantLedger::ApplyOneByOne(Batch& batch, const EntityStore& entities) {
  absl::Status last;
  std::vector<MutationOutcome> all;
  for (const Mutation& mutation : batch.mutations) {
    Batch alone;
    alone.mutations.push_back(mutation);
    if (const absl::Status status = ApplyMutations(alone, entities); !status.ok()) last = status;
    all.push_back(std::move(alone.outcomes[0]));
  }
  batch.outcomes = std::move(all);
  return last;
}

absl::Status GrantLedger::TryApply(const std::vector<Mutation>& mutations,
                                   const EntityStore& entities,
                                   std::vector<MutationOutcome>& outcomes) {
  outcomes.clear();
  if (mutations.empty()) return absl::OkStatus();
  table_.Reclaim();
  const bool has_limited = std::ranges::any_of(
      mutations, [](const Mutation& one) { return one.issue.calls.has_value(); });
  if (has_limited && !is_running_) {
    if (const absl::Status status = BeginRun(); !status.ok()) return status;
  }
  Transaction transaction = NewTransaction();
  if (const absl::Status status = transaction.Begin(); !status.ok()) return status;
  for (const Mutation& mutation : mutations) {
    auto outcome = Perform(mutation, entities, transaction);
    if (!outcome.ok()) return outcome.status();
    outcomes.push_back(*std::move(outcome));
  }
  const absl::Status status = Commit(transaction);
  if (status.ok()) TellUnwritten(outcomes);
  return status;
}

void GrantLedger::TellUnwritten(const std::vector<MutationOutcome>& outcomes) {
  uint64_t unwritten = 0;
  for (const MutationOutcome& outcome : outcomes) {
    if (!outcome.replayed) unwritten += outcome.unwritten;
  }
  TellDamaged(unwritten,
              "they are revoked until the server stops, and it will not open them again; "
              "restore the store from a backup");
}

void GrantLedger::TellDamaged(uint64_t count, std::string_view hint) {
  if (count == 0) return;
  log_.Write(LogLevel::kError, "grants_damaged",
             {{"grants", absl::StrCat(count)}, {"hint", std::string(hint)}});
}

absl::Status GrantLedger::Refill(std::span<const GrantId> ids, std::vector<GrantId>& spent) {
  if (ids.empty()) return absl::OkStatus();
  return Guarded([&] { return TryRefill(ids, spent); });
}

absl::Status GrantLedger::TryRefill(std::span<const GrantId> ids, std::vector<GrantId>& spent) {
  Transaction transaction = NewTransaction();
  if (const absl::Status status = transaction.Begin(); !status.ok()) return status;
  for (const GrantId& id : ids) {
    const auto more = server::Refill(id, transaction);
    if (!more.ok()) return more.status();
    if (!*more) spent.push_back(id);
  }
  if (const absl::Status status = Commit(transaction); !status.ok()) return status;
  // Nobody need ask for these again.
  for (const GrantId& id : spent) {
    if (const grants::GrantSlot* const slot = table_.Find(id)) (void)slot->AskForCalls();
  }
  return absl::OkStatus();
}

absl::StatusOr<bool> GrantLedger::Sweep() {
  // First: what follows may fail for want of the room that this makes.
  backend_->Tidy();
  return Guarded([&] { return TrySweep(); });
}

absl::StatusOr<bool> GrantLedger::TrySweep() {
  Transaction transaction = NewTransaction();
  if (const absl::Status status = transaction.Begin(); !status.ok()) return status;
  transaction.MarkTime();
  const auto more = sweeper_.Sweep(transaction);
  TellDamaged(sweeper_.TakeDamaged(),
              "time ends them, but that is not written; restore the store from a backup");
  if (!more.ok()) return more.status();
  if (const absl::Status status = Commit(transaction); !status.ok()) return status;
  table_.Reclaim();
  return *more;
}

absl::Status GrantLedger::ReturnCalls() {
  return Guarded([&] { return TryReturnCalls(); });
}

absl::Status GrantLedger::TryReturnCalls() {
  if (!is_running_) return absl::OkStatus();
  Transaction transaction = NewTransaction();
  if (const absl::Status status = transaction.Begin(); !status.ok()) return status;
  const auto damaged = EndRun(transaction);
  if (!damaged.ok()) return damaged.status();
  if (const absl::Status status = Commit(transaction); !status.ok()) return status;
  TellDamaged(*damaged,
              "calls that they were given and did not spend are lost; restore the store from a "
              "backup");
  is_running_ = false;
  return absl::OkStatus();
}

}  // namespace thuja::server
