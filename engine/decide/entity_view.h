// SPDX-License-Identifier: Apache-2.0
// The store's entities with those that came with a request laid over them.
//
// By default a request may add: entities that nobody knows, and attributes and tags of those that
// are known. It may not replace: a value that differs from a stored one is refused. In no mode may
// it give a parent to an action or to any entity that the store mentions, because group membership
// is what access is decided by. Entities known only from the request may have parents of any kind.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/value/entity_store.h"
#include "engine/value/request.h"

namespace thuja::decide {

// What the entities of a request may do to the store's.
enum class RequestEntities : uint8_t {
  kNone,      // nothing: a request that brings any is refused
  kAdd,       // add, never replace
  kOverride,  // replace attributes and tags, for callers that know better than the store
};

// Reused from decision to decision; not thread-safe.
class EntityView {
 public:
  enum class Problem : uint8_t {
    kNone,
    kReplacesStored,  // more than the mode allows: a stored value or a known entity's parents
    kContradiction,   // two definitions of one entity in the request, or a cycle of parents
  };

  // Lays the request's entities over the store. Both must outlive the use of the view.
  Problem Open(const value::EntityStore& store, const value::Request& request,
               RequestEntities mode = RequestEntities::kAdd);

  // True if the request brings an entity with parents; if not, the hierarchy is the store's.
  bool adds_parents() const { return adds_parents_; }

  // What the request says of it; null if it says nothing.
  const value::Entity* FindOverlaid(const value::EntityUidView& uid) const;

  // True if store or request define it.
  bool Has(const value::EntityUidView& uid) const;

  // Null if the entity has no such attribute or tag, or is not there.
  const value::Value* FindAttribute(const value::EntityUidView& uid, std::string_view name) const;
  const value::Value* FindTag(const value::EntityUidView& uid, std::string_view name) const;

  // Calls `each(ancestor)` for everything above `uid`, some of it more than once.
  template <typename Each>
  void ForEachAncestor(const value::EntityUidView& uid, const Each& each) {
    for (const value::EntityNumber stored : StoredAncestors(uid)) each(store_->UidOf(stored));
    for (const value::Entity* entity : OverlaidUpFrom(uid)) {
      for (const value::EntityUidView& parent : entity->parents) {
        each(parent);
        for (const value::EntityNumber stored : StoredAncestors(parent))
          each(store_->UidOf(stored));
      }
    }
  }

  // Cedar's `in`: reflexive, also for entities that are not there.
  bool IsIn(const value::EntityUidView& uid, const value::EntityUidView& ancestor);

 private:
  size_t OverlaidPosition(const value::EntityUidView& uid) const;
  bool ReplacesStored(const value::Entity& entity) const;
  bool SortOverlaid(const std::vector<value::Entity>& entities);
  bool IsSameDefinition(const value::Entity& a, const value::Entity& b);
  bool HasCycle();
  std::span<const value::EntityNumber> StoredAncestors(const value::EntityUidView& uid) const;
  // The request's entities that are reached from this one through the request's parents, itself
  // first. Lasts until the next question.
  std::span<const value::Entity* const> OverlaidUpFrom(const value::EntityUidView& uid);

  const value::EntityStore* store_ = nullptr;
  RequestEntities mode_ = RequestEntities::kAdd;
  bool adds_parents_ = false;
  std::vector<const value::Entity*> overlaid_;  // by uid
  std::vector<uint32_t> stack_;                 // of searches, kept for its memory
  std::vector<uint8_t> marks_;
  std::vector<const value::Entity*> reached_;
  std::array<std::vector<value::EntityUidView>, 2> sorted_parents_;  // of two definitions
};

}  // namespace thuja::decide
