// SPDX-License-Identifier: Apache-2.0
// Expected answers of conformance material, held against ours.
#pragma once

#include <set>
#include <string>

#include "engine/decide.h"
#include "engine/json.h"

namespace thuja::cli {

// Decision, reasons and errors by policy id; the lists are sets, as Cedar gives them no order.
struct Answer {
  bool allow = false;
  std::set<std::string> reasons;
  std::set<std::string> errors;

  friend bool operator==(const Answer&, const Answer&) = default;
};

// Out of `{"decision", "reason", "errors"}`; missing lists are empty.
Answer ExpectedAnswer(const Json& json);

Answer AnswerOf(const Snapshot& snapshot, const Decision& decision);

// `allow [policy0] errors [policy1]`
std::string ToString(const Answer& answer);

// In everything but the revision, kinds of errors included.
bool SameDecision(const Decision& a, const Decision& b);

// The answer as ToString gives it, if the tree and the interpreter agree; what each says otherwise.
std::string AskBoth(const Snapshot& snapshot, const Request& request, Scratch& tree,
                    Scratch& interpreter);

}  // namespace thuja::cli
