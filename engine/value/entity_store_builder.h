// SPDX-License-Identifier: Apache-2.0
// Makes an EntityStore out of entities, or out of another store and what changed.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/value/entity_store.h"

namespace thuja::value {

// Collects entities and closes the hierarchy. Not thread-safe.
//
// What an update costs grows with what changes and hardly with the store: three words are copied
// for every 256 rows, and, where parents change, a bit a row is cleared. Where an entity that has
// others below it gets other parents, all rows are looked through for those below. When what later
// updates hold, in use or not, outgrows what the first build took, or after 1,024 updates, an
// update builds the store anew; that one takes as long as the first build did.
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
  using Block = EntityStore::Block;
  using Tables = EntityStore::Tables;
  // Whether the ancestors of an entity are right.
  enum class Mark : uint8_t { kClosed, kNew, kOpen };

  // An entity that was added or removed, or whose ancestors are no longer right.
  struct Draft {
    std::span<const EntityNumber> parents;  // ascending
    size_t position = 0;                    // of its Add; 0 if there was none
    bool added = false;
  };
  // A block that no other store has, and what is known of its rows until the store is built.
  struct OwnBlock {
    Block* block;
    std::array<Draft*, EntityStore::kRowBlock> drafts{};
    std::array<Mark, EntityStore::kRowBlock> marks{};
  };
  struct Name {
    std::string_view text;  // the store's own
    uint64_t hash = 0;
  };
  // A uid that is looked for, its type as the store spells it.
  struct Sought {
    EntityUidView uid;
    uint32_t hash;
  };

  OwnBlock& Own(EntityNumber number);
  Row& Mutable(EntityNumber number);
  Draft& DraftOf(EntityNumber number);
  const Draft* FindDraft(EntityNumber number) const;  // null if there is none
  Sought Seek(const EntityUidView& uid);
  void SeekAll(const Entity& entity);
  EntityNumber FindOrAdd(const Sought& sought);
  const Name& Intern(std::string_view name);
  Value Copy(const Value& value);
  std::span<const EntityNumber> Keep(std::span<const EntityNumber> numbers);
  void SetParents(EntityNumber number, Draft& draft, std::span<const Sought> parents);
  void Store(EntityNumber number, const Value& attributes, const Value* tags, bool stored);
  bool IsSame(EntityNumber number, const Draft& draft, const Entity& entity) const;

  // engine/value/entity_closure.cc has these.
  struct Closing;
  Problem ProblemAt(Error error, EntityNumber number) const;
  Mark& MarkOf(EntityNumber number);
  bool IsMarked(EntityNumber number, Mark mark) const;
  void MarkNew(EntityNumber number);
  void MarkBelow();
  std::optional<Problem> CloseAffected();
  std::optional<Problem> CloseFrom(EntityNumber start, Closing& closing);
  void Close(EntityNumber number, Closing& closing);
  std::span<const EntityNumber> Collect(std::span<const EntityNumber> parents,
                                        Closing& closing) const;
  const EntityNumber* KeepLineage(std::span<const EntityNumber> parents,
                                  std::span<const EntityNumber> ancestors);

  bool IsCrowded() const;
  void BuildAnew(EntityStore* store) const;

  const size_t max_ancestor_pairs_;
  std::unique_ptr<Tables> tables_;
  std::shared_ptr<base::Arena> arena_;
  std::vector<std::unique_ptr<OwnBlock>> owned_;  // null for those of the base
  base::Arena drafts_;                            // and their parents
  size_t base_count_ = 0;
  size_t added_ = 0;
  std::optional<Problem> duplicate_;
  std::array<Name, 64> lately_{};       // names by a few of their bytes: they are met again soon
  std::vector<EntityNumber> affected_;  // whose ancestors are no longer those of the base
  // Of the entity that is looked at: its uid, its parents, and entities in its attributes; the
  // numbers of its parents.
  std::vector<Sought> sought_;
  std::vector<EntityNumber> given_;
};

}  // namespace thuja::value
