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

enum class TreeFormat : uint8_t {
  kText,  // one line an instruction, what it leads to indented below it
  kDot,   // a graph for Graphviz
  kSvg,   // a picture that needs nothing else
};

// The tree of a program. With `reached`, which has a count for each word of the code
// (decide::Trace), it also says how often each instruction was reached.
std::string Print(const Program& program, const lang::PolicySet& policies,
                  TreeFormat format = TreeFormat::kText, std::span<const uint64_t> reached = {});

}  // namespace thuja::tree
