// SPDX-License-Identifier: Apache-2.0
// The grants that are kept and the table that decisions read, changed together.
//
// This is the grant store but for its thread: each call is one transaction or a few, and is over
// when it returns. Whatever fails has not changed the table. It has not changed storage either,
// unless a commit failed in a way that leaves that open (server/store/grant_backend.h).
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/entities.h"
#include "engine/grants.h"
#include "server/operations/operational_log.h"
#include "server/store/grant_backend.h"
#include "server/store/grant_store.h"
#include "server/store/known_scopes.h"
#include "server/store/sweep.h"
#include "server/store/transaction.h"
#include "server/store/trusted_clock.h"

namespace thuja::server {

// Not thread-safe, but for what a GrantTable and a TrustedClock allow.
class GrantLedger {
 public:
  // Reads what is kept, and begins a run (server/store/call_blocks.h) with a block of calls of each
  // grant with a limit: what the last process was given and did not spend is lost if it was not
  // given back. As GrantStore::Open.
  static absl::StatusOr<std::unique_ptr<GrantLedger>> Open(std::unique_ptr<GrantBackend> backend,
                                                           const GrantStoreOptions& options,
                                                           TrustedClock& clock, OperationalLog& log,
                                                           bool accept_clock);

  // What was asked for, with what came of it.
  struct Batch {
    std::vector<Mutation> mutations;
    std::vector<grants::GrantId> wanted;  // calls of these

    std::vector<MutationOutcome> outcomes;  // of the mutations, in their order
    std::vector<grants::GrantId> spent;     // of the wanted: there will be no more calls
  };
  // Makes the mutations in one transaction; an error, which every outcome then says, has changed
  // nothing that decisions see. What is wanted follows in another. If a row cannot be read, only
  // what needs it fails.
  absl::Status Apply(Batch& batch, const EntityStore& entities);

  // What time brings: grants that are not heard of end, what is old is forgotten, and the time is
  // written down. Some of it only; true if there is more to do.
  absl::StatusOr<bool> Sweep();

  // Ends the run: counts the calls that nobody took as not given. For the end; what is asked for
  // after it may lose calls.
  absl::Status ReturnCalls();

  grants::GrantTable& table() { return table_; }
  GrantBackend& backend() { return *backend_; }
  uint64_t revision() const { return header_.revision; }  // that the table shows
  // Whether the last transaction that had something to write was written.
  const absl::Status& health() const { return health_; }

 private:
  GrantLedger(std::unique_ptr<GrantBackend> backend, const GrantStoreOptions& options,
              TrustedClock& clock, OperationalLog& log);

  absl::Status SetClock(bool accept_clock);
  absl::Status Load();
  absl::Status BeginRun();
  ClockReading ReadClock();
  Transaction NewTransaction();
  absl::Status ApplyMutations(Batch& batch, const EntityStore& entities);
  absl::Status ApplyOneByOne(Batch& batch, const EntityStore& entities);
  void EndUnread(const Mutation& mutation, MutationOutcome& outcome);
  void TellUnwritten(const std::vector<MutationOutcome>& outcomes);
  void TellDamaged(uint64_t count, std::string_view hint);
  absl::Status TryApply(const std::vector<Mutation>& mutations, const EntityStore& entities,
                        std::vector<MutationOutcome>& outcomes);
  absl::Status Refill(std::span<const grants::GrantId> ids, std::vector<grants::GrantId>& spent);
  absl::Status TryRefill(std::span<const grants::GrantId> ids, std::vector<grants::GrantId>& spent);
  absl::StatusOr<bool> TrySweep();
  absl::Status TryReturnCalls();
  // Calls `act`, and keeps what went wrong; memory that runs out is an error like others.
  template <typename Act>
  auto Guarded(const Act& act) -> decltype(act());
  absl::Status Commit(Transaction& transaction);

  const std::unique_ptr<GrantBackend> backend_;
  const GrantStoreOptions options_;
  TrustedClock& clock_;
  OperationalLog& log_;
  grants::GrantTable table_;
  KnownScopes scopes_;  // of the table
  StoreHeader header_;
  absl::Status health_;
  Sweeper sweeper_;
  bool clock_was_back_ = false;
  bool is_running_ = false;  // a run began: the table may have calls of grants with a limit
};

}  // namespace thuja::server
