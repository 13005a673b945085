// SPDX-License-Identifier: Apache-2.0
// The interpreter: one function a kind of node, in Cedar's order of evaluation.
//
// Tested by tests/unit/decide/interpreter_test.cc, tests/unit/decide/pitfalls_test.cc and the
// conformance material.
#include "engine/decide/interpreter.h"

#include <algorithm>
#include <span>

#include "engine/value/pattern.h"

namespace thuja::decide {
namespace {

using lang::ExprId;
using lang::ExprKind;
using lang::ExprNode;
using value::EntityUidView;
using value::Field;
using value::Type;
using value::Value;

constexpr std::string_view kRecordOrEntity = "record or entity";

EntityUidView ViewOf(const lang::EntityLiteral& literal) { return {literal.type, literal.id}; }

bool HasOrder(Type type) {
  return type == Type::kLong || type == Type::kDatetime || type == Type::kDuration;
}

}  // namespace

Interpreter::Interpreter(EntityView& entities, const value::Request& request, base::Arena& arena)
    : entities_(entities),
      arena_(arena),
      principal_(MakeEntity(request.principal.view())),
      action_(MakeEntity(request.action.view())),
      resource_(MakeEntity(request.resource.view())),
      context_(request.context) {}

PolicyOutcome Interpreter::Run(const lang::BoundPolicy& bound) {
  using Stage = PolicyOutcome::Stage;
  if (!MatchesPrincipal(bound)) return {.stage = Stage::kPrincipal};
  if (!MatchesAction(bound)) return {.stage = Stage::kAction};
  if (!MatchesResource(bound)) return {.stage = Stage::kResource};
  const lang::Policy& policy = *bound.policy;
  tree_ = &policy.expressions;
  for (uint32_t i = 0; i < policy.conditions.size(); ++i) {
    const lang::Condition& condition = policy.conditions[i];
    bool holds = false;
    if (!EvaluateBool(condition.body, &holds)) {
      return {.stage = Stage::kError, .condition = i, .failure = failure_};
    }
    if (holds == condition.unless) return {.stage = Stage::kCondition, .condition = i};
  }
  return {.stage = Stage::kSatisfied};
}

bool Interpreter::MatchesPrincipal(const lang::BoundPolicy& bound) {
  return Matches(principal_.AsEntity(), bound.policy->principal, bound.principal_slot);
}

bool Interpreter::MatchesAction(const lang::BoundPolicy& bound) {
  return Matches(bound.policy->action);
}

bool Interpreter::MatchesResource(const lang::BoundPolicy& bound) {
  return Matches(resource_.AsEntity(), bound.policy->resource, bound.resource_slot);
}

std::optional<Value> Interpreter::Answer(const lang::ExprTree& tree, ExprId id) {
  tree_ = &tree;
  Value value;
  return Evaluate(id, &value) ? std::optional(value) : std::nullopt;
}

bool Interpreter::Matches(const EntityUidView& uid, const lang::ScopeConstraint& constraint,
                          const std::optional<lang::EntityLiteral>& slot) {
  using Kind = lang::ScopeConstraint::Kind;
  const EntityUidView entity = ViewOf(constraint.slot ? *slot : constraint.entity);
  switch (constraint.kind) {
    case Kind::kAny: return true;
    case Kind::kEqual: return uid == entity;
    case Kind::kIn: return entities_.IsIn(uid, entity);
    case Kind::kIs: return uid.type == constraint.entity_type;
    case Kind::kIsIn: return uid.type == constraint.entity_type && entities_.IsIn(uid, entity);
  }
  return false;
}

bool Interpreter::Matches(const lang::ActionConstraint& constraint) {
  using Kind = lang::ActionConstraint::Kind;
  switch (constraint.kind) {
    case Kind::kAny: return true;
    case Kind::kEqual: return action_.AsEntity() == ViewOf(constraint.entities.front());
    case Kind::kIn:
    case Kind::kInSet:
      return std::ranges::any_of(constraint.entities, [this](const lang::EntityLiteral& entity) {
        return entities_.IsIn(action_.AsEntity(), ViewOf(entity));
      });
  }
  return false;
}

bool Interpreter::Evaluate(ExprId id, Value* out) {
  const ExprNode& node = (*tree_)[id];
  switch (node.kind) {
    case ExprKind::kBool: *out = Value::Bool(node.number != 0); return true;
    case ExprKind::kLong: *out = Value::Long(node.number); return true;
    case ExprKind::kString: *out = Value::String(tree_->Text(id)); return true;
    case ExprKind::kEntity:
      *out = MakeEntity({tree_->Text(id, 0), tree_->Text(id, 1)});
      return true;
    case ExprKind::kVariable:
      switch (static_cast<lang::Variable>(node.number)) {
        case lang::Variable::kPrincipal: *out = principal_; return true;
        case lang::Variable::kAction: *out = action_; return true;
        case lang::Variable::kResource: *out = resource_; return true;
        case lang::Variable::kContext: *out = context_; return true;
      }
      return false;
    case ExprKind::kIf: return EvaluateIf(id, out);
    case ExprKind::kAnd: return EvaluateChain(id, false, out);
    case ExprKind::kOr: return EvaluateChain(id, true, out);
    case ExprKind::kNot: {
      bool operand = false;
      if (!EvaluateBool(tree_->Child(id, 0), &operand)) return false;
      *out = Value::Bool(!operand);
      return true;
    }
    case ExprKind::kNegate: return EvaluateNegate(id, out);
    case ExprKind::kIsEmpty: {
      Value set;
      if (!Evaluate(tree_->Child(id, 0), &set) || !Expect(Type::kSet, set, id)) return false;
      *out = Value::Bool(set.AsSet().empty());
      return true;
    }
    case ExprKind::kHas: return EvaluateHas(id, out);
    case ExprKind::kLike: return EvaluateLike(id, out);
    case ExprKind::kIs: return EvaluateIs(id, out);
    case ExprKind::kGetAttribute: return EvaluateGetAttribute(id, out);
    case ExprKind::kSet: return EvaluateSet(id, out);
    case ExprKind::kRecord: return EvaluateRecord(id, out);
    case ExprKind::kCall: return EvaluateCall(id, out);
    default: return EvaluateBinary(id, out);
  }
}

bool Interpreter::EvaluateBool(ExprId id, bool* out) {
  Value value;
  if (!Evaluate(id, &value) || !Expect(Type::kBool, value, id)) return false;
  *out = value.AsBool();
  return true;
}

// `&&` stops at false, `||` at true. Every operand that is reached must be a boolean, the last one
// too: `true && 1` is an error and not 1.
bool Interpreter::EvaluateChain(ExprId id, bool stops_at, Value* out) {
  for (const ExprId operand : tree_->Children(id)) {
    bool holds = false;
    if (!EvaluateBool(operand, &holds)) return false;
    if (holds != stops_at) continue;
    *out = Value::Bool(stops_at);
    return true;
  }
  *out = Value::Bool(!stops_at);
  return true;
}

bool Interpreter::EvaluateIf(ExprId id, Value* out) {
  bool test = false;
  if (!EvaluateBool(tree_->Child(id, 0), &test)) return false;
  return Evaluate(tree_->Child(id, test ? 1 : 2), out);
}

bool Interpreter::EvaluateNegate(ExprId id, Value* out) {
  Value operand;
  if (!Evaluate(tree_->Child(id, 0), &operand) || !Expect(Type::kLong, operand, id)) return false;
  int64_t result = 0;
  if (__builtin_sub_overflow(int64_t{0}, operand.AsInteger(), &result)) {
    return Fail(EvalErrorKind::kOverflow, id, "-", operand);
  }
  *out = Value::Long(result);
  return true;
}

// Both operands are always evaluated, left before right, before either is looked at: which of two
// errors a policy reports depends on it.
bool Interpreter::EvaluateBinary(ExprId id, Value* out) {
  Value a;
  Value b;
  if (!Evaluate(tree_->Child(id, 0), &a) || !Evaluate(tree_->Child(id, 1), &b)) return false;
  switch ((*tree_)[id].kind) {
    case ExprKind::kEqual: *out = Value::Bool(a == b); return true;
    case ExprKind::kNotEqual: *out = Value::Bool(!(a == b)); return true;
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual: return Order(id, a, b, out);
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply: return Arithmetic(id, a, b, out);
    case ExprKind::kIn: return In(id, a, b, out);
    case ExprKind::kContains:
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny: return SetOperation(id, a, b, out);
    case ExprKind::kGetTag:
    case ExprKind::kHasTag: return Tag(id, a, b, out);
    default: return false;
  }
}

bool Interpreter::Order(ExprId id, const Value& a, const Value& b, Value* out) {
  if (!HasOrder(a.type()) && !HasOrder(b.type())) {
    return FailType("long, datetime or duration", a, id);
  }
  if (!HasOrder(a.type())) return FailType(TypeName(b.type()), a, id);
  if (!Expect(a.type(), b, id)) return false;
  const int64_t left = a.AsInteger();
  const int64_t right = b.AsInteger();
  switch ((*tree_)[id].kind) {
    case ExprKind::kLess: *out = Value::Bool(left < right); return true;
    case ExprKind::kLessEqual: *out = Value::Bool(left <= right); return true;
    case ExprKind::kGreater: *out = Value::Bool(left > right); return true;
    default: *out = Value::Bool(left >= right); return true;
  }
}

bool Interpreter::Arithmetic(ExprId id, const Value& a, const Value& b, Value* out) {
  if (!Expect(Type::kLong, a, id) || !Expect(Type::kLong, b, id)) return false;
  const ExprKind kind = (*tree_)[id].kind;
  int64_t result = 0;
  const bool overflow =
      kind == ExprKind::kAdd        ? __builtin_add_overflow(a.AsInteger(), b.AsInteger(), &result)
      : kind == ExprKind::kSubtract ? __builtin_sub_overflow(a.AsInteger(), b.AsInteger(), &result)
                                    : __builtin_mul_overflow(a.AsInteger(), b.AsInteger(), &result);
  if (overflow) return Fail(EvalErrorKind::kOverflow, id, lang::OperatorSpelling(kind), a);
  *out = Value::Long(result);
  return true;
}

bool Interpreter::In(ExprId id, const Value& a, const Value& b, Value* out) {
  if (!Expect(Type::kEntity, a, id)) return false;
  if (b.Is(Type::kEntity)) {
    *out = Value::Bool(entities_.IsIn(a.AsEntity(), b.AsEntity()));
    return true;
  }
  if (!b.Is(Type::kSet)) return FailType("set or entity", b, id);
  // All elements are looked at before any answers: a set with something else in it is an error
  // even where an entity before it would have matched.
  for (const Value& element : b.AsSet()) {
    if (!Expect(Type::kEntity, element, id)) return false;
  }
  *out = Value::Bool(std::ranges::any_of(b.AsSet(), [&](const Value& element) {
    return entities_.IsIn(a.AsEntity(), element.AsEntity());
  }));
  return true;
}

bool Interpreter::SetOperation(ExprId id, const Value& a, const Value& b, Value* out) {
  if (!Expect(Type::kSet, a, id)) return false;
  const auto in_a = [&a](const Value& element) { return a.Contains(element); };
  switch ((*tree_)[id].kind) {
    case ExprKind::kContains: *out = Value::Bool(in_a(b)); return true;
    case ExprKind::kContainsAll:
      if (!Expect(Type::kSet, b, id)) return false;
      *out = Value::Bool(std::ranges::all_of(b.AsSet(), in_a));
      return true;
    default:
      if (!Expect(Type::kSet, b, id)) return false;
      *out = Value::Bool(std::ranges::any_of(b.AsSet(), in_a));
      return true;
  }
}

bool Interpreter::Tag(ExprId id, const Value& a, const Value& b, Value* out) {
  if (!Expect(Type::kEntity, a, id) || !Expect(Type::kString, b, id)) return false;
  const EntityUidView& uid = a.AsEntity();
  const Value* tag = entities_.FindTag(uid, b.AsString());
  if ((*tree_)[id].kind == ExprKind::kHasTag) {
    *out = Value::Bool(tag != nullptr);
    return true;
  }
  if (tag == nullptr) {
    const EvalErrorKind kind = entities_.Has(uid) ? EvalErrorKind::kEntityTagDoesNotExist
                                                  : EvalErrorKind::kEntityDoesNotExist;
    return Fail(kind, id, b.AsString(), a);
  }
  *out = *tag;
  return true;
}

// `e has a.b` is `e has a && e.a has b`: an entity that is not there has nothing, and what stands
// at `e.a` must again be able to have attributes.
bool Interpreter::EvaluateHas(ExprId id, Value* out) {
  Value holder;
  if (!Evaluate(tree_->Child(id, 0), &holder)) return false;
  for (const std::string& attribute : tree_->Texts(id)) {
    const Value* found = nullptr;
    if (holder.Is(Type::kRecord)) {
      found = holder.Find(attribute);
    } else if (holder.Is(Type::kEntity)) {
      found = entities_.FindAttribute(holder.AsEntity(), attribute);
    } else {
      return FailType(kRecordOrEntity, holder, id);
    }
    if (found == nullptr) {
      *out = Value::Bool(false);
      return true;
    }
    holder = *found;
  }
  *out = Value::Bool(true);
  return true;
}

bool Interpreter::EvaluateLike(ExprId id, Value* out) {
  Value text;
  if (!Evaluate(tree_->Child(id, 0), &text) || !Expect(Type::kString, text, id)) return false;
  *out = Value::Bool(value::MatchesPattern(text.AsString(), tree_->Texts(id)));
  return true;
}

// `e is T in x` is `e is T && e in x`: with another type x is not evaluated.
bool Interpreter::EvaluateIs(ExprId id, Value* out) {
  Value entity;
  if (!Evaluate(tree_->Child(id, 0), &entity) || !Expect(Type::kEntity, entity, id)) return false;
  const bool is = entity.AsEntity().type == tree_->Text(id);
  if (!is || (*tree_)[id].child_count == 1) {
    *out = Value::Bool(is);
    return true;
  }
  Value group;
  return Evaluate(tree_->Child(id, 1), &group) && In(id, entity, group, out);
}

bool Interpreter::EvaluateGetAttribute(ExprId id, Value* out) {
  Value holder;
  if (!Evaluate(tree_->Child(id, 0), &holder)) return false;
  const std::string& attribute = tree_->Text(id);
  const Value* found = nullptr;
  if (holder.Is(Type::kRecord)) {
    found = holder.Find(attribute);
    if (found == nullptr) {
      return Fail(EvalErrorKind::kRecordAttributeDoesNotExist, id, attribute, holder);
    }
  } else if (holder.Is(Type::kEntity)) {
    found = entities_.FindAttribute(holder.AsEntity(), attribute);
    if (found == nullptr) {
      const EvalErrorKind kind = entities_.Has(holder.AsEntity())
                                     ? EvalErrorKind::kEntityAttributeDoesNotExist
                                     : EvalErrorKind::kEntityDoesNotExist;
      return Fail(kind, id, attribute, holder);
    }
  } else {
    return FailType(kRecordOrEntity, holder, id);
  }
  *out = *found;
  return true;
}

bool Interpreter::EvaluateSet(ExprId id, Value* out) {
  const std::span<const ExprId> children = tree_->Children(id);
  const std::span<Value> elements(arena_.AllocateArray<Value>(children.size()), children.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!Evaluate(children[i], &elements[i])) return false;
  }
  *out = Value::Set(elements);
  return true;
}

