// SPDX-License-Identifier: Apache-2.0
// Makes an EntityStore out of entities, or out of another store and what changed.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "engine/value/entity_store.h"

namespace thuja::value {

// Collects entities and closes the hierarchy. Not thread-safe.
//
// What an update costs grows with what changes and hardly with the store: a byte a row is cleared,
// and two pointers are copied for every 256 rows. Where an entity that has others below it gets
// other parents, all rows are looked through for those below. When what later updates hold, in use
// or not, outgrows what the first build took, or after 1,024 updates, an update builds the store
// anew; that one takes as long as the first build did.
class EntityStoreBuilder {
 public:
  // The most pairs of entity and ancestor that a store may hold, unless told otherwise: the closure
  // of a long chain grows with the square of its length, and must not eat the memory.
  static constexpr size_t kMaxAncestorPairs = size_t{1} << 26;

  enum class Error : uint8_t { kDuplicate, kCycle, kTooManyAncestors };
  struct Problem {
    Error error;
    size_t entity;      // position, in the order of Add; 0 if it is the base's
    EntityUidView uid;  // lasts as long as the builder
  };

  // Starts from nothing.
  explicit EntityStoreBuilder(size_t max_ancestor_pairs = kMaxAncestorPairs);
  // Starts from `base`, which stays as it is and may go.
  explicit EntityStoreBuilder(const EntityStore& base,
                              size_t max_ancestor_pairs = kMaxAncestorPairs);
  ~EntityStoreBuilder();

  // Copies what it needs. Replaces an entity of the base. A second definition of the same entity
  // is dropped if it is equal in all parts, and is a kDuplicate of Build if not.
  void Add(const Entity& entity);

  // From now on it is not stored; it stays a parent of those that name it. False if it was not
  // stored.
  bool Remove(const EntityUidView& uid);

  // REQUIRES: called once. The store, or what is wrong with the first entity that is wrong. The
  // base is no worse for it then.
  std::optional<Problem> Build(EntityStore* store);

 private:
  using Row = EntityStore::Row;
  using Tables = EntityStore::Tables;
  enum class Mark : uint8_t { kNew, kOpen, kClosed };

  // An entity that was added or removed. The parents are a run of parents_, ascending.
  struct Change {
    size_t position = 0;
    size_t first_parent = 0;
    size_t parent_count = 0;
    bool removed = false;
  };

  Row& Mutable(EntityNumber number);
  EntityNumber FindOrAdd(const EntityUidView& uid);
  std::string_view Intern(std::string_view name);
  Value Own(const Value& value);
  void SetParents(EntityNumber number, Change* change, std::span<const EntityUidView> parents);
  std::span<const EntityNumber> ParentsOf(EntityNumber number) const;
  bool IsSame(EntityNumber number, const Change& change, const Entity& entity) const;

  Problem ProblemAt(Error error, EntityNumber number) const;
  std::vector<Mark> MarkAffected();
  std::optional<Problem> CloseFrom(EntityNumber start, std::vector<Mark>& marks);
  void Close(EntityNumber number);
  bool IsCrowded() const;
  void BuildAnew(EntityStore* store) const;

  const size_t max_ancestor_pairs_;
  std::unique_ptr<Tables> tables_;
  std::shared_ptr<base::Arena> arena_;
  std::vector<bool> owned_;  // blocks that no other store has
  size_t base_count_ = 0;
  size_t added_ = 0;
  std::optional<Problem> duplicate_;
  absl::flat_hash_map<EntityNumber, Change> changes_;
  std::vector<EntityNumber> parents_;
  std::vector<EntityNumber> moved_;  // entities whose parents are not those of the base
  std::vector<EntityNumber> affected_;
  std::vector<EntityNumber> collected_;
};

}  // namespace thuja::value
