// SPDX-License-Identifier: Apache-2.0
// Runs a compiled program (engine/tree/program.h) on a request.
//
// The answers are those of the interpreter, found by looking at what the request touches. Nothing
// is allocated once the memory has grown to what the program and the request need; nothing is
// locked, and no string is copied.
#pragma once

#include <array>
#include <cstdint>
#include <span>
#include <vector>

#include "engine/base/arena.h"
#include "engine/decide/entity_view.h"
#include "engine/decide/findings.h"
#include "engine/decide/observer.h"
#include "engine/tree/program.h"
#include "engine/value/request.h"

namespace thuja::decide {

// What an evaluator needs beside the program; reused from decision to decision.
class EvaluatorMemory {
 public:
  // Grows to what the program can need, and forgets the decision before.
  void Prepare(const tree::Program& program);

 private:
  friend class Evaluator;

  // An answer that was given in this decision.
  struct Remembered {
    value::Value value;
    uint32_t decision = 0;
    bool failed = false;
    EvalErrorKind error = EvalErrorKind::kType;
  };

  uint32_t decision_ = 0;  // what is marked with another number is of an earlier decision
  std::vector<Remembered> slots_;
  std::vector<uint32_t> stamps_;   // of branches: the decision in which they were entered
  std::vector<uint32_t> waiting_;  // blocks
  std::array<std::vector<uint32_t>, 3> above_;  // of principal, action, resource
  std::vector<uint32_t> symbols_;               // of another entity
};

// One decision. Not thread-safe.
class Evaluator {
 public:
  // All must outlive the evaluator. REQUIRES: `memory` was prepared for `program`.
  Evaluator(const tree::Program& program, const tree::Link& link,
            const value::EntityStore& entities, EntityView& view, const value::Request& request,
            base::Arena& arena, EvaluatorMemory& memory);

  // Adds what becomes of each policy, in no order. With `until_forbidden` it may stop at a
  // satisfied forbid.
  void Run(bool until_forbidden, Findings& findings, const Observer& observer);

 private:
  template <typename Watcher>
  void RunBlocks(bool until_forbidden, Findings& findings, Watcher watch);
  template <typename Watcher>
  bool RunBlock(uint32_t at, bool until_forbidden, Findings& findings, Watcher& watch);
  void ReportRanks(uint32_t first, uint32_t end, Findings& findings) const;

  // These return false after a failure, whose kind is in error_ then.
  bool Evaluate(uint32_t expression, value::Value* out);
  bool Recall(const tree::Expression& expression, value::Value* out);
  bool Compute(const tree::Expression& expression, value::Value* out);
  bool EvaluateBool(uint32_t expression, bool* out);
  bool EvaluateAnyBool(uint32_t expression, bool* out);
  bool EvaluateChain(const tree::Expression& expression, bool stops_at, value::Value* out);
  bool EvaluateIn(const value::Value& a, const value::Value& b, value::Value* out);
  bool EvaluateInSymbols(const tree::Expression& expression, value::Value* out);
  bool EvaluateAttribute(const tree::Expression& expression, value::Value* out);
  bool EvaluateHas(const tree::Expression& expression, value::Value* out);
  bool EvaluateHasPath(const tree::Expression& expression, value::Value* out);
  bool EvaluateTag(const tree::Expression& expression, value::Value* out);
  bool EvaluateAll(std::span<const uint32_t> operands, std::span<value::Value>* out);
  bool EvaluateSet(const tree::Expression& expression, value::Value* out);
  bool EvaluateRecord(const tree::Expression& expression, value::Value* out);
  bool EvaluateCall(const tree::Expression& expression, value::Value* out);

  // The branches of a switch that hold wait to be run. False if its subject failed.
  bool Dispatch(const tree::Switch& at);
  bool DispatchIn(const tree::Switch& at, const value::Value& subject);
  void DispatchContains(const tree::Switch& at, const value::Value& set);
  void DispatchInRange(const tree::Switch& at, const value::IpAddress& address);
  void EnterSymbol(const tree::Switch& at, uint32_t symbol);
  void EnterConstant(const tree::Switch& at, const value::Value& value);
  void Enter(const tree::Branch& branch);
  void EnterAll(std::span<const tree::Branch> branches);

  bool Fail(EvalErrorKind kind) {
    error_ = kind;
    return false;
  }
  value::EntityNumber NumberOf(const value::Value& entity);
  value::EntityNumber NumberOfVariable(int variable);
  // kNoIndex if no policy names it.
  uint32_t SymbolOfVariable(int variable) {
    return symbol_known_[variable] ? symbols_[variable] : FindSymbolOfVariable(variable);
  }
  uint32_t FindSymbolOfVariable(int variable);
  uint32_t SymbolOf(const value::EntityUidView& uid, value::EntityNumber number) const;
  bool FindIn(const value::Value& holder, std::string_view name, const value::Value** found);
  const value::Value* FindAttribute(const value::Value& entity, std::string_view name);
  bool IsIn(const value::Value& entity, const value::Value& ancestor);
  bool IsInSymbol(const value::Value& entity, uint32_t symbol);
  // Position of the variable that this value is; -1 if it is none.
  int VariableOf(const value::Value& entity) const;
  bool HasManyAbove(const value::Value& entity);
  bool KnowsAbove(const value::Value& entity);
  bool IsSymbol(const tree::Expression& expression);
  std::span<const uint32_t> SymbolsAbove(const value::Value& entity);
  void CollectAbove(const value::Value& entity, std::vector<uint32_t>* out);

  const tree::Program& program_;
  const tree::Vocabulary& words_;
  const tree::Link& link_;
  const value::EntityStore& entities_;
  EntityView& view_;
  const bool overlaid_;  // the request brought entities: the view is asked instead of the store
  base::Arena& arena_;
  EvaluatorMemory& memory_;
  value::EntityUidView uids_[3];
  value::EntityNumber numbers_[3] = {};
  bool number_known_[3] = {};
  const value::Value* attributes_[3] = {};  // null until they are asked for
  uint32_t symbols_[3] = {};
  bool symbol_known_[3] = {};
  bool above_known_[3] = {};
  value::Value variables_[4];
  EvalErrorKind error_ = EvalErrorKind::kType;
};

}  // namespace thuja::decide
