// SPDX-License-Identifier: Apache-2.0
// A set of policies under their ids: static policies, templates, and links of templates.
//
// All three share one space of ids. A template decides nothing until it is linked; a link gives
// every slot of its template an entity and decides like a static policy.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/hash.h"
#include "engine/lang/ast.h"

namespace thuja::lang {

// One policy that decides: a static policy, or a template with its slots filled.
struct BoundPolicy {
  std::string id;
  const Policy* policy = nullptr;  // owned by the set
  // Empty unless the policy has that slot.
  std::optional<EntityLiteral> principal_slot;
  std::optional<EntityLiteral> resource_slot;
};

// The values of a link, keyed `?principal` and `?resource`.
using SlotValues = std::map<std::string, EntityLiteral, std::less<>>;

// Movable. Policies stay where they are when the set moves. Not thread-safe while it is built.
class PolicySet {
 public:
  PolicySet() = default;
  PolicySet(PolicySet&&) = default;
  PolicySet& operator=(PolicySet&&) = default;

  // Makes room for so many more.
  void Reserve(size_t policies);

  // Adds a static policy or a template. False if the id is taken.
  bool Add(std::string id, Policy policy);

  // Why a link was refused; kNone if it was made.
  enum class LinkError : uint8_t {
    kNone,
    kNoSuchTemplate,
    kNotATemplate,
    kMissingValue,
    kExtraValue,
    kDuplicateId,
  };
  // Values must cover exactly the template's slots. The template is named by its id, or, if no
  // policy has that id, by its `@id` annotation.
  LinkError Link(std::string_view template_id, std::string link_id, const SlotValues& values);

  // Those that decide, in the order in which they were added.
  const std::vector<BoundPolicy>& bound() const { return bound_; }
  size_t template_count() const { return template_count_; }

  // Static policy, template or link; null if there is none.
  const Policy* Find(std::string_view id) const;

  // By id or, if no policy has that id, by the `@id` annotation of exactly one template.
  const Policy* FindTemplate(std::string_view name) const;

  // Every policy and template as it was added, with its id.
  const std::vector<std::pair<std::string, const Policy*>>& policies() const { return policies_; }

 private:
  std::vector<std::unique_ptr<const Policy>> storage_;
  std::vector<std::pair<std::string, const Policy*>> policies_;
  std::vector<BoundPolicy> bound_;
  using ByName = absl::flat_hash_map<std::string, const Policy*, base::TextHash, std::equal_to<>>;
  ByName by_id_;
  ByName templates_by_annotation_;  // null: several
  size_t template_count_ = 0;
};

}  // namespace thuja::lang
