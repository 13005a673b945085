// SPDX-License-Identifier: Apache-2.0
// The arithmetic of budgets.
//
// Tested by tests/unit/store/call_blocks_test.cc and, against a model with crashes, by
// tests/unit/store/call_budget_model_test.cc.
#include "server/store/call_blocks.h"

#include <algorithm>
#include <vector>

namespace thuja::server {
namespace {

// A sixteenth of a large budget, so that a crash loses no more than that.
uint64_t FullBlock(uint64_t calls) { return std::max(kSmallestBlock, calls / 16); }

uint64_t Left(const StoredGrant& stored) {
  const uint64_t calls = stored.grant.calls.value_or(0);
  return calls - std::min(calls, stored.calls_given);
}

// Whether calls of it can still be taken, now or later.
bool MayBeCalled(const grants::Grant& grant, int64_t now) {
  return !IsTerminal(grant.state) && now < grant.expires;
}

// The block that the table was given when a run began, of a grant that was not settled since.
uint64_t FirstBlock(const StoredGrant& stored, uint64_t run) {
  return GivenOut(stored, run) - GivenOut(stored, run - 1);
}

// Takes out of the table whatever it has of a grant.
uint64_t TakeAllBack(const grants::GrantId& id, Transaction& transaction) {
  uint64_t unspent = 0;
  // Decisions that are still made may be faster.
  do {
    unspent = transaction.Unspent(id);
  } while (unspent > 0 && !transaction.TakeBack(id, unspent));
  return unspent;
}

// What nobody has spent of a grant.
struct Returned {
  grants::GrantId id;
  uint64_t unspent;
};

struct AllReturned {
  std::vector<Returned> partly;  // their rows have to be written
  std::vector<Returned> whole;   // the number of the run says it all
  size_t damaged = 0;            // grants of which nothing was taken
};

// Takes back all there is, in the order in which it is stored: much faster to write than any other.
absl::StatusOr<AllReturned> TakeEverythingBack(Transaction& transaction) {
  const uint64_t run = transaction.runs();
  AllReturned returned;
  const auto take = [&](const StoredGrant& stored) {
    const grants::GrantId& id = stored.grant.id;
    if (!stored.grant.calls) return absl::OkStatus();
    const uint64_t unspent = TakeAllBack(id, transaction);
    const uint64_t first = FirstBlock(stored, run);
    // What the table does not know any more may have been spent while it did.
    const bool is_whole = stored.calls_since <= run && transaction.IsKnown(id) && unspent == first;
    if (is_whole) {
      returned.whole.push_back({id, first});
    } else {
      returned.partly.push_back({id, unspent});
    }
    return absl::OkStatus();
  };
  const auto damaged = transaction.backend().ForEachUndamaged(take);
  if (!damaged.ok()) return damaged.status();
  returned.damaged = *damaged;
  return returned;
}

// Counts what is left as not given. `since`: StoredGrant::calls_since from now on.
absl::Status WriteReturned(const std::vector<Returned>& all, uint64_t since,
                           Transaction& transaction) {
  for (const Returned& one : all) {
    auto stored = transaction.Get(one.id);
    if (!stored.ok()) return stored.status();
    // With the number of the run lowered, what is not written would come back.
    if (!*stored) return absl::DataLossError("a grant that was there is not found");
    const uint64_t given = GivenOut(**stored, transaction.runs());
    (*stored)->calls_given = given - std::min(given, one.unspent);
    (*stored)->calls_since = since;
    if (const absl::Status status = transaction.Count(**stored); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

uint64_t GivenOut(const StoredGrant& stored, uint64_t runs) {
  if (!stored.grant.calls || stored.calls_since > runs) return stored.calls_given;
  const uint64_t left = Left(stored);
  const uint64_t full = FullBlock(*stored.grant.calls);
  const uint64_t blocks = runs - stored.calls_since + 1;
  // 0 is one more than the largest number.
  const bool all = blocks == 0 || blocks > left / full;
  return stored.calls_given + (all ? left : blocks * full);
}

void Settle(StoredGrant& stored, uint64_t runs) {
  stored.calls_given = GivenOut(stored, runs);
  stored.calls_since = std::max(stored.calls_since, runs + 1);
}

uint64_t NextBlock(const StoredGrant& stored) {
  return std::min(Left(stored), FullBlock(stored.grant.calls.value_or(0)));
}

bool Draw(uint64_t calls, StoredGrant& parent, Transaction& transaction) {
  Settle(parent, transaction.runs());
  const uint64_t left = Left(parent);
  const uint64_t lacking = calls - std::min(calls, left);
  if (lacking > 0 && !transaction.TakeBack(parent.grant.id, lacking)) return false;
  parent.calls_given = parent.calls_given - lacking + calls;
  return true;
}

absl::StatusOr<bool> Refill(const grants::GrantId& id, Transaction& transaction) {
  auto stored = transaction.Get(id);
  if (!stored.ok()) return stored.status();
  if (!*stored || !MayBeCalled((*stored)->grant, transaction.now())) return false;
  Settle(**stored, transaction.runs());
  const uint64_t block = NextBlock(**stored);
  if (block == 0) return false;
  // Several decisions may have asked for the same block, the last ones after it was given.
  if (transaction.Unspent(id) > FullBlock(*(*stored)->grant.calls) / 2) return true;
  (*stored)->calls_given += block;
  if (const absl::Status status = transaction.Count(**stored); !status.ok()) return status;
  transaction.Give(id, block);
  return true;
}

absl::StatusOr<size_t> EndRun(Transaction& transaction) {
  const auto returned = TakeEverythingBack(transaction);
  if (!returned.ok()) return returned.status();
  const uint64_t run = transaction.runs();
  const bool all = returned->damaged == 0;
  absl::Status status = WriteReturned(returned->partly, all ? run : run + 1, transaction);
  if (status.ok() && !all) status = WriteReturned(returned->whole, run + 1, transaction);
  if (!status.ok()) return status;
  if (all) transaction.SetRuns(run - 1);
  return returned->damaged;
}

}  // namespace thuja::server
