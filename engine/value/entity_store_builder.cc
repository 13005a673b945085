// SPDX-License-Identifier: Apache-2.0
// Copying what changes, and closing the hierarchy.
//
// The entities inside attributes point at the store's own uid and carry its number, which is
// believed only if they do point there. Uids never move and numbers are never given twice, so both
// hold in every store that grows from this one.
//
// The closure is computed children first on an explicit stack, so that a chain of any length cannot
// overflow ours, and counted while it grows. After an update it is computed for those alone that
// got other parents and for those below them.
//
// Tested by tests/unit/value/entity_store_test.cc and tests/unit/value/entity_update_test.cc.
#include "engine/value/entity_store_builder.h"

#include <algorithm>
#include <atomic>
#include <string_view>
#include <utility>

#include "engine/value/entity_tables.h"

namespace thuja::value {
namespace {

uint64_t NextStoreId() {
  static std::atomic<uint64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void SortWithoutRepeats(std::vector<EntityNumber>& numbers, size_t first = 0) {
  const auto begin = numbers.begin() + static_cast<ptrdiff_t>(first);
  std::sort(begin, numbers.end());
  numbers.erase(std::unique(begin, numbers.end()), numbers.end());
}

}  // namespace

EntityStoreBuilder::EntityStoreBuilder(size_t max_ancestor_pairs)
    : max_ancestor_pairs_(max_ancestor_pairs),
      tables_(std::make_unique<Tables>()),
      arena_(std::make_shared<base::Arena>()) {}

EntityStoreBuilder::EntityStoreBuilder(const EntityStore& base, size_t max_ancestor_pairs)
    : max_ancestor_pairs_(max_ancestor_pairs),
      tables_(std::make_unique<Tables>(*base.tables_)),
      arena_(std::make_shared<base::Arena>()),
      owned_(tables_->blocks.size()),
      base_count_(tables_->count) {
  tables_->grown_from = tables_->id;
}

EntityStoreBuilder::~EntityStoreBuilder() = default;

EntityStoreBuilder::Row& EntityStoreBuilder::Mutable(EntityNumber number) {
  const size_t block = Index(number) / EntityStore::kRowBlock;
  if (!owned_[block]) {
    owned_[block] = true;
    tables_->blocks[block] = std::make_shared<Tables::Block>(*tables_->blocks[block]);
    tables_->rows[block] = tables_->blocks[block]->data();
  }
  return (*tables_->blocks[block])[Index(number) % EntityStore::kRowBlock];
}

EntityNumber EntityStoreBuilder::FindOrAdd(const EntityUidView& uid) {
  const EntityNumber known = tables_->Find(uid);
  if (known != kNoEntity) return known;
  const EntityNumber number{static_cast<uint32_t>(tables_->count)};
  if (tables_->count++ % EntityStore::kRowBlock == 0) {
    tables_->rows.push_back(
        tables_->blocks.emplace_back(std::make_shared<Tables::Block>())->data());
    owned_.push_back(true);
  }
  tables_->index.recent.Add(UidIndex::HashOf(uid), number);
  Mutable(number).uid = arena_->New(EntityUidView{Intern(uid.type), arena_->CopyString(uid.id)});
  return number;
}

std::string_view EntityStoreBuilder::Intern(std::string_view name) {
  for (const NameSet* names :
       {tables_->names.settled.get(), &std::as_const(tables_->names.recent)}) {
    const std::string_view known = names->Find(name);
    if (known.data() != nullptr) return known;
  }
  const std::string_view owned = arena_->CopyString(name);
  tables_->names.recent.Add(owned);
  return owned;
}

// A copy that is the store's own.
Value EntityStoreBuilder::Own(const Value& value) {
  switch (value.type()) {
    case Type::kEntity: {
      const EntityNumber number = FindOrAdd(value.AsEntity());
      return Value::Entity(tables_->At(number).uid, static_cast<uint32_t>(Index(number)) + 1);
    }
    case Type::kSet: {
      const std::span<const Value> elements = value.AsSet();
      const std::span<Value> owned(arena_->AllocateArray<Value>(elements.size()), elements.size());
      for (size_t i = 0; i < elements.size(); ++i) owned[i] = Own(elements[i]);
      return Value::Set(owned);
    }
    case Type::kRecord: {
      const std::span<const Field> fields = value.AsRecord();
      const std::span<Field> owned(arena_->AllocateArray<Field>(fields.size()), fields.size());
      for (size_t i = 0; i < fields.size(); ++i) {
        owned[i] = {Intern(fields[i].key), Own(fields[i].value)};
      }
      return Value::Record(owned);
    }
    default: return value.CopyInto(*arena_);
  }
}

std::span<const EntityNumber> EntityStoreBuilder::ParentsOf(EntityNumber number) const {
  if (const auto change = changes_.find(number); change != changes_.end()) {
    return std::span(parents_).subspan(change->second.first_parent, change->second.parent_count);
  }
  const Row& row = tables_->At(number);
  return {row.lineage + row.ancestor_count, row.parent_count};
}

// Counts the children of the parents, old and new.
void EntityStoreBuilder::SetParents(EntityNumber number, Change* change,
                                    std::span<const EntityUidView> parents) {
  change->first_parent = parents_.size();
  for (const EntityUidView& parent : parents) parents_.push_back(FindOrAdd(parent));
  SortWithoutRepeats(parents_, change->first_parent);
  change->parent_count = parents_.size() - change->first_parent;
  const auto now = std::span(parents_).subspan(change->first_parent);
  const auto before = ParentsOf(number);
  if (!std::ranges::equal(before, now)) {
    for (const EntityNumber parent : before) --Mutable(parent).child_count;
    for (const EntityNumber parent : now) ++Mutable(parent).child_count;
    moved_.push_back(number);
  }
}

bool EntityStoreBuilder::IsSame(EntityNumber number, const Change& change,
                                const Entity& entity) const {
  const Row& row = tables_->At(number);
  if (row.attributes != entity.attributes || row.tags != entity.tags) return false;
  std::vector<EntityNumber> given;
  for (const EntityUidView& parent : entity.parents) given.push_back(tables_->Find(parent));
  SortWithoutRepeats(given);
  return std::ranges::equal(given,
                            std::span(parents_).subspan(change.first_parent, change.parent_count));
}

void EntityStoreBuilder::Add(const Entity& entity) {
  const size_t position = added_++;
  const EntityNumber number = FindOrAdd(entity.uid);
  if (const auto earlier = changes_.find(number);
      earlier != changes_.end() && !earlier->second.removed) {
    if (!duplicate_ && !IsSame(number, earlier->second, entity)) {
      duplicate_ = Problem{Error::kDuplicate, position, *tables_->At(number).uid};
    }
    return;
  }
  Change change = {.position = position};
  SetParents(number, &change, entity.parents);
  changes_[number] = change;
  const Value attributes = Own(entity.attributes);
  const Value tags = Own(entity.tags);
  Row& row = Mutable(number);
  if (!row.stored) ++tables_->stored;
  row.attributes = attributes;
  row.tags = tags;
  row.stored = true;
}

bool EntityStoreBuilder::Remove(const EntityUidView& uid) {
  const EntityNumber number = tables_->Find(uid);
  if (number == kNoEntity || !tables_->At(number).stored) return false;
  Change change = {.removed = true};
  SetParents(number, &change, {});
  changes_[number] = change;
  Row& row = Mutable(number);
  row.attributes = Value::EmptyRecord();
  row.tags = Value::EmptyRecord();
  row.stored = false;
  --tables_->stored;
  return true;
}

EntityStoreBuilder::Problem EntityStoreBuilder::ProblemAt(Error error, EntityNumber number) const {
  const auto change = changes_.find(number);
  return {error, change == changes_.end() ? 0 : change->second.position, *tables_->At(number).uid};
}

// Everyone whose ancestors are not what they were is kNew. Whoever is below a moved entity, by
// parents that it had before, has that entity among the ancestors of its row.
std::vector<EntityStoreBuilder::Mark> EntityStoreBuilder::MarkAffected() {
  std::vector<Mark> marks(tables_->count, Mark::kClosed);
  const auto mark = [&](EntityNumber number) {
    if (std::exchange(marks[Index(number)], Mark::kNew) == Mark::kNew) return;
    affected_.push_back(number);
    tables_->ancestor_pairs -= tables_->At(number).ancestor_count;
  };
  bool has_children = false;
  for (const EntityNumber number : moved_) {
    mark(number);
    has_children = has_children || tables_->At(number).child_count > 0;
  }
  if (!has_children) return marks;
  for (uint32_t i = 0; i < base_count_; ++i) {
    const Row& row = tables_->At(EntityNumber{i});
    const std::span<const EntityNumber> ancestors(row.lineage, row.ancestor_count);
    const bool is_below = std::ranges::any_of(
        ancestors, [&](EntityNumber ancestor) { return marks[Index(ancestor)] == Mark::kNew; });
    if (is_below) mark(EntityNumber{i});
  }
  return marks;
}

// REQUIRES: the rows of all parents are right, and the entity's own ancestors are not counted.
void EntityStoreBuilder::Close(EntityNumber number) {
  collected_.clear();
  // Many parents with the same ancestors must not take many times their memory on the way.
  size_t crowded = size_t{1} << 16;
  const std::span<const EntityNumber> parents = ParentsOf(number);
  for (const EntityNumber parent : parents) {
    collected_.push_back(parent);
    const Row& above = tables_->At(parent);
    collected_.insert(collected_.end(), above.lineage, above.lineage + above.ancestor_count);
    if (collected_.size() < crowded) continue;
    SortWithoutRepeats(collected_);
    crowded = std::max(crowded, 2 * collected_.size());
  }
  SortWithoutRepeats(collected_);
  EntityNumber* lineage = arena_->AllocateArray<EntityNumber>(collected_.size() + parents.size());
  std::ranges::copy(parents, std::ranges::copy(collected_, lineage).out);
  Row& row = Mutable(number);
  tables_->ancestor_pairs += collected_.size();
  row.lineage = lineage;
  row.ancestor_count = static_cast<uint32_t>(collected_.size());
  row.parent_count = static_cast<uint32_t>(parents.size());
}

// A depth-first search from one entity up through its parents, closing each on the way back.
std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::CloseFrom(EntityNumber start,
                                                                         std::vector<Mark>& marks) {
  struct Frame {
    EntityNumber number;
    size_t next_parent;
  };
  std::vector<Frame> stack = {{start, 0}};
  marks[Index(start)] = Mark::kOpen;
  while (!stack.empty()) {
    Frame& frame = stack.back();
    const std::span<const EntityNumber> above = ParentsOf(frame.number);
    if (frame.next_parent < above.size()) {
      const EntityNumber parent = above[frame.next_parent++];
      if (marks[Index(parent)] == Mark::kOpen) return ProblemAt(Error::kCycle, parent);
      if (marks[Index(parent)] == Mark::kNew) {
        marks[Index(parent)] = Mark::kOpen;
        stack.push_back({parent, 0});
      }
      continue;
    }
    Close(frame.number);
    if (tables_->ancestor_pairs > max_ancestor_pairs_) {
      return ProblemAt(Error::kTooManyAncestors, frame.number);
    }
    marks[Index(frame.number)] = Mark::kClosed;
    stack.pop_back();
  }
  return std::nullopt;
}

// Whether what later generations hold, in use or not, is more than what the first one did.
bool EntityStoreBuilder::IsCrowded() const {
  constexpr size_t kMaxGenerations = 1024;
  constexpr size_t kSmall = size_t{1} << 16;
  if (tables_->arenas.size() > kMaxGenerations) return true;
  size_t later = 0;
  for (const auto& arena : std::span(tables_->arenas).subspan(1)) later += arena->capacity();
  return later > tables_->arenas.front()->capacity() + kSmall;
}

// REQUIRES: everything is closed. What is in a store can be built, so that this cannot fail.
void EntityStoreBuilder::BuildAnew(EntityStore* store) const {
  EntityStoreBuilder anew(max_ancestor_pairs_);
  std::vector<EntityUidView> parents;
  for (uint32_t i = 0; i < tables_->count; ++i) {
    const Row& row = tables_->At(EntityNumber{i});
    if (!row.stored) continue;
    parents.clear();
    for (const EntityNumber parent :
         std::span(row.lineage + row.ancestor_count, row.parent_count)) {
      parents.push_back(*tables_->At(parent).uid);
    }
    anew.Add({*row.uid, row.attributes, row.tags, parents});
  }
  anew.Build(store);
}

std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::Build(EntityStore* store) {
  if (duplicate_) return duplicate_;
  std::vector<Mark> marks = MarkAffected();
  for (const EntityNumber number : affected_) {
    if (marks[Index(number)] != Mark::kNew) continue;
    if (const auto problem = CloseFrom(number, marks); problem) return problem;
  }
  tables_->arenas.push_back(std::move(arena_));
  if (IsCrowded()) {
    BuildAnew(store);
    return std::nullopt;
  }
  tables_->index.Settle();
  tables_->names.Settle();
  tables_->id = NextStoreId();
  *store = EntityStore(std::move(tables_));
  return std::nullopt;
}

}  // namespace thuja::value
