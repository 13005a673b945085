// SPDX-License-Identifier: Apache-2.0
// Runs a compiled program (engine/tree/program.h) on a request.
//
// The answers are those of the interpreter, found by looking at what the request touches. Nothing
// is allocated once the memory has grown to what the program and the request need; nothing is
// locked, and no string is copied.
#pragma once

#include <cstdint>
#include <span>
#include <utility>
#include <vector>

#include "engine/base/arena.h"
#include "engine/decide/entity_facts.h"
#include "engine/decide/findings.h"
#include "engine/decide/observer.h"
#include "engine/tree/program.h"
#include "engine/value/request.h"

namespace thuja::decide {

// What an evaluator needs beside the program; reused from decision to decision.
class EvaluatorMemory {
 public:
  EvaluatorMemory() = default;
  EvaluatorMemory(EvaluatorMemory&& other) noexcept { *this = std::move(other); }
  // What was moved from has no memory, and must not look as if it were prepared.
  EvaluatorMemory& operator=(EvaluatorMemory&& other) noexcept {
    prepared_ = std::exchange(other.prepared_, 0);
    decision_ = other.decision_;
    slots_ = std::move(other.slots_);
    stamps_ = std::move(other.stamps_);
    waiting_ = std::move(other.waiting_);
    facts_ = std::move(other.facts_);
    return *this;
  }

  // Grows to what the program can need, and forgets the decision before.
  void Prepare(const tree::Program& program) {
    if (prepared_ != program.id) Grow(program);
    waiting_.clear();
    if (++decision_ == 0) ForgetAll();
    facts_.Begin(decision_);
  }

 private:
  friend class Evaluator;

  // An answer that was given in this decision.
  struct Remembered {
    const value::Value* value = nullptr;  // null after a failure
    value::Value room;                    // of the value, unless it lies elsewhere
    uint32_t decision = 0;
    value::EntityNumber number = value::kNoEntity;  // of an entity, once somebody asked for it
    bool number_known = false;
    EvalErrorKind error = EvalErrorKind::kType;
  };

  void Grow(const tree::Program& program);
  // The numbers of decisions are used up: nothing may look as if it were of the next one.
  void ForgetAll();

  uint64_t prepared_ = 0;  // id of the program that it was grown for
  uint32_t decision_ = 0;  // what is marked with another number is of an earlier decision
  std::vector<Remembered> slots_;
  std::vector<uint32_t> stamps_;   // of branches: the decision in which they were entered
  std::vector<uint32_t> waiting_;  // blocks
  EntityFactsMemory facts_;
};

// One decision. Not thread-safe.
class Evaluator {
 public:
  // All must outlive the evaluator. REQUIRES: `memory` was prepared for `program`.
  Evaluator(const tree::Program& program, const tree::Link& link,
            const value::EntityStore& entities, EntityView& view, const value::Request& request,
            const KnownNumbers& known, base::Arena& arena, EvaluatorMemory& memory);

  // Adds what becomes of each policy, in no order. With `until_forbidden` it may stop at a
  // satisfied forbid.
  void Run(bool until_forbidden, Findings& findings, const Observer& observer);

 private:
  // What a test says.
  enum class Truth : uint8_t { kFalse, kTrue, kFailed };

  template <typename Watcher>
  void RunBlocks(bool until_forbidden, Findings& findings, Watcher watch);
  template <typename Watcher>
  bool RunBlock(uint32_t at, bool until_forbidden, Findings& findings, Watcher& watch);
  void ReportRanks(uint32_t first, uint32_t end, Findings& findings) const;

