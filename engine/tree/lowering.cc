// SPDX-License-Identifier: Apache-2.0
// From syntax to tests.
//
// Tested by tests/unit/tree/lowering_test.cc and tests/property/agreement_test.cc.
#include "engine/tree/lowering.h"

#include <algorithm>
#include <limits>
#include <optional>
#include <utility>

#include "engine/func/function.h"
#include "engine/tree/addresses.h"
#include "engine/tree/operations.h"
#include "engine/value/pattern.h"

namespace thuja::tree {
namespace {

using lang::ExprId;
using lang::ExprKind;
using lang::ExprNode;
using lang::ExprTree;
using value::Type;
using value::Value;

constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
constexpr int64_t kHighest = std::numeric_limits<int64_t>::max();

Op BinaryOp(ExprKind kind) {
  switch (kind) {
    case ExprKind::kLess: return Op::kLess;
    case ExprKind::kLessEqual: return Op::kLessEqual;
    case ExprKind::kGreater: return Op::kGreater;
    case ExprKind::kGreaterEqual: return Op::kGreaterEqual;
    case ExprKind::kAdd: return Op::kAdd;
    case ExprKind::kSubtract: return Op::kSubtract;
    case ExprKind::kMultiply: return Op::kMultiply;
    case ExprKind::kIn: return Op::kIn;
    case ExprKind::kContains: return Op::kContains;
    case ExprKind::kContainsAll: return Op::kContainsAll;
    case ExprKind::kContainsAny: return Op::kContainsAny;
    case ExprKind::kGetTag: return Op::kGetTag;
    case ExprKind::kHasTag: return Op::kHasTag;
    default: return Op::kEqual;
  }
}

// `5 < x` asks what `x > 5` asks.
Op Mirrored(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreater;
    case Op::kLessEqual: return Op::kGreaterEqual;
    case Op::kGreater: return Op::kLess;
    case Op::kGreaterEqual: return Op::kLessEqual;
    default: return op;
  }
}

bool IsOrder(Op op) { return op != Mirrored(op); }

// What holds where the comparison does not.
Op Opposite(Op op) {
  switch (op) {
    case Op::kLess: return Op::kGreaterEqual;
    case Op::kLessEqual: return Op::kGreater;
    case Op::kGreater: return Op::kLessEqual;
    default: return Op::kLess;
  }
}

bool HasOrder(Type type) {
  return type == Type::kLong || type == Type::kDatetime || type == Type::kDuration;
}

func::FunctionId IsInRangeId() {
  static const func::FunctionId id =
      func::IdOf(*func::FindFunction("isInRange", func::CallStyle::kMethod));
  return id;
}

}  // namespace

LoweredPolicy Lowering::Lower(const lang::BoundPolicy& bound) {
  const lang::Policy& policy = *bound.policy;
  result_ = {};
  arena_.Reset();
  AddActionScope(policy.action);
  AddScope(lang::Variable::kResource, policy.resource, bound.resource_slot);
  AddScope(lang::Variable::kPrincipal, policy.principal, bound.principal_slot);
  for (const lang::Condition& condition : policy.conditions) {
    AddConjuncts(LowerExpression(policy.expressions, condition.body), condition.unless);
  }
  std::vector<Test>& tests = result_.tests;
  const auto first_that_can_fail =
      std::ranges::find_if_not(tests, [this](const Test& test) { return CannotFail(test); });
  result_.in_any_order = static_cast<size_t>(first_that_can_fail - tests.begin());
  if (tests.size() > kMostTests) JoinRest();
  return std::move(result_);
}

void Lowering::AddScope(lang::Variable variable, const lang::ScopeConstraint& constraint,
                        const std::optional<lang::EntityLiteral>& slot) {
  using Kind = lang::ScopeConstraint::Kind;
  if (constraint.kind == Kind::kAny) return;
  const uint32_t subject = vocabulary_.AddVariable(variable);
  if (constraint.kind == Kind::kIs || constraint.kind == Kind::kIsIn) {
    AddTest(vocabulary_.Add(Op::kIs, subject, vocabulary_.Name(constraint.entity_type)), false);
  }
  if (constraint.kind == Kind::kIs) return;
  const lang::EntityLiteral& literal = constraint.slot ? *slot : constraint.entity;
  const uint32_t entity = Entity(literal.type, literal.id);
  AddTest(
      constraint.kind == Kind::kEqual ? Binary(Op::kEqual, subject, entity) : In(subject, entity),
      false);
}

