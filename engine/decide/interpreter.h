// SPDX-License-Identifier: Apache-2.0
// The meaning of Cedar's language, written to be obviously right.
//
// One policy at a time, one node at a time, nothing shared and nothing remembered. Every faster
// evaluator is held against this one, in decisions, reasons and errors.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/decide/decision.h"
#include "engine/decide/entity_view.h"
#include "engine/func/function.h"
#include "engine/lang/policy_set.h"
#include "engine/value/request.h"

namespace thuja::decide {

// What an evaluation ran into. The details serve the sentence for people and view into the policy,
// the request, the store or the arena.
struct EvalFailure {
  EvalErrorKind kind = EvalErrorKind::kType;
  base::Span span;
  std::string_view subject;   // the attribute, tag, function or reason
  std::string_view expected;  // of kType
  // The value that did not fit, the record or entity that was asked, or of kArgumentCount how many
  // arguments there were, the receiver included.
  std::optional<value::Value> found = {};
};

// How far a policy got.
struct PolicyOutcome {
  enum class Stage : uint8_t { kPrincipal, kAction, kResource, kCondition, kError, kSatisfied };

  Stage stage = Stage::kSatisfied;  // the first part that did not hold
  uint32_t condition = 0;           // of kCondition and kError: which `when` or `unless`
  EvalFailure failure = {};         // of kError
};

// Not thread-safe. Recursion is as deep as the highest expression.
class Interpreter {
 public:
  // All must outlive the interpreter; intermediate values are put into the arena.
  Interpreter(EntityView& entities, const value::Request& request, base::Arena& arena);

  // Scope, then conditions in their order, until one does not hold.
  PolicyOutcome Run(const lang::BoundPolicy& policy);

  // One part of a policy by itself, for those who explain.
  bool MatchesPrincipal(const lang::BoundPolicy& policy);
  bool MatchesAction(const lang::BoundPolicy& policy);
  bool MatchesResource(const lang::BoundPolicy& policy);
  // Nothing if it fails. The tree and the arena outlive the value.
  std::optional<value::Value> Answer(const lang::ExprTree& tree, lang::ExprId id);

 private:
  bool Matches(const value::EntityUidView& uid, const lang::ScopeConstraint& constraint,
               const std::optional<lang::EntityLiteral>& slot);
  bool Matches(const lang::ActionConstraint& constraint);

  // These return false after a failure, which is in failure_ then.
  bool Evaluate(lang::ExprId id, value::Value* out);
  bool EvaluateBool(lang::ExprId id, bool* out);
  bool EvaluateLong(lang::ExprId id, int64_t* out);
  bool EvaluateChain(lang::ExprId id, bool stops_at, value::Value* out);
  bool EvaluateIf(lang::ExprId id, value::Value* out);
  bool EvaluateNegate(lang::ExprId id, value::Value* out);
  bool EvaluateBinary(lang::ExprId id, value::Value* out);
  bool EvaluateHas(lang::ExprId id, value::Value* out);
  bool EvaluateLike(lang::ExprId id, value::Value* out);
  bool EvaluateIs(lang::ExprId id, value::Value* out);
  bool EvaluateGetAttribute(lang::ExprId id, value::Value* out);
  bool EvaluateSet(lang::ExprId id, value::Value* out);
  bool EvaluateRecord(lang::ExprId id, value::Value* out);
  bool EvaluateCall(lang::ExprId id, value::Value* out);

  bool Order(lang::ExprId id, const value::Value& a, const value::Value& b, value::Value* out);
  bool Arithmetic(lang::ExprId id, const value::Value& a, const value::Value& b, value::Value* out);
  bool In(lang::ExprId id, const value::Value& a, const value::Value& b, value::Value* out);
  bool SetOperation(lang::ExprId id, const value::Value& a, const value::Value& b,
                    value::Value* out);
  bool Tag(lang::ExprId id, const value::Value& a, const value::Value& b, value::Value* out);

  bool Fail(EvalErrorKind kind, lang::ExprId at, std::string_view subject,
            std::optional<value::Value> found);
  bool Expect(value::Type type, const value::Value& value, lang::ExprId at);
  bool FailType(std::string_view expected, const value::Value& found, lang::ExprId at);
  value::Value MakeEntity(const value::EntityUidView& uid);

  EntityView& entities_;
  base::Arena& arena_;
  // In the arena, not in here: a failure outlives the interpreter.
  value::Value principal_;
  value::Value action_;
  value::Value resource_;
  value::Value context_;
  const lang::ExprTree* tree_ = nullptr;
  EvalFailure failure_;
};

}  // namespace thuja::decide
