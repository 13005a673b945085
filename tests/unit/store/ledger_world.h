// SPDX-License-Identifier: Apache-2.0
// The grant store without its thread, over storage in memory that outlives it.
#pragma once

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "server/operations/operational_log.h"
#include "server/store/call_blocks.h"
#include "server/store/grant_ledger.h"
#include "server/store/trusted_clock.h"
#include "tests/unit/store/store_samples.h"

namespace thuja::server {

class LedgerWorld {
 public:
  explicit LedgerWorld(const GrantStoreOptions& given = {}) : options(given) { Open(); }

  // Opens what is stored once more: what the ledger before had in memory is gone.
  void Open(bool accept_clock = false) {
    const absl::Status status = TryOpen(accept_clock);
    ASSERT_TRUE(status.ok()) << status;
  }

  absl::Status TryOpen(bool accept_clock = false) {
    ledger.reset();
    auto opened = GrantLedger::Open(
        std::make_unique<SharedBackend>(
            storage, [this](const char* call) { return before ? before(call) : absl::OkStatus(); }),
        options, clock, log, accept_clock);
    if (!opened.ok()) return opened.status();
    ledger = *std::move(opened);
    return absl::OkStatus();
  }

  std::vector<MutationOutcome> DoAll(std::vector<Mutation> mutations) {
    GrantLedger::Batch batch;
    batch.mutations = std::move(mutations);
    (void)ledger->Apply(batch, SampleSnapshot()->entities());
    return std::move(batch.outcomes);
  }

  MutationOutcome Do(Mutation mutation) {
    std::vector<Mutation> one;
    one.push_back(std::move(mutation));
    return DoAll(std::move(one)).front();
  }

  // The id of a grant that must be made.
  grants::GrantId Make(Mutation mutation) {
    const MutationOutcome outcome = Do(std::move(mutation));
    EXPECT_EQ(Said(outcome), "done") << (outcome.refusal ? outcome.refusal->message : "");
    return outcome.grant ? outcome.grant->grant.id : grants::GrantId();
  }

  // Asks for more calls, as a decision would; false if there will be none.
  bool Want(const grants::GrantId& id) {
    GrantLedger::Batch batch;
    batch.wanted = {id};
    (void)ledger->Apply(batch, SampleSnapshot()->entities());
    return batch.spent.empty();
  }

  const grants::GrantSlot* Find(const grants::GrantId& id) { return ledger->table().Find(id); }

  // Takes calls until there are none at once, but no more than `most`.
  uint64_t Take(const grants::GrantId& id, uint64_t most = UINT64_MAX) {
    const grants::GrantSlot* const slot = Find(id);
    uint64_t taken = 0;
    while (taken < most && slot->TakeCall() != grants::GrantSlot::Taken::kNone) ++taken;
    return taken;
  }

  // Why the grant authorizes nothing, as decisions see it; `in force` if it does.
  std::string WhyNot(const grants::GrantId& id) {
    const grants::GrantSlot* const slot = Find(id);
    if (slot == nullptr) return "unknown";
    const auto why = slot->WhyNot(clock.Read().now);
    return why ? std::string(ReasonCodeName(*why)) : "in force";
  }

  StoredGrant Stored(const grants::GrantId& id) {
    return storage->Get(id).value().value_or(StoredGrant{});
  }

  // How many of its calls are given out.
  uint64_t Given(const grants::GrantId& id) {
    return GivenOut(Stored(id), storage->Header()->runs);
  }

  // As it is answered.
  StoredGrant Answered(const grants::GrantId& id) {
    StoredGrant stored = Stored(id);
    stored.calls_given = Given(id);
    stored.calls_since = 0;
    return stored;
  }

  std::vector<GrantChange> Changes() {
    return storage->OpenView().value()->Changes(0, 1'000'000).value();
  }

  GrantStoreOptions options;
  std::shared_ptr<GrantBackend> storage = MakeMemoryBackend();
  BeforeCall before;
  TrustedClock clock;
  OperationalLog log{static_cast<LogLevel>(static_cast<int>(LogLevel::kError) + 1),
                     LogFormat::kText};  // silent
  std::unique_ptr<GrantLedger> ledger;
};

}  // namespace thuja::server
