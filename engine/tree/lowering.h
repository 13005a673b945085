// SPDX-License-Identifier: Apache-2.0
// A policy as the list of tests that must hold, one after the other.
//
// A test is an expression and the answer that it must give. The scope's constraints come first,
// as expressions like any other: `principal in G` of the scope and of a condition are the same
// test. Then come the conjuncts of the conditions in their order. The first test that does not
// hold, or fails, decides what becomes of the policy; Cedar's order is kept wherever a test can
// fail, because which of two tests comes first decides whether an error is reported.
#pragma once

#include <cstdint>
#include <vector>

#include "engine/lang/policy_set.h"
#include "engine/tree/expression.h"

namespace thuja::tree {

// How a switch over many tests of one subject finds those that hold.
enum class Family : uint8_t {
  kNone,      // no switch: the test is evaluated
  kSymbol,    // `v == E` of a variable
  kEqual,     // `s == c`, `[c, d].contains(s)`
  kIn,        // `s in E`, `s in [E, F]`
  kIs,        // `s is T`
  kRange,     // `s < c` and the like, and two of them joined to an interval
  kLike,      // `s like "..."`
  kContains,  // `s.contains(c)`, `s.containsAny([c, d])`, `s.containsAll([c, d])`
  kInRange,   // `s.isInRange(ip("..."))`
};

struct Test {
  uint32_t expression = 0;
  bool negated = false;  // the expression must be false
  Family family = Family::kNone;
  value::Type ordered = value::Type::kLong;  // of kRange: what its bounds are
  uint32_t subject = 0;                      // expression that the switch asks; unless kNone
  uint32_t key = 0;  // constant; of kSymbol a symbol; of kIn a list; of kLike a pattern
  int64_t low = 0;   // of kRange, both included; empty if low > high
  int64_t high = 0;
  int joined = 1;  // how many comparisons the interval is made of
};

// A policy is at most this many tests; the rest of longer ones is joined into the last.
inline constexpr size_t kMostTests = 64;

// Longer paths of `has`, and more comparisons of one subject in a row, are not taken apart or put
// together, so that no expression becomes higher than a policy's own.
inline constexpr size_t kLongestPath = 8;
inline constexpr int kMostJoined = 8;

struct LoweredPolicy {
  std::vector<Test> tests;
  size_t in_any_order = 0;  // how many tests at the front cannot fail, and so can be exchanged
};

class Lowering {
 public:
  explicit Lowering(VocabularyBuilder& vocabulary) : vocabulary_(vocabulary) {}

  LoweredPolicy Lower(const lang::BoundPolicy& policy);

 private:
  uint32_t LowerExpression(const lang::ExprTree& tree, lang::ExprId id);
  uint32_t LowerHas(const lang::ExprTree& tree, lang::ExprId id);
  uint32_t LowerIs(const lang::ExprTree& tree, lang::ExprId id);
  uint32_t LowerIf(const lang::ExprTree& tree, lang::ExprId id);
  uint32_t LowerRecord(const lang::ExprTree& tree, lang::ExprId id);
  std::vector<uint32_t> LowerChildren(const lang::ExprTree& tree, lang::ExprId id);

  uint32_t Unary(Op op, uint32_t a);
  uint32_t Binary(Op op, uint32_t a, uint32_t b);
  uint32_t In(uint32_t a, uint32_t b);
  uint32_t Call(uint16_t function, std::span<const uint32_t> arguments);
  uint32_t Entity(std::string_view type, std::string_view id);

  void AddScope(lang::Variable variable, const lang::ScopeConstraint& constraint,
                const std::optional<lang::EntityLiteral>& slot);
  void AddActionScope(const lang::ActionConstraint& constraint);
  void AddConjuncts(uint32_t expression, bool negated);
  void AddTest(uint32_t expression, bool negated);
  void JoinRest();

  void Describe(Test& test);
  bool DescribeRange(const Expression& expression, Test& test) const;
  bool CannotFail(const Test& test) const;
  bool IsEntityVariable(uint32_t expression) const;
  const Expression& At(uint32_t expression) const {
    return vocabulary_.vocabulary().expressions[expression];
  }
  bool IsConstant(uint32_t expression) const {
    return vocabulary_.vocabulary().IsConstant(expression);
  }
  const value::Value& Constant(uint32_t expression) const {
    return vocabulary_.vocabulary().Constant(expression);
  }

  VocabularyBuilder& vocabulary_;
  base::Arena arena_;  // of constants in the making
  LoweredPolicy result_;
};

}  // namespace thuja::tree
