// SPDX-License-Identifier: Apache-2.0
// Copying what changes.
//
// The entities inside attributes point at the store's own uid and carry its number, which is
// believed only if they do point there. Uids never move and numbers are never given twice, so both
// hold in every store that grows from this one.
//
// Tested by tests/unit/value/entity_store_test.cc and tests/unit/value/entity_update_test.cc.
#include "engine/value/entity_store_builder.h"

#include <algorithm>
#include <atomic>
#include <limits>
#include <string_view>
#include <utility>

#include "engine/base/words.h"
#include "engine/value/entity_tables.h"

namespace thuja::value {
namespace {

uint64_t NextStoreId() {
  static std::atomic<uint64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

void SortWithoutRepeats(std::vector<EntityNumber>& numbers) {
  std::ranges::sort(numbers);
  const auto repeats = std::ranges::unique(numbers);
  numbers.erase(repeats.begin(), repeats.end());
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

EntityStoreBuilder::OwnBlock& EntityStoreBuilder::Own(EntityNumber number) {
  const size_t at = Index(number) / EntityStore::kRowBlock;
  if (owned_[at] == nullptr) {
    tables_->blocks[at] = std::make_shared<Block>(*tables_->blocks[at]);
    tables_->rows[at] = tables_->blocks[at].get();
    owned_[at] = std::make_unique<OwnBlock>(OwnBlock{tables_->blocks[at].get()});
  }
  return *owned_[at];
}

EntityStoreBuilder::Row& EntityStoreBuilder::Mutable(EntityNumber number) {
  return Own(number).block->rows[Index(number) % EntityStore::kRowBlock];
}

EntityStoreBuilder::Draft& EntityStoreBuilder::DraftOf(EntityNumber number) {
  Draft*& draft = Own(number).drafts[Index(number) % EntityStore::kRowBlock];
  if (draft == nullptr) {
    given_.clear();
    tables_->AppendParents(number, &given_);
    draft = drafts_.New(Draft{.parents = Keep(given_)});
  }
  return *draft;
}

const EntityStoreBuilder::Draft* EntityStoreBuilder::FindDraft(EntityNumber number) const {
  const auto& own = owned_[Index(number) / EntityStore::kRowBlock];
  return own == nullptr ? nullptr : own->drafts[Index(number) % EntityStore::kRowBlock];
}

EntityStoreBuilder::Sought EntityStoreBuilder::Seek(const EntityUidView& uid) {
  const Name& type = Intern(uid.type);
  const uint32_t hash = NumberIndex::Shorten(HashUid(type.hash, uid.id));
  tables_->Prefetch(hash);
  return {{type.text, uid.id}, hash};
}

// In a large store, whoever looks for a uid waits for memory three times: for the bucket, for the
// row, and for the uid. Here all uids of one entity wait together.
void EntityStoreBuilder::SeekAll(const Entity& entity) {
  sought_.clear();
  sought_.push_back(Seek(entity.uid));
  for (const EntityUidView& parent : entity.parents) sought_.push_back(Seek(parent));
  for (const Field& field : entity.attributes.AsRecord()) {
    if (field.value.Is(Type::kEntity)) sought_.push_back(Seek(field.value.AsEntity()));
  }
  given_.clear();
  // The entity's own uid last: it was seldom met before, and its bucket takes longest to come.
  for (size_t i = sought_.size(); i-- > 0;) {
    const EntityNumber likely = tables_->Find(sought_[i].hash, [](EntityNumber) { return true; });
    if (likely == kNoEntity) continue;
    __builtin_prefetch(&tables_->At(likely));
    given_.push_back(likely);
  }
  for (const EntityNumber likely : given_) __builtin_prefetch(tables_->At(likely).uid);
}

EntityNumber EntityStoreBuilder::FindOrAdd(const Sought& sought) {
  const EntityNumber known = tables_->Find(sought.hash, sought.uid);
  if (known != kNoEntity) return known;
  const EntityNumber number{static_cast<uint32_t>(tables_->count)};
  if (tables_->count++ % EntityStore::kRowBlock == 0) {
    tables_->rows.push_back(tables_->blocks.emplace_back(std::make_shared<Block>()).get());
    owned_.push_back(std::make_unique<OwnBlock>(OwnBlock{tables_->blocks.back().get()}));
  }
  tables_->index.recent.Add(sought.hash, number);
  EntityUidView* owned = arena_->New(sought.uid);
  owned->id = arena_->CopyString(sought.uid.id);
  Mutable(number).uid = owned;
  return number;
}

// What it returns is good until the next call.
const EntityStoreBuilder::Name& EntityStoreBuilder::Intern(std::string_view name) {
  const size_t mixed = name.empty() ? 0
                                    : name.size() + 5 * static_cast<unsigned char>(name.front()) +
                                          25 * static_cast<unsigned char>(name.back());
  Name& lately = lately_[mixed % lately_.size()];
  if (lately.text.data() != nullptr && base::EqualTexts(lately.text, name)) return lately;
  lately = {{}, base::HashBytes(name)};
  for (const NameSet* names :
       {tables_->names.settled.get(), &std::as_const(tables_->names.recent)}) {
    if (lately.text.data() == nullptr) lately.text = names->Find(name);
  }
  if (lately.text.data() == nullptr) {
    lately.text = arena_->CopyString(name);
    tables_->names.recent.Add(lately.text);
  }
  return lately;
}

// A copy that is the store's own.
Value EntityStoreBuilder::Copy(const Value& value) {
  switch (value.type()) {
    case Type::kEntity: {
      const EntityNumber number = FindOrAdd(Seek(value.AsEntity()));
      return Value::Entity(tables_->At(number).uid, static_cast<uint32_t>(Index(number)) + 1);
    }
    case Type::kSet: {
      const std::span<const Value> elements = value.AsSet();
      const std::span<Value> owned(arena_->AllocateArray<Value>(elements.size()), elements.size());
      for (size_t i = 0; i < elements.size(); ++i) owned[i] = Copy(elements[i]);
      return Value::Set(owned);
    }
    case Type::kRecord: {
      const std::span<const Field> fields = value.AsRecord();
      const std::span<Field> owned(arena_->AllocateArray<Field>(fields.size()), fields.size());
      for (size_t i = 0; i < fields.size(); ++i) {
        owned[i] = {Intern(fields[i].key).text, Copy(fields[i].value)};
      }
      return Value::Record(owned);
    }
    default: return value.CopyInto(*arena_);
  }
}

std::span<const EntityNumber> EntityStoreBuilder::Keep(std::span<const EntityNumber> numbers) {
  EntityNumber* const kept = drafts_.AllocateArray<EntityNumber>(numbers.size());
  std::ranges::copy(numbers, kept);
  return {kept, numbers.size()};
}

// Counts the children of the parents, old and new.
void EntityStoreBuilder::SetParents(EntityNumber number, Draft& draft,
                                    std::span<const Sought> parents) {
  given_.clear();
  for (const Sought& parent : parents) given_.push_back(FindOrAdd(parent));
  SortWithoutRepeats(given_);
  if (std::ranges::equal(draft.parents, given_)) return;
  for (const EntityNumber parent : draft.parents) --Mutable(parent).child_count;
  for (const EntityNumber parent : given_) ++Mutable(parent).child_count;
  draft.parents = Keep(given_);
  MarkNew(number);
}

bool EntityStoreBuilder::IsSame(EntityNumber number, const Draft& draft,
                                const Entity& entity) const {
  if (tables_->AttributesOf(number) != entity.attributes ||
      *tables_->At(number).tags != entity.tags) {
    return false;
  }
  std::vector<EntityNumber> given;
  for (const EntityUidView& parent : entity.parents) given.push_back(tables_->Find(parent));
  SortWithoutRepeats(given);
  return std::ranges::equal(given, draft.parents);
}

void EntityStoreBuilder::Add(const Entity& entity) {
  const size_t position = added_++;
  SeekAll(entity);
  const EntityNumber number = FindOrAdd(sought_.front());
  Draft& draft = DraftOf(number);
  if (draft.added) {
    if (!duplicate_ && !IsSame(number, draft, entity)) {
      duplicate_ = Problem{Error::kDuplicate, position, *tables_->At(number).uid};
    }
    return;
  }
  draft.added = true;
  draft.position = position;
  SetParents(number, draft, std::span(sought_).subspan(1, entity.parents.size()));
  const Value attributes = Copy(entity.attributes);
  const Value* tags = &EntityStore::kNoTags;
  if (!entity.tags.AsRecord().empty()) tags = arena_->New(Copy(entity.tags));
  Store(number, attributes, tags, true);
}

bool EntityStoreBuilder::Remove(const EntityUidView& uid) {
  const EntityNumber number = tables_->Find(uid);
  if (number == kNoEntity || !tables_->At(number).stored) return false;
  Draft& draft = DraftOf(number);
  draft.added = false;
  draft.position = 0;
  SetParents(number, draft, {});
  Store(number, Value::EmptyRecord(), &EntityStore::kNoTags, false);
  return true;
}

void EntityStoreBuilder::Store(EntityNumber number, const Value& attributes, const Value* tags,
                               bool stored) {
  Block& block = *Own(number).block;
  block.attributes[Index(number) % EntityStore::kRowBlock] = attributes;
  Row& row = block.rows[Index(number) % EntityStore::kRowBlock];
  if (stored && !row.stored) ++tables_->stored;
  if (!stored && row.stored) --tables_->stored;
  row.tags = tags;
  row.stored = stored;
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
  EntityStoreBuilder anew(std::numeric_limits<size_t>::max());
  std::vector<EntityNumber> numbers;
  std::vector<EntityUidView> parents;
  for (uint32_t i = 0; i < tables_->count; ++i) {
    const EntityNumber number{i};
    const Row& row = tables_->At(number);
    if (!row.stored) continue;
    numbers.clear();
    tables_->AppendParents(number, &numbers);
    parents.clear();
    for (const EntityNumber parent : numbers) parents.push_back(*tables_->At(parent).uid);
    anew.Add({*row.uid, tables_->AttributesOf(number), *row.tags, parents});
  }
  anew.Build(store);
}

std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::Build(EntityStore* store) {
  if (duplicate_) return duplicate_;
  if (auto problem = CloseAffected()) return problem;
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
