// SPDX-License-Identifier: Apache-2.0
// What waits for the thread of the grant store: mutations in the order in which they came, and
// grants whose calls run low.
#pragma once

#include <absl/container/flat_hash_set.h>

#include <chrono>
#include <condition_variable>
#include <cstddef>
#include <deque>
#include <functional>
#include <mutex>
#include <utility>
#include <vector>

#include "server/store/grant_store.h"
#include "server/store/transaction.h"

namespace thuja::server {

// Thread-safe; one thread takes.
class MutationQueue {
 public:
  using Done = std::function<void(const MutationOutcome&)>;
  using Time = std::chrono::steady_clock::time_point;

  struct Taken {
    std::vector<Mutation> mutations;
    std::vector<Done> done;  // of each
    std::vector<grants::GrantId> wanted;
    bool last = false;  // it is closed, and nothing else will come
  };

  explicit MutationQueue(size_t most) : most_(most) {}

  // False, with both as they were, if there is no room or it is closed.
  bool Push(Mutation& mutation, Done& done);

  // Calls of this grant are wanted; once, however often it is said before they are taken.
  void Want(const grants::GrantId& id);

  // Waits until there is something, but no longer than until `deadline`, and takes at most `most`
  // mutations. Unless `eager`, what is only wanted does not end the waiting.
  Taken Take(size_t most, Time deadline, bool eager);

  // Nothing is taken in any more.
  void Close();

 private:
  const size_t most_;
  std::mutex mutex_;
  std::condition_variable wake_;
  bool closed_ = false;
  std::deque<std::pair<Mutation, Done>> waiting_;
  GrantIds wanted_;
};

}  // namespace thuja::server
