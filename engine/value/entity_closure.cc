// SPDX-License-Identifier: Apache-2.0
// EntityStoreBuilder's second half: who is above whom.
//
// The closure is computed parents first on an explicit stack, so that a chain of any length cannot
// overflow ours, and counted while it grows. After an update it is computed for those alone that
// got other parents and for those below them. Entities that are closed together and have the same
// parents share one lineage, unless very many other ones come between: where thousands are in one
// group, what is above them is there once.
//
// Tested by tests/unit/value/entity_store_test.cc and tests/unit/value/entity_update_test.cc.
#include <algorithm>
#include <bit>
#include <utility>

#include "engine/base/hash.h"
#include "engine/value/entity_store_builder.h"
#include "engine/value/entity_tables.h"
#include "engine/value/number_sorter.h"

namespace thuja::value {

// What closing needs besides the builder.
struct EntityStoreBuilder::Closing {
  // An entity on the way up, and those of its parents that were not looked at yet.
  struct Step {
    EntityNumber number;
    std::span<const EntityNumber> parents;
  };
  struct Closed {
    uint32_t hash = 0;  // of the parents
    EntityNumber number = kNoEntity;
  };
  // More would not stay in a cache of the processor.
  static constexpr size_t kMaxRemembered = size_t{1} << 16;

  Closing(size_t numbers, size_t affected)
      : sorter(numbers), remembered(std::bit_ceil(std::min(affected, kMaxRemembered))) {}