// In the order of the keys, in which the parser has put them.
bool Interpreter::EvaluateRecord(ExprId id, Value* out) {
  const std::span<const ExprId> children = tree_->Children(id);
  const std::span<Field> fields(arena_.AllocateArray<Field>(children.size()), children.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    fields[i].key = tree_->Text(id, i);
    if (!Evaluate(children[i], &fields[i].value)) return false;
  }
  *out = Value::Record(fields);
  return true;
}

bool Interpreter::EvaluateCall(ExprId id, Value* out) {
  const func::Function& function = func::AllFunctions()[(*tree_)[id].function];
  const std::span<const ExprId> children = tree_->Children(id);
  const std::span<Value> arguments(arena_.AllocateArray<Value>(children.size()), children.size());
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!Evaluate(children[i], &arguments[i])) return false;
  }
  if (arguments.size() != function.parameters.size()) {
    return Fail(EvalErrorKind::kArgumentCount, id, function.name,
                Value::Long(static_cast<int64_t>(arguments.size())));
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!Expect(function.parameters[i], arguments[i], id)) return false;
  }
  const func::CallResult result = function.call(arguments, arena_);
  if (!result.value) {
    return Fail(EvalErrorKind::kExtensionFunction, id, result.failure, arguments[0]);
  }
  *out = *result.value;
  return true;
}

Value Interpreter::MakeEntity(const EntityUidView& uid) { return Value::Entity(arena_.New(uid)); }

bool Interpreter::Expect(Type type, const Value& value, ExprId at) {
  return value.Is(type) || FailType(TypeName(type), value, at);
}

bool Interpreter::FailType(std::string_view expected, const Value& found, ExprId at) {
  failure_ = {EvalErrorKind::kType, (*tree_)[at].span, {}, expected, found};
  return false;
}

bool Interpreter::Fail(EvalErrorKind kind, ExprId at, std::string_view subject,
                       std::optional<Value> found) {
  failure_ = {kind, (*tree_)[at].span, subject, {}, found};
  return false;
}

}  // namespace thuja::decide
