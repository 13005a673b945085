// SPDX-License-Identifier: Apache-2.0
// Operators over values.
//
// Tested by tests/property/agreement_test.cc.
#include "engine/tree/operations.h"

#include <algorithm>

namespace thuja::tree {
namespace {

using func::EvalErrorKind;
using value::Type;
using value::Value;

bool Fail(EvalErrorKind kind, EvalErrorKind* error) {
  *error = kind;
  return false;
}

bool HasOrder(Type type) {
  return type == Type::kLong || type == Type::kDatetime || type == Type::kDuration;
}

bool Arithmetic(Op op, const Value& a, const Value& b, Value* out, EvalErrorKind* error) {
  if (!a.Is(Type::kLong) || !b.Is(Type::kLong)) return Fail(EvalErrorKind::kType, error);
  int64_t result = 0;
  const bool overflow =
      op == Op::kAdd        ? __builtin_add_overflow(a.AsInteger(), b.AsInteger(), &result)
      : op == Op::kSubtract ? __builtin_sub_overflow(a.AsInteger(), b.AsInteger(), &result)
                            : __builtin_mul_overflow(a.AsInteger(), b.AsInteger(), &result);
  if (overflow) return Fail(EvalErrorKind::kOverflow, error);
  *out = Value::Long(result);
  return true;
}

}  // namespace

bool IsBinaryOperation(Op op) {
  switch (op) {
    case Op::kEqual:
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual:
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny: return true;
    default: return false;
  }
}

bool IsUnaryOperation(Op op) { return op == Op::kNot || op == Op::kNegate || op == Op::kIsEmpty; }

bool ApplyBinary(Op op, const Value& a, const Value& b, Value* out, EvalErrorKind* error) {
  switch (op) {
    case Op::kEqual: *out = Value::Bool(a == b); return true;
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: {
      if (!HasOrder(a.type()) || b.type() != a.type()) return Fail(EvalErrorKind::kType, error);
      const int64_t x = a.AsInteger();
      const int64_t y = b.AsInteger();
      *out = Value::Bool(op == Op::kLess        ? x < y
                         : op == Op::kLessEqual ? x <= y
                         : op == Op::kGreater   ? x > y
                                                : x >= y);
      return true;
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply: return Arithmetic(op, a, b, out, error);
    default: break;
  }
  if (!a.Is(Type::kSet)) return Fail(EvalErrorKind::kType, error);
  if (op == Op::kContains) {
    *out = Value::Bool(a.Contains(b));
    return true;
  }
  if (!b.Is(Type::kSet)) return Fail(EvalErrorKind::kType, error);
  const auto in_a = [&a](const Value& element) { return a.Contains(element); };
  *out = Value::Bool(op == Op::kContainsAll ? std::ranges::all_of(b.AsSet(), in_a)
                                            : std::ranges::any_of(b.AsSet(), in_a));
  return true;
}

bool ApplyUnary(Op op, const Value& a, Value* out, EvalErrorKind* error) {
  switch (op) {
    case Op::kNot:
      if (!a.Is(Type::kBool)) return Fail(EvalErrorKind::kType, error);
      *out = Value::Bool(!a.AsBool());
      return true;
    case Op::kNegate: {
      if (!a.Is(Type::kLong)) return Fail(EvalErrorKind::kType, error);
      int64_t result = 0;
      if (__builtin_sub_overflow(int64_t{0}, a.AsInteger(), &result)) {
        return Fail(EvalErrorKind::kOverflow, error);
      }
      *out = Value::Long(result);
      return true;
    }
    default:
      if (!a.Is(Type::kSet)) return Fail(EvalErrorKind::kType, error);
      *out = Value::Bool(a.AsSet().empty());
      return true;
  }
}

bool ApplyCall(const func::Function& function, std::span<const Value> arguments, base::Arena& arena,
               Value* out, EvalErrorKind* error) {
  if (arguments.size() != function.parameters.size()) {
    return Fail(EvalErrorKind::kArgumentCount, error);
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].Is(function.parameters[i])) return Fail(EvalErrorKind::kType, error);
  }
  const func::CallResult result = function.call(arguments, arena);
  if (!result.value) return Fail(EvalErrorKind::kExtensionFunction, error);
  *out = *result.value;
  return true;
}

}  // namespace thuja::tree
