// SPDX-License-Identifier: Apache-2.0
// The compiled form of a set of policies: what the evaluator runs.
//
// Code is a flat array of words. A block is a run of instructions that ends with kEnd:
//
//   kEnd
//   kSatisfied  count, entries...            these policies' tests all held
//   kTest       expression, after, ranks...  goes on if the expression holds, else at `after`
//   kSwitch     switch, after                adds the blocks of the tests that hold; goes on at
//   `after`
//
// An entry is a policy and its effect. Policies that stand below one instruction have adjacent
// ranks, so that what fails for all of them is reported by one run over Program::entries.
#pragma once

#include <absl/container/flat_hash_map.h>

#include <cstddef>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/lang/policy_set.h"
#include "engine/tree/expression.h"
#include "engine/tree/lowering.h"
#include "engine/tree/switches.h"
#include "engine/value/entity_store.h"

namespace thuja::tree {

enum class Instruction : uint32_t { kEnd, kSatisfied, kTest, kTestNot, kSwitch };

inline constexpr uint32_t kTestWords = 5;
inline constexpr uint32_t kSwitchWords = 3;

// A policy's position in PolicySet::bound(), and whether it forbids.
struct Entry {
  uint32_t word = 0;

  static Entry Of(uint32_t policy, bool forbid) { return {policy << 1 | uint32_t{forbid}}; }
  uint32_t policy() const { return word >> 1; }
  bool forbid() const { return (word & 1) != 0; }
};

// What a program costs; known when it is compiled.
struct Figures {
  size_t policies = 0;
  size_t program_bytes = 0;  // all that deciding needs; policy texts and trees are not part of it
  size_t worst_case_nodes = 0;  // the most instructions that one request can make run
  size_t expressions = 0;       // distinct ones
  size_t slots = 0;             // of those, remembered within a request
  size_t switches = 0;
  size_t tests = 0;
};

// Immutable; shared between threads.
struct Program {
  Vocabulary words;
  std::vector<uint32_t> code;  // the block at 0 is the whole
  std::vector<Entry> entries;  // by rank
  std::vector<Switch> switches;
  SwitchTables tables;
  uint32_t slots = 0;   // remembered answers
  uint32_t stamps = 0;  // blocks that more than one key leads to
  uint32_t blocks = 0;  // the most that can wait at a time
  Figures figures;
};

// Never fails: every set of policies has a program, and its size is linear in theirs.
Program Compile(const lang::PolicySet& policies);

// How the symbols of a program and the numbers of a store belong together. Made for each pair of
// them, in time proportional to the symbols, so that a change of entities compiles nothing.
class Link {
 public:
  Link() = default;
  Link(const Program& program, const value::EntityStore& entities);

  // kNoIndex if the policies do not name it.
  uint32_t SymbolOf(value::EntityNumber number) const {
    const auto found = symbols_.find(number);
    return found == symbols_.end() ? kNoIndex : found->second;
  }
  // kNoEntity if the store does not mention it.
  value::EntityNumber NumberOf(uint32_t symbol) const { return numbers_[symbol]; }

 private:
  absl::flat_hash_map<value::EntityNumber, uint32_t> symbols_;
  std::vector<value::EntityNumber> numbers_;
};

}  // namespace thuja::tree
