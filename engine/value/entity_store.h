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

// The number of a uid that a store mentions; dense.
enum class EntityNumber : uint32_t {};
inline constexpr EntityNumber kNoEntity = EntityNumber{UINT32_MAX};

// Immutable; shared between threads.
class EntityStore {
 public:
  // No entities at all.
  EntityStore();
  ~EntityStore();
  EntityStore(EntityStore&&) noexcept;
  EntityStore& operator=(EntityStore&&) noexcept;

  // Null if the store does not have it, though it may be somebody's parent.
  const Entity* Find(const EntityUidView& uid) const;

  // True if `ancestor` is above `uid`. An entity is not above itself, and one that the store does
  // not have is in nothing.
  bool IsBelow(const EntityUidView& uid, const EntityUidView& ancestor) const;

  // True if the store has it, or has an entity below it.
  bool Mentions(const EntityUidView& uid) const;

  EntityNumber NumberOf(const EntityUidView& uid) const;
  EntityNumber NumberOf(const Value& entity) const { return NumberOf(entity.AsEntity()); }
  const EntityUidView& UidOf(EntityNumber number) const;
  bool IsStored(EntityNumber number) const;
  Value Attributes(EntityNumber number) const;
  Value Tags(EntityNumber number) const;
  std::span<const EntityNumber> Ancestors(EntityNumber number) const;  // ascending
  bool IsBelow(EntityNumber below, EntityNumber above) const;

  size_t size() const;
  // How many pairs of an entity and one of its ancestors there are.
  size_t ancestor_pairs() const;

 private:
  friend class EntityStoreBuilder;
  struct Tables;

  std::unique_ptr<const Tables> tables_;
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

  // Whatever the added entities point to is put here, or lives as long as the store.
  base::Arena& arena();

  // A second definition of the same entity is dropped if it is equal in all parts, and is a
  // kDuplicate of Build if not.
  void Add(const Entity& entity);

  // REQUIRES: called once. The store, or what is wrong with the first entity that is wrong.
  std::optional<Problem> Build(EntityStore* store);

 private:
  std::unique_ptr<EntityStore::Tables> tables_;
  size_t max_ancestor_pairs_;
  size_t added_ = 0;
  std::optional<Problem> duplicate_;
};

}  // namespace thuja::value
