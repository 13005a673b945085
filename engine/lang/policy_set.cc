// SPDX-License-Identifier: Apache-2.0
// Ids and links.
//
// Tested by tests/unit/lang/policy_set_test.cc.
#include "engine/lang/policy_set.h"

#include <utility>

namespace thuja::lang {

void PolicySet::Reserve(size_t policies) {
  storage_.reserve(storage_.size() + policies);
  policies_.reserve(policies_.size() + policies);
  bound_.reserve(bound_.size() + policies);
  by_id_.reserve(by_id_.size() + policies);
}

bool PolicySet::Add(std::string id, Policy policy) {
  auto stored = std::make_unique<const Policy>(std::move(policy));
  if (!by_id_.try_emplace(id, stored.get()).second) return false;
  if (stored->is_template()) {
    ++template_count_;
    if (const Annotation* annotation = stored->FindAnnotation("id"); annotation != nullptr) {
      const auto [named, first] =
          templates_by_annotation_.try_emplace(annotation->value.value_or(""), stored.get());
      if (!first) named->second = nullptr;
    }
  } else {
    bound_.push_back({id, stored.get(), std::nullopt, std::nullopt});
  }
  policies_.emplace_back(std::move(id), stored.get());
  storage_.push_back(std::move(stored));
  return true;
}

const Policy* PolicySet::Find(std::string_view id) const {
  const auto found = by_id_.find(id);
  return found == by_id_.end() ? nullptr : found->second;
}

const Policy* PolicySet::FindTemplate(std::string_view name) const {
  const Policy* by_id = Find(name);
  if (by_id != nullptr) return by_id;
  const auto found = templates_by_annotation_.find(name);
  return found == templates_by_annotation_.end() ? nullptr : found->second;
}

PolicySet::LinkError PolicySet::Link(std::string_view template_id, std::string link_id,
                                     const SlotValues& values) {
  const Policy* linked = FindTemplate(template_id);
  if (linked == nullptr) return LinkError::kNoSuchTemplate;
  if (!linked->is_template()) return LinkError::kNotATemplate;
  BoundPolicy bound{std::move(link_id), linked, std::nullopt, std::nullopt};
  size_t used = 0;
  const auto fill = [&](const ScopeConstraint& constraint, Slot slot,
                        std::optional<EntityLiteral>* value) {
    if (!constraint.slot) return true;
    const auto found = values.find(Spelling(slot));
    if (found == values.end()) return false;
    *value = found->second;
    ++used;
    return true;
  };
  if (!fill(linked->principal, Slot::kPrincipal, &bound.principal_slot) ||
      !fill(linked->resource, Slot::kResource, &bound.resource_slot)) {
    return LinkError::kMissingValue;
  }
  if (used != values.size()) return LinkError::kExtraValue;
  if (!by_id_.try_emplace(bound.id, linked).second) return LinkError::kDuplicateId;
  bound_.push_back(std::move(bound));
  return LinkError::kNone;
}

}  // namespace thuja::lang
