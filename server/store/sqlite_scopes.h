// SPDX-License-Identifier: Apache-2.0
// Scopes in the database: each text once, however many grants have it, and parsed once.
//
// For one connection, whose thread it is used by.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/grants.h"
#include "server/store/prepared_scopes.h"
#include "server/store/sqlite_connection.h"

namespace thuja::server {

class SqliteScopes {
 public:
  // `prepared`, of the writer: scopes that need not be written out any more.
  explicit SqliteScopes(SqliteConnection* connection,
                        std::shared_ptr<PreparedScopes> prepared = nullptr)
      : connection_(connection), prepared_(std::move(prepared)) {}

  // One object for one number. DATA_LOSS if there is none, or it cannot be read.
  absl::StatusOr<std::shared_ptr<const grants::Scope>> Get(int64_t number);

  // The writer's: the object of an equal scope, or this one if there is none.
  absl::StatusOr<std::shared_ptr<const grants::Scope>> Share(
      const std::shared_ptr<const grants::Scope>& scope);
  // The writer's: the number of an equal scope, which is added if there is none.
  absl::StatusOr<int64_t> NumberOf(const std::shared_ptr<const grants::Scope>& scope);
  // The writer's: erases a scope that no grant has.
  absl::Status EraseIfUnused(int64_t number);

  // What was added since the last time of either stays, or is gone: its numbers may come to stand
  // for others.
  void Keep() { added_.clear(); }
  void Forget();

 private:
  absl::StatusOr<std::shared_ptr<const ScopeText>> TextOf(const grants::Scope& scope);
  // The number of an equal scope, or nothing.
  absl::StatusOr<std::optional<int64_t>> Find(const ScopeText& text);
  absl::StatusOr<int64_t> Add(const ScopeText& text);
  void Drop(int64_t number);
  void Remember(int64_t number, const std::shared_ptr<const grants::Scope>& scope);
  void DropUnused();

  SqliteConnection* connection_;
  std::shared_ptr<PreparedScopes> prepared_;
  // As long as a scope is here nothing else can be where it is.
  absl::flat_hash_map<int64_t, std::shared_ptr<const grants::Scope>> scopes_;
  absl::flat_hash_map<const grants::Scope*, int64_t> numbers_;
  std::vector<int64_t> added_;  // and neither kept nor forgotten
  size_t most_ = 1024;          // scopes, before those that nobody else holds are dropped
};

}  // namespace thuja::server
