// SPDX-License-Identifier: Apache-2.0
// What one decision needs to know of entities: which numbers and symbols principal, action and
// resource have, what their attributes are, and what they are in.
//
// The three are looked up once, by name, when a decision begins; from then on they are numbers. A
// question about an entity goes to the store's row unless the request brought something that could
// change the answer: attributes of its own, or parents.
#pragma once

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/words.h"
#include "engine/decide/entity_view.h"
#include "engine/tree/program.h"
#include "engine/value/entity_store.h"
#include "engine/value/request.h"

namespace thuja::decide {

// Position of a variable in a request; the context is none of these.
inline constexpr int kEntityVariables = 3;

// Numbers, in a snapshot's store, of entities of a request, from whoever has looked them up
// already.
struct KnownNumbers {
  std::optional<value::EntityNumber> principal = std::nullopt;
  std::optional<value::EntityNumber> resource = std::nullopt;
};

// Reused from decision to decision.
class EntityFactsMemory {
 public:
  // Grows to what the program can need.
  void Grow(const tree::Program& program);
  // What is marked with another number than `decision` is of an earlier one.
  void Begin(uint32_t decision) { decision_ = decision; }
  void Forget();

 private:
  friend class EntityFacts;

  // Where the fields of two kinds of records with a name were when they were last found. Records
  // about the same things have the same fields, so that the place is tried first; it is never
  // believed.
  struct Places {
    uint32_t in_records = 0;
    uint32_t in_entities = 0;
  };

  using Symbols = std::vector<uint32_t>;
  uint32_t decision_ = 0;
  std::array<Symbols, kEntityVariables> above_;  // what each variable is in, itself included
  std::array<Symbols, kEntityVariables> in_;     // by symbol: the decision in which it is
  Symbols other_;                                // what another entity is in
  std::vector<Places> places_;                   // by name
};

// Not thread-safe.
class EntityFacts {
 public:
  // All must outlive it. REQUIRES: `memory` was prepared for `program`, and `view` shows the
  // request's entities laid over `entities`, whose numbers `known` are.
  EntityFacts(const tree::Program& program, const tree::Link& link,
              const value::EntityStore& entities, EntityView& view, const value::Request& request,
              const KnownNumbers& known, EntityFactsMemory& memory);

  const value::EntityUidView& UidOf(int variable) const { return uids_[variable]; }
  value::EntityNumber NumberOf(int variable) const { return numbers_[variable]; }
  // kNoEntity if the store does not know the entity. REQUIRES: `entity` is one.
  value::EntityNumber NumberOf(const value::Value& entity) const {
    return entities_.NumberOf(entity);
  }
  // kNoIndex if no policy names it.
  uint32_t SymbolOf(int variable) const { return symbols_[variable]; }

  // Null if the record has no such field. `name` is the program's number of the key.
  const value::Value* FindField(const value::Value& record, uint32_t name) const {
    const std::span<const value::Field> fields = record.AsRecord();
    const std::string_view key = words_.names[name];
    uint32_t& place = memory_.places_[name].in_records;
    if (place < fields.size() && base::EqualTexts(fields[place].key, key)) {
      return &fields[place].value;
    }
    return SearchRecord(record, key, &place);
  }

  // Null if the entity has no such attribute. `name` is the program's number of it.
  const value::Value* FindAttribute(int variable, uint32_t name) const {
    const value::Entity* overlaid = overlaid_[variable];
    if (overlaid != nullptr) {
      const value::Value* added = FindField(overlaid->attributes, name);
      if (added != nullptr) return added;
    }
    return FindStored(numbers_[variable], name);
  }
  const value::Value* FindAttribute(const value::Value& entity, value::EntityNumber number,
                                    uint32_t name) const {
    if (is_overlaid_) return view_.FindAttribute(entity.AsEntity(), words_.names[name]);
    return FindStored(number, name);
  }

