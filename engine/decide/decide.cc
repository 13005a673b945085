// SPDX-License-Identifier: Apache-2.0
// Cedar's decision rule over either evaluator.
//
// Tested by tests/unit/decide/decide_test.cc.
#include "engine/decide/decide.h"

#include <algorithm>

#include "engine/decide/interpreter.h"

namespace thuja::decide {

// One decision in the making.
class Evaluation {
 public:
  Evaluation(const Snapshot& snapshot, const value::Request& request, Scratch& scratch)
      : snapshot_(snapshot), request_(request), scratch_(scratch) {
    scratch_.arena_.Reset();
    scratch_.findings_.Clear();
  }

  Decision Run(const DecideOptions& options) {
    switch (scratch_.entities_.Open(snapshot_.entities(), request_, options.request_entities)) {
      case EntityView::Problem::kNone: break;
      case EntityView::Problem::kReplacesStored:
        return Answer(Outcome::kDeny, ReasonCode::kStoredAttribute, {});
      case EntityView::Problem::kContradiction:
        return Answer(Outcome::kDeny, ReasonCode::kMalformedRequest, {});
    }
    if (options.evaluator == EvaluatorKind::kTree) {
      RunTree(options);
    } else {
      Interpret(options.outcome_only);
    }
    return Conclude(options);
  }

 private:
  void RunTree(const DecideOptions& options) {
    const tree::Program& program = snapshot_.program();
    scratch_.evaluator_.Prepare(program);
    Findings& findings = scratch_.findings_;
    Evaluator(program, snapshot_.link(), snapshot_.entities(), scratch_.entities_, request_,
              options.known_numbers, scratch_.arena_, scratch_.evaluator_)
        .Run(options.outcome_only, findings, options.observer);
    findings.Sort();
  }

  // No policy is left out once the outcome is settled, unless that is all that is wanted: reasons
  // and errors name every policy.
  void Interpret(bool outcome_only) {
    Interpreter interpreter(scratch_.entities_, request_, scratch_.arena_);
    const std::vector<lang::BoundPolicy>& policies = snapshot_.policies().bound();
    for (uint32_t i = 0; i < policies.size(); ++i) {
      const PolicyOutcome outcome = interpreter.Run(policies[i]);
      const bool forbid = policies[i].policy->effect == lang::Effect::kForbid;
      if (outcome.stage == PolicyOutcome::Stage::kError) {
        scratch_.findings_.AddError({i}, forbid, outcome.failure.kind);
      } else if (outcome.stage == PolicyOutcome::Stage::kSatisfied) {
        scratch_.findings_.AddSatisfied({i}, forbid);
        if (outcome_only && forbid) return;
      }
    }
  }

  Decision Conclude(const DecideOptions& options) const {
    const Findings& found = scratch_.findings_;
    if (!found.forbids.empty()) {
      return Answer(Outcome::kDeny, ReasonCode::kForbid, found.forbids);
    }
    if (options.forbid_error == ForbidError::kDeny && !found.failed_forbids.empty()) {
      return Answer(Outcome::kDeny, ReasonCode::kForbidError, found.failed_forbids);
    }
    if (!found.permits.empty()) {
      return Answer(Outcome::kAllow, ReasonCode::kPermit, found.permits);
    }
    return Answer(Outcome::kDeny, ReasonCode::kNoPermit, {});
  }

  Decision Answer(Outcome outcome, ReasonCode code, std::span<const PolicyIndex> reasons) const {
    return {outcome, code, reasons, scratch_.findings_.errors, snapshot_.revision()};
  }

  const Snapshot& snapshot_;
  const value::Request& request_;
  Scratch& scratch_;
};

Decision Decide(const Snapshot& snapshot, const value::Request& request, Scratch& scratch,
                const DecideOptions& options) {
  return Evaluation(snapshot, request, scratch).Run(options);
}

}  // namespace thuja::decide
