// SPDX-License-Identifier: Apache-2.0
// Wording of evaluation errors and of policies that did not apply.
//
// Tested by tests/unit/decide/explain_test.cc.
#include "engine/decide/explain.h"

#include <string_view>

#include "engine/base/arena.h"
#include "engine/base/diagnostic.h"
#include "engine/decide/entity_view.h"
#include "engine/decide/interpreter.h"
#include "engine/lang/printer.h"

namespace thuja::decide {
namespace {

using Stage = PolicyOutcome::Stage;
using Verdict = PolicyExplanation::Verdict;

std::string Printed(const value::Value& value) { return base::Quote(Print(value)); }

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
      return "function " + subject + " is called with another number of arguments than it takes";
    case EvalErrorKind::kOverflow:
      return "the result of " + subject + " does not fit into a 64-bit integer; the left side is " +
             found;
    case EvalErrorKind::kExtensionFunction:
      return found + ": " + std::string(failure.subject);
  }
  return "";
}

// Evaluates one policy of the snapshot again. The arena owns what the outcome views into.
PolicyOutcome RunAgain(const Snapshot& snapshot, const value::Request& request, PolicyIndex policy,
                       base::Arena& arena) {
  EntityView entities;
  if (entities.Open(snapshot.entities(), request) != EntityView::Problem::kNone) {
    return {.stage = Stage::kPrincipal};
  }
  return Interpreter(entities, request, arena).Run(snapshot.policies().bound()[policy.index]);
}

std::string ScopeText(std::string_view variable, const value::EntityUid& uid) {
  return "the scope wants another " + std::string(variable) + " than " + Print(uid.view());
}

}  // namespace

std::string DescribeError(const Snapshot& snapshot, const value::Request& request,
                          const EvalError& error) {
  base::Arena arena;
  return Describe(RunAgain(snapshot, request, error.policy, arena).failure);
}

PolicyExplanation ExplainPolicy(const Snapshot& snapshot, const value::Request& request,
                                PolicyIndex policy) {
  base::Arena arena;
  const PolicyOutcome outcome = RunAgain(snapshot, request, policy, arena);
  const lang::Policy& text = *snapshot.policies().bound()[policy.index].policy;
  switch (outcome.stage) {
    case Stage::kSatisfied: return {Verdict::kSatisfied, ""};
    case Stage::kPrincipal: return {Verdict::kScope, ScopeText("principal", request.principal)};
    case Stage::kAction: return {Verdict::kScope, ScopeText("action", request.action)};
    case Stage::kResource: return {Verdict::kScope, ScopeText("resource", request.resource)};
    case Stage::kError: return {Verdict::kError, Describe(outcome.failure)};
    case Stage::kCondition: {
      const lang::Condition& condition = text.conditions[outcome.condition];
      return {Verdict::kCondition,
              (condition.unless ? "unless holds: " : "when does not hold: ") +
                  base::Quote(Print(text.expressions, condition.body))};
    }
  }
  return {};
}

}  // namespace thuja::decide
