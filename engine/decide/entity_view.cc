// SPDX-License-Identifier: Apache-2.0
// Laying a request's entities over the store.
//
// Tested by tests/unit/decide/entity_view_test.cc.
#include "engine/decide/entity_view.h"

#include <algorithm>
#include <utility>

#include "engine/base/names.h"

namespace thuja::decide {
namespace {

using value::Entity;
using value::EntityUidView;
using value::Field;
using value::Value;

// True if a field of `added` is in `stored` with another value.
bool Differs(const Value& stored, const Value& added) {
  return std::ranges::any_of(added.AsRecord(), [&](const Field& field) {
    const Value* known = stored.Find(field.key);
    return known != nullptr && *known != field.value;
  });
}

}  // namespace

EntityView::Problem EntityView::Open(const value::EntityStore& store, const value::Request& request,
                                     RequestEntities mode) {
  store_ = &store;
  mode_ = mode;
  overlaid_.clear();
  adds_parents_ = false;
  if (request.entities.empty()) return Problem::kNone;
  if (mode == RequestEntities::kNone) return Problem::kReplacesStored;
  if (!SortOverlaid(request.entities)) return Problem::kContradiction;
  for (const Entity* entity : overlaid_) {
    if (ReplacesStored(*entity)) return Problem::kReplacesStored;
    adds_parents_ = adds_parents_ || !entity->parents.empty();
  }
  return adds_parents_ && HasCycle() ? Problem::kContradiction : Problem::kNone;
}

bool EntityView::SortOverlaid(const std::vector<Entity>& entities) {
  for (const Entity& entity : entities) overlaid_.push_back(&entity);
  const auto by_uid = [](const Entity* a, const Entity* b) { return a->uid < b->uid; };
  std::ranges::sort(overlaid_, by_uid);
  size_t kept = 1;
  for (size_t i = 1; i < overlaid_.size(); ++i) {
    if (overlaid_[i]->uid != overlaid_[kept - 1]->uid) {
      overlaid_[kept++] = overlaid_[i];
    } else if (!IsSameDefinition(*overlaid_[i], *overlaid_[kept - 1])) {
      return false;
    }
  }
  overlaid_.resize(kept);
  return true;
}

// Parents come in any order, and in any number.
bool EntityView::IsSameDefinition(const Entity& a, const Entity& b) {
  if (a.attributes != b.attributes || a.tags != b.tags) return false;
  if (a.parents.size() != b.parents.size()) return false;
  for (const auto& [parents, sorted] :
       {std::pair(a.parents, &sorted_parents_[0]), std::pair(b.parents, &sorted_parents_[1])}) {
    sorted->assign(parents.begin(), parents.end());
    std::ranges::sort(*sorted);
  }
  return sorted_parents_[0] == sorted_parents_[1];
}

bool EntityView::ReplacesStored(const Entity& entity) const {
  const value::EntityNumber number = store_->NumberOf(entity.uid);
  if (number != value::kNoEntity && mode_ != RequestEntities::kOverride &&
      (Differs(store_->Attributes(number), entity.attributes) ||
       Differs(store_->Tags(number), entity.tags))) {
    return true;
  }
  if (!base::IsActionType(entity.uid.type) && !store_->Mentions(entity.uid)) return false;
  return std::ranges::any_of(entity.parents, [&](const EntityUidView& parent) {
    return !store_->IsBelow(entity.uid, parent);
  });
}

// Depth-first over the request's own entities; the store has no way back into them, since whatever
// it mentions can have no parents from a request.
bool EntityView::HasCycle() {
  enum : uint8_t { kNew, kOpen, kClosed };
  marks_.assign(overlaid_.size(), kNew);
  for (uint32_t start = 0; start < overlaid_.size(); ++start) {
    stack_.assign(1, start);
    while (!stack_.empty()) {
      const uint32_t at = stack_.back();
      if (marks_[at] != kNew) {
        marks_[at] = kClosed;
        stack_.pop_back();
        continue;
      }
      marks_[at] = kOpen;
      for (const EntityUidView& parent : overlaid_[at]->parents) {
        const size_t above = OverlaidPosition(parent);
        if (above == overlaid_.size()) continue;
        if (marks_[above] == kOpen) return true;
        if (marks_[above] == kNew) stack_.push_back(static_cast<uint32_t>(above));
      }
    }
  }
  return false;
}

size_t EntityView::OverlaidPosition(const EntityUidView& uid) const {
  const auto found = std::ranges::lower_bound(overlaid_, uid, {},
                                              [](const Entity* entity) { return entity->uid; });
  if (found == overlaid_.end() || (*found)->uid != uid) return overlaid_.size();
  return static_cast<size_t>(found - overlaid_.begin());
}

const Entity* EntityView::FindOverlaid(const EntityUidView& uid) const {
  if (overlaid_.empty()) return nullptr;
  const size_t position = OverlaidPosition(uid);
  return position == overlaid_.size() ? nullptr : overlaid_[position];
}

bool EntityView::Has(const EntityUidView& uid) const {
  return store_->IsStored(uid) || FindOverlaid(uid) != nullptr;
}

// Where request and store have the field they are equal, unless the request may override.
const Value* EntityView::FindAttribute(const EntityUidView& uid, std::string_view name) const {
  if (const Entity* entity = FindOverlaid(uid); entity != nullptr) {
    const Value* added = entity->attributes.Find(name);
    if (added != nullptr) return added;
  }
  const value::EntityNumber number = store_->NumberOf(uid);
  return number == value::kNoEntity ? nullptr : store_->Attributes(number).Find(name);
}

const Value* EntityView::FindTag(const EntityUidView& uid, std::string_view name) const {
  if (const Entity* entity = FindOverlaid(uid); entity != nullptr) {
    const Value* added = entity->tags.Find(name);
    if (added != nullptr) return added;
  }
  const value::EntityNumber number = store_->NumberOf(uid);
  return number == value::kNoEntity ? nullptr : store_->Tags(number).Find(name);
}

std::span<const value::EntityNumber> EntityView::StoredAncestors(const EntityUidView& uid) const {
  const value::EntityNumber number = store_->NumberOf(uid);
  if (number == value::kNoEntity) return {};
  return store_->Ancestors(number);
}

std::span<const Entity* const> EntityView::OverlaidUpFrom(const EntityUidView& uid) {
  reached_.clear();
  const size_t start = OverlaidPosition(uid);
  if (start == overlaid_.size()) return reached_;
  marks_.assign(overlaid_.size(), 0);
  marks_[start] = 1;
  reached_.push_back(overlaid_[start]);
  for (size_t i = 0; i < reached_.size(); ++i) {
    for (const EntityUidView& parent : reached_[i]->parents) {
      const size_t above = OverlaidPosition(parent);
      if (above == overlaid_.size() || marks_[above] != 0) continue;
      marks_[above] = 1;
      reached_.push_back(overlaid_[above]);
    }
  }
  return reached_;
}

bool EntityView::IsIn(const EntityUidView& uid, const EntityUidView& ancestor) {
  if (uid == ancestor || store_->IsBelow(uid, ancestor)) return true;
  if (overlaid_.empty()) return false;
  const std::span<const Entity* const> reached = OverlaidUpFrom(uid);
  return std::ranges::any_of(reached, [&](const Entity* entity) {
    return std::ranges::any_of(entity->parents, [&](const EntityUidView& parent) {
      return parent == ancestor || store_->IsBelow(parent, ancestor);
    });
  });
}

}  // namespace thuja::decide
