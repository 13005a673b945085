// SPDX-License-Identifier: Apache-2.0
// The rows of coverage, from the tables of the engine itself.
#include "tests/property/coverage.h"

#include "engine/base/arena.h"
#include "engine/decide/interpreter.h"
#include "engine/func/function.h"

namespace thuja::generator {
namespace {

using lang::ExprKind;

constexpr ExprKind kKinds[] = {ExprKind::kBool,         ExprKind::kLong,     ExprKind::kString,
                               ExprKind::kEntity,       ExprKind::kVariable, ExprKind::kIf,
                               ExprKind::kAnd,          ExprKind::kOr,       ExprKind::kNot,
                               ExprKind::kNegate,
#define THUJA_BINARY(kind, spelling, precedence) ExprKind::kind,
#define THUJA_METHOD(kind, name, arguments) ExprKind::kind,
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
                               ExprKind::kHas,          ExprKind::kLike,     ExprKind::kIs,
                               ExprKind::kGetAttribute, ExprKind::kSet,      ExprKind::kRecord};

std::string KindRow(ExprKind kind) {
  switch (kind) {
    case ExprKind::kBool: return "expression bool";
    case ExprKind::kLong: return "expression long";
    case ExprKind::kString: return "expression string";
    case ExprKind::kEntity: return "expression entity";
    case ExprKind::kVariable: return "expression variable";
    case ExprKind::kIf: return "expression if";
    case ExprKind::kAnd: return "expression &&";
    case ExprKind::kOr: return "expression ||";
    case ExprKind::kNot: return "expression !";
    case ExprKind::kNegate: return "expression negation";
    case ExprKind::kHas: return "expression has";
    case ExprKind::kLike: return "expression like";
    case ExprKind::kIs: return "expression is";
    case ExprKind::kGetAttribute: return "expression attribute";
    case ExprKind::kSet: return "expression set";
    case ExprKind::kRecord: return "expression record";
    case ExprKind::kCall: return "expression call";
    default: return "expression " + std::string(lang::OperatorSpelling(kind));
  }
}

std::string FunctionRow(const func::Function& function) {
  return "function " + std::string(function.name);
}

std::string ErrorRow(decide::EvalErrorKind kind) {
  return "error " + std::string(decide::EvalErrorName(kind));
}

std::string CodeRow(ReasonCode code) { return "outcome " + std::string(ReasonCodeName(code)); }

std::string ScopeRow(std::string_view variable, size_t kind) {
  static constexpr std::string_view kForms[] = {"any", "==", "in", "is", "is in"};
  return "scope " + std::string(variable) + " " + std::string(kForms[kind]);
}

std::string ActionRow(size_t kind) {
  static constexpr std::string_view kForms[] = {"any", "==", "in", "in set"};
  return "scope action " + std::string(kForms[kind]);
}

constexpr std::string_view kSlotRow = "scope slot";

}  // namespace

Coverage::Coverage() {
  for (const ExprKind kind : kKinds) counts_[KindRow(kind)] = 0;
  for (const func::Function& function : func::AllFunctions()) counts_[FunctionRow(function)] = 0;
  for (size_t i = 0; i < std::size(func::kEvalErrorNames); ++i) {
    counts_[ErrorRow(static_cast<decide::EvalErrorKind>(i))] = 0;
  }
  for (const ReasonCode code :
       {ReasonCode::kPermit, ReasonCode::kNoPermit, ReasonCode::kForbid, ReasonCode::kForbidError,
        ReasonCode::kStoredAttribute, ReasonCode::kMalformedRequest}) {
    counts_[CodeRow(code)] = 0;
  }
  for (size_t kind = 0; kind < 5; ++kind) {
    counts_[ScopeRow("principal", kind)] = 0;
    counts_[ScopeRow("resource", kind)] = 0;
  }
  for (size_t kind = 0; kind < 4; ++kind) counts_[ActionRow(kind)] = 0;
  counts_[std::string(kSlotRow)] = 0;
}

void Coverage::Count(const std::string& row) { ++counts_.at(row); }

void Coverage::Add(const Snapshot& snapshot, const Request& request, const Decision& decision) {
  Count(CodeRow(decision.code));
  for (const EvalError& error : decision.errors) Count(ErrorRow(error.kind));
  decide::EntityView entities;
  if (entities.Open(snapshot.entities(), request) != decide::EntityView::Problem::kNone) return;
  base::Arena arena;
  decide::Interpreter interpreter(entities, request, arena);
  for (const lang::BoundPolicy& policy : snapshot.policies().bound()) {
    using Stage = decide::PolicyOutcome::Stage;
    const Stage stage = interpreter.Run(policy).stage;
    if (stage != Stage::kPrincipal && stage != Stage::kAction && stage != Stage::kResource) {
      AddPolicy(policy);
    }
  }
}

void Coverage::AddPolicy(const lang::BoundPolicy& bound) {
  const lang::Policy& policy = *bound.policy;
  Count(ScopeRow("principal", static_cast<size_t>(policy.principal.kind)));
  Count(ScopeRow("resource", static_cast<size_t>(policy.resource.kind)));
  Count(ActionRow(static_cast<size_t>(policy.action.kind)));
  if (policy.is_template()) Count(std::string(kSlotRow));
  for (uint32_t i = 0; i < policy.expressions.size(); ++i) {
    const lang::ExprNode& node = policy.expressions[lang::ExprId{i}];
    Count(node.kind == ExprKind::kCall ? FunctionRow(func::AllFunctions()[node.function])
                                       : KindRow(node.kind));
  }
}

std::string Coverage::ToString() const {
  std::string out;
  for (const auto& [row, count] : counts_) out += row + ": " + std::to_string(count) + "\n";
  return out;
}

std::string Coverage::Missing() const {
  std::string out;
  for (const auto& [row, count] : counts_) {
    if (count == 0) out += (out.empty() ? "" : ", ") + row;
  }
  return out;
}

}  // namespace thuja::generator