  NumberSorter sorter;
  std::vector<EntityNumber> ancestors;  // room for those of one entity
  // Who was closed last of those whose parents have a hash that ends so; a power of two of them.
  std::vector<Closed> remembered;
  std::vector<Step> stack;
};

EntityStoreBuilder::Problem EntityStoreBuilder::ProblemAt(Error error, EntityNumber number) const {
  const Draft* draft = FindDraft(number);
  return {error, draft == nullptr ? 0 : draft->position, *tables_->At(number).uid};
}

EntityStoreBuilder::Mark& EntityStoreBuilder::MarkOf(EntityNumber number) {
  return Own(number).marks[Index(number) % EntityStore::kRowBlock];
}

bool EntityStoreBuilder::IsMarked(EntityNumber number, Mark mark) const {
  const auto& own = owned_[Index(number) / EntityStore::kRowBlock];
  const Mark marked =
      own == nullptr ? Mark::kClosed : own->marks[Index(number) % EntityStore::kRowBlock];
  return marked == mark;
}

// From now on its ancestors are not right, and not counted.
void EntityStoreBuilder::MarkNew(EntityNumber number) {
  if (std::exchange(MarkOf(number), Mark::kNew) == Mark::kNew) return;
  DraftOf(number);
  affected_.push_back(number);
  tables_->ancestor_pairs -= tables_->At(number).ancestor_count;
}

// Whoever is below an affected entity is affected, too. By the parents that it had before, it has
// that entity among the ancestors of its row.
void EntityStoreBuilder::MarkBelow() {
  std::vector<bool> above;  // who is affected and has others below it in the base
  for (const EntityNumber number : affected_) {
    if (Index(number) >= base_count_ || tables_->At(number).child_count == 0) continue;
    above.resize(base_count_);
    above[Index(number)] = true;
  }
  if (above.empty()) return;
  for (uint32_t i = 0; i < base_count_; ++i) {
    const Row& row = tables_->At(EntityNumber{i});
    const std::span<const EntityNumber> ancestors(row.lineage, row.ancestor_count);
    if (std::ranges::any_of(ancestors, [&](EntityNumber number) { return above[Index(number)]; })) {
      MarkNew(EntityNumber{i});
    }
  }
}

// REQUIRES: the entity has a draft, the rows of all its parents are right, and its own ancestors
// are not counted.
void EntityStoreBuilder::Close(EntityNumber number, Closing& closing) {
  const std::span<const EntityNumber> parents = FindDraft(number)->parents;
  Row& row = Mutable(number);
  row.lineage = nullptr;
  row.ancestor_count = 0;
  if (parents.empty()) return;
  const uint32_t hash = NumberIndex::Shorten(
      base::HashBytes({reinterpret_cast<const char*>(parents.data()), parents.size_bytes()}));
  Closing::Closed& last = closing.remembered[hash & (closing.remembered.size() - 1)];
  if (last.number != kNoEntity && last.hash == hash &&
      std::ranges::equal(FindDraft(last.number)->parents, parents)) {
    row.lineage = tables_->At(last.number).lineage;
    row.ancestor_count = tables_->At(last.number).ancestor_count;
  } else {
    last = {hash, number};
    const std::span<const EntityNumber> ancestors = Collect(parents, closing);
    row.ancestor_count = static_cast<uint32_t>(ancestors.size());
    row.lineage = KeepLineage(parents, ancestors);
  }
  tables_->ancestor_pairs += row.ancestor_count;
}

// What is above an entity with these parents; lasts until the next call.
std::span<const EntityNumber> EntityStoreBuilder::Collect(std::span<const EntityNumber> parents,
                                                          Closing& closing) const {
  std::vector<EntityNumber>& ancestors = closing.ancestors;
  if (parents.size() == 1) {
    // Of what grows in chains and trees there may be much; it is sorted already.
    const Row& above = tables_->At(parents[0]);
    ancestors.assign(above.lineage, above.lineage + above.ancestor_count);
    ancestors.insert(std::ranges::lower_bound(ancestors, parents[0]), parents[0]);
    return ancestors;
  }
  size_t collected = parents.size();
  closing.sorter.Insert(parents);
  for (const EntityNumber parent : parents) {
    const Row& above = tables_->At(parent);
    closing.sorter.Insert(std::span(above.lineage, above.ancestor_count));
    collected += above.ancestor_count;
  }
  ancestors.resize(std::max(ancestors.size(), std::min(collected, tables_->count)));
  return {ancestors.data(), closing.sorter.Drain(ancestors.data())};
}

// The layout of Row::lineage.
const EntityNumber* EntityStoreBuilder::KeepLineage(std::span<const EntityNumber> parents,
                                                    std::span<const EntityNumber> ancestors) {
  constexpr size_t kBits = Tables::kParentBits;
  const size_t words = (ancestors.size() + kBits - 1) / kBits;
  EntityNumber* const lineage = arena_->AllocateArray<EntityNumber>(ancestors.size() + words);
  EntityNumber* const bits = std::ranges::copy(ancestors, lineage).out;
  std::fill_n(bits, words, EntityNumber{0});
  for (const EntityNumber parent : parents) {
    const auto at =
        static_cast<size_t>(EntityStore::FindLast(ancestors, parent) - ancestors.data());
    const uint32_t bit = uint32_t{1} << (at % kBits);
    bits[at / kBits] = EntityNumber{static_cast<uint32_t>(bits[at / kBits]) | bit};
  }
  return lineage;
}

// A depth-first search from one entity up through its parents, closing each on the way back.
std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::CloseFrom(EntityNumber start,
                                                                         Closing& closing) {
  std::vector<Closing::Step>& stack = closing.stack;
  const auto enter = [&](EntityNumber number) {
    MarkOf(number) = Mark::kOpen;
    stack.push_back({number, FindDraft(number)->parents});
  };
  enter(start);
  while (!stack.empty()) {
    Closing::Step& step = stack.back();
    while (!step.parents.empty() && IsMarked(step.parents.front(), Mark::kClosed)) {
      step.parents = step.parents.subspan(1);
    }
    if (!step.parents.empty()) {
      const EntityNumber parent = step.parents.front();
      if (IsMarked(parent, Mark::kOpen)) return ProblemAt(Error::kCycle, parent);
      enter(parent);
      continue;
    }
    Close(step.number, closing);
    if (tables_->ancestor_pairs > max_ancestor_pairs_) {
      return ProblemAt(Error::kTooManyAncestors, step.number);
    }
    MarkOf(step.number) = Mark::kClosed;
    stack.pop_back();
  }
  return std::nullopt;
}

std::optional<EntityStoreBuilder::Problem> EntityStoreBuilder::CloseAffected() {
  if (affected_.empty()) return std::nullopt;
  MarkBelow();
  Closing closing(tables_->count, affected_.size());
  for (const EntityNumber number : affected_) {
    if (IsMarked(number, Mark::kClosed)) continue;
    if (auto problem = CloseFrom(number, closing)) return problem;
  }
  return std::nullopt;
}

}  // namespace thuja::value
