// SPDX-License-Identifier: Apache-2.0
// The compiled form of a set of policies: what the evaluator runs.
//
// Code is a flat array of words. A block is a run of instructions that ends with kEnd:
//
//   kEnd
//   kSatisfied   count, entries...                            these policies' tests all held
//   kTest        wanted, expression, after, ranks..., 0, 0    goes on if the answer is as wanted,
//                                                             else at `after`
//   kSwitch      after, words of a Switch                      adds the blocks of the tests that
//                                                             hold; goes on at `after`
//
// Tests of the commonest forms have what they ask at hand, so that the expression need not be read:
//
//   kTestSymbol       ..., variable, symbol       `variable == symbol`
//   kTestIn           ..., variable, symbol       `variable in symbol`
//   kTestInAttribute  ..., variables, name        `variable in variable.name`
//   kTestEqual        ..., subject, constant      `subject == constant`
//
// An entry is a policy and its effect. Policies that stand below one instruction have adjacent
// ranks, so that what fails for all of them is reported by one run over Program::entries.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <memory>
#include <span>
#include <string_view>
#include <vector>

#include "engine/lang/policy_set.h"
#include "engine/tree/expression.h"
#include "engine/tree/lowering.h"
#include "engine/tree/switches.h"
#include "engine/value/entity_store.h"

namespace thuja::tree {

enum class Instruction : uint32_t {
  kEnd,
  kSatisfied,
  kTest,
  kTestSymbol,
  kTestIn,
  kTestInAttribute,
  kTestEqual,
  kSwitch,
};

// The words of a test, whichever it is.
struct TestCode {
  uint32_t instruction = 0;
  uint32_t wanted = 0;  // 1: the test holds if the expression does; 0: if it does not
  uint32_t expression = 0;
  uint32_t after = 0;
  uint32_t first_rank = 0;
  uint32_t end_rank = 0;
  uint32_t subject = 0;  // of kTestInAttribute two variables, see OfTwo
  uint32_t key = 0;

  static uint32_t OfTwo(uint32_t below, uint32_t holder) { return below | holder << 16; }
  int below() const { return static_cast<int>(subject & 0xffff); }
  int holder() const { return static_cast<int>(subject >> 16); }
};

inline constexpr uint32_t kTestWords = sizeof(TestCode) / sizeof(uint32_t);
// A switch stands behind these two words.
inline constexpr uint32_t kSwitchHeadWords = 2;
inline constexpr uint32_t kSwitchWords = kSwitchHeadWords + sizeof(Switch) / sizeof(uint32_t);

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
  size_t permits = 0;        // of the policies
  size_t program_bytes = 0;  // all that deciding needs; policy texts and trees are not part of it
  size_t worst_case_nodes = 0;  // the most instructions that one request can make run
  size_t expressions = 0;       // distinct ones
  size_t slots = 0;             // of those, remembered within a request
  size_t switches = 0;
  size_t tests = 0;
};

// Immutable; shared between threads.
struct Program {
  uint64_t id = 0;  // of no other program
  Vocabulary words;
  std::vector<uint32_t> code;  // the block at 0 is the whole
  std::vector<Entry> entries;  // by rank
  SwitchTables tables;
  uint32_t slots = 0;   // remembered answers
  uint32_t stamps = 0;  // blocks that more than one key leads to
  uint32_t blocks = 0;  // the most that can wait at a time
  Figures figures;

  // REQUIRES: a test stands at `at`.
  const TestCode& TestAt(uint32_t at) const {
    return *reinterpret_cast<const TestCode*>(code.data() + at);
  }
  // REQUIRES: a switch stands at `at`.
  const Switch& SwitchAt(uint32_t at) const {
    return *reinterpret_cast<const Switch*>(code.data() + at + kSwitchHeadWords);
  }
};

// Never fails: every set of policies has a program, and its size is linear in theirs.
Program Compile(const lang::PolicySet& policies);

// How the symbols of a program and the numbers of a store belong together, so that a change of
// entities compiles nothing. Immutable.
class Link {
 public:
  Link() = default;
  // Takes time proportional to the symbols.
  Link(const Program& program, const value::EntityStore& entities);
  // Looks up what `entities` has more, and copies the rest. REQUIRES: `earlier` links the same
  // program and a store that `entities` extends, whose numbers were `known`.
  Link(const Program& program, const value::EntityStore& entities, const Link& earlier,
       size_t known);

  // kNoIndex if the policies do not name it. REQUIRES: the number is of the store.
  uint32_t SymbolOf(value::EntityNumber number) const {
    const auto index = static_cast<size_t>(number);
    return rows_[index / kBlock][index % kBlock];
  }
  // kNoEntity if the store does not mention it.
  value::EntityNumber NumberOf(uint32_t symbol) const { return (*numbers_)[symbol]; }
  // What EntityStore::FindName says of a name of the program.
  std::string_view StoredName(uint32_t name) const { return names_[name]; }

 private:
  static constexpr size_t kBlock = 1024;
  using Block = std::array<uint32_t, kBlock>;
  using Numbers = std::vector<value::EntityNumber>;
  struct Pair {
    uint32_t symbol;
    value::EntityNumber number;
  };

  // `count` is how many numbers the store has.
  void Add(std::span<const Pair> pairs, size_t count);
  // Looks for names that were not found before.
  void FindNames(const Program& program, const value::EntityStore& entities);

  // These two are shared with earlier links and copied before they are written to.
  std::vector<std::shared_ptr<const Block>> symbols_;  // by number; null where there are none
  std::vector<const uint32_t*> rows_;                  // the same, with a row for each number
  std::shared_ptr<const Numbers> numbers_;             // by symbol
  std::vector<std::string_view> names_;                // by name
};

}  // namespace thuja::tree