void Lowering::AddActionScope(const lang::ActionConstraint& constraint) {
  using Kind = lang::ActionConstraint::Kind;
  if (constraint.kind == Kind::kAny) return;
  const uint32_t subject = vocabulary_.AddVariable(lang::Variable::kAction);
  if (constraint.kind == Kind::kEqual) {
    const lang::EntityLiteral& entity = constraint.entities.front();
    AddTest(Binary(Op::kEqual, subject, Entity(entity.type, entity.id)), false);
    return;
  }
  std::vector<uint32_t> elements;
  for (const lang::EntityLiteral& entity : constraint.entities) {
    elements.push_back(vocabulary_.Symbol({entity.type, entity.id}));
  }
  std::ranges::sort(elements);
  elements.erase(std::ranges::unique(elements).begin(), elements.end());
  AddTest(vocabulary_.Add(Op::kInSymbols, subject, vocabulary_.SymbolList(elements)), false);
}

// `a && b` holds if a and then b hold; `a || b` is false if a and then b are false.
void Lowering::AddConjuncts(uint32_t expression, bool negated) {
  const Expression node = At(expression);
  if (node.op == Op::kNot) return AddConjuncts(node.a, !negated);
  if (node.op == (negated ? Op::kOr : Op::kAnd)) {
    for (uint32_t i = 0; i < node.b; ++i) {
      AddConjuncts(vocabulary_.vocabulary().operands[node.a + i], negated);
    }
    return;
  }
  AddTest(expression, negated);
}

void Lowering::AddTest(uint32_t expression, bool negated) {
  if (IsConstant(expression) && Constant(expression).Is(Type::kBool) &&
      Constant(expression).AsBool() != negated) {
    return;
  }
  const Expression node = At(expression);
  if (negated && IsOrder(node.op) && (IsConstant(node.a) || IsConstant(node.b))) {
    // The bound's type has an order, so that the opposite fails where this one fails.
    const Value& bound = Constant(IsConstant(node.b) ? node.b : node.a);
    if (HasOrder(bound.type())) {
      return AddTest(vocabulary_.Add(Opposite(node.op), node.a, node.b), false);
    }
  }
  Test test = {.expression = expression, .negated = negated};
  Describe(test);
  std::vector<Test>& tests = result_.tests;
  if (test.family == Family::kRange && !tests.empty()) {
    // Where the first comparison did not fail, the second cannot.
    Test& last = tests.back();
    if (last.family == Family::kRange && last.subject == test.subject &&
        last.ordered == test.ordered && last.joined < kMostJoined) {
      const uint32_t both[] = {last.expression, test.expression};
      last.expression = vocabulary_.AddList(Op::kAnd, both);
      last.low = std::max(last.low, test.low);
      last.high = std::min(last.high, test.high);
      ++last.joined;
      return;
    }
  }
  tests.push_back(test);
}

void Lowering::JoinRest() {
  std::vector<Test>& tests = result_.tests;
  std::vector<uint32_t> rest;
  for (size_t i = kMostTests - 1; i < tests.size(); ++i) {
    rest.push_back(tests[i].negated ? Unary(Op::kNot, tests[i].expression) : tests[i].expression);
  }
  tests.resize(kMostTests - 1);
  // What is joined keeps its place: something in it may fail.
  result_.in_any_order = std::min(result_.in_any_order, tests.size());
  tests.push_back({.expression = vocabulary_.AddList(Op::kAnd, rest)});
}

