// SPDX-License-Identifier: Apache-2.0
// Compilation from end to end, and the link between a program and a store.
//
// Tested by tests/unit/tree/program_test.cc.
#include "engine/tree/program.h"

#include <absl/container/flat_hash_map.h>

#include <atomic>
#include <utility>

#include "engine/tree/decision_tree.h"

namespace thuja::tree {
namespace {

size_t BytesOf(const Program& program) {
  const Vocabulary& words = program.words;
  size_t pieces = words.pieces.capacity() * sizeof(std::string);
  for (const std::string& piece : words.pieces) {
    if (piece.capacity() > 15) pieces += piece.capacity() + 1;
  }
  return sizeof(program) + words.arena.capacity() +
         words.expressions.capacity() * sizeof(Expression) +
         (words.operands.capacity() + words.symbol_members.capacity() + words.elements.capacity()) *
             sizeof(uint32_t) +
         words.constants.capacity() * sizeof(value::Value) +
         words.names.capacity() * sizeof(std::string_view) + pieces +
         (words.patterns.capacity() + words.symbol_lists.capacity()) * sizeof(Run) +
         words.symbols.capacity() * sizeof(value::EntityUidView) +
         words.symbol_of.capacity() * (sizeof(value::EntityUidView) + sizeof(uint32_t) + 1) +
         program.code.capacity() * sizeof(uint32_t) + program.entries.capacity() * sizeof(Entry) +
         program.tables.bytes();
}

uint64_t NextProgramId() {
  static std::atomic<uint64_t> last = 0;
  return last.fetch_add(1, std::memory_order_relaxed) + 1;
}

}  // namespace

Program Compile(const lang::PolicySet& policies) {
  Program program;
  program.id = NextProgramId();
  VocabularyBuilder vocabulary(program.words, policies.bound().size());
  Lowering lowering(vocabulary);
  std::vector<TreePolicy> lowered;
  lowered.reserve(policies.bound().size());
  size_t ids = 0;
  for (uint32_t i = 0; i < policies.bound().size(); ++i) {
    const lang::BoundPolicy& bound = policies.bound()[i];
    ids += sizeof(std::string) + (bound.id.size() > 15 ? bound.id.size() + 1 : 0);
    const bool forbid = bound.policy->effect == lang::Effect::kForbid;
    program.figures.permits += !forbid;
    lowered.push_back({Entry::Of(i, forbid), lowering.Lower(bound)});
  }
  BuildTree(std::move(lowered), program);
  Vocabulary& words = program.words;
  words.elements_of.clear();
  words.elements = {};
  words.expressions.shrink_to_fit();
  words.operands.shrink_to_fit();
  words.constants.shrink_to_fit();
  words.symbols.shrink_to_fit();
  program.code.shrink_to_fit();
  program.entries.shrink_to_fit();
  Figures& figures = program.figures;
  figures.policies = policies.bound().size();
  figures.expressions = words.expressions.size();
  figures.slots = program.slots;
  figures.program_bytes = BytesOf(program) + ids;
  return program;
}

Link::Link(const Program& program, const value::EntityStore& entities)
    : numbers_(std::make_shared<const Numbers>(program.words.symbols.size(), value::kNoEntity)) {
  std::vector<Pair> pairs;
  for (uint32_t symbol = 0; symbol < program.words.symbols.size(); ++symbol) {
    const value::EntityNumber number = entities.NumberOf(program.words.symbols[symbol]);
    if (number != value::kNoEntity) pairs.push_back({symbol, number});
  }
  Add(pairs, entities.numbers());
  names_.resize(program.words.names.size());
  FindNames(program, entities);
}

Link::Link(const Program& program, const value::EntityStore& entities, const Link& earlier,
           size_t known)
    : Link(earlier) {
  std::vector<Pair> pairs;
  for (size_t i = known; i < entities.numbers(); ++i) {
    const value::EntityNumber number{static_cast<uint32_t>(i)};
    const auto found = program.words.symbol_of.find(entities.UidOf(number));
    if (found != program.words.symbol_of.end()) pairs.push_back({found->second, number});
  }
  Add(pairs, entities.numbers());
  FindNames(program, entities);
}

void Link::FindNames(const Program& program, const value::EntityStore& entities) {
  for (size_t i = 0; i < names_.size(); ++i) {
    if (names_[i].data() == nullptr) names_[i] = entities.FindName(program.words.names[i]);
  }
}

void Link::Add(std::span<const Pair> pairs, size_t count) {
  static const Block kNone = [] {
    Block none;
    none.fill(kNoIndex);
    return none;
  }();
  const size_t blocks = (count + kBlock - 1) / kBlock;
  symbols_.resize(blocks);
  rows_.resize(blocks, kNone.data());
  if (pairs.empty()) return;
  auto numbers = std::make_shared<Numbers>(*numbers_);
  absl::flat_hash_map<size_t, std::shared_ptr<Block>> changed;
  for (const Pair& pair : pairs) {
    (*numbers)[pair.symbol] = pair.number;
    const size_t at = static_cast<size_t>(pair.number) / kBlock;
    std::shared_ptr<Block>& block = changed[at];
    if (block == nullptr) {
      block = std::make_shared<Block>(symbols_[at] == nullptr ? kNone : *symbols_[at]);
    }
    (*block)[static_cast<size_t>(pair.number) % kBlock] = pair.symbol;
  }
  for (auto& [at, block] : changed) {
    rows_[at] = block->data();
    symbols_[at] = std::move(block);
  }
  numbers_ = std::move(numbers);
}

}  // namespace thuja::tree
