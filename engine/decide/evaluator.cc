// SPDX-License-Identifier: Apache-2.0
// The evaluator: one loop over code, one function a kind of expression, one a kind of switch.
//
// Tested by tests/property/agreement_test.cc and tests/unit/tree/switches_test.cc, which hold it
// against the interpreter.
#include "engine/decide/evaluator.h"

#include <algorithm>

#include "engine/func/function.h"
#include "engine/tree/addresses.h"
#include "engine/tree/operations.h"
#include "engine/value/pattern.h"

namespace thuja::decide {
namespace {

using tree::Branch;
using tree::Expression;
using tree::Family;
using tree::Instruction;
using tree::kNoIndex;
using tree::Op;
using tree::Switch;
using value::EntityNumber;
using value::EntityUidView;
using value::kNoEntity;
using value::Type;
using value::Value;

// An entity with more ancestors than this is asked about each group by itself.
constexpr size_t kManyAbove = 32;

}  // namespace

void EvaluatorMemory::Prepare(const tree::Program& program) {
  if (slots_.size() < program.slots) slots_.resize(program.slots);
  if (stamps_.size() < program.stamps) stamps_.resize(program.stamps);
  if (waiting_.capacity() < program.blocks) waiting_.reserve(program.blocks);
  waiting_.clear();
  if (++decision_ != 0) return;
  // The numbers are used up: nothing may look as if it were of this decision.
  for (Remembered& slot : slots_) slot.decision = 0;
  std::ranges::fill(stamps_, 0);
  decision_ = 1;
}

Evaluator::Evaluator(const tree::Program& program, const tree::Link& link,
                     const value::EntityStore& entities, EntityView& view,
                     const value::Request& request, base::Arena& arena, EvaluatorMemory& memory)
    : program_(program),
      words_(program.words),
      link_(link),
      entities_(entities),
      view_(view),
      overlaid_(!request.entities.empty()),
      arena_(arena),
      memory_(memory),
      uids_{request.principal.view(), request.action.view(), request.resource.view()},
      variables_{Value::Entity(&uids_[0]), Value::Entity(&uids_[1]), Value::Entity(&uids_[2]),
                 request.context} {}

inline int Evaluator::VariableOf(const Value& entity) const {
  const EntityUidView* uid = &entity.AsEntity();
  return uid >= uids_ && uid < uids_ + 3 ? static_cast<int>(uid - uids_) : -1;
}

inline EntityNumber Evaluator::NumberOf(const Value& entity) {
  const int variable = VariableOf(entity);
  return variable < 0 ? entities_.NumberOf(entity) : NumberOfVariable(variable);
}

EntityNumber Evaluator::NumberOfVariable(int variable) {
  if (!number_known_[variable]) {
    number_known_[variable] = true;
    numbers_[variable] = entities_.NumberOf(uids_[variable]);
  }
  return numbers_[variable];
}

inline bool Evaluator::Evaluate(uint32_t id, Value* out) {
  const Expression& expression = words_.expressions[id];
  switch (expression.op) {
    case Op::kConstant: *out = words_.constants[expression.a]; return true;
    case Op::kVariable: *out = variables_[expression.a]; return true;
    default: break;
  }
  return expression.slot == kNoIndex ? Compute(expression, out) : Recall(expression, out);
}

inline bool Evaluator::IsSymbol(const Expression& expression) {
  return SymbolOfVariable(static_cast<int>(words_.expressions[expression.a].a)) == expression.b;
}

// Most tests by far ask what the principal, the action or the resource is.
inline bool Evaluator::EvaluateBool(uint32_t id, bool* out) {
  const Expression& expression = words_.expressions[id];
  if (expression.op != Op::kIsSymbol) return EvaluateAnyBool(id, out);
  *out = IsSymbol(expression);
  return true;
}

void Evaluator::Run(bool until_forbidden, Findings& findings, const Observer& observer) {
  if (!observer.any()) return RunBlocks(until_forbidden, findings, Unwatched());
  RunBlocks(until_forbidden, findings, Watch(observer, program_.code.size()));
}

template <typename Watcher>
void Evaluator::RunBlocks(bool until_forbidden, Findings& findings, Watcher watch) {
  memory_.waiting_.push_back(0);
  while (!memory_.waiting_.empty()) {
    const uint32_t block = memory_.waiting_.back();
    memory_.waiting_.pop_back();
    watch.Start(memory_.waiting_.size());
    if (!RunBlock(block, until_forbidden, findings, watch)) return;
  }
}

// False if the answer is settled.
template <typename Watcher>
bool Evaluator::RunBlock(uint32_t at, bool until_forbidden, Findings& findings, Watcher& watch) {
  const uint32_t* const code = program_.code.data();
  for (;;) {
    const uint32_t* const words = code + at;
    const auto instruction = static_cast<Instruction>(words[0]);
    watch.Reach(at);
    switch (instruction) {
      case Instruction::kEnd: return true;
      case Instruction::kSatisfied:
        for (uint32_t i = 0; i < words[1]; ++i) {
          const tree::Entry entry = {words[2 + i]};
          findings.AddSatisfied({entry.policy()}, entry.forbid());
          watch.Satisfy({entry.policy()});
          if (until_forbidden && entry.forbid()) return false;
        }
        at += 2 + words[1];
        break;
      case Instruction::kTest:
      case Instruction::kTestNot: {
        bool holds = false;
        const bool evaluated = EvaluateBool(words[1], &holds);
        if (!evaluated) ReportRanks(words[3], words[4], findings);
        if (evaluated && holds == (instruction == Instruction::kTest)) {
          watch.Hold(words[2]);
          at += tree::kTestWords;
        } else {
          watch.Stop(words[3], words[4]);
          at = words[2];
        }
        break;
      }
      case Instruction::kSwitch: {
        const Switch& here = program_.switches[words[1]];
        if (!Dispatch(here)) ReportRanks(here.first_rank, here.end_rank, findings);
        watch.Stop(here.first_rank, here.end_rank);
        watch.Wait(memory_.waiting_.size());
        at = words[2];
        break;
      }
    }
  }
}

void Evaluator::ReportRanks(uint32_t first, uint32_t end, Findings& findings) const {
  for (uint32_t rank = first; rank < end; ++rank) {
    const tree::Entry entry = program_.entries[rank];
    findings.AddError({entry.policy()}, entry.forbid(), error_);
  }
}

void Evaluator::Enter(const Branch& branch) {
  if (branch.stamp != kNoIndex) {
    uint32_t& stamp = memory_.stamps_[branch.stamp];
    if (stamp == memory_.decision_) return;
    stamp = memory_.decision_;
  }
  memory_.waiting_.push_back(branch.block);
}

void Evaluator::EnterAll(std::span<const Branch> branches) {
  for (const Branch& branch : branches) Enter(branch);
}

void Evaluator::EnterSymbol(const Switch& at, uint32_t symbol) {
  EnterAll(FindBucket(program_.tables, at, tree::HashSymbol(symbol),
                      [symbol](uint32_t key) { return key == symbol; }));
}

void Evaluator::EnterConstant(const Switch& at, const Value& value) {
  EnterAll(FindBucket(program_.tables, at, tree::HashConstant(value),
                      [&](uint32_t key) { return words_.constants[key] == value; }));
}

bool Evaluator::Dispatch(const Switch& at) {
  const tree::SwitchTables& tables = program_.tables;
  Value subject;
  if (!Evaluate(at.subject, &subject)) return false;
  switch (at.family) {
    case Family::kNone: return true;
    case Family::kSymbol: {
      const uint32_t symbol = SymbolOfVariable(VariableOf(subject));
      if (symbol != kNoIndex) EnterSymbol(at, symbol);
      return true;
    }
    case Family::kEqual: EnterConstant(at, subject); return true;
    case Family::kIn: return DispatchIn(at, subject);
    case Family::kIs: {
      if (!subject.Is(Type::kEntity)) return Fail(EvalErrorKind::kType);
      const std::string_view type = subject.AsEntity().type;
      EnterAll(FindBucket(tables, at, tree::HashTypeName(type),
                          [&](uint32_t key) { return words_.names[key] == type; }));
      return true;
    }
    case Family::kRange:
      if (!subject.Is(at.ordered)) return Fail(EvalErrorKind::kType);
      tree::ForEachAround(std::span(tables.intervals).subspan(at.table.first, at.table.count),
                          subject.AsInteger(),
                          [&](uint32_t branch) { Enter(tables.branches[branch]); });
      return true;
    case Family::kLike: {
      if (!subject.Is(Type::kString)) return Fail(EvalErrorKind::kType);
      const std::string_view text = subject.AsString();
      tables.patterns[at.table.first].ForEachCandidate(
          text, [&](const tree::PatternIndex::Candidate& candidate) {
            const Branch& branch = tables.branches[candidate.branch];
            if (memory_.stamps_[branch.stamp] == memory_.decision_) return;
            if (value::MatchesPattern(text, words_.Pieces(candidate.pattern))) Enter(branch);
          });
      return true;
    }
    case Family::kContains:
      if (!subject.Is(Type::kSet)) return Fail(EvalErrorKind::kType);
      DispatchContains(at, subject);
      return true;
    case Family::kInRange:
      if (!subject.Is(Type::kIpaddr)) return Fail(EvalErrorKind::kType);
      DispatchInRange(at, subject.AsIpaddr());
      return true;
  }
  return true;
}

bool Evaluator::DispatchIn(const Switch& at, const Value& subject) {
  if (!subject.Is(Type::kEntity)) return Fail(EvalErrorKind::kType);
  const auto keys = std::span(program_.tables.symbols).subspan(at.keys.first, at.keys.count);
  if (HasManyAbove(subject) && keys.size() < entities_.Ancestors(NumberOf(subject)).size()) {
    for (const uint32_t symbol : keys) {
      if (IsInSymbol(subject, symbol)) EnterSymbol(at, symbol);
    }
    return true;
  }
  for (const uint32_t symbol : SymbolsAbove(subject)) EnterSymbol(at, symbol);
  return true;
}

// Whichever is shorter is walked: the elements or the keys.
void Evaluator::DispatchContains(const Switch& at, const Value& set) {
  if (set.AsSet().size() <= at.table.count) {
    for (const Value& element : set.AsSet()) EnterConstant(at, element);
    return;
  }
  const tree::SwitchTables& tables = program_.tables;
  for (const tree::Bucket& bucket :
       std::span(tables.buckets).subspan(at.table.first, at.table.count)) {
    if (bucket.branch_count == 0 || !set.Contains(words_.constants[bucket.key])) continue;
    EnterAll(std::span(tables.branches).subspan(bucket.first_branch, bucket.branch_count));
  }
}

// One look-up for each width of range that policies name.
void Evaluator::DispatchInRange(const Switch& at, const value::IpAddress& address) {
  const tree::SwitchTables& tables = program_.tables;
  for (const tree::Width& width : std::span(tables.widths).subspan(at.keys.first, at.keys.count)) {
    if (width.is_v6 != address.is_v6 || width.prefix > address.prefix) continue;
    const value::IpAddress masked = tree::MaskAddress(address, width.prefix);
    EnterConstant(at, Value::Ipaddr(&masked));
  }
}

bool Evaluator::Recall(const Expression& expression, Value* out) {
  EvaluatorMemory::Remembered& slot = memory_.slots_[expression.slot];
  if (slot.decision == memory_.decision_) {
    if (slot.failed) return Fail(slot.error);
    *out = slot.value;
    return true;
  }
  const bool done = Compute(expression, out);
  slot.decision = memory_.decision_;
  slot.failed = !done;
  if (done) {
    slot.value = *out;
  } else {
    slot.error = error_;
  }
  return done;
}

bool Evaluator::EvaluateAnyBool(uint32_t id, bool* out) {
  Value value;
  if (!Evaluate(id, &value)) return false;
  if (!value.Is(Type::kBool)) return Fail(EvalErrorKind::kType);
  *out = value.AsBool();
  return true;
}

bool Evaluator::Compute(const Expression& expression, Value* out) {
  switch (expression.op) {
    case Op::kConstant: *out = words_.constants[expression.a]; return true;
    case Op::kVariable: *out = variables_[expression.a]; return true;
    case Op::kIf: {
      const std::span<const uint32_t> parts = words_.Operands(expression);
      bool test = false;
      return EvaluateBool(parts[0], &test) && Evaluate(parts[test ? 1 : 2], out);
    }
    case Op::kAnd: return EvaluateChain(expression, false, out);
    case Op::kOr: return EvaluateChain(expression, true, out);
    case Op::kNot:
    case Op::kNegate:
    case Op::kIsEmpty: {
      Value a;
      return Evaluate(expression.a, &a) && tree::ApplyUnary(expression.op, a, out, &error_);
    }
    case Op::kHas: return EvaluateHas(expression, out);
    case Op::kHasPath: return EvaluateHasPath(expression, out);
    case Op::kGetAttribute: return EvaluateAttribute(expression, out);
    case Op::kInSymbols: return EvaluateInSymbols(expression, out);
    case Op::kIsSymbol: *out = Value::Bool(IsSymbol(expression)); return true;
    case Op::kLike: {
      Value text;
      if (!Evaluate(expression.a, &text)) return false;
      if (!text.Is(Type::kString)) return Fail(EvalErrorKind::kType);
      *out = Value::Bool(value::MatchesPattern(text.AsString(), words_.Pieces(expression.b)));
      return true;
    }
    case Op::kIs: {
      Value entity;
      if (!Evaluate(expression.a, &entity)) return false;
      if (!entity.Is(Type::kEntity)) return Fail(EvalErrorKind::kType);
      *out = Value::Bool(entity.AsEntity().type == words_.names[expression.b]);
      return true;
    }
    case Op::kSet: return EvaluateSet(expression, out);
    case Op::kRecord: return EvaluateRecord(expression, out);
    case Op::kCall: return EvaluateCall(expression, out);
    case Op::kGetTag:
    case Op::kHasTag: return EvaluateTag(expression, out);
    case Op::kIn: {
      Value a;
      Value b;
      return Evaluate(expression.a, &a) && Evaluate(expression.b, &b) && EvaluateIn(a, b, out);
    }
    default: {
      Value a;
      Value b;
      return Evaluate(expression.a, &a) && Evaluate(expression.b, &b) &&
             tree::ApplyBinary(expression.op, a, b, out, &error_);
    }
  }
}

bool Evaluator::EvaluateChain(const Expression& expression, bool stops_at, Value* out) {
  for (const uint32_t operand : words_.Operands(expression)) {
    bool holds = false;
    if (!EvaluateBool(operand, &holds)) return false;
    if (holds != stops_at) continue;
    *out = Value::Bool(stops_at);
    return true;
  }
  *out = Value::Bool(!stops_at);
  return true;
}

bool Evaluator::EvaluateIn(const Value& a, const Value& b, Value* out) {
  if (!a.Is(Type::kEntity)) return Fail(EvalErrorKind::kType);
  if (b.Is(Type::kEntity)) {
    *out = Value::Bool(IsIn(a, b));
    return true;
  }
  if (!b.Is(Type::kSet)) return Fail(EvalErrorKind::kType);
  // Elements are sorted by type, so that the ends tell whether all are entities.
  const std::span<const Value> elements = b.AsSet();
  if (!elements.empty() &&
      !(elements.front().Is(Type::kEntity) && elements.back().Is(Type::kEntity))) {
    return Fail(EvalErrorKind::kType);
  }
  *out = Value::Bool(
      std::ranges::any_of(elements, [&](const Value& element) { return IsIn(a, element); }));
  return true;
}

bool Evaluator::EvaluateInSymbols(const Expression& expression, Value* out) {
  Value entity;
  if (!Evaluate(expression.a, &entity)) return false;
  if (!entity.Is(Type::kEntity)) return Fail(EvalErrorKind::kType);
  const std::span<const uint32_t> symbols = words_.Symbols(expression.b);
  if (KnowsAbove(entity)) {
    const std::span<const uint32_t> above = SymbolsAbove(entity);
    *out = Value::Bool(std::ranges::any_of(
        symbols, [&](uint32_t symbol) { return std::ranges::binary_search(above, symbol); }));
    return true;
  }
  *out = Value::Bool(
      std::ranges::any_of(symbols, [&](uint32_t symbol) { return IsInSymbol(entity, symbol); }));
  return true;
}

bool Evaluator::EvaluateHas(const Expression& expression, Value* out) {
  Value holder;
  const Value* found = nullptr;
  if (!Evaluate(expression.a, &holder) || !FindIn(holder, words_.names[expression.b], &found)) {
    return false;
  }
  *out = Value::Bool(found != nullptr);
  return true;
}

bool Evaluator::EvaluateHasPath(const Expression& expression, Value* out) {
  const std::span<const uint32_t> operands = words_.Operands(expression);
  Value holder;
  if (!Evaluate(operands[0], &holder)) return false;
  for (const uint32_t name : operands.subspan(1)) {
    const Value* found = nullptr;
    if (!FindIn(holder, words_.names[name], &found)) return false;
    if (found == nullptr) {
      *out = Value::Bool(false);
      return true;
    }
    holder = *found;
  }
  *out = Value::Bool(true);
  return true;
}

// Null if a record or entity has no such attribute.
bool Evaluator::FindIn(const Value& holder, std::string_view name, const Value** found) {
  if (holder.Is(Type::kRecord)) {
    *found = holder.Find(name);
  } else if (holder.Is(Type::kEntity)) {
    *found = FindAttribute(holder, name);
  } else {
    return Fail(EvalErrorKind::kType);
  }
  return true;
}

bool Evaluator::EvaluateAttribute(const Expression& expression, Value* out) {
  Value holder;
  const Value* found = nullptr;
  if (!Evaluate(expression.a, &holder) || !FindIn(holder, words_.names[expression.b], &found)) {
    return false;
  }
  if (found == nullptr) {
    if (holder.Is(Type::kRecord)) return Fail(EvalErrorKind::kRecordAttributeDoesNotExist);
    return Fail(view_.Has(holder.AsEntity()) ? EvalErrorKind::kEntityAttributeDoesNotExist
                                             : EvalErrorKind::kEntityDoesNotExist);
  }
  *out = *found;
  return true;
}

bool Evaluator::EvaluateTag(const Expression& expression, Value* out) {
  Value entity;
  Value name;
  if (!Evaluate(expression.a, &entity) || !Evaluate(expression.b, &name)) return false;
  if (!entity.Is(Type::kEntity) || !name.Is(Type::kString)) return Fail(EvalErrorKind::kType);
  const Value* tag = view_.FindTag(entity.AsEntity(), name.AsString());
  if (expression.op == Op::kHasTag) {
    *out = Value::Bool(tag != nullptr);
    return true;
  }
  if (tag == nullptr) {
    return Fail(view_.Has(entity.AsEntity()) ? EvalErrorKind::kEntityTagDoesNotExist
                                             : EvalErrorKind::kEntityDoesNotExist);
  }
  *out = *tag;
  return true;
}

bool Evaluator::EvaluateAll(std::span<const uint32_t> operands, std::span<Value>* out) {
  *out = {arena_.AllocateArray<Value>(operands.size()), operands.size()};
  for (size_t i = 0; i < operands.size(); ++i) {
    if (!Evaluate(operands[i], &(*out)[i])) return false;
  }
  return true;
}

bool Evaluator::EvaluateSet(const Expression& expression, Value* out) {
  std::span<Value> elements;
  if (!EvaluateAll(words_.Operands(expression), &elements)) return false;
  *out = Value::Set(elements);
  return true;
}

bool Evaluator::EvaluateRecord(const Expression& expression, Value* out) {
  const std::span<const uint32_t> operands = words_.Operands(expression);
  const size_t count = operands.size() / 2;
  const std::span<value::Field> fields(arena_.AllocateArray<value::Field>(count), count);
  for (size_t i = 0; i < count; ++i) {
    fields[i].key = words_.names[operands[count + i]];
    if (!Evaluate(operands[i], &fields[i].value)) return false;
  }
  *out = Value::Record(fields);
  return true;
}

bool Evaluator::EvaluateCall(const Expression& expression, Value* out) {
  std::span<Value> arguments;
  return EvaluateAll(words_.Operands(expression), &arguments) &&
         tree::ApplyCall(func::AllFunctions()[expression.function], arguments, arena_, out,
                         &error_);
}

uint32_t Evaluator::FindSymbolOfVariable(int variable) {
  symbol_known_[variable] = true;
  symbols_[variable] = SymbolOf(uids_[variable], NumberOfVariable(variable));
  return symbols_[variable];
}

uint32_t Evaluator::SymbolOf(const EntityUidView& uid, EntityNumber number) const {
  if (number != kNoEntity) return link_.SymbolOf(number);
  const auto found = words_.symbol_of.find(uid);
  return found == words_.symbol_of.end() ? kNoIndex : found->second;
}

const Value* Evaluator::FindAttribute(const Value& entity, std::string_view name) {
  if (overlaid_) return view_.FindAttribute(entity.AsEntity(), name);
  const int variable = VariableOf(entity);
  if (variable < 0) {
    const EntityNumber number = entities_.NumberOf(entity);
    return number == kNoEntity ? nullptr : entities_.Attributes(number).Find(name);
  }
  const Value*& attributes = attributes_[variable];
  if (attributes == nullptr) {
    static const Value kNothing = Value::EmptyRecord();
    const EntityNumber number = NumberOfVariable(variable);
    attributes = number == kNoEntity ? &kNothing : &entities_.Attributes(number);
  }
  return attributes->Find(name);
}

bool Evaluator::IsIn(const Value& entity, const Value& ancestor) {
  if (overlaid_) return view_.IsIn(entity.AsEntity(), ancestor.AsEntity());
  const EntityNumber below = NumberOf(entity);
  // What the store does not mention is in nothing but itself.
  if (below == kNoEntity) return entity.AsEntity() == ancestor.AsEntity();
  const EntityNumber above = NumberOf(ancestor);
  return below == above || (above != kNoEntity && entities_.IsBelow(below, above));
}

bool Evaluator::HasManyAbove(const Value& entity) {
  if (overlaid_) return false;
  const EntityNumber number = NumberOf(entity);
  return number != kNoEntity && entities_.Ancestors(number).size() > kManyAbove;
}

// True if it is worth to look at all symbols above it.
bool Evaluator::KnowsAbove(const Value& entity) {
  const int variable = VariableOf(entity);
  return variable >= 0 && (above_known_[variable] || !HasManyAbove(entity));
}

// REQUIRES: what is above the entity is not worth to be looked at as a whole.
bool Evaluator::IsInSymbol(const Value& entity, uint32_t symbol) {
  if (overlaid_) return view_.IsIn(entity.AsEntity(), words_.symbols[symbol]);
  const EntityNumber below = NumberOf(entity);
  if (below == kNoEntity) return entity.AsEntity() == words_.symbols[symbol];
  const EntityNumber above = link_.NumberOf(symbol);
  return below == above || (above != kNoEntity && entities_.IsBelow(below, above));
}

// The symbols that an entity is in, itself included, ascending. Of a variable they are found once.
std::span<const uint32_t> Evaluator::SymbolsAbove(const Value& entity) {
  const int variable = VariableOf(entity);
  if (variable < 0) {
    CollectAbove(entity, &memory_.symbols_);
    return memory_.symbols_;
  }
  std::vector<uint32_t>& above = memory_.above_[static_cast<size_t>(variable)];
  if (!above_known_[variable]) {
    above_known_[variable] = true;
    CollectAbove(entity, &above);
  }
  return above;
}

void Evaluator::CollectAbove(const Value& entity, std::vector<uint32_t>* out) {
  out->clear();
  const auto add = [&](uint32_t symbol) {
    if (symbol != kNoIndex) out->push_back(symbol);
  };
  const EntityUidView& uid = entity.AsEntity();
  if (overlaid_) {
    view_.ForEachAncestor(uid, [&](const EntityUidView& ancestor) {
      add(SymbolOf(ancestor, entities_.NumberOf(ancestor)));
    });
    add(SymbolOf(uid, entities_.NumberOf(uid)));
  } else {
    const EntityNumber number = NumberOf(entity);
    add(SymbolOf(uid, number));
    if (number != kNoEntity) {
      for (const EntityNumber ancestor : entities_.Ancestors(number)) add(link_.SymbolOf(ancestor));
    }
  }
  if (out->size() < 2) return;
  std::ranges::sort(*out);
  out->erase(std::ranges::unique(*out).begin(), out->end());
}

}  // namespace thuja::decide
