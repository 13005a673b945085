// SPDX-License-Identifier: Apache-2.0
// The arithmetic of budgets.
//
// Tested by tests/unit/store/call_blocks_test.cc and, against a model with crashes, by
// tests/unit/store/call_budget_model_test.cc.
#include "server/store/call_blocks.h"

#include <algorithm>

namespace thuja::server {
namespace {

// A sixteenth of a large budget, so that a crash loses no more than that.
uint64_t FullBlock(uint64_t calls) { return std::max(kSmallestBlock, calls / 16); }

uint64_t Left(const StoredGrant& stored) {
  const uint64_t calls = stored.grant.calls.value_or(0);
  return calls - std::min(calls, stored.calls_given);
}

}  // namespace

uint64_t NextBlock(const StoredGrant& stored) {
  return std::min(Left(stored), FullBlock(stored.grant.calls.value_or(0)));
}

bool MayBeCalled(const grants::Grant& grant, int64_t now) {
  return !IsTerminal(grant.state) && now < grant.expires;
}

bool Draw(uint64_t calls, StoredGrant& parent, Transaction& transaction) {
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
  const uint64_t block = NextBlock(**stored);
  if (block == 0) return false;
  // Several decisions may have asked for the same block, the last ones after it was given.
  if (transaction.Unspent(id) > FullBlock(*(*stored)->grant.calls) / 2) return true;
  (*stored)->calls_given += block;
  if (const absl::Status status = transaction.Count(**stored); !status.ok()) return status;
  transaction.Give(id, block);
  return true;
}

absl::Status ReturnUnspent(const grants::GrantId& id, Transaction& transaction) {
  uint64_t unspent = 0;
  // Decisions that are still made may be faster.
  do {
    unspent = transaction.Unspent(id);
  } while (unspent > 0 && !transaction.TakeBack(id, unspent));
  if (unspent == 0) return absl::OkStatus();
  auto stored = transaction.Get(id);
  if (!stored.ok()) return stored.status();
  if (!*stored) return absl::OkStatus();
  (*stored)->calls_given -= std::min((*stored)->calls_given, unspent);
  return transaction.Count(**stored);
}

}  // namespace thuja::server
