// SPDX-License-Identifier: Apache-2.0
// Sweeping in bounded steps, so that no mutation waits for long behind one.
//
// Tested by tests/unit/store/sweep_test.cc.
#include "server/store/sweep.h"

#include <algorithm>
#include <iterator>

#include "engine/grants.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantId;

constexpr size_t kStep = 1024;  // grants or changes
constexpr int64_t kSecond = 1'000'000'000;

}  // namespace

// Looking for what is to be forgotten is the dearer the more there is; what is remembered for a day
// may as well be for a minute more.
Sweeper::Sweeper(int64_t remember)
    : remember_(remember), pause_(std::clamp(remember / 64, kSecond, 60 * kSecond)) {}

absl::StatusOr<bool> Sweeper::Sweep(Transaction& transaction) {
  // Time that is not believed ends nothing.
  if (transaction.rolled_back()) return false;
  bool more = false;
  if (transaction.now() >= next_) {
    const auto more_grants = Forget(transaction);
    if (!more_grants.ok()) return more_grants.status();
    const auto more_changes = ForgetChanges(transaction);
    if (!more_changes.ok()) return more_changes.status();
    more = *more_grants || *more_changes;
    if (!more) next_ = transaction.now() + pause_;
  }
  const auto more_silent = TimeOut(transaction);
  if (!more_silent.ok()) return more_silent.status();
  return more || *more_silent;
}

absl::StatusOr<bool> Sweeper::TimeOut(Transaction& transaction) {
  // Those that are passed over stay silent, and must not fill the step.
  const size_t most = kStep + damaged_.size();
  const auto silent = transaction.backend().Silent(transaction.now(), most);
  if (!silent.ok()) return silent.status();
  for (const GrantId& id : *silent) {
    if (damaged_.contains(id)) continue;
    auto stored = transaction.Get(id);
    if (absl::IsDataLoss(stored.status())) {
      PassOver(id);
      continue;
    }
    if (!stored.ok()) return stored.status();
    if (!*stored) continue;
    grants::Grant& grant = (*stored)->grant;
    if (Apply(GrantEvent::kTimeOut, transaction.now(), grant)) {
      // It was ended while its row could not be written, which it can be now.
      const absl::Status status = transaction.Change(**stored);
      if (!status.ok()) return status;
      continue;
    }
    grant.revision = transaction.NextRevision();
    if (const absl::Status status = transaction.Change(**stored); !status.ok()) return status;
    GrantChange change;
    change.revision = grant.revision;
    change.time = transaction.now();
    change.event = GrantEventName(GrantEvent::kTimeOut);
    change.id = id;
    const absl::Status status = transaction.Record(change);
    if (!status.ok()) return status;
  }
  return silent->size() == most;
}

absl::StatusOr<bool> Sweeper::Forget(Transaction& transaction) {
  // Replies first, and of the same moment: each that is kept is of a grant that is still there.
  const absl::Status status =
      transaction.backend().EraseRepliesBefore(transaction.now() - remember_ + 1);
  if (!status.ok()) return status;
  transaction.Touch();
  const size_t most = kStep + damaged_.size();
  const auto old = transaction.backend().Forgettable(transaction.now(), remember_, most);
  if (!old.ok()) return old.status();
  for (const GrantId& id : *old) {
    if (damaged_.contains(id)) continue;
    const absl::Status erased = transaction.Forget(id);
    // Storage has no other use for this transaction. The next does without this grant.
    if (absl::IsDataLoss(erased)) PassOver(id);
    if (!erased.ok()) return erased;
  }
  return old->size() == most;
}

absl::StatusOr<bool> Sweeper::ForgetChanges(Transaction& transaction) {
  const int64_t horizon = transaction.now() - remember_;
  if (oldest_change_ > horizon) return false;
  const auto changes = transaction.backend().Changes(0, kStep);
  if (!changes.ok()) return changes.status();
  const auto young = std::ranges::find_if(
      *changes, [&](const GrantChange& change) { return change.time > horizon; });
  if (young != changes->begin()) {
    transaction.Touch();
    const absl::Status status =
        transaction.backend().EraseChangesBefore(std::prev(young)->revision + 1);
    if (!status.ok()) return status;
  }
  const bool more = young == changes->end() && changes->size() == kStep;
  if (!more) oldest_change_ = young == changes->end() ? transaction.now() : young->time;
  return more;
}

void Sweeper::PassOver(const GrantId& id) { untold_ += damaged_.insert(id).second; }

}  // namespace thuja::server
