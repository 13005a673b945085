// SPDX-License-Identifier: Apache-2.0
// Which scopes grants have in memory, and how much of it they take. Grants are small and counted;
// a scope may be megabytes, and is shared by all grants that have it.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <memory>

#include "engine/grants.h"

namespace thuja::server {

// Keeps none of them alive: what no grant has is forgotten when there would be no room otherwise.
// Not thread-safe.
class KnownScopes {
 public:
  // `most`: bytes, as Scope::bytes counts them.
  explicit KnownScopes(size_t most) : most_(most) {}

  bool Knows(const std::shared_ptr<const grants::Scope>& scope) const;
  // Whether there is room for one more that has so many bytes.
  bool HasRoom(size_t bytes);
  // Whatever room there is: what is stored is opened.
  void Add(const std::shared_ptr<const grants::Scope>& scope);

  size_t bytes() const { return bytes_; }
  size_t size() const { return known_.size(); }

 private:
  struct Known {
    std::weak_ptr<const grants::Scope> scope;
    size_t bytes = 0;
  };

  void ForgetUnused();

  const size_t most_;
  size_t bytes_ = 0;
  size_t refusals_before_look_ = 0;
  size_t enough_ = 1024;  // scopes, before those that are gone are looked for
  absl::flat_hash_map<const grants::Scope*, Known> known_;
};

}  // namespace thuja::server
