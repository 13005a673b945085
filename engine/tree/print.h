// SPDX-License-Identifier: Apache-2.0
// A program as text, for people who want to see what became of their policies.
#pragma once

#include <cstdint>
#include <span>
#include <string>

#include "engine/lang/policy_set.h"
#include "engine/tree/program.h"

namespace thuja::tree {

// An expression in Cedar's syntax, as it was lowered.
std::string Print(const Vocabulary& words, uint32_t expression);

// One line an instruction, what it leads to indented below it. With `reached`, which has a count
// for each word of the code, every line begins with how often it was reached.
std::string Print(const Program& program, const lang::PolicySet& policies,
                  std::span<const uint64_t> reached = {});

}  // namespace thuja::tree
