// SPDX-License-Identifier: Apache-2.0
// The answer to a request, and why it is what it is.
#pragma once

#include <cstdint>
#include <span>

#include "engine/base/reason_code.h"
#include "engine/func/eval_error.h"

namespace thuja::decide {

using base::Describe;
using base::DescribeToStranger;
using base::kReasonCodeCount;
using base::kReasonCodes;
using base::ReasonCode;
using base::ReasonCodeInfo;
using base::ReasonCodeName;
using base::ReasonLayer;
using func::EvalErrorKind;
using func::EvalErrorName;

// Position of a policy in Snapshot::policies().bound().
struct PolicyIndex {
  uint32_t index = 0;

  friend auto operator<=>(PolicyIndex, PolicyIndex) = default;
};

// A policy that could not be evaluated, and how. Where in its text, and a sentence for people, is
// found by engine/decide/explain.h when somebody asks.
struct EvalError {
  PolicyIndex policy;
  EvalErrorKind kind;
};

enum class Outcome : uint8_t { kDeny, kAllow };

// Views into the Scratch of the call; gone with the next decision made with it.
struct Decision {
  Outcome outcome = Outcome::kDeny;
  ReasonCode code = ReasonCode::kNoPermit;  // why the outcome is what it is
  std::span<const PolicyIndex> reasons;     // the policies that determined the outcome, ascending
  std::span<const EvalError> errors;        // ascending by policy
  uint64_t revision = 0;                    // of the snapshot that was asked

  bool allowed() const { return outcome == Outcome::kAllow; }
};

}  // namespace thuja::decide
