// SPDX-License-Identifier: Apache-2.0
// The evaluator: one loop over code, one function a kind of expression, one a kind of switch. All
// of them share what is known of one request, and the compiler inlines across them, which is why
// they stand in one file.
//
// A value is passed on as a pointer to where it lies, in the store, the request, the program or the
// room of who asked; what holds or not is passed on in a register. So most of an evaluation moves
// nothing, and a failure is a null.
//
// Tested by tests/property/agreement_test.cc and tests/unit/tree/switches_test.cc, which hold it
// against the interpreter.
#include "engine/decide/evaluator.h"

#include <algorithm>

#include "engine/base/words.h"
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
using value::kNoEntity;
using value::Type;
using value::Value;

const Value kTrueValue = Value::Bool(true);
const Value kFalseValue = Value::Bool(false);

bool HasOrder(Type type) {
  return type == Type::kLong || type == Type::kDatetime || type == Type::kDuration;
}

// `a == b`, without a call for what is compared most.
bool AreEqual(const Value& a, const Value& b) {
  if (a.type() != b.type()) return false;
  switch (a.type()) {
    case Type::kBool:
    case Type::kLong:
    case Type::kDecimal:
    case Type::kDatetime:
    case Type::kDuration: return a.AsInteger() == b.AsInteger();
    case Type::kString: return base::EqualTexts(a.AsString(), b.AsString());
    default: return a == b;
  }
}

// A few elements are compared faster than bisected.
bool Contains(const Value& set, const Value& element) {
  constexpr size_t kFew = 8;
  const std::span<const Value> elements = set.AsSet();
  if (elements.size() > kFew) return set.Contains(element);
  for (const Value& one : elements) {
    if (AreEqual(one, element)) return true;
  }
  return false;
}

}  // namespace

void EvaluatorMemory::Grow(const tree::Program& program) {
  if (slots_.size() < program.slots) slots_.resize(program.slots);
  if (stamps_.size() < program.stamps) stamps_.resize(program.stamps);
  waiting_.reserve(program.blocks);
  facts_.Grow(program);
  prepared_ = program.id;
}

void EvaluatorMemory::ForgetAll() {
  for (Remembered& slot : slots_) slot.decision = 0;
  std::ranges::fill(stamps_, 0);
  facts_.Forget();
  decision_ = 1;
}

