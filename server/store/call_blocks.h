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

// How many calls the next block would have; 0 of a grant that has no limit or nothing left.
uint64_t NextBlock(const StoredGrant& stored);

// Whether calls of it can still be taken, now or later.
bool MayBeCalled(const grants::Grant& grant, int64_t now);

// Counts `calls` as given out, in `parent` and not yet in storage: from what is left of it and, if
// that is too little, from what the table has not spent. False if it is too little even so.
bool Draw(uint64_t calls, StoredGrant& parent, Transaction& transaction);

// Gives the table one more block of a grant, unless it has enough. False if there will never be
// one.
absl::StatusOr<bool> Refill(const grants::GrantId& id, Transaction& transaction);

// Takes back what the table has not spent of a grant.
absl::Status ReturnUnspent(const grants::GrantId& id, Transaction& transaction);

}  // namespace thuja::server
