// SPDX-License-Identifier: Apache-2.0
// What time does to grants that nobody ends: they time out, and are forgotten.
//
// A grant whose time is over authorizes nothing, swept or not. Sweeping puts it on record and makes
// room. A row that is damaged is passed over, since it must not keep the others from that.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstddef>
#include <cstdint>
#include <utility>

#include "server/store/transaction.h"

namespace thuja::server {

// Not thread-safe.
class Sweeper {
 public:
  // `remember`: as GrantStoreOptions.
  explicit Sweeper(int64_t remember);

  // Does a bounded part of what is due, within the transaction; true if more is due.
  absl::StatusOr<bool> Sweep(Transaction& transaction);

  // How many grants were found damaged since the last time that this was asked.
  size_t TakeDamaged() { return std::exchange(untold_, 0); }

 private:
  absl::StatusOr<bool> TimeOut(Transaction& transaction);
  absl::StatusOr<bool> Forget(Transaction& transaction);
  absl::StatusOr<bool> ForgetChanges(Transaction& transaction);
  void PassOver(const grants::GrantId& id);

  const int64_t remember_;
  const int64_t pause_;        // between two times of forgetting
  int64_t next_ = 0;           // time of the next
  int64_t oldest_change_ = 0;  // no change is older
  GrantIds damaged_;           // nothing is tried with these any more
  size_t untold_ = 0;          // of these
};

}  // namespace thuja::server