  // The value of an expression, which may lie in `room` or elsewhere; null after a failure, whose
  // kind is in error_ then. Lasts as long as `room` and the decision.
  const value::Value* Evaluate(uint32_t id, value::Value* room);
  const value::Value* Recall(const tree::Expression& expression);
  const value::Value* Compute(const tree::Expression& expression, value::Value* room);
  // The same as Compute, which it tries what is asked most before.
  const value::Value* ComputeAnew(const tree::Expression& expression, value::Value* room);
  const value::Value* ComputeAttribute(const tree::Expression& expression);
  const value::Value* ComputeAttributeOfAny(const tree::Expression& expression);
  const value::Value* FailAttribute(const value::Value& holder);
  const value::Value* ComputeTag(const tree::Expression& expression);
  const value::Value* ComputeSet(const tree::Expression& expression, value::Value* room);
  const value::Value* ComputeRecord(const tree::Expression& expression, value::Value* room);
  const value::Value* ComputeCall(const tree::Expression& expression, value::Value* room);
  bool EvaluateAll(std::span<const uint32_t> operands, std::span<value::Value>* out);

  // The same for expressions that are asked whether they hold.
  Truth AskTest(const tree::TestCode& test);
  Truth AskInAttribute(const tree::TestCode& test);
  Truth AskEqualToConstant(const tree::TestCode& test);
  Truth Ask(uint32_t id);
  Truth AskRemembered(const tree::Expression& expression);
  Truth AskAnew(const tree::Expression& expression);
  Truth AskChain(const tree::Expression& expression, Truth stops_at);
  Truth AskEqual(const tree::Expression& expression);
  Truth AskOrder(const tree::Expression& expression);
  Truth AskIn(const tree::Expression& expression);
  Truth AskInSet(const value::Value& entity, value::EntityNumber number, const value::Value& set);
  Truth AskInSymbols(const tree::Expression& expression);
  Truth AskContains(const tree::Expression& expression);
  Truth AskHas(const tree::Expression& expression);
  Truth AskHasPath(const tree::Expression& expression);
  Truth AskHasTag(const tree::Expression& expression);
  Truth AskLike(const tree::Expression& expression);
  Truth AskIs(const tree::Expression& expression);

  // The branches of a switch that hold wait to be run. False if its subject failed.
  bool Dispatch(const tree::Switch& at);
  bool DispatchIn(const tree::Switch& at, const tree::Expression& subject);
  void DispatchLike(const tree::Switch& at, std::string_view text);
  void DispatchContains(const tree::Switch& at, const value::Value& set);
  void DispatchInRange(const tree::Switch& at, const value::IpAddress& address);
  void EnterSymbol(const tree::Switch& at, uint32_t symbol);
  void EnterConstant(const tree::Switch& at, const value::Value& value);
  void Enter(const tree::Branch& branch);
  void EnterBlock(uint32_t block);
  void EnterBucket(const tree::Bucket* bucket);

  const tree::Expression& At(uint32_t id) const { return words_.expressions[id]; }
  static Truth TruthOf(bool holds) { return holds ? Truth::kTrue : Truth::kFalse; }
  Truth AsTruth(const value::Value* value) {
    if (value == nullptr) return Truth::kFailed;
    if (!value->Is(value::Type::kBool)) return Failed(EvalErrorKind::kType);
    return TruthOf(value->AsBool());
  }
  Truth Failed(EvalErrorKind kind) {
    error_ = kind;
    return Truth::kFailed;
  }
  const value::Value* Fail(EvalErrorKind kind) {
    error_ = kind;
    return nullptr;
  }

  // The variable that an expression is; -1 if it is none that is an entity.
  static int EntityVariable(const tree::Expression& expression);
  // Of the entity that an expression evaluated to.
  value::EntityNumber NumberOf(const tree::Expression& expression, const value::Value& entity);
  // Null if a record or entity has no such attribute. REQUIRES: `holder` is one of the two.
  const value::Value* FindIn(const tree::Expression& expression, const value::Value& holder,
                             uint32_t name);

  const tree::Program& program_;
  const tree::Vocabulary& words_;
  base::Arena& arena_;
  EvaluatorMemory& memory_;
  EntityFacts facts_;
  value::Value variables_[4];
  EvalErrorKind error_ = EvalErrorKind::kType;
};

}  // namespace thuja::decide
