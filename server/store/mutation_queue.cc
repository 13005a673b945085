// SPDX-License-Identifier: Apache-2.0
// A queue with a lock: callers hold it for as long as it takes to move a mutation.
//
// Tested by tests/unit/store/mutation_queue_test.cc.
#include "server/store/mutation_queue.h"

#include <algorithm>

namespace thuja::server {

bool MutationQueue::Push(Mutation& mutation, Done& done) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || waiting_.size() >= most_) return false;
    waiting_.emplace_back(std::move(mutation), std::move(done));
  }
  wake_.notify_one();
  return true;
}

void MutationQueue::Want(const grants::GrantId& id) {
  {
    const std::lock_guard lock(mutex_);
    if (closed_ || !wanted_.insert(id).second) return;
  }
  wake_.notify_one();
}

MutationQueue::Taken MutationQueue::Take(size_t most, Time deadline, bool eager) {
  Taken taken;
  std::unique_lock lock(mutex_);
  wake_.wait_until(lock, deadline,
                   [&] { return closed_ || !waiting_.empty() || (eager && !wanted_.empty()); });
  // All memory first: what has left the queue must be answered.
  const size_t count = std::min(most, waiting_.size());
  taken.wanted.assign(wanted_.begin(), wanted_.end());
  taken.mutations.reserve(count);
  taken.done.reserve(count);
  wanted_.clear();
  for (size_t i = 0; i < count; ++i) {
    taken.mutations.push_back(std::move(waiting_.front().first));
    taken.done.push_back(std::move(waiting_.front().second));
    waiting_.pop_front();
  }
  taken.last = closed_ && waiting_.empty();
  return taken;
}

void MutationQueue::Close() {
  {
    const std::lock_guard lock(mutex_);
    closed_ = true;
  }
  wake_.notify_one();
}

}  // namespace thuja::server
