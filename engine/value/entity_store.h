// SPDX-License-Identifier: Apache-2.0
// The entities that policies look into: attributes, tags, and who is in whom.
//
// The hierarchy is closed when the store is built: every entity knows all its ancestors, so that
// `in` is a look-up. A parent that is not in the store itself is an ancestor like any other and has
// none of its own.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/base/arena.h"
#include "engine/value/entity_uid.h"
#include "engine/value/value.h"

namespace thuja::value {

struct Entity {
  EntityUidView uid;
  Value attributes = Value::EmptyRecord();
  Value tags = Value::EmptyRecord();
  std::span<const EntityUidView> parents;  // as given, in no order
};

// The number of a uid that a store names; dense.
enum class EntityNumber : uint32_t {};
inline constexpr EntityNumber kNoEntity = EntityNumber{UINT32_MAX};

// Immutable; shared between threads.
//
// Every uid that occurs in it has a number: entities, parents, and entities inside attributes and
// tags. Whoever knows a number needs no text any more.
class EntityStore {
 public:
  // No entities at all.
  EntityStore();
  ~EntityStore();
  EntityStore(EntityStore&&) noexcept;
  EntityStore& operator=(EntityStore&&) noexcept;

  // kNoEntity if the uid does not occur.
  EntityNumber NumberOf(const EntityUidView& uid) const;
  // Takes no look-up for values that this store gave out. REQUIRES: `entity` is an entity.
  EntityNumber NumberOf(const Value& entity) const {
    const size_t hinted = size_t{entity.entity_hint()} - 1;
    if (hinted < count_ &&
        &UidOf(EntityNumber{static_cast<uint32_t>(hinted)}) == &entity.AsEntity()) {
      return EntityNumber{static_cast<uint32_t>(hinted)};
    }
    return NumberOf(entity.AsEntity());
  }

  // REQUIRES of all of these: the numbers are this store's.
  const EntityUidView& UidOf(EntityNumber number) const {
    const auto index = static_cast<size_t>(number);
    return uids_[index / kUidBlock][index % kUidBlock];
  }
  // False if it only occurs.
  bool IsStored(EntityNumber number) const { return RowOf(number).stored; }
  // Records; empty for what is not stored.
  const Value& Attributes(EntityNumber number) const { return RowOf(number).attributes; }
  const Value& Tags(EntityNumber number) const { return RowOf(number).tags; }
  // Everything above it, ascending.
  std::span<const EntityNumber> Ancestors(EntityNumber number) const {
    const Row& row = RowOf(number);
    return {ancestors_ + row.first_ancestor, row.ancestor_count};
  }
  bool IsBelow(EntityNumber below, EntityNumber above) const;

  bool IsStored(const EntityUidView& uid) const;
  // True if `ancestor` is above `uid`. An entity is not above itself, and one that the store does
  // not have is in nothing.
  bool IsBelow(const EntityUidView& uid, const EntityUidView& ancestor) const;
  // True if the store has it, or has an entity below it.
  bool Mentions(const EntityUidView& uid) const;

  // Entities stored.
  size_t size() const;
  // How many pairs of an entity and one of its ancestors there are.
  size_t ancestor_pairs() const;
  // All memory that it holds.
  size_t bytes() const;

 private:
  friend class EntityStoreBuilder;
  struct Tables;
  struct Row {
    Value attributes = Value::EmptyRecord();
    Value tags = Value::EmptyRecord();
    uint32_t first_ancestor = 0;
    uint32_t ancestor_count = 0;
    uint32_t position = 0;  // in the order of Add
    bool stored = false;
    bool mentioned = false;  // stored, or somebody's parent
  };
  static constexpr size_t kUidBlock = 1024;

  explicit EntityStore(std::unique_ptr<const Tables> tables);
  const Row& RowOf(EntityNumber number) const { return rows_[static_cast<size_t>(number)]; }

  std::unique_ptr<const Tables> tables_;
  // Into the tables, so that what is asked most is a few loads.
  const Row* rows_ = nullptr;
  const EntityNumber* ancestors_ = nullptr;
  const std::unique_ptr<EntityUidView[]>* uids_ = nullptr;
  size_t count_ = 0;
};

// Collects entities and closes the hierarchy.
class EntityStoreBuilder {
 public:
  // The most pairs of entity and ancestor that a store may hold, unless told otherwise: the closure
  // of a long chain grows with the square of its length, and must not eat the memory.
  static constexpr size_t kMaxAncestorPairs = size_t{1} << 26;

  enum class Error : uint8_t { kDuplicate, kCycle, kTooManyAncestors };
  struct Problem {
    Error error;
    size_t entity;  // position, in the order of Add
  };

  explicit EntityStoreBuilder(size_t max_ancestor_pairs = kMaxAncestorPairs);
  ~EntityStoreBuilder();

  // Copies what it needs. A second definition of the same entity is dropped if it is equal in all
  // parts, and is a kDuplicate of Build if not.
  void Add(const Entity& entity);

  // REQUIRES: called once. The store, or what is wrong with the first entity that is wrong.
  std::optional<Problem> Build(EntityStore* store);

 private:
  struct Parents;

  bool SameParents(EntityNumber number, std::span<const EntityUidView> parents) const;

  std::unique_ptr<EntityStore::Tables> tables_;
  std::unique_ptr<Parents> parents_;
  size_t max_ancestor_pairs_;
  size_t added_ = 0;
  std::optional<Problem> duplicate_;
};

}  // namespace thuja::value