  // Cedar's `in`, of entities and their numbers.
  bool IsIn(const value::EntityUidView& below, value::EntityNumber below_number,
            const value::Value& above) const {
    if (adds_parents_) return view_.IsIn(below, above.AsEntity());
    // What the store does not know is in nothing but itself.
    if (below_number == value::kNoEntity) return below == above.AsEntity();
    return IsNumberIn(below_number, entities_.NumberOf(above));
  }
  bool IsInSymbol(const value::EntityUidView& below, value::EntityNumber below_number,
                  uint32_t symbol) const {
    if (adds_parents_) return view_.IsIn(below, words_.symbols[symbol]);
    if (below_number == value::kNoEntity) return below == words_.symbols[symbol];
    return IsNumberIn(below_number, link_.NumberOf(symbol));
  }
  // Whether a variable is in one of the symbols.
  bool IsInAny(int variable, std::span<const uint32_t> symbols) {
    if (!above_known_[variable] && !CollectUnlessMany(variable)) {
      return IsInAnyOneByOne(variable, symbols);
    }
    const uint32_t* const in = memory_.in_[static_cast<size_t>(variable)].data();
    for (const uint32_t symbol : symbols) {
      if (in[symbol] == memory_.decision_) return true;
    }
    return false;
  }

  // The symbols that a variable is in, itself included, in no order.
  std::span<const uint32_t> SymbolsAbove(int variable) {
    if (!above_known_[variable]) Collect(variable);
    return memory_.above_[static_cast<size_t>(variable)];
  }
  // The same of another entity; lasts until the next such question.
  std::span<const uint32_t> SymbolsAbove(const value::EntityUidView& uid,
                                         value::EntityNumber number);
  // True if it is cheaper to ask about each of `symbols` than to look at all that is above.
  bool HasManyAbove(value::EntityNumber number, size_t symbols) const;
  bool HasManyAbove(int variable, size_t symbols) const {
    if (!above_known_[variable]) return HasManyAbove(numbers_[variable], symbols);
    return memory_.above_[static_cast<size_t>(variable)].size() > std::max(kManyAbove, symbols);
  }

  // True if store or request define it.
  bool Has(const value::Value& entity) const { return view_.Has(entity.AsEntity()); }
  // Null if the entity has no such tag.
  const value::Value* FindTag(const value::Value& entity, std::string_view name) const {
    return view_.FindTag(entity.AsEntity(), name);
  }

 private:
  // Of what has more above it, each group is asked for by itself.
  static constexpr size_t kManyAbove = 32;

  const value::Value* FindStored(value::EntityNumber number, uint32_t name) const {
    if (number == value::kNoEntity) return nullptr;
    const value::Value& attributes = entities_.Attributes(number);
    const std::span<const value::Field> fields = attributes.AsRecord();
    const std::string_view key = link_.StoredName(name);
    uint32_t& place = memory_.places_[name].in_entities;
    if (place < fields.size() && IsSameText(fields[place].key, key)) return &fields[place].value;
    return SearchStored(attributes, name, &place);
  }
  // All records of a store share one copy of each name.
  static bool IsSameText(std::string_view a, std::string_view b) {
    return a.data() == b.data() && a.size() == b.size();
  }

  // Where the place that was tried first was wrong. They are kept apart so that the way to the
  // right place stays short.
  static const value::Value* SearchRecord(const value::Value& record, std::string_view key,
                                          uint32_t* place);
  const value::Value* SearchStored(const value::Value& attributes, uint32_t name,
                                   uint32_t* place) const;

  bool IsNumberIn(value::EntityNumber below, value::EntityNumber above) const {
    return below == above || (above != value::kNoEntity && entities_.IsBelow(below, above));
  }
  uint32_t SymbolOf(const value::EntityUidView& uid, value::EntityNumber number) const {
    return number != value::kNoEntity ? link_.SymbolOf(number) : SymbolOfUnknown(uid);
  }
  // Of what the store does not know.
  uint32_t SymbolOfUnknown(const value::EntityUidView& uid) const;
  bool IsInAnyOneByOne(int variable, std::span<const uint32_t> symbols) const;
  bool CollectUnlessMany(int variable);
  void Collect(int variable);
  template <typename Each>
  void ForEachSymbolAbove(const value::EntityUidView& uid, value::EntityNumber number,
                          const Each& each) const;

  const tree::Vocabulary& words_;
  const tree::Link& link_;
  const value::EntityStore& entities_;
  EntityView& view_;
  EntityFactsMemory& memory_;
  const bool is_overlaid_;   // the request brought entities
  const bool adds_parents_;  // with parents
  value::EntityUidView uids_[kEntityVariables];
  value::EntityNumber numbers_[kEntityVariables];
  uint32_t symbols_[kEntityVariables];
  bool above_known_[kEntityVariables] = {};
  const value::Entity* overlaid_[kEntityVariables] = {};  // what the request says of the variables
};

}  // namespace thuja::decide
