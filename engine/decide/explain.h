// SPDX-License-Identifier: Apache-2.0
// Sentences for people: why a policy failed, what each policy made of a request, and why a decision
// is what it is.
//
// All of it evaluates again, so that a decision pays nothing for it.
#pragma once

#include <string>
#include <vector>

#include "engine/base/source.h"
#include "engine/decide/decide.h"
#include "engine/decide/decision.h"
#include "engine/decide/snapshot.h"
#include "engine/value/request.h"

namespace thuja::decide {

// What went wrong in a policy that a decision of this snapshot and request reported, in one
// sentence such as ``entity `Agent::"a"` has no attribute `team` ``. `request_entities` is that of
// the decision, here and below.
std::string DescribeError(const Snapshot& snapshot, const value::Request& request,
                          const EvalError& error,
                          RequestEntities request_entities = RequestEntities::kAdd);

// Where in the policy's text that is.
base::Span LocateError(const Snapshot& snapshot, const value::Request& request,
                       const EvalError& error,
                       RequestEntities request_entities = RequestEntities::kAdd);

// Why one policy applied or not: the first part of it that did not hold, with its text.
struct PolicyExplanation {
  enum class Verdict : uint8_t { kSatisfied, kScope, kCondition, kError };

  Verdict verdict = Verdict::kScope;
  std::string text;  // ``the principal `User::"b"` is not `User::"a"` ``; empty if satisfied
  // Where in the policy's text: the smallest part of a condition that settled it, or what failed.
  // Empty for the scope.
  base::Span span = {};
  // How many parts held: of the scope any, of the conditions those before the first that did not.
  size_t held = 0;
};

PolicyExplanation ExplainPolicy(const Snapshot& snapshot, const value::Request& request,
                                PolicyIndex policy,
                                RequestEntities request_entities = RequestEntities::kAdd);

// Why a decision is what it is.
struct Explanation {
  struct NearPermit {
    PolicyIndex policy;
    PolicyExplanation why;
  };

  std::vector<PolicyIndex> determining;  // the decision's reasons
  std::vector<PolicyIndex> overridden;   // satisfied permits that a forbid made void
  // Of a deny: the permits of which the most held, best first.
  std::vector<NearPermit> nearest;
  size_t more = 0;  // permits that are further away
};

// Decides once more with the tree, which tells how far each policy came, and looks closely at the
// permits that came furthest: at no more than 64 of them, however many there are. `options` are
// those of the decision; `nearest` is how many permits to name. Decisions made with `scratch` are
// gone.
Explanation Explain(const Snapshot& snapshot, const value::Request& request, Scratch& scratch,
                    const DecideOptions& options, size_t nearest);

// Appends `{"determining":[...],"overridden":[...],"nearest":[...],"more":0}`, where each policy is
// `{"policy":"policy0","effect":"permit","at":"policies.cedar:3:1"}` and each of the nearest says
// also `"unmet":"condition"` (or `scope`, `error`) and `"why":"..."`; its place is that of what was
// unmet.
void AppendJson(const Snapshot& snapshot, const Explanation& explanation, std::string* out);

}  // namespace thuja::decide
