// SPDX-License-Identifier: Apache-2.0
// From lowered policies to code.
#pragma once

#include <vector>

#include "engine/tree/lowering.h"
#include "engine/tree/program.h"

namespace thuja::tree {

struct TreePolicy {
  Entry entry;
  LoweredPolicy lowered;
};

// Writes code, entries, tables and the bounds of what they need into `program`, whose
// words the policies were lowered to.
void BuildTree(std::vector<TreePolicy> policies, Program& program);

}  // namespace thuja::tree
