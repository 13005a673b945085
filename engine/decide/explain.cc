// SPDX-License-Identifier: Apache-2.0
// Wording of evaluation errors and of policies that did not apply.
//
// Tested by tests/unit/decide/explain_test.cc.
#include "engine/decide/explain.h"

#include <optional>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/diagnostic.h"
#include "engine/decide/entity_view.h"
#include "engine/decide/interpreter.h"
#include "engine/func/function.h"
#include "engine/lang/printer.h"

namespace thuja::decide {
namespace {

using Stage = PolicyOutcome::Stage;
using Verdict = PolicyExplanation::Verdict;

std::string Printed(const value::Value& value) { return base::Quote(Print(value)); }
std::string Printed(const value::EntityUidView& uid) { return base::Quote(Print(uid)); }
std::string Printed(const lang::EntityLiteral& entity) {
  return base::Quote(value::Print(value::EntityUidView{entity.type, entity.id}));
}

std::string CountArguments(size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

// Arguments are counted as they are written: the receiver of a method is none of them.
std::string DescribeCount(std::string_view name, size_t given) {
  const func::Function* function = func::FindFunction(name, func::CallStyle::kFunction);
  const size_t receivers = function == nullptr ? 1 : 0;
  if (function == nullptr) function = func::FindFunction(name, func::CallStyle::kMethod);
  return base::Quote(name) + " takes " + CountArguments(function->parameters.size() - receivers) +
         ", found " + std::to_string(given - receivers);
}

std::string Describe(const EvalFailure& failure) {
  const std::string found = failure.found ? Printed(*failure.found) : "";
  const std::string subject = base::Quote(failure.subject);
  switch (failure.kind) {
    case EvalErrorKind::kEntityDoesNotExist: return "entity " + found + " does not exist";
    case EvalErrorKind::kEntityAttributeDoesNotExist:
      return "entity " + found + " has no attribute " + subject;
    case EvalErrorKind::kEntityTagDoesNotExist: return "entity " + found + " has no tag " + subject;
    case EvalErrorKind::kRecordAttributeDoesNotExist:
      return "record " + found + " has no attribute " + subject;
    case EvalErrorKind::kType:
      return "expected " + std::string(failure.expected) + ", found " +
             std::string(TypeName(failure.found->type())) + " " + found;
    case EvalErrorKind::kArgumentCount:
      return DescribeCount(failure.subject, static_cast<size_t>(failure.found->AsInteger()));
    case EvalErrorKind::kOverflow:
      return "the result of " + subject +
             " does not fit into a 64-bit integer; its first operand is " + found;
    case EvalErrorKind::kExtensionFunction: return std::string(failure.subject) + ": " + found;
  }
  return "";
}

// Evaluates one policy of the snapshot again. The arena owns what the outcome views into. Nothing
// if the request is refused, because no policy is asked then.
std::optional<PolicyOutcome> RunAgain(const Snapshot& snapshot, const value::Request& request,
                                      PolicyIndex policy, base::Arena& arena) {
  EntityView entities;
  if (entities.Open(snapshot.entities(), request) != EntityView::Problem::kNone) {
    return std::nullopt;
  }
  return Interpreter(entities, request, arena).Run(snapshot.policies().bound()[policy.index]);
}

// What the principal or the resource is not.
std::string Unmet(const lang::ScopeConstraint& constraint,
                  const std::optional<lang::EntityLiteral>& slot, const value::EntityUid& uid) {
  using Kind = lang::ScopeConstraint::Kind;
  const std::string entity = Printed(constraint.slot ? *slot : constraint.entity);
  const std::string type = "of type " + base::Quote(constraint.entity_type);
  switch (constraint.kind) {
    case Kind::kAny: return "";
    case Kind::kEqual: return entity;
    case Kind::kIn: return "in " + entity;
    case Kind::kIs: return type;
    case Kind::kIsIn: return uid.type == constraint.entity_type ? "in " + entity : type;
  }
  return "";
}

// What the action is not.
std::string Unmet(const lang::ActionConstraint& constraint) {
  using Kind = lang::ActionConstraint::Kind;
  if (constraint.entities.empty()) return "in an empty set";
  const std::string first = Printed(constraint.entities.front());
  if (constraint.kind == Kind::kEqual) return first;
  if (constraint.entities.size() == 1) return "in " + first;
  std::string all;
  for (const lang::EntityLiteral& entity : constraint.entities) {
    all += (all.empty() ? "" : ", ") + Printed(entity);
  }
  return "in any of " + all;
}

PolicyExplanation OutOfScope(std::string_view variable, const value::EntityUid& uid,
                             const std::string& unmet) {
  return {Verdict::kScope,
          "the " + std::string(variable) + " " + Printed(uid.view()) + " is not " + unmet};
}

}  // namespace

std::string DescribeError(const Snapshot& snapshot, const value::Request& request,
                          const EvalError& error) {
  base::Arena arena;
  const std::optional<PolicyOutcome> outcome = RunAgain(snapshot, request, error.policy, arena);
  return outcome ? Describe(outcome->failure) : "";
}

base::Span LocateError(const Snapshot& snapshot, const value::Request& request,
                       const EvalError& error) {
  base::Arena arena;
  const std::optional<PolicyOutcome> outcome = RunAgain(snapshot, request, error.policy, arena);
  return outcome ? outcome->failure.span : base::Span();
}

PolicyExplanation ExplainPolicy(const Snapshot& snapshot, const value::Request& request,
                                PolicyIndex policy) {
  base::Arena arena;
  const std::optional<PolicyOutcome> outcome = RunAgain(snapshot, request, policy, arena);
  if (!outcome) return {Verdict::kScope, "the request was refused before any policy was asked"};
  const lang::BoundPolicy& bound = snapshot.policies().bound()[policy.index];
  const lang::Policy& text = *bound.policy;
  switch (outcome->stage) {
    case Stage::kSatisfied: return {Verdict::kSatisfied, ""};
    case Stage::kPrincipal:
      return OutOfScope("principal", request.principal,
                        Unmet(text.principal, bound.principal_slot, request.principal));
    case Stage::kAction: return OutOfScope("action", request.action, Unmet(text.action));
    case Stage::kResource:
      return OutOfScope("resource", request.resource,
                        Unmet(text.resource, bound.resource_slot, request.resource));
    case Stage::kError: return {Verdict::kError, Describe(outcome->failure)};
    case Stage::kCondition: {
      const lang::Condition& condition = text.conditions[outcome->condition];
      return {Verdict::kCondition, (condition.unless ? "unless holds: " : "when does not hold: ") +
                                       base::Quote(Print(text.expressions, condition.body))};
    }
  }
  return {};
}

}  // namespace thuja::decide
