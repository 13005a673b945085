// SPDX-License-Identifier: Apache-2.0
// Layout of the store, and closing the hierarchy.
//
// What belongs to a number lies in arrays by number. A uid is found through an open-addressing
// table whose buckets hold part of the hash, so that other uids are hardly ever looked at. The
// entities inside attributes point at the store's own uid and carry its number, which is believed
// only if they do point there. Names of types and attributes occur once each.
//
// The closure is computed children first on an explicit stack, so that a chain of any length cannot
// overflow ours, and counted while it grows.
//
// Tested by tests/unit/value/entity_store_test.cc.
#include "engine/value/entity_store.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <string_view>
#include <utility>

#include "engine/base/hash.h"

namespace thuja::value {
namespace {

size_t Index(EntityNumber number) { return static_cast<size_t>(number); }

uint32_t HashOf(const EntityUidView& uid) { return static_cast<uint32_t>(HashUid(uid) >> 32); }

enum class Mark : uint8_t { kNew, kOpen, kClosed };

}  // namespace

struct EntityStore::Tables {
  struct Bucket {
    uint32_t hash = 0;
    EntityNumber number = kNoEntity;
  };

  EntityNumber Find(const EntityUidView& uid) const {
    const uint32_t hash = HashOf(uid);
    for (size_t at = hash & mask();; at = (at + 1) & mask()) {
      const Bucket& bucket = buckets[at];
      if (bucket.number == kNoEntity) return kNoEntity;
      if (bucket.hash == hash && UidAt(Index(bucket.number)) == uid) return bucket.number;
    }
  }

  size_t mask() const { return buckets.size() - 1; }
  const EntityUidView& UidAt(size_t index) const {
    return uids[index / kUidBlock][index % kUidBlock];
  }
  EntityNumber FindOrAdd(const EntityUidView& uid);
  void Place(const Bucket& bucket);
  std::string_view Intern(std::string_view word);
  Value Own(const Value& value);

