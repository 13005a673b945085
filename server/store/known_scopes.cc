// SPDX-License-Identifier: Apache-2.0
// Tested by tests/unit/store/known_scopes_test.cc.
#include "server/store/known_scopes.h"

#include <algorithm>

namespace thuja::server {

using grants::Scope;

bool KnownScopes::Knows(const std::shared_ptr<const Scope>& scope) const {
  const auto found = known_.find(scope.get());
  // Another may be where one was that is gone.
  return found != known_.end() && found->second.scope.lock() == scope;
}

bool KnownScopes::HasRoom(size_t bytes) {
  const auto fits = [&] { return bytes <= most_ && bytes_ <= most_ - bytes; };
  if (fits()) return true;
  if (refusals_before_look_ > 0) {
    --refusals_before_look_;
    return false;
  }
  ForgetUnused();
  // To look at all of them for each that is refused would take all the time there is.
  if (!fits()) refusals_before_look_ = known_.size() / 16;
  return fits();
}

void KnownScopes::Add(const std::shared_ptr<const Scope>& scope) {
  if (scope == nullptr || Knows(scope)) return;
  if (known_.size() >= enough_) ForgetUnused();
  Known& known = known_[scope.get()];
  bytes_ -= known.bytes;  // of one that was there and is gone
  known = {scope, scope->bytes()};
  bytes_ += known.bytes;
}

void KnownScopes::ForgetUnused() {
  absl::erase_if(known_, [&](const auto& entry) {
    if (!entry.second.scope.expired()) return false;
    bytes_ -= entry.second.bytes;
    return true;
  });
  enough_ = std::max<size_t>(1024, 2 * known_.size());
}

}  // namespace thuja::server
