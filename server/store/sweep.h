// SPDX-License-Identifier: Apache-2.0
// What time does to grants that nobody ends: they time out, and are forgotten.
//
// A grant whose time is over authorizes nothing, swept or not. Sweeping puts it on record and makes
// room.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>

#include "server/store/transaction.h"

namespace thuja::server {

// Not thread-safe.
class Sweeper {
 public:
  // `remember`: as GrantStoreOptions.
  explicit Sweeper(int64_t remember);

  // Does a bounded part of what is due, within the transaction; true if more is due.
  absl::StatusOr<bool> Sweep(Transaction& transaction);

 private:
  absl::StatusOr<bool> TimeOut(Transaction& transaction);
  absl::StatusOr<bool> Forget(Transaction& transaction);
  absl::StatusOr<bool> ForgetChanges(Transaction& transaction);

  const int64_t remember_;
  const int64_t pause_;        // between two times of forgetting
  int64_t next_ = 0;           // time of the next
  int64_t oldest_change_ = 0;  // no change is older
};

}  // namespace thuja::server
