// SPDX-License-Identifier: Apache-2.0
// Looking up, and collecting what is above an entity.
//
// Tested by tests/property/agreement_test.cc and tests/unit/decide/decide_test.cc.
#include "engine/decide/entity_facts.h"

#include <algorithm>

namespace thuja::decide {
namespace {

using tree::kNoIndex;
using value::EntityNumber;
using value::EntityUidView;
using value::Field;
using value::kNoEntity;
using value::Value;

// So many keys are compared faster than bisected: most differ in their size already.
constexpr size_t kFewFields = 16;

}  // namespace

void EntityFactsMemory::Grow(const tree::Program& program) {
  const size_t symbols = program.words.symbols.size();
  for (Symbols& in : in_) in.resize(std::max(in.size(), symbols));
  for (Symbols& above : above_) above.reserve(symbols);
  other_.reserve(symbols);
  places_.resize(std::max(places_.size(), program.words.names.size()));
}

void EntityFactsMemory::Forget() {
  for (Symbols& in : in_) std::ranges::fill(in, 0);
}

EntityFacts::EntityFacts(const tree::Program& program, const tree::Link& link,
                         const value::EntityStore& entities, EntityView& view,
                         const value::Request& request, const KnownNumbers& known,
                         EntityFactsMemory& memory)
    : words_(program.words),
      link_(link),
      entities_(entities),
      view_(view),
      memory_(memory),
      is_overlaid_(!request.entities.empty()),
      adds_parents_(view.adds_parents()),
      uids_{request.principal.view(), request.action.view(), request.resource.view()} {
  const std::optional<EntityNumber> known_numbers[] = {known.principal, std::nullopt,
                                                       known.resource};
  for (int i = 0; i < kEntityVariables; ++i) {
    numbers_[i] = known_numbers[i] ? *known_numbers[i] : entities_.NumberOf(uids_[i]);
    symbols_[i] = SymbolOf(uids_[i], numbers_[i]);
    if (is_overlaid_) overlaid_[i] = view_.FindOverlaid(uids_[i]);
  }
}

const Value* EntityFacts::SearchRecord(const Value& record, std::string_view key, uint32_t* place) {
  const std::span<const Field> fields = record.AsRecord();
  if (fields.size() > kFewFields) return record.Find(key);
  for (const Field& field : fields) {
    if (!base::EqualTexts(field.key, key)) continue;
    *place = static_cast<uint32_t>(&field - fields.data());
    return &field.value;
  }
  return nullptr;
}

const Value* EntityFacts::SearchStored(const Value& attributes, uint32_t name,
                                       uint32_t* place) const {
  const std::span<const Field> fields = attributes.AsRecord();
  if (fields.size() > kFewFields) return attributes.Find(words_.names[name]);
  const std::string_view key = link_.StoredName(name);
  for (const Field& field : fields) {
    if (!IsSameText(field.key, key)) continue;
    *place = static_cast<uint32_t>(&field - fields.data());
    return &field.value;
  }
  return nullptr;
}

uint32_t EntityFacts::SymbolOfUnknown(const EntityUidView& uid) const {
  const auto found = words_.symbol_of.find(uid);
  return found == words_.symbol_of.end() ? kNoIndex : found->second;
}

bool EntityFacts::HasManyAbove(EntityNumber number, size_t symbols) const {
  if (adds_parents_ || number == kNoEntity) return false;
  const size_t above = entities_.Ancestors(number).size();
  return above > kManyAbove && above > symbols;
}

bool EntityFacts::IsInAnyOneByOne(int variable, std::span<const uint32_t> symbols) const {
  return std::ranges::any_of(symbols, [&](uint32_t symbol) {
    return IsInSymbol(uids_[variable], numbers_[variable], symbol);
  });
}

bool EntityFacts::CollectUnlessMany(int variable) {
  if (HasManyAbove(numbers_[variable], 0)) return false;
  Collect(variable);
  return true;
}

void EntityFacts::Collect(int variable) {
  above_known_[variable] = true;
  const uint32_t decision = memory_.decision_;
  std::vector<uint32_t>& above = memory_.above_[static_cast<size_t>(variable)];
  uint32_t* const in = memory_.in_[static_cast<size_t>(variable)].data();
  above.clear();
  ForEachSymbolAbove(uids_[variable], numbers_[variable], [&](uint32_t symbol) {
    if (in[symbol] == decision) return;
    in[symbol] = decision;
    above.push_back(symbol);
  });
}

std::span<const uint32_t> EntityFacts::SymbolsAbove(const EntityUidView& uid, EntityNumber number) {
  std::vector<uint32_t>& other = memory_.other_;
  other.clear();
  ForEachSymbolAbove(uid, number, [&](uint32_t symbol) { other.push_back(symbol); });
  if (adds_parents_) {
    // Two ways may lead to one group.
    std::ranges::sort(other);
    other.erase(std::ranges::unique(other).begin(), other.end());
  }
  return other;
}

template <typename Each>
void EntityFacts::ForEachSymbolAbove(const EntityUidView& uid, EntityNumber number,
                                     const Each& each) const {
  const auto visit = [&](uint32_t symbol) {
    if (symbol != kNoIndex) each(symbol);
  };
  visit(SymbolOf(uid, number));
  if (adds_parents_) {
    view_.ForEachAncestor(uid, [&](const EntityUidView& ancestor) {
      visit(SymbolOf(ancestor, entities_.NumberOf(ancestor)));
    });
  } else if (number != kNoEntity) {
    for (const EntityNumber ancestor : entities_.Ancestors(number)) visit(link_.SymbolOf(ancestor));
  }
}

}  // namespace thuja::decide
