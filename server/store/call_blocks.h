// SPDX-License-Identifier: Apache-2.0
// Calls of grants that have a limit: given out in blocks to the table, whole to children.
//
// A decision must not wait for a disk, so that it takes calls from a block that was durably counted
// as given before it could be touched. What of a block was not taken when the process died is lost:
// a grant may allow fewer calls than it was issued for, and never more.
//
// A child has calls of its own, which its parent no longer has: they are counted as given when the
// child is made, and come back to nobody when it ends. A call of the child's is thus no call of the
// parent's, and the calls of a whole tree are those of its root.
//
// To count the first block of each grant by itself would be a write for each at every start, and
// one more at every stop. So those of all grants are counted by one number. A *run* is from an
// opening to its end. StoreHeader::runs says how many began that did not end well; it is raised by
// one, durably, before anybody sees what was opened, and lowered by one in the transaction which
// takes back what nobody spent. Each run begins with one block, NextBlock, of every grant in the
// table. It is counted
//
//   - by the number of runs, as long as nothing else is counted of the grant: `calls_given` does
//     not have the blocks of the runs from `calls_since` on. With `runs` at N and full blocks of
//     64, 10 calls given and `calls_since` at N - 1 mean that 10 + 64 + 64 are out: the run N - 1
//     crashed, or its number would have been taken again, and N is under way;
//   - in the row, from when it is written for its calls in this run: another block, calls of a
//     child. Settle puts into `calls_given` what was implied, and `calls_since` is N + 1.
//
// A grant is made with `calls_since` at N: its first block is that of the run in which it is made.
//
// A run that ends well takes the calls that are left out of the table, so that none can be spent
// any more, and lowers `runs` to N - 1. Of a grant whose block is whole and was never settled
// nothing is written: with the number of the run its block is gone. Of every other what was spent
// is put into `calls_given`, and `calls_since` is N, which is the next run. All this is one
// transaction. A crash before it leaves all as if it had not begun, and the run ends badly: each
// grant loses what it had in the table.
//
// A row that is damaged cannot be settled, and whoever mends it must not find its block free again.
// If there is one, `runs` stays at N, so that its block stays implied, and of every other grant
// what was spent is written, with `calls_since` at N + 1, whether its block is whole or not.
//
// INVARIANT: GivenOut(row, runs) of what is stored is never less than what decisions and children
// have, and what the table still holds.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>

#include "engine/grants.h"
#include "server/store/grant_backend.h"
#include "server/store/transaction.h"

namespace thuja::server {

// What one block has at least, if so many are left.
inline constexpr uint64_t kSmallestBlock = 64;

// How many calls of a grant are given out with `runs` as it is in the header that was stored with
// it: those of the row and those that are implied. Without a limit it is `calls_given`.
uint64_t GivenOut(const StoredGrant& stored, uint64_t runs);

// Puts what is implied into the grant: GivenOut is the same, and the next run's block is the first
// that is not there.
void Settle(StoredGrant& stored, uint64_t runs);

// How many calls the next block of a grant would have that is settled; 0 if it has no limit or
// nothing left.
uint64_t NextBlock(const StoredGrant& stored);

// Counts `calls` as given out, in `parent` and not yet in storage: from what is left of it and, if
// that is too little, from what the table has not spent. False if it is too little even so, and
// `parent` may be settled then.
bool Draw(uint64_t calls, StoredGrant& parent, Transaction& transaction);

// Gives the table one more block of a grant, unless it has enough. False if there will never be
// one.
absl::StatusOr<bool> Refill(const grants::GrantId& id, Transaction& transaction);

// The end of a run: takes back what the table has not spent of any grant, and lowers the number of
// runs. Returns how many grants are damaged: their calls stay given, and so does the number.
absl::StatusOr<size_t> EndRun(Transaction& transaction);

}  // namespace thuja::server
