// SPDX-License-Identifier: Apache-2.0
// Cedar's decision rule over the interpreter.
//
// Tested by tests/unit/decide/decide_test.cc.
#include "engine/decide/decide.h"

#include "engine/decide/interpreter.h"

namespace thuja::decide {

// One decision in the making.
class Evaluation {
 public:
  Evaluation(const Snapshot& snapshot, const value::Request& request, Scratch& scratch)
      : snapshot_(snapshot), request_(request), scratch_(scratch) {
    scratch_.arena_.Reset();
    scratch_.permits_.clear();
    scratch_.forbids_.clear();
    scratch_.failed_forbids_.clear();
    scratch_.errors_.clear();
  }

  Decision Run(const DecideOptions& options) {
    switch (scratch_.entities_.Open(snapshot_.entities(), request_, options.request_entities)) {
      case EntityView::Problem::kNone: break;
      case EntityView::Problem::kReplacesStored:
        return Answer(Outcome::kDeny, ReasonCode::kStoredAttribute, {});
      case EntityView::Problem::kContradiction:
        return Answer(Outcome::kDeny, ReasonCode::kMalformedRequest, {});
    }
    // No policy is left out once the outcome is settled: reasons and errors name every policy.
    Interpreter interpreter(scratch_.entities_, request_, scratch_.arena_);
    const std::vector<lang::BoundPolicy>& policies = snapshot_.policies().bound();
    for (uint32_t i = 0; i < policies.size(); ++i) {
      Record({i}, policies[i], interpreter.Run(policies[i]));
    }
    return Conclude(options);
  }

 private:
  void Record(PolicyIndex index, const lang::BoundPolicy& policy, const PolicyOutcome& outcome) {
    const bool forbid = policy.policy->effect == lang::Effect::kForbid;
    if (outcome.stage == PolicyOutcome::Stage::kError) {
      scratch_.errors_.push_back({index, outcome.failure.kind, outcome.failure.span});
      if (forbid) scratch_.failed_forbids_.push_back(index);
    } else if (outcome.stage == PolicyOutcome::Stage::kSatisfied) {
      (forbid ? scratch_.forbids_ : scratch_.permits_).push_back(index);
    }
  }

  Decision Conclude(const DecideOptions& options) const {
    if (!scratch_.forbids_.empty()) {
      return Answer(Outcome::kDeny, ReasonCode::kForbid, scratch_.forbids_);
    }
    if (options.forbid_error == ForbidError::kDeny && !scratch_.failed_forbids_.empty()) {
      return Answer(Outcome::kDeny, ReasonCode::kForbidError, scratch_.failed_forbids_);
    }
    if (!scratch_.permits_.empty()) {
      return Answer(Outcome::kAllow, ReasonCode::kPermit, scratch_.permits_);
    }
    return Answer(Outcome::kDeny, ReasonCode::kNoPermit, {});
  }

  Decision Answer(Outcome outcome, ReasonCode code, std::span<const PolicyIndex> reasons) const {
    return {outcome, code, reasons, scratch_.errors_, snapshot_.revision()};
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