// Which switch can find this test, if one can.
void Lowering::Describe(Test& test) {
  if (test.negated) return;
  const Vocabulary& words = vocabulary_.vocabulary();
  const Expression node = At(test.expression);
  const auto found_by = [&test](Family family, uint32_t subject, uint32_t key) {
    test.family = family;
    test.subject = subject;
    test.key = key;
  };
  switch (node.op) {
    case Op::kEqual:
      if (IsConstant(node.b)) found_by(Family::kEqual, node.a, At(node.b).a);
      return;
    case Op::kIsSymbol: return found_by(Family::kSymbol, node.a, node.b);
    case Op::kInSymbols: return found_by(Family::kIn, node.a, node.b);
    case Op::kIs: return found_by(Family::kIs, node.a, node.b);
    case Op::kLike: return found_by(Family::kLike, node.a, node.b);
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
      if (DescribeRange(node, test)) test.family = Family::kRange;
      return;
    case Op::kContains:
      if (IsConstant(node.b) && !IsConstant(node.a)) {
        return found_by(Family::kContains, node.a, At(node.b).a);
      }
      if (IsConstant(node.a) && Constant(node.a).Is(Type::kSet)) {
        vocabulary_.AddElements(At(node.a).a);
        return found_by(Family::kEqual, node.b, At(node.a).a);
      }
      return;
    case Op::kContainsAny:
    case Op::kContainsAll:
      if (IsConstant(node.b) && Constant(node.b).Is(Type::kSet) &&
          !Constant(node.b).AsSet().empty()) {
        vocabulary_.AddElements(At(node.b).a);
        return found_by(Family::kContains, node.a, At(node.b).a);
      }
      return;
    case Op::kCall: {
      if (node.function != IsInRangeId() || node.b != 2) return;
      const uint32_t subject = words.Operands(node)[0];
      const uint32_t range = words.Operands(node)[1];
      if (!IsConstant(range) || !Constant(range).Is(Type::kIpaddr)) return;
      // Host bits do not count, so ranges that differ in nothing else are one key.
      const value::IpAddress masked =
          MaskAddress(Constant(range).AsIpaddr(), Constant(range).AsIpaddr().prefix);
      return found_by(Family::kInRange, subject,
                      At(vocabulary_.AddConstant(Value::Ipaddr(&masked))).a);
    }
    default: return;
  }
}

bool Lowering::DescribeRange(const Expression& node, Test& test) const {
  if (!IsConstant(node.b) || !HasOrder(Constant(node.b).type())) return false;
  const int64_t bound = Constant(node.b).AsInteger();
  test.subject = node.a;
  test.ordered = Constant(node.b).type();
  test.low = kLowest;
  test.high = kHighest;
  switch (node.op) {
    case Op::kLess:
      if (bound == kLowest) {
        test.low = kHighest;  // nothing is below the lowest: an empty interval
        test.high = kLowest;
      } else {
        test.high = bound - 1;
      }
      return true;
    case Op::kLessEqual: test.high = bound; return true;
    case Op::kGreater:
      if (bound == kHighest) {
        test.low = kHighest;
        test.high = kLowest;
      } else {
        test.low = bound + 1;
      }
      return true;
    default: test.low = bound; return true;
  }
}

bool Lowering::CannotFail(const Test& test) const {
  const Expression& node = At(test.expression);
  switch (node.op) {
    case Op::kIsSymbol: return true;
    case Op::kInSymbols:
    case Op::kIs: return IsEntityVariable(node.a);
    default: return false;
  }
}

bool Lowering::IsEntityVariable(uint32_t expression) const {
  return At(expression).op == Op::kVariable &&
         static_cast<lang::Variable>(At(expression).a) != lang::Variable::kContext;
}

uint32_t Lowering::Entity(std::string_view type, std::string_view id) {
  const uint32_t symbol = vocabulary_.Symbol({type, id});
  const value::EntityUidView uid = vocabulary_.vocabulary().symbols[symbol];
  return vocabulary_.AddConstant(Value::Entity(&uid));
}

