// SPDX-License-Identifier: Apache-2.0
// Scopes that are about to be stored: what takes long of it, done by whoever asks for the change.
//
// A scope is kept as text, under the digest of it, and only if it can be read again. For a large
// one that takes many times longer than to write it down, and the writer has a thread for all
// changes. So it is done before the writer is asked, and found here when the writer gets there.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/statusor.h>

#include <array>
#include <cstdint>
#include <memory>
#include <mutex>
#include <string>

#include "engine/grants.h"

namespace thuja::server {

// The text of a scope, which can be read again.
struct ScopeText {
  std::string text;
  std::array<uint8_t, 32> digest = {};  // SHA-256 of the text
};
// INTERNAL for a scope that cannot be kept.
absl::StatusOr<ScopeText> MakeScopeText(const grants::Scope& scope);

// Thread-safe.
class PreparedScopes : public std::enable_shared_from_this<PreparedScopes> {
 public:
  using Shared = std::shared_ptr<const grants::Scope>;

  // As MakeScopeText. Found for as long as what is returned is held.
  absl::StatusOr<std::shared_ptr<const ScopeText>> Prepare(const Shared& scope);

  // Null if it is not prepared.
  std::shared_ptr<const ScopeText> Find(const grants::Scope* scope);

  size_t size() const;

 private:
  struct Prepared;

  void Forget(const grants::Scope* scope);

  mutable std::mutex mutex_;
  // Entries of scopes that are prepared twice are the last's. Where one is, no other scope can be.
  absl::flat_hash_map<const grants::Scope*, std::weak_ptr<const ScopeText>> texts_;
};

}  // namespace thuja::server
