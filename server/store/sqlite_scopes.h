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

  // The writer's: the number of an equal scope, which is added if there is none.
  absl::StatusOr<int64_t> NumberOf(const std::shared_ptr<const grants::Scope>& scope);
  // The writer's: erases a scope that no grant has.
  absl::Status EraseIfUnused(int64_t number);

  // What was read is read anew: numbers may stand for others than they did.
  void Forget();

 private:
  void Remember(int64_t number, const std::shared_ptr<const grants::Scope>& scope);
  void DropUnused();

  SqliteConnection* connection_;
  std::shared_ptr<PreparedScopes> prepared_;
  // As long as a scope is here nothing else can be where it is.
  absl::flat_hash_map<int64_t, std::shared_ptr<const grants::Scope>> scopes_;
  absl::flat_hash_map<const grants::Scope*, int64_t> numbers_;
  size_t most_ = 1024;  // scopes, before those that nobody else holds are dropped
};

}  // namespace thuja::server
