// SPDX-License-Identifier: Apache-2.0
// Questions to the store.
//
// Tested by tests/unit/value/entity_store_test.cc.
#include "engine/value/entity_store.h"

#include <algorithm>
#include <utility>

#include "engine/value/entity_tables.h"

namespace thuja::value {

const Value EntityStore::kNoTags = Value::EmptyRecord();

EntityStore::EntityStore() : EntityStore(std::make_unique<const Tables>()) {}
EntityStore::EntityStore(std::unique_ptr<const Tables> tables)
    : tables_(std::move(tables)), blocks_(tables_->rows.data()), count_(tables_->count) {
  static_assert(sizeof(Row) == 32);
}
EntityStore::~EntityStore() = default;
EntityStore::EntityStore(EntityStore&&) noexcept = default;
EntityStore& EntityStore::operator=(EntityStore&&) noexcept = default;

EntityNumber EntityStore::NumberOf(const EntityUidView& uid) const { return tables_->Find(uid); }

std::string_view EntityStore::FindName(std::string_view name) const {
  const std::string_view settled = tables_->names.settled->Find(name);
  return settled.data() != nullptr ? settled : tables_->names.recent.Find(name);
}

std::vector<EntityNumber> EntityStore::Parents(EntityNumber number) const {
  std::vector<EntityNumber> parents;
  tables_->AppendParents(number, &parents);
  return parents;
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
  return number != kNoEntity && (RowOf(number).stored || RowOf(number).child_count > 0);
}

size_t EntityStore::size() const { return tables_->stored; }
size_t EntityStore::ancestor_pairs() const { return tables_->ancestor_pairs; }

size_t EntityStore::bytes() const {
  size_t bytes = sizeof(Tables) + tables_->index.bytes() + tables_->names.bytes() +
                 tables_->blocks.size() * sizeof(Block) +
                 tables_->blocks.capacity() * sizeof(tables_->blocks[0]) +
                 tables_->rows.capacity() * sizeof(tables_->rows[0]);
  for (const auto& arena : tables_->arenas) bytes += arena->capacity();
  return bytes;
}

bool EntityStore::Extends(const EntityStore& earlier) const {
  return tables_->grown_from != 0 && tables_->grown_from == earlier.tables_->id;
}

}  // namespace thuja::value
