// SPDX-License-Identifier: Apache-2.0
// Ties the calls of a policy to the extension functions.
#pragma once

#include "engine/base/diagnostic.h"
#include "engine/lang/ast.h"

namespace thuja::func {

// Sets ExprNode::function of every call. Reports names that are no function, and functions called
// as methods or the other way round. The number of arguments is not looked at: as in Cedar, a
// wrong one is an error of the policy's evaluation.
void ResolveCalls(lang::Policy& policy, base::Diagnostics& diagnostics);

}  // namespace thuja::func