uint32_t Lowering::LowerExpression(const ExprTree& tree, ExprId id) {
  const ExprNode& node = tree[id];
  switch (node.kind) {
    case ExprKind::kBool: return vocabulary_.AddConstant(Value::Bool(node.number != 0));
    case ExprKind::kLong: return vocabulary_.AddConstant(Value::Long(node.number));
    case ExprKind::kString: return vocabulary_.AddConstant(Value::String(tree.Text(id)));
    case ExprKind::kEntity: return Entity(tree.Text(id, 0), tree.Text(id, 1));
    case ExprKind::kVariable:
      return vocabulary_.AddVariable(static_cast<lang::Variable>(node.number));
    case ExprKind::kIf: return LowerIf(tree, id);
    case ExprKind::kAnd: return vocabulary_.AddList(Op::kAnd, LowerChildren(tree, id));
    case ExprKind::kOr: return vocabulary_.AddList(Op::kOr, LowerChildren(tree, id));
    case ExprKind::kNot: return Unary(Op::kNot, LowerExpression(tree, tree.Child(id, 0)));
    case ExprKind::kNegate: return Unary(Op::kNegate, LowerExpression(tree, tree.Child(id, 0)));
    case ExprKind::kIsEmpty: return Unary(Op::kIsEmpty, LowerExpression(tree, tree.Child(id, 0)));
    case ExprKind::kHas: return LowerHas(tree, id);
    case ExprKind::kLike: {
      const uint32_t text = LowerExpression(tree, tree.Child(id, 0));
      if (IsConstant(text) && Constant(text).Is(Type::kString)) {
        return vocabulary_.AddConstant(
            Value::Bool(value::MatchesPattern(Constant(text).AsString(), tree.Texts(id))));
      }
      return vocabulary_.Add(Op::kLike, text, vocabulary_.Pattern(tree.Texts(id)));
    }
    case ExprKind::kIs: return LowerIs(tree, id);
    case ExprKind::kGetAttribute: {
      const uint32_t holder = LowerExpression(tree, tree.Child(id, 0));
      if (IsConstant(holder) && Constant(holder).Is(Type::kRecord)) {
        const Value* found = Constant(holder).Find(tree.Text(id));
        if (found != nullptr) return vocabulary_.AddConstant(*found);
      }
      return vocabulary_.Add(Op::kGetAttribute, holder, vocabulary_.Name(tree.Text(id)));
    }
    case ExprKind::kSet: {
      const std::vector<uint32_t> elements = LowerChildren(tree, id);
      if (!std::ranges::all_of(elements, [this](uint32_t e) { return IsConstant(e); })) {
        return vocabulary_.AddList(Op::kSet, elements);
      }
      const std::span<Value> values(arena_.AllocateArray<Value>(elements.size()), elements.size());
      for (size_t i = 0; i < elements.size(); ++i) values[i] = Constant(elements[i]);
      return vocabulary_.AddConstant(Value::Set(values));
    }
    case ExprKind::kRecord: return LowerRecord(tree, id);
    case ExprKind::kCall: return Call(node.function, LowerChildren(tree, id));
    case ExprKind::kNotEqual:
      return Unary(Op::kNot, Binary(Op::kEqual, LowerExpression(tree, tree.Child(id, 0)),
                                    LowerExpression(tree, tree.Child(id, 1))));
    default: {
      const uint32_t a = LowerExpression(tree, tree.Child(id, 0));
      const uint32_t b = LowerExpression(tree, tree.Child(id, 1));
      return node.kind == ExprKind::kIn ? In(a, b) : Binary(BinaryOp(node.kind), a, b);
    }
  }
}

std::vector<uint32_t> Lowering::LowerChildren(const ExprTree& tree, ExprId id) {
  std::vector<uint32_t> children;
  children.reserve(tree.Children(id).size());
  for (const ExprId child : tree.Children(id)) children.push_back(LowerExpression(tree, child));
  return children;
}

// `e has a.b` is `e has a && e.a has b`.
uint32_t Lowering::LowerHas(const ExprTree& tree, ExprId id) {
  uint32_t holder = LowerExpression(tree, tree.Child(id, 0));
  std::vector<uint32_t> steps;
  if (tree.Texts(id).size() > kLongestPath) {
    steps.push_back(holder);
    for (const std::string& attribute : tree.Texts(id))
      steps.push_back(vocabulary_.Name(attribute));
    return vocabulary_.AddList(Op::kHasPath, steps);
  }
  for (const std::string& attribute : tree.Texts(id)) {
    const uint32_t name = vocabulary_.Name(attribute);
    steps.push_back(vocabulary_.Add(Op::kHas, holder, name));
    holder = vocabulary_.Add(Op::kGetAttribute, holder, name);
  }
  return steps.size() == 1 ? steps.front() : vocabulary_.AddList(Op::kAnd, steps);
}

// `e is T in x` is `e is T && e in x`.
uint32_t Lowering::LowerIs(const ExprTree& tree, ExprId id) {
  const uint32_t entity = LowerExpression(tree, tree.Child(id, 0));
  const uint32_t is = vocabulary_.Add(Op::kIs, entity, vocabulary_.Name(tree.Text(id)));
  if (tree[id].child_count == 1) return is;
  const uint32_t both[] = {is, In(entity, LowerExpression(tree, tree.Child(id, 1)))};
  return vocabulary_.AddList(Op::kAnd, both);
}

