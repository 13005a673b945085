// SPDX-License-Identifier: Apache-2.0
// Closing the hierarchy.
//
// Every uid that is mentioned, as an entity or as a parent, gets a dense number; an entity's
// ancestors are a sorted run of such numbers. The closure is computed children first on an explicit
// stack, so that a chain of any length cannot overflow ours, and counted while it grows.
//
// Tested by tests/unit/value/entity_store_test.cc.
#include "engine/value/entity_store.h"

#include <absl/container/flat_hash_map.h>
#include <absl/hash/hash.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace thuja::value {
namespace {

using Number = uint32_t;

// absl's hash does not know std::string_view in Debian's build, but it knows bytes.
struct UidHash {
  size_t operator()(const EntityUidView& uid) const {
    return absl::Hash<std::pair<absl::string_view, absl::string_view>>{}(
        {{uid.type.data(), uid.type.size()}, {uid.id.data(), uid.id.size()}});
  }
};

enum class Mark : uint8_t { kNew, kOpen, kClosed };

bool SameParents(std::span<const EntityUidView> a, std::span<const EntityUidView> b) {
  const auto sorted = [](std::span<const EntityUidView> uids) {
    std::vector<EntityUidView> copy(uids.begin(), uids.end());
    std::ranges::sort(copy);
    copy.erase(std::ranges::unique(copy).begin(), copy.end());
    return copy;
  };
  return sorted(a) == sorted(b);
}

}  // namespace

struct EntityStore::Tables {
  struct Row {
    Entity entity;
    bool stored = false;  // false: mentioned as a parent only
    size_t position = 0;  // in the order of Add
    std::vector<Number> parents;
    std::vector<Number> ancestors;  // ascending
  };

  Number NumberOf(const EntityUidView& uid) {
    const auto [found, fresh] = numbers.try_emplace(uid, static_cast<Number>(rows.size()));
    if (fresh) rows.emplace_back().entity.uid = uid;
    return found->second;
  }

  const Row* Find(const EntityUidView& uid) const {
    const auto found = numbers.find(uid);
    return found == numbers.end() ? nullptr : &rows[found->second];
  }

  void Collect(Row& row);
  std::optional<EntityStoreBuilder::Problem> CloseFrom(Number start, std::vector<Mark>& marks,
                                                       size_t max_pairs);

  base::Arena arena;
  absl::flat_hash_map<EntityUidView, Number, UidHash> numbers;
  std::vector<Row> rows;
  size_t stored = 0;
  size_t ancestor_pairs = 0;
};

// REQUIRES: the ancestors of all parents of the row are known.
void EntityStore::Tables::Collect(Row& row) {
  std::vector<Number>& ancestors = row.ancestors;
  const auto drop_repeated = [&ancestors] {
    std::ranges::sort(ancestors);
    ancestors.erase(std::ranges::unique(ancestors).begin(), ancestors.end());
  };
  // Many parents with the same ancestors must not take many times their memory on the way.
  size_t crowded = size_t{1} << 16;
  for (const Number parent : row.parents) {
    ancestors.push_back(parent);
    const std::vector<Number>& above = rows[parent].ancestors;
    ancestors.insert(ancestors.end(), above.begin(), above.end());
    if (ancestors.size() < crowded) continue;
    drop_repeated();
    crowded = std::max(crowded, 2 * ancestors.size());
  }
  drop_repeated();
  ancestors.shrink_to_fit();
  ancestor_pairs += ancestors.size();
}

// A depth-first search from one entity up through its parents, closing each on the way back.
std::optional<EntityStoreBuilder::Problem> EntityStore::Tables::CloseFrom(Number start,
                                                                          std::vector<Mark>& marks,
                                                                          size_t max_pairs) {
  struct Frame {
    Number row;
    size_t next_parent;
  };
  std::vector<Frame> stack = {{start, 0}};
  marks[start] = Mark::kOpen;
  while (!stack.empty()) {
    Frame& frame = stack.back();
    Row& row = rows[frame.row];
    if (frame.next_parent < row.parents.size()) {
      const Number parent = row.parents[frame.next_parent++];
      if (marks[parent] == Mark::kOpen) {
        return EntityStoreBuilder::Problem{EntityStoreBuilder::Error::kCycle,
                                           rows[parent].position};
      }
      if (marks[parent] == Mark::kNew) {
        marks[parent] = Mark::kOpen;
        stack.push_back({parent, 0});
      }
      continue;
    }
    Collect(row);
    if (ancestor_pairs > max_pairs) {
      return EntityStoreBuilder::Problem{EntityStoreBuilder::Error::kTooManyAncestors,
                                         row.position};
    }
    marks[frame.row] = Mark::kClosed;
    stack.pop_back();
  }
  return std::nullopt;
}