Evaluator::Evaluator(const tree::Program& program, const tree::Link& link,
                     const value::EntityStore& entities, EntityView& view,
                     const value::Request& request, const KnownNumbers& known, base::Arena& arena,
                     EvaluatorMemory& memory)
    : program_(program),
      words_(program.words),
      arena_(arena),
      memory_(memory),
      facts_(program, link, entities, view, request, known, memory.facts_),
      variables_{Value::Entity(&facts_.UidOf(0)), Value::Entity(&facts_.UidOf(1)),
                 Value::Entity(&facts_.UidOf(2)), request.context} {}

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
      case Instruction::kTestSymbol:
      case Instruction::kTestIn:
      case Instruction::kTestInAttribute:
      case Instruction::kTestEqual: {
        const tree::TestCode& test = program_.TestAt(at);
        const Truth answer = AskTest(test);
        if (answer == TruthOf(test.wanted != 0)) {
          watch.Hold(test.after);
          at += tree::kTestWords;
        } else {
          if (answer == Truth::kFailed) ReportRanks(test.first_rank, test.end_rank, findings);
          watch.Stop(test.first_rank, test.end_rank);
          at = test.after;
        }
        break;
      }
      case Instruction::kSwitch: {
        const Switch& here = program_.SwitchAt(at);
        if (!Dispatch(here)) ReportRanks(here.first_rank, here.end_rank, findings);
        watch.Stop(here.first_rank, here.end_rank);
        watch.Wait(memory_.waiting_.size());
        at = words[1];
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

inline void Evaluator::Enter(const Branch& branch) {
  if (branch.stamp != kNoIndex) {
    uint32_t& stamp = memory_.stamps_[branch.stamp];
    if (stamp == memory_.decision_) return;
    stamp = memory_.decision_;
  }
  EnterBlock(branch.block);
}

[[gnu::always_inline]] inline void Evaluator::EnterBlock(uint32_t block) {
  memory_.waiting_.push_back(block);
  // It is not run before the block that led here ends, by which time it is near.
  __builtin_prefetch(program_.code.data() + block);
  __builtin_prefetch(program_.code.data() + block + 16);
}

inline void Evaluator::EnterBucket(const tree::Bucket* bucket) {
  if (bucket == nullptr) return;
  program_.tables.ForEachBranch(*bucket, [this](const Branch& branch) { Enter(branch); });
}

inline void Evaluator::EnterSymbol(const Switch& at, uint32_t symbol) {
  EnterBucket(FindBucket(program_.tables, at, tree::HashSymbol(symbol),
                         [symbol](uint32_t key) { return key == symbol; }));
}

void Evaluator::EnterConstant(const Switch& at, const Value& value) {
  EnterBucket(FindBucket(program_.tables, at, tree::HashConstant(value),
                         [&](uint32_t key) { return AreEqual(words_.constants[key], value); }));
}

bool Evaluator::Dispatch(const Switch& at) {
  const tree::SwitchTables& tables = program_.tables;
  const Expression& expression = At(at.subject);
  if (at.family == Family::kSymbol) {
    const uint32_t symbol = facts_.SymbolOf(EntityVariable(expression));
    if (symbol != kNoIndex) EnterSymbol(at, symbol);
    return true;
  }
  if (at.family == Family::kIn) return DispatchIn(at, expression);
  Value room;
  const Value* const found = Evaluate(at.subject, &room);
  if (found == nullptr) return false;
  const Value& subject = *found;
  const auto is = [&](Type type) {
    if (!subject.Is(type)) error_ = EvalErrorKind::kType;
    return subject.Is(type);
  };
  switch (at.family) {
    case Family::kNone:
    case Family::kSymbol:
    case Family::kIn: return true;
    case Family::kEqual: EnterConstant(at, subject); return true;
    case Family::kIs: {
      if (!is(Type::kEntity)) return false;
      const std::string_view type = subject.AsEntity().type;
      EnterBucket(FindBucket(tables, at, tree::HashTypeName(type), [&](uint32_t key) {
        return base::EqualTexts(words_.names[key], type);
      }));
      return true;
    }
    case Family::kRange:
      if (!is(at.ordered)) return false;
      tree::ForEachAround(std::span(tables.intervals).subspan(at.table.first, at.table.count),
                          subject.AsInteger(), [&](uint32_t block) { EnterBlock(block); });
      return true;
    case Family::kLike:
      if (!is(Type::kString)) return false;
      DispatchLike(at, subject.AsString());
      return true;
    case Family::kContains:
      if (!is(Type::kSet)) return false;
      DispatchContains(at, subject);
      return true;
    case Family::kInRange:
      if (!is(Type::kIpaddr)) return false;
      DispatchInRange(at, subject.AsIpaddr());
      return true;
  }
  return true;
}

bool Evaluator::DispatchIn(const Switch& at, const Expression& subject) {
  if (const int variable = EntityVariable(subject);
      variable >= 0 && !facts_.HasManyAbove(variable, at.keys.count)) {
    for (const uint32_t symbol : facts_.SymbolsAbove(variable)) EnterSymbol(at, symbol);
    return true;
  }
  Value room;
  const Value* const entity = Evaluate(at.subject, &room);
  if (entity == nullptr) return false;
  if (!entity->Is(Type::kEntity)) {
    error_ = EvalErrorKind::kType;
    return false;
  }
  const EntityNumber number = NumberOf(subject, *entity);
  if (!facts_.HasManyAbove(number, at.keys.count)) {
    for (const uint32_t symbol : facts_.SymbolsAbove(entity->AsEntity(), number)) {
      EnterSymbol(at, symbol);
    }
    return true;
  }
  for (const uint32_t symbol :
       std::span(program_.tables.symbols).subspan(at.keys.first, at.keys.count)) {
    if (facts_.IsInSymbol(entity->AsEntity(), number, symbol)) EnterSymbol(at, symbol);
  }
  return true;
}

void Evaluator::DispatchLike(const Switch& at, std::string_view text) {
  const tree::SwitchTables& tables = program_.tables;
  tables.patterns[at.table.first].ForEachCandidate(
      text, [&](const tree::PatternIndex::Candidate& candidate) {
        const Branch& branch = tables.branches[candidate.branch];
        if (memory_.stamps_[branch.stamp] == memory_.decision_) return;
        if (value::MatchesPattern(text, words_.Pieces(candidate.pattern))) Enter(branch);
      });
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
    EnterBucket(&bucket);
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

inline int Evaluator::EntityVariable(const Expression& expression) {
  return expression.op == Op::kVariable && expression.a < kEntityVariables
             ? static_cast<int>(expression.a)
             : -1;
}

inline EntityNumber Evaluator::NumberOf(const Expression& expression, const Value& entity) {
  if (const int variable = EntityVariable(expression); variable >= 0) {
    return facts_.NumberOf(variable);
  }
  if (expression.slot == kNoIndex) return facts_.NumberOf(entity);
  EvaluatorMemory::Remembered& slot = memory_.slots_[expression.slot];
  if (!slot.number_known) {
    slot.number_known = true;
    slot.number = facts_.NumberOf(entity);
  }
  return slot.number;
}

inline const Value* Evaluator::Evaluate(uint32_t id, Value* room) {
  const Expression& expression = At(id);
  switch (expression.op) {
    case Op::kConstant: return &words_.constants[expression.a];
    case Op::kVariable: return &variables_[expression.a];
    default: break;
  }
  return expression.slot == kNoIndex ? ComputeAnew(expression, room) : Recall(expression);
}

inline const Value* Evaluator::ComputeAnew(const Expression& expression, Value* room) {
  return expression.op == Op::kGetAttribute ? ComputeAttribute(expression)
                                            : Compute(expression, room);
}

const Value* Evaluator::Recall(const Expression& expression) {
  EvaluatorMemory::Remembered& slot = memory_.slots_[expression.slot];
  if (slot.decision == memory_.decision_) {
    error_ = slot.error;
    return slot.value;
  }
  slot.value = ComputeAnew(expression, &slot.room);
  slot.decision = memory_.decision_;
  slot.number_known = false;
  slot.error = error_;
  return slot.value;
}

const Value* Evaluator::Compute(const Expression& expression, Value* room) {
  switch (expression.op) {
    case Op::kConstant: return &words_.constants[expression.a];
    case Op::kVariable: return &variables_[expression.a];
    case Op::kGetAttribute: return ComputeAttribute(expression);
    case Op::kGetTag: return ComputeTag(expression);
    case Op::kIf: {
      const std::span<const uint32_t> parts = words_.Operands(expression);
      const Truth test = Ask(parts[0]);
      if (test == Truth::kFailed) return nullptr;
      return Evaluate(parts[test == Truth::kTrue ? 1 : 2], room);
    }
    case Op::kNegate: {
      const Value* const a = Evaluate(expression.a, room);
      return a != nullptr && tree::ApplyUnary(expression.op, *a, room, &error_) ? room : nullptr;
    }
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply: {
      Value other;
      const Value* const a = Evaluate(expression.a, room);
      if (a == nullptr) return nullptr;
      const Value* const b = Evaluate(expression.b, &other);
      return b != nullptr && tree::ApplyBinary(expression.op, *a, *b, room, &error_) ? room
                                                                                     : nullptr;
    }
    case Op::kSet: return ComputeSet(expression, room);
    case Op::kRecord: return ComputeRecord(expression, room);
    case Op::kCall: return ComputeCall(expression, room);
    default: break;
  }
  switch (AskAnew(expression)) {
    case Truth::kFalse: return &kFalseValue;
    case Truth::kTrue: return &kTrueValue;
    case Truth::kFailed: break;
  }
  return nullptr;
}

// Most tests by far ask what a variable is, or is in.
inline Evaluator::Truth Evaluator::AskTest(const tree::TestCode& test) {
  switch (static_cast<Instruction>(test.instruction)) {
    case Instruction::kTestSymbol:
      return TruthOf(facts_.SymbolOf(static_cast<int>(test.subject)) == test.key);
    case Instruction::kTestIn:
      return TruthOf(facts_.IsInAny(static_cast<int>(test.subject), {&test.key, 1}));
    case Instruction::kTestInAttribute: return AskInAttribute(test);
    case Instruction::kTestEqual: return AskEqualToConstant(test);
    default: return Ask(test.expression);
  }
}

[[gnu::noinline]] Evaluator::Truth Evaluator::AskInAttribute(const tree::TestCode& test) {
  const Value* const group = facts_.FindAttribute(test.holder(), test.key);
  const EntityNumber number = facts_.NumberOf(test.below());
  if (group != nullptr && group->Is(Type::kEntity)) {
    return TruthOf(facts_.IsIn(facts_.UidOf(test.below()), number, *group));
  }
  if (group != nullptr) return AskInSet(variables_[test.below()], number, *group);
  FailAttribute(variables_[test.holder()]);
  return Truth::kFailed;
}

[[gnu::noinline]] Evaluator::Truth Evaluator::AskEqualToConstant(const tree::TestCode& test) {
  Value room;
  const Value* const subject = Evaluate(test.subject, &room);
  if (subject == nullptr) return Truth::kFailed;
  return TruthOf(AreEqual(*subject, words_.constants[test.key]));
}

inline Evaluator::Truth Evaluator::Ask(uint32_t id) {
  const Expression& expression = At(id);
  return expression.slot == kNoIndex ? AskAnew(expression) : AskRemembered(expression);
}

Evaluator::Truth Evaluator::AskRemembered(const Expression& expression) {
  return AsTruth(Recall(expression));
}

Evaluator::Truth Evaluator::AskAnew(const Expression& expression) {
  switch (expression.op) {
    case Op::kIsSymbol:
      return TruthOf(facts_.SymbolOf(static_cast<int>(At(expression.a).a)) == expression.b);
    case Op::kInSymbols: return AskInSymbols(expression);
    case Op::kIs: return AskIs(expression);
    case Op::kEqual: return AskEqual(expression);
    case Op::kLess:
    case Op::kLessEqual:
    case Op::kGreater:
    case Op::kGreaterEqual: return AskOrder(expression);
    case Op::kAnd: return AskChain(expression, Truth::kFalse);
    case Op::kOr: return AskChain(expression, Truth::kTrue);
    case Op::kNot: {
      const Truth answer = Ask(expression.a);
      return answer == Truth::kFailed ? answer : TruthOf(answer == Truth::kFalse);
    }
    case Op::kIn: return AskIn(expression);
    case Op::kContains:
    case Op::kContainsAll:
    case Op::kContainsAny: return AskContains(expression);
    case Op::kIsEmpty: {
      Value room;
      const Value* const set = Evaluate(expression.a, &room);
      if (set == nullptr) return Truth::kFailed;
      if (!set->Is(Type::kSet)) return Failed(EvalErrorKind::kType);
      return TruthOf(set->AsSet().empty());
    }
    case Op::kHas: return AskHas(expression);
    case Op::kHasPath: return AskHasPath(expression);
    case Op::kHasTag: return AskHasTag(expression);
    case Op::kLike: return AskLike(expression);
    case Op::kConstant:
    case Op::kVariable:
    case Op::kGetAttribute:
    case Op::kGetTag:
    case Op::kIf:
    case Op::kNegate:
    case Op::kAdd:
    case Op::kSubtract:
    case Op::kMultiply:
    case Op::kSet:
    case Op::kRecord:
    case Op::kCall: break;
  }
  Value room;
  return AsTruth(Compute(expression, &room));
}

Evaluator::Truth Evaluator::AskChain(const Expression& expression, Truth stops_at) {
  for (const uint32_t operand : words_.Operands(expression)) {
    const Truth answer = Ask(operand);
    if (answer == stops_at || answer == Truth::kFailed) return answer;
  }
  return TruthOf(stops_at == Truth::kFalse);
}

Evaluator::Truth Evaluator::AskEqual(const Expression& expression) {
  Value rooms[2];
  const Value* const a = Evaluate(expression.a, &rooms[0]);
  if (a == nullptr) return Truth::kFailed;
  const Value* const b = Evaluate(expression.b, &rooms[1]);
  if (b == nullptr) return Truth::kFailed;
  return TruthOf(AreEqual(*a, *b));
}

Evaluator::Truth Evaluator::AskOrder(const Expression& expression) {
  Value rooms[2];
  const Value* const a = Evaluate(expression.a, &rooms[0]);
  if (a == nullptr) return Truth::kFailed;
  const Value* const b = Evaluate(expression.b, &rooms[1]);
  if (b == nullptr) return Truth::kFailed;
  if (!HasOrder(a->type()) || a->type() != b->type()) return Failed(EvalErrorKind::kType);
  const int64_t x = a->AsInteger();
  const int64_t y = b->AsInteger();
  switch (expression.op) {
    case Op::kLess: return TruthOf(x < y);
    case Op::kLessEqual: return TruthOf(x <= y);
    case Op::kGreater: return TruthOf(x > y);
    default: return TruthOf(x >= y);
  }
}

Evaluator::Truth Evaluator::AskContains(const Expression& expression) {
  Value rooms[2];
  const Value* const a = Evaluate(expression.a, &rooms[0]);
  if (a == nullptr) return Truth::kFailed;
  const Value* const b = Evaluate(expression.b, &rooms[1]);
  if (b == nullptr) return Truth::kFailed;
  if (expression.op == Op::kContains && a->Is(Type::kSet)) return TruthOf(Contains(*a, *b));
  Value answer;
  if (!tree::ApplyBinary(expression.op, *a, *b, &answer, &error_)) return Truth::kFailed;
  return TruthOf(answer.AsBool());
}

Evaluator::Truth Evaluator::AskIn(const Expression& expression) {
  Value rooms[2];
  const Expression& below = At(expression.a);
  const Value* const a = Evaluate(expression.a, &rooms[0]);
  if (a == nullptr) return Truth::kFailed;
  const Value* const b = Evaluate(expression.b, &rooms[1]);
  if (b == nullptr) return Truth::kFailed;
  if (!a->Is(Type::kEntity)) return Failed(EvalErrorKind::kType);
  if (b->Is(Type::kEntity)) {
    return TruthOf(facts_.IsIn(a->AsEntity(), NumberOf(below, *a), *b));
  }
  return AskInSet(*a, NumberOf(below, *a), *b);
}

Evaluator::Truth Evaluator::AskInSet(const Value& entity, EntityNumber number, const Value& set) {
  if (!set.Is(Type::kSet)) return Failed(EvalErrorKind::kType);
  // Elements are sorted by type, so that the ends tell whether all are entities.
  const std::span<const Value> elements = set.AsSet();
  if (!elements.empty() &&
      !(elements.front().Is(Type::kEntity) && elements.back().Is(Type::kEntity))) {
    return Failed(EvalErrorKind::kType);
  }
  return TruthOf(std::ranges::any_of(elements, [&](const Value& element) {
    return facts_.IsIn(entity.AsEntity(), number, element);
  }));
}

Evaluator::Truth Evaluator::AskInSymbols(const Expression& expression) {
  const std::span<const uint32_t> symbols = words_.Symbols(expression.b);
  const Expression& subject = At(expression.a);
  if (const int variable = EntityVariable(subject); variable >= 0) {
    return TruthOf(facts_.IsInAny(variable, symbols));
  }
  Value room;
  const Value* const entity = Evaluate(expression.a, &room);
  if (entity == nullptr) return Truth::kFailed;
  if (!entity->Is(Type::kEntity)) return Failed(EvalErrorKind::kType);
  const EntityNumber number = NumberOf(subject, *entity);
  return TruthOf(std::ranges::any_of(symbols, [&](uint32_t symbol) {
    return facts_.IsInSymbol(entity->AsEntity(), number, symbol);
  }));
}

Evaluator::Truth Evaluator::AskIs(const Expression& expression) {
  Value room;
  const Value* const entity = Evaluate(expression.a, &room);
  if (entity == nullptr) return Truth::kFailed;
  if (!entity->Is(Type::kEntity)) return Failed(EvalErrorKind::kType);
  return TruthOf(base::EqualTexts(entity->AsEntity().type, words_.names[expression.b]));
}

Evaluator::Truth Evaluator::AskLike(const Expression& expression) {
  Value room;
  const Value* const text = Evaluate(expression.a, &room);
  if (text == nullptr) return Truth::kFailed;
  if (!text->Is(Type::kString)) return Failed(EvalErrorKind::kType);
  return TruthOf(value::MatchesPattern(text->AsString(), words_.Pieces(expression.b)));
}

inline const Value* Evaluator::FindIn(const Expression& expression, const Value& holder,
                                      uint32_t name) {
  if (holder.Is(Type::kRecord)) return facts_.FindField(holder, name);
  return facts_.FindAttribute(holder, NumberOf(expression, holder), name);
}

Evaluator::Truth Evaluator::AskHas(const Expression& expression) {
  const Expression& subject = At(expression.a);
  if (const int variable = EntityVariable(subject); variable >= 0) {
    return TruthOf(facts_.FindAttribute(variable, expression.b) != nullptr);
  }
  Value room;
  const Value* const holder = Evaluate(expression.a, &room);
  if (holder == nullptr) return Truth::kFailed;
  if (!holder->Is(Type::kRecord) && !holder->Is(Type::kEntity)) {
    return Failed(EvalErrorKind::kType);
  }
  return TruthOf(FindIn(subject, *holder, expression.b) != nullptr);
}

Evaluator::Truth Evaluator::AskHasPath(const Expression& expression) {
  const std::span<const uint32_t> operands = words_.Operands(expression);
  Value room;
  const Value* holder = Evaluate(operands[0], &room);
  if (holder == nullptr) return Truth::kFailed;
  for (const uint32_t name : operands.subspan(1)) {
    if (holder->Is(Type::kRecord)) {
      holder = facts_.FindField(*holder, name);
    } else if (holder->Is(Type::kEntity)) {
      holder = facts_.FindAttribute(*holder, facts_.NumberOf(*holder), name);
    } else {
      return Failed(EvalErrorKind::kType);
    }
    if (holder == nullptr) return Truth::kFalse;
  }
  return Truth::kTrue;
}

const Value* Evaluator::ComputeAttribute(const Expression& expression) {
  const Expression& subject = At(expression.a);
  if (subject.op != Op::kVariable) return ComputeAttributeOfAny(expression);
  const Value& holder = variables_[subject.a];
  const Value* const found = subject.a < kEntityVariables
                                 ? facts_.FindAttribute(static_cast<int>(subject.a), expression.b)
                                 : facts_.FindField(holder, expression.b);
  return found != nullptr ? found : FailAttribute(holder);
}

const Value* Evaluator::ComputeAttributeOfAny(const Expression& expression) {
  Value room;
  const Value* const holder = Evaluate(expression.a, &room);
  if (holder == nullptr) return nullptr;
  if (!holder->Is(Type::kRecord) && !holder->Is(Type::kEntity)) return Fail(EvalErrorKind::kType);
  const Value* const found = FindIn(At(expression.a), *holder, expression.b);
  return found != nullptr ? found : FailAttribute(*holder);
}

const Value* Evaluator::FailAttribute(const Value& holder) {
  if (holder.Is(Type::kRecord)) return Fail(EvalErrorKind::kRecordAttributeDoesNotExist);
  return Fail(facts_.Has(holder) ? EvalErrorKind::kEntityAttributeDoesNotExist
                                 : EvalErrorKind::kEntityDoesNotExist);
}

Evaluator::Truth Evaluator::AskHasTag(const Expression& expression) {
  Value rooms[2];
  const Value* const entity = Evaluate(expression.a, &rooms[0]);
  if (entity == nullptr) return Truth::kFailed;
  const Value* const name = Evaluate(expression.b, &rooms[1]);
  if (name == nullptr) return Truth::kFailed;
  if (!entity->Is(Type::kEntity) || !name->Is(Type::kString)) return Failed(EvalErrorKind::kType);
  return TruthOf(facts_.FindTag(*entity, name->AsString()) != nullptr);
}

const Value* Evaluator::ComputeTag(const Expression& expression) {
  Value rooms[2];
  const Value* const entity = Evaluate(expression.a, &rooms[0]);
  if (entity == nullptr) return nullptr;
  const Value* const name = Evaluate(expression.b, &rooms[1]);
  if (name == nullptr) return nullptr;
  if (!entity->Is(Type::kEntity) || !name->Is(Type::kString)) return Fail(EvalErrorKind::kType);
  const Value* const tag = facts_.FindTag(*entity, name->AsString());
  if (tag != nullptr) return tag;
  return Fail(facts_.Has(*entity) ? EvalErrorKind::kEntityTagDoesNotExist
                                  : EvalErrorKind::kEntityDoesNotExist);
}

bool Evaluator::EvaluateAll(std::span<const uint32_t> operands, std::span<Value>* out) {
  *out = {arena_.AllocateArray<Value>(operands.size()), operands.size()};
  for (size_t i = 0; i < operands.size(); ++i) {
    Value& element = (*out)[i];
    const Value* const found = Evaluate(operands[i], &element);
    if (found == nullptr) return false;
    element = *found;
  }
  return true;
}

const Value* Evaluator::ComputeSet(const Expression& expression, Value* room) {
  std::span<Value> elements;
  if (!EvaluateAll(words_.Operands(expression), &elements)) return nullptr;
  *room = Value::Set(elements);
  return room;
}

const Value* Evaluator::ComputeRecord(const Expression& expression, Value* room) {
  const std::span<const uint32_t> operands = words_.Operands(expression);
  const size_t count = operands.size() / 2;
  const std::span<value::Field> fields(arena_.AllocateArray<value::Field>(count), count);
  for (size_t i = 0; i < count; ++i) {
    const Value* const found = Evaluate(operands[i], &fields[i].value);
    if (found == nullptr) return nullptr;
    fields[i] = {words_.names[operands[count + i]], *found};
  }
  *room = Value::Record(fields);
  return room;
}

const Value* Evaluator::ComputeCall(const Expression& expression, Value* room) {
  std::span<Value> arguments;
  if (!EvaluateAll(words_.Operands(expression), &arguments)) return nullptr;
  return tree::ApplyCall(func::AllFunctions()[expression.function], arguments, arena_, room,
                         &error_)
             ? room
             : nullptr;
}

}  // namespace thuja::decide