  base::Arena arena;
  absl::flat_hash_set<std::string_view, base::TextHash> words;  // names of types and attributes
  std::vector<std::unique_ptr<EntityUidView[]>>
      uids;  // in blocks, so that they stay where they are
  std::vector<Row> rows;
  std::vector<Bucket> buckets = std::vector<Bucket>(16);
  std::vector<EntityNumber> ancestors;  // runs of rows
  size_t stored = 0;
};

void EntityStore::Tables::Place(const Bucket& bucket) {
  size_t at = bucket.hash & mask();
  while (buckets[at].number != kNoEntity) at = (at + 1) & mask();
  buckets[at] = bucket;
}

EntityNumber EntityStore::Tables::FindOrAdd(const EntityUidView& uid) {
  const EntityNumber known = Find(uid);
  if (known != kNoEntity) return known;
  if (2 * (rows.size() + 1) > buckets.size()) {
    const std::vector<Bucket> old = std::exchange(buckets, std::vector<Bucket>(2 * buckets.size()));
    for (const Bucket& bucket : old) {
      if (bucket.number != kNoEntity) Place(bucket);
    }
  }
  const EntityNumber number{static_cast<uint32_t>(rows.size())};
  Place({HashOf(uid), number});
  if (rows.size() % kUidBlock == 0) uids.push_back(std::make_unique<EntityUidView[]>(kUidBlock));
  uids.back()[rows.size() % kUidBlock] = {Intern(uid.type), arena.CopyString(uid.id)};
  rows.emplace_back();
  return number;
}

std::string_view EntityStore::Tables::Intern(std::string_view word) {
  const auto found = words.find(word);
  if (found != words.end()) return *found;
  return *words.insert(arena.CopyString(word)).first;
}

// A copy that is the store's own.
Value EntityStore::Tables::Own(const Value& value) {
  switch (value.type()) {
    case Type::kEntity: {
      const EntityNumber number = FindOrAdd(value.AsEntity());
      return Value::Entity(&UidAt(Index(number)), static_cast<uint32_t>(Index(number)) + 1);
    }
    case Type::kSet: {
      const std::span<const Value> elements = value.AsSet();
      const std::span<Value> owned(arena.AllocateArray<Value>(elements.size()), elements.size());
      for (size_t i = 0; i < elements.size(); ++i) owned[i] = Own(elements[i]);
      return Value::Set(owned);
    }
    case Type::kRecord: {
      const std::span<const Field> fields = value.AsRecord();
      const std::span<Field> owned(arena.AllocateArray<Field>(fields.size()), fields.size());
      for (size_t i = 0; i < fields.size(); ++i) {
        owned[i] = {Intern(fields[i].key), Own(fields[i].value)};
      }
      return Value::Record(owned);
    }
    default: return value.CopyInto(arena);
  }
}

EntityStore::EntityStore() : EntityStore(std::make_unique<const Tables>()) {}
EntityStore::EntityStore(std::unique_ptr<const Tables> tables)
    : tables_(std::move(tables)),
      rows_(tables_->rows.data()),
      ancestors_(tables_->ancestors.data()),
      uids_(tables_->uids.data()),
      count_(tables_->rows.size()) {}
EntityStore::~EntityStore() = default;
EntityStore::EntityStore(EntityStore&&) noexcept = default;
EntityStore& EntityStore::operator=(EntityStore&&) noexcept = default;

EntityNumber EntityStore::NumberOf(const EntityUidView& uid) const { return tables_->Find(uid); }

bool EntityStore::IsBelow(EntityNumber below, EntityNumber above) const {
  const std::span<const EntityNumber> ancestors = Ancestors(below);
  // A short run is read faster than it is bisected.
  constexpr size_t kShort = 16;
  if (ancestors.size() <= kShort) {
    for (const EntityNumber ancestor : ancestors) {
      if (ancestor == above) return true;
    }
    return false;
  }
  return std::ranges::binary_search(ancestors, above);
}

bool EntityStore::IsStored(const EntityUidView& uid) const {
  const EntityNumber number = NumberOf(uid);
  return number != kNoEntity && IsStored(number);
}

bool EntityStore::IsBelow(const EntityUidView& uid, const EntityUidView& ancestor) const {
  const EntityNumber below = NumberOf(uid);
  if (below == kNoEntity || Ancestors(below).empty()) return false;
  const EntityNumber above = NumberOf(ancestor);
  return above != kNoEntity && IsBelow(below, above);
}

bool EntityStore::Mentions(const EntityUidView& uid) const {
  const EntityNumber number = NumberOf(uid);
  return number != kNoEntity && RowOf(number).mentioned;
}

size_t EntityStore::size() const { return tables_->stored; }
size_t EntityStore::ancestor_pairs() const { return tables_->ancestors.size(); }

size_t EntityStore::bytes() const {
  return sizeof(Tables) + tables_->arena.capacity() +
         tables_->uids.size() * kUidBlock * sizeof(EntityUidView) +
         tables_->rows.capacity() * sizeof(Row) +
         tables_->buckets.capacity() * sizeof(Tables::Bucket) +
         tables_->ancestors.capacity() * sizeof(EntityNumber) +
         tables_->words.capacity() * (sizeof(std::string_view) + 1);
}

// The parents as given, until the hierarchy is closed.
struct EntityStoreBuilder::Parents {
  struct Run {
    size_t first = 0;
    size_t count = 0;
  };

  std::span<const EntityNumber> Of(EntityNumber number) const {
    if (Index(number) >= runs.size()) return {};
    return std::span(numbers).subspan(runs[Index(number)].first, runs[Index(number)].count);
  }

  // REQUIRES: the ancestors of all parents of the entity are known.
  void Collect(EntityNumber number, EntityStore::Tables& tables);
  std::optional<Problem> CloseFrom(EntityNumber start, std::vector<Mark>& marks, size_t max_pairs,
                                   EntityStore::Tables& tables);