EntityStore::EntityStore() : tables_(std::make_unique<Tables>()) {}
EntityStore::~EntityStore() = default;
EntityStore::EntityStore(EntityStore&&) noexcept = default;
EntityStore& EntityStore::operator=(EntityStore&&) noexcept = default;

const Entity* EntityStore::Find(const EntityUidView& uid) const {
  const Tables::Row* row = tables_->Find(uid);
  return row == nullptr || !row->stored ? nullptr : &row->entity;
}

bool EntityStore::IsBelow(const EntityUidView& uid, const EntityUidView& ancestor) const {
  const Tables::Row* row = tables_->Find(uid);
  if (row == nullptr || row->ancestors.empty()) return false;
  const auto above = tables_->numbers.find(ancestor);
  return above != tables_->numbers.end() &&
         std::ranges::binary_search(row->ancestors, above->second);
}

bool EntityStore::Mentions(const EntityUidView& uid) const { return tables_->Find(uid) != nullptr; }

EntityNumber EntityStore::NumberOf(const EntityUidView& uid) const {
  const auto found = tables_->numbers.find(uid);
  return found == tables_->numbers.end() ? kNoEntity : EntityNumber{found->second};
}
const EntityUidView& EntityStore::UidOf(EntityNumber number) const {
  return tables_->rows[static_cast<size_t>(number)].entity.uid;
}
bool EntityStore::IsStored(EntityNumber number) const {
  return tables_->rows[static_cast<size_t>(number)].stored;
}
Value EntityStore::Attributes(EntityNumber number) const {
  return tables_->rows[static_cast<size_t>(number)].entity.attributes;
}
Value EntityStore::Tags(EntityNumber number) const {
  return tables_->rows[static_cast<size_t>(number)].entity.tags;
}
std::span<const EntityNumber> EntityStore::Ancestors(EntityNumber number) const {
  const std::vector<Number>& all = tables_->rows[static_cast<size_t>(number)].ancestors;
  return {reinterpret_cast<const EntityNumber*>(all.data()), all.size()};
}
bool EntityStore::IsBelow(EntityNumber below, EntityNumber above) const {
  return std::ranges::binary_search(Ancestors(below), above);
}

size_t EntityStore::size() const { return tables_->stored; }
size_t EntityStore::ancestor_pairs() const { return tables_->ancestor_pairs; }

EntityStoreBuilder::EntityStoreBuilder(size_t max_ancestor_pairs)
    : tables_(std::make_unique<EntityStore::Tables>()), max_ancestor_pairs_(max_ancestor_pairs) {}
EntityStoreBuilder::~EntityStoreBuilder() = default;

base::Arena& EntityStoreBuilder::arena() { return tables_->arena; }

void EntityStoreBuilder::Add(const Entity& entity) {
  const size_t position = added_++;
  const Number number = tables_->NumberOf(entity.uid);
  if (tables_->rows[number].stored) {
    const Entity& first = tables_->rows[number].entity;
    const bool same = first.attributes == entity.attributes && first.tags == entity.tags &&
                      SameParents(first.parents, entity.parents);
    if (!same && !duplicate_) duplicate_ = Problem{Error::kDuplicate, position};
    return;
  }
  std::vector<Number> parents;
  for (const EntityUidView& parent : entity.parents) parents.push_back(tables_->NumberOf(parent));
  EntityStore::Tables::Row& row = tables_->rows[number];
  row.entity = entity;
  row.stored = true;
  row.position = position;
  row.parents = std::move(parents);
  ++tables_->stored;
}

std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::Build(EntityStore* store) {
  if (duplicate_) return duplicate_;
  std::vector<Mark> marks(tables_->rows.size(), Mark::kNew);
  for (Number row = 0; row < tables_->rows.size(); ++row) {
    if (marks[row] != Mark::kNew) continue;
    const std::optional<Problem> problem = tables_->CloseFrom(row, marks, max_ancestor_pairs_);
    if (problem) return problem;
  }
  store->tables_ = std::move(tables_);
  return std::nullopt;
}

}  // namespace thuja::value
