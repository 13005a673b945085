// SPDX-License-Identifier: Apache-2.0
// The entities that policies look into: attributes, tags, and who is in whom.
//
// The hierarchy is closed when the store is built: every entity knows all its ancestors, so that
// `in` is a look-up. A parent that is not in the store itself is an ancestor like any other and has
// none of its own.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <span>
#include <vector>

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
// tags. Whoever knows a number needs no text any more. A store that grew from another
// (engine/value/entity_store_builder.h) shares with it what did not change, and its numbers.
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
  const EntityUidView& UidOf(EntityNumber number) const { return *RowOf(number).uid; }
  // False if it only occurs.
  bool IsStored(EntityNumber number) const { return RowOf(number).stored; }
  // Records; empty for what is not stored.
  const Value& Attributes(EntityNumber number) const {
    return BlockOf(number).attributes[static_cast<size_t>(number) % kRowBlock];
  }
  const Value& Tags(EntityNumber number) const { return *RowOf(number).tags; }
  // Everything above it, ascending.
  std::span<const EntityNumber> Ancestors(EntityNumber number) const {
    const Row& row = RowOf(number);
    return {row.lineage, row.ancestor_count};
  }
  // Those it was given as parents, ascending. No decision asks for them; they are picked out of the
  // ancestors here.
  std::vector<EntityNumber> Parents(EntityNumber number) const;
  bool IsBelow(EntityNumber below, EntityNumber above) const {
    const std::span<const EntityNumber> ancestors = Ancestors(below);
    return !ancestors.empty() && *FindLast(ancestors, above) == above;
  }

  // The store's own copy of the name of an attribute or a tag, which is the key of every record
  // that has it, records inside attributes included; null data if there is none. A store that
  // extends this one has the same. The empty name has an address like others, so that sizes must
  // be compared too.
  std::string_view FindName(std::string_view name) const;

  bool IsStored(const EntityUidView& uid) const;
  // True if `ancestor` is above `uid`. An entity is not above itself, and one that the store does
  // not have is in nothing.
  bool IsBelow(const EntityUidView& uid, const EntityUidView& ancestor) const;
  // True if the store has it, or has an entity below it.
  bool Mentions(const EntityUidView& uid) const;

  // Entities stored.
  size_t size() const;
  // Numbers given: all of them are below this.
  size_t numbers() const { return count_; }
  // How many pairs of an entity and one of its ancestors there are.
  size_t ancestor_pairs() const;
  // All memory that it holds, also what it shares with stores that it grew from.
  size_t bytes() const;

  // True if this store grew from `earlier` in one step, so that the numbers of `earlier` are those
  // of this store too.
  bool Extends(const EntityStore& earlier) const;

 private:
  friend class EntityStoreBuilder;
  struct Tables;
  static constexpr size_t kRowBlock = 256;
  static const Value kNoTags;
  // Half a cache line.
  struct Row {
    const EntityUidView* uid = nullptr;
    const Value* tags = &kNoTags;
    // The ancestors, and behind them, 32 to a word, a bit for each that says whether it is a
    // parent.
    const EntityNumber* lineage = nullptr;
    uint32_t ancestor_count = 0;
    uint32_t stored : 1 = 0;
    uint32_t child_count : 31 = 0;  // whose parent it is
  };
  // What belongs to so many numbers. Attributes are apart: a test of them needs no more of a row.
  struct alignas(64) Block {
    Block() { attributes.fill(Value::EmptyRecord()); }

    std::array<Value, kRowBlock> attributes;
    std::array<Row, kRowBlock> rows;
  };

  explicit EntityStore(std::unique_ptr<const Tables> tables);

  // The last that is not larger than `number`, or else the first. A binary search whose only branch
  // is its end: which way it goes cannot be foreseen. REQUIRES: there are some.
  static const EntityNumber* FindLast(std::span<const EntityNumber> ascending,
                                      EntityNumber number) {
    const EntityNumber* at = ascending.data();
    for (size_t left = ascending.size(); left > 1;) {
      const size_t half = left / 2;
      at = at[half] <= number ? at + half : at;
      left -= half;
    }
    return at;
  }
  const Block& BlockOf(EntityNumber number) const {
    return *blocks_[static_cast<size_t>(number) / kRowBlock];
  }
  const Row& RowOf(EntityNumber number) const {
    return BlockOf(number).rows[static_cast<size_t>(number) % kRowBlock];
  }

  std::unique_ptr<const Tables> tables_;
  // Into the tables, so that what is asked most is a few loads.
  const Block* const* blocks_ = nullptr;
  size_t count_ = 0;
};

}  // namespace thuja::value