uint32_t Lowering::LowerIf(const ExprTree& tree, ExprId id) {
  const std::vector<uint32_t> parts = LowerChildren(tree, id);
  if (IsConstant(parts[0]) && Constant(parts[0]).Is(Type::kBool)) {
    return parts[Constant(parts[0]).AsBool() ? 1 : 2];
  }
  return vocabulary_.AddList(Op::kIf, parts);
}

uint32_t Lowering::LowerRecord(const ExprTree& tree, ExprId id) {
  std::vector<uint32_t> parts = LowerChildren(tree, id);
  const size_t count = parts.size();
  if (std::ranges::all_of(parts, [this](uint32_t e) { return IsConstant(e); })) {
    const std::span<value::Field> fields(arena_.AllocateArray<value::Field>(count), count);
    for (size_t i = 0; i < count; ++i) fields[i] = {tree.Text(id, i), Constant(parts[i])};
    return vocabulary_.AddConstant(Value::Record(fields));
  }
  for (size_t i = 0; i < count; ++i) parts.push_back(vocabulary_.Name(tree.Text(id, i)));
  return vocabulary_.AddList(Op::kRecord, parts);
}

// A constant that fails stays an operation, which fails whenever it is reached.
uint32_t Lowering::Unary(Op op, uint32_t a) {
  Value value;
  func::EvalErrorKind error;
  if (IsConstant(a) && ApplyUnary(op, Constant(a), &value, &error)) {
    return vocabulary_.AddConstant(value);
  }
  return vocabulary_.Add(op, a);
}

uint32_t Lowering::Binary(Op op, uint32_t a, uint32_t b) {
  Value value;
  func::EvalErrorKind error;
  if (IsConstant(a) && IsConstant(b) && IsBinaryOperation(op) &&
      ApplyBinary(op, Constant(a), Constant(b), &value, &error)) {
    return vocabulary_.AddConstant(value);
  }
  if (op == Op::kEqual) {
    for (const auto& [variable, entity] : {std::pair(a, b), std::pair(b, a)}) {
      if (!IsEntityVariable(variable) || !IsConstant(entity)) continue;
      if (!Constant(entity).Is(Type::kEntity)) continue;
      return vocabulary_.Add(Op::kIsSymbol, variable,
                             vocabulary_.Symbol(Constant(entity).AsEntity()));
    }
  }
  // A constant cannot fail, so that it does not matter which operand is asked first.
  if ((op == Op::kEqual || IsOrder(op)) && IsConstant(a) && !IsConstant(b)) {
    return vocabulary_.Add(Mirrored(op), b, a);
  }
  return vocabulary_.Add(op, a, b);
}

uint32_t Lowering::In(uint32_t a, uint32_t b) {
  if (!IsConstant(b)) return vocabulary_.Add(Op::kIn, a, b);
  const Value& group = Constant(b);
  std::vector<uint32_t> symbols;
  if (group.Is(Type::kEntity)) {
    symbols.push_back(vocabulary_.Symbol(group.AsEntity()));
  } else if (group.Is(Type::kSet)) {
    for (const Value& element : group.AsSet()) {
      if (!element.Is(Type::kEntity)) return vocabulary_.Add(Op::kIn, a, b);
      symbols.push_back(vocabulary_.Symbol(element.AsEntity()));
    }
    std::ranges::sort(symbols);
  } else {
    return vocabulary_.Add(Op::kIn, a, b);
  }
  return vocabulary_.Add(Op::kInSymbols, a, vocabulary_.SymbolList(symbols));
}

uint32_t Lowering::Call(uint16_t function, std::span<const uint32_t> arguments) {
  if (std::ranges::all_of(arguments, [this](uint32_t e) { return IsConstant(e); })) {
    const std::span<Value> values(arena_.AllocateArray<Value>(arguments.size()), arguments.size());
    for (size_t i = 0; i < arguments.size(); ++i) values[i] = Constant(arguments[i]);
    Value value;
    func::EvalErrorKind error;
    if (ApplyCall(func::AllFunctions()[function], values, arena_, &value, &error)) {
      return vocabulary_.AddConstant(value);
    }
  }
  return vocabulary_.AddList(Op::kCall, arguments, function);
}

}  // namespace thuja::tree
