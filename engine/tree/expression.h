// SPDX-License-Identifier: Apache-2.0
// Expressions of all policies in one table, each distinct one once.
//
// Lowering (engine/tree/lowering.h) rewrites the syntax into a smaller language: `!=` becomes a
// negated `==`, an extended `has` and `is ... in` become conjunctions, what depends on nothing
// becomes a constant. Two policies that ask the same get the same number, so that the evaluator
// need answer once. None of it changes which error an expression gives, or whether it gives one.
#pragma once

#include <absl/container/flat_hash_map.h>
#include <absl/container/flat_hash_set.h>

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/base/hash.h"
#include "engine/lang/ast.h"
#include "engine/value/entity_uid.h"
#include "engine/value/value.h"

namespace thuja::tree {

enum class Op : uint8_t {
  kConstant,      // a: constant
  kVariable,      // a: lang::Variable
  kIf,            // operands: test, then, else
  kAnd,           // operands: two or more
  kOr,            // operands: two or more
  kNot,           // a
  kNegate,        // a
  kEqual,         // a, b
  kLess,          // a, b
  kLessEqual,     // a, b
  kGreater,       // a, b
  kGreaterEqual,  // a, b
  kAdd,           // a, b
  kSubtract,      // a, b
  kMultiply,      // a, b
  kIn,            // a, b
  kInSymbols,     // a; b: list of symbols
  kIsSymbol,      // a: a variable other than the context; b: symbol that it is equal to
  kContains,      // a, b
  kContainsAll,   // a, b
  kContainsAny,   // a, b
  kIsEmpty,       // a
  kGetTag,        // a, b
  kHasTag,        // a, b
  kHas,           // a; b: name
  kHasPath,       // operands: holder, then names; for long paths
  kGetAttribute,  // a; b: name
  kLike,          // a; b: pattern
  kIs,            // a; b: name of a type
  kSet,           // operands: elements
  kRecord,        // operands: values, then as many names in ascending order
  kCall,          // operands: arguments; function
};

inline constexpr uint32_t kNoIndex = UINT32_MAX;

struct Expression {
  Op op = Op::kConstant;
  bool has_operands = false;  // a: first operand, b: how many
  uint16_t function = 0;      // func::FunctionId
  uint32_t a = 0;
  uint32_t b = 0;
  uint32_t slot = kNoIndex;  // where the evaluator remembers the answer of this request, if it does
};

// A run of a flat array.
struct Run {
  uint32_t first = 0;
  uint32_t count = 0;
};

// As engine/base/hash.h makes them. Of long texts and values only a bounded part is looked at.
inline constexpr size_t kWholeText = 1024;
size_t HashLongText(std::string_view text);
inline size_t HashText(std::string_view text) {
  return text.size() <= kWholeText ? base::HashBytes(text) : HashLongText(text);
}
// Equal values have equal hashes.
size_t HashValue(const value::Value& value);

struct UidHash {
  size_t operator()(const value::EntityUidView& uid) const { return value::HashUid(uid); }
};
struct ValueHash {
  size_t operator()(const value::Value& value) const { return HashValue(value); }
};

// The words that expressions are made of, each distinct one once. Immutable once compiled.
struct Vocabulary {
  base::Arena arena;  // owns what constants, names and symbols point to
  std::vector<Expression> expressions;
  std::vector<uint32_t> operands;
  std::vector<value::Value> constants;
  std::vector<std::string_view> names;
  std::vector<Run> patterns;  // of pieces
  std::vector<std::string> pieces;
  std::vector<value::EntityUidView> symbols;  // the uids that policies name
  std::vector<Run> symbol_lists;              // of symbol_members
  std::vector<uint32_t> symbol_members;
  absl::flat_hash_map<value::EntityUidView, uint32_t, UidHash> symbol_of;
  absl::flat_hash_map<uint32_t, Run> elements_of;  // of constants that are sets: of elements
  std::vector<uint32_t> elements;                  // constants

  std::span<const uint32_t> Operands(const Expression& expression) const {
    return std::span(operands).subspan(expression.a, expression.b);
  }
  std::span<const std::string> Pieces(uint32_t pattern) const {
    return std::span(pieces).subspan(patterns[pattern].first, patterns[pattern].count);
  }
  std::span<const uint32_t> Elements(uint32_t constant) const {
    const Run run = elements_of.at(constant);
    return std::span(elements).subspan(run.first, run.count);
  }
  std::span<const uint32_t> Symbols(uint32_t list) const {
    return std::span(symbol_members).subspan(symbol_lists[list].first, symbol_lists[list].count);
  }
  bool IsConstant(uint32_t expression) const { return expressions[expression].op == Op::kConstant; }
  const value::Value& Constant(uint32_t expression) const {
    return constants[expressions[expression].a];
  }
};

// Builds a Vocabulary. The numbers it gives out stay what they are.
class VocabularyBuilder {
 public:
  // `policies`: how many will be lowered, more or less.
  explicit VocabularyBuilder(Vocabulary& vocabulary, size_t policies = 0);

  uint32_t AddConstant(const value::Value& value);
  uint32_t AddVariable(lang::Variable variable);
  uint32_t Add(Op op, uint32_t a, uint32_t b = 0);
  uint32_t AddList(Op op, std::span<const uint32_t> operands, uint16_t function = 0);

  uint32_t Name(std::string_view name);
  uint32_t Pattern(std::span<const std::string> pieces);
  uint32_t Symbol(const value::EntityUidView& uid);
  uint32_t SymbolList(std::span<const uint32_t> symbols);
  // Makes constants of the elements of a constant that is a set.
  void AddElements(uint32_t constant);

  const Vocabulary& vocabulary() const { return vocabulary_; }

 private:
  struct ExpressionHash {
    const Vocabulary* vocabulary;
    size_t operator()(uint32_t index) const;
  };
  struct ExpressionEqual {
    const Vocabulary* vocabulary;
    bool operator()(uint32_t a, uint32_t b) const;
  };

  uint32_t Intern(const Expression& expression);

  Vocabulary& vocabulary_;
  absl::flat_hash_set<uint32_t, ExpressionHash, ExpressionEqual> expressions_;
  absl::flat_hash_map<value::Value, uint32_t, ValueHash> constants_;
  absl::flat_hash_map<std::string_view, uint32_t, base::TextHash> names_;
  absl::flat_hash_map<std::vector<std::string>, uint32_t> patterns_;
  absl::flat_hash_map<std::vector<uint32_t>, uint32_t> lists_;
};

}  // namespace thuja::tree
