// SPDX-License-Identifier: Apache-2.0
// What operators do to values that are already there, for constants while compiling and for the
// evaluator later. Operators that ask the entities are not among them.
#pragma once

#include <span>

#include "engine/base/arena.h"
#include "engine/func/eval_error.h"
#include "engine/func/function.h"
#include "engine/tree/expression.h"
#include "engine/value/value.h"

namespace thuja::tree {

// REQUIRES: an operator of two operands that ApplyBinary knows. False after an error.
bool ApplyBinary(Op op, const value::Value& a, const value::Value& b, value::Value* out,
                 func::EvalErrorKind* error);

// kNot, kNegate, kIsEmpty.
bool ApplyUnary(Op op, const value::Value& a, value::Value* out, func::EvalErrorKind* error);

bool ApplyCall(const func::Function& function, std::span<const value::Value> arguments,
               base::Arena& arena, value::Value* out, func::EvalErrorKind* error);

// True of operators that ApplyBinary or ApplyUnary know.
bool IsBinaryOperation(Op op);
bool IsUnaryOperation(Op op);

}  // namespace thuja::tree