  std::vector<EntityNumber> numbers;
  std::vector<Run> runs;
  std::vector<EntityNumber> collected;
};

void EntityStoreBuilder::Parents::Collect(EntityNumber number, EntityStore::Tables& tables) {
  collected.clear();
  const auto drop_repeated = [this] {
    std::ranges::sort(collected);
    collected.erase(std::ranges::unique(collected).begin(), collected.end());
  };
  // Many parents with the same ancestors must not take many times their memory on the way.
  size_t crowded = size_t{1} << 16;
  for (const EntityNumber parent : Of(number)) {
    collected.push_back(parent);
    const EntityStore::Row& above = tables.rows[Index(parent)];
    const auto first = tables.ancestors.begin() + above.first_ancestor;
    collected.insert(collected.end(), first, first + above.ancestor_count);
    if (collected.size() < crowded) continue;
    drop_repeated();
    crowded = std::max(crowded, 2 * collected.size());
  }
  drop_repeated();
  EntityStore::Row& row = tables.rows[Index(number)];
  row.first_ancestor = static_cast<uint32_t>(tables.ancestors.size());
  row.ancestor_count = static_cast<uint32_t>(collected.size());
  tables.ancestors.insert(tables.ancestors.end(), collected.begin(), collected.end());
}

// A depth-first search from one entity up through its parents, closing each on the way back.
std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::Parents::CloseFrom(
    EntityNumber start, std::vector<Mark>& marks, size_t max_pairs, EntityStore::Tables& tables) {
  struct Frame {
    EntityNumber number;
    size_t next_parent;
  };
  std::vector<Frame> stack = {{start, 0}};
  marks[Index(start)] = Mark::kOpen;
  while (!stack.empty()) {
    Frame& frame = stack.back();
    const std::span<const EntityNumber> above = Of(frame.number);
    if (frame.next_parent < above.size()) {
      const EntityNumber parent = above[frame.next_parent++];
      if (marks[Index(parent)] == Mark::kOpen) {
        return Problem{Error::kCycle, tables.rows[Index(parent)].position};
      }
      if (marks[Index(parent)] == Mark::kNew) {
        marks[Index(parent)] = Mark::kOpen;
        stack.push_back({parent, 0});
      }
      continue;
    }
    Collect(frame.number, tables);
    if (tables.ancestors.size() > max_pairs) {
      return Problem{Error::kTooManyAncestors, tables.rows[Index(frame.number)].position};
    }
    marks[Index(frame.number)] = Mark::kClosed;
    stack.pop_back();
  }
  return std::nullopt;
}

EntityStoreBuilder::EntityStoreBuilder(size_t max_ancestor_pairs)
    : tables_(std::make_unique<EntityStore::Tables>()),
      parents_(std::make_unique<Parents>()),
      max_ancestor_pairs_(max_ancestor_pairs) {}
EntityStoreBuilder::~EntityStoreBuilder() = default;

bool EntityStoreBuilder::SameParents(EntityNumber number,
                                     std::span<const EntityUidView> parents) const {
  std::vector<EntityNumber> given;
  for (const EntityUidView& parent : parents) given.push_back(tables_->Find(parent));
  const std::span<const EntityNumber> known = parents_->Of(number);
  std::vector<EntityNumber> first(known.begin(), known.end());
  for (std::vector<EntityNumber>* numbers : {&given, &first}) {
    std::ranges::sort(*numbers);
    numbers->erase(std::ranges::unique(*numbers).begin(), numbers->end());
  }
  return given == first;
}

void EntityStoreBuilder::Add(const Entity& entity) {
  using Row = EntityStore::Row;
  const size_t position = added_++;
  const EntityNumber number = tables_->FindOrAdd(entity.uid);
  if (const Row& first = tables_->rows[Index(number)]; first.stored) {
    const bool same = first.attributes == entity.attributes && first.tags == entity.tags &&
                      SameParents(number, entity.parents);
    if (!same && !duplicate_) duplicate_ = Problem{Error::kDuplicate, position};
    return;
  }
  const size_t first_parent = parents_->numbers.size();
  for (const EntityUidView& parent : entity.parents) {
    const EntityNumber above = tables_->FindOrAdd(parent);
    tables_->rows[Index(above)].mentioned = true;
    parents_->numbers.push_back(above);
  }
  const Value attributes = tables_->Own(entity.attributes);
  const Value tags = tables_->Own(entity.tags);
  if (parents_->runs.size() <= Index(number)) parents_->runs.resize(tables_->rows.size());
  parents_->runs[Index(number)] = {first_parent, entity.parents.size()};
  Row& row = tables_->rows[Index(number)];
  row.attributes = attributes;
  row.tags = tags;
  row.stored = true;
  row.mentioned = true;
  row.position = static_cast<uint32_t>(position);
  ++tables_->stored;
}

std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::Build(EntityStore* store) {
  if (duplicate_) return duplicate_;
  std::vector<Mark> marks(tables_->rows.size(), Mark::kNew);
  for (uint32_t row = 0; row < marks.size(); ++row) {
    if (marks[row] != Mark::kNew) continue;
    const std::optional<Problem> problem =
        parents_->CloseFrom(EntityNumber{row}, marks, max_ancestor_pairs_, *tables_);
    if (problem) return problem;
  }
  tables_->rows.shrink_to_fit();
  tables_->ancestors.shrink_to_fit();
  *store = EntityStore(std::move(tables_));
  return std::nullopt;
}

}  // namespace thuja::value
