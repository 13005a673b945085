// SPDX-License-Identifier: Apache-2.0
// What an evaluator found out about the policies, before Cedar's rule makes a decision of it.
#pragma once

#include <algorithm>
#include <vector>

#include "engine/decide/decision.h"

namespace thuja::decide {

struct Findings {
  std::vector<PolicyIndex> permits;  // satisfied
  std::vector<PolicyIndex> forbids;  // satisfied
  std::vector<PolicyIndex> failed_forbids;
  std::vector<EvalError> errors;  // of permits and forbids

  void Clear() {
    permits.clear();
    forbids.clear();
    failed_forbids.clear();
    errors.clear();
  }

  // By policy.
  void Sort() {
    const auto sort = [](std::vector<PolicyIndex>& found) {
      if (found.size() > 1) std::ranges::sort(found);
    };
    sort(permits);
    sort(forbids);
    sort(failed_forbids);
    if (errors.size() > 1) std::ranges::sort(errors, {}, &EvalError::policy);
  }

  void AddSatisfied(PolicyIndex policy, bool forbid) {
    (forbid ? forbids : permits).push_back(policy);
  }
  void AddError(PolicyIndex policy, bool forbid, EvalErrorKind kind) {
    errors.push_back({policy, kind});
    if (forbid) failed_forbids.push_back(policy);
  }
};

}  // namespace thuja::decide
