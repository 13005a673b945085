// SPDX-License-Identifier: Apache-2.0
// Sentences for people: why a policy failed, and what each policy made of a request.
//
// All of it evaluates again with the interpreter, so that a decision pays nothing for it.
#pragma once

#include <string>

#include "engine/base/source.h"
#include "engine/decide/decision.h"
#include "engine/decide/snapshot.h"
#include "engine/value/request.h"

namespace thuja::decide {

// What went wrong in a policy that a decision of this snapshot and request reported, in one
// sentence such as ``entity `Agent::"a"` has no attribute `team` ``.
std::string DescribeError(const Snapshot& snapshot, const value::Request& request,
                          const EvalError& error);

// Where in the policy's text that is.
base::Span LocateError(const Snapshot& snapshot, const value::Request& request,
                       const EvalError& error);

// Why one policy applied or not: the first part of it that did not hold, with its text.
struct PolicyExplanation {
  enum class Verdict : uint8_t { kSatisfied, kScope, kCondition, kError };

  Verdict verdict = Verdict::kScope;
  std::string text;  // ``the principal `User::"b"` is not `User::"a"` ``; empty if satisfied
};

PolicyExplanation ExplainPolicy(const Snapshot& snapshot, const value::Request& request,
                                PolicyIndex policy);

}  // namespace thuja::decide
