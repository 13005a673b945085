// SPDX-License-Identifier: Apache-2.0
// From a snapshot and a request to a decision.
//
// Cedar's rule (docs.cedarpolicy.com, "Authorization"): every policy is evaluated; one that fails
// is skipped and reported; a satisfied forbid denies; otherwise a satisfied permit allows;
// otherwise the answer is deny.
#pragma once

#include <cstdint>

#include "engine/base/arena.h"
#include "engine/decide/decision.h"
#include "engine/decide/entity_view.h"
#include "engine/decide/evaluator.h"
#include "engine/decide/findings.h"
#include "engine/decide/snapshot.h"
#include "engine/value/request.h"

namespace thuja::decide {

// The memory of a decision, owned by the caller and reused: once it has grown to the largest
// decision that it served, deciding allocates nothing. One per thread.
class Scratch {
 public:
  Scratch() = default;
  Scratch(Scratch&&) = default;
  Scratch& operator=(Scratch&&) = default;

 private:
  friend class Evaluation;

  base::Arena arena_;
  EntityView entities_;
  EvaluatorMemory evaluator_;
  Findings findings_;
};

// What a forbid does whose scope matched and whose condition failed.
enum class ForbidError : uint8_t {
  kSkip,  // nothing, as in Cedar
  kDeny,  // it denies, with the reason code forbid_error
};

// Who evaluates the policies. Their answers are the same.
enum class EvaluatorKind : uint8_t {
  kTree,         // the compiled program
  kInterpreter,  // the definition of the language, policy by policy
};

struct DecideOptions {
  EvaluatorKind evaluator = EvaluatorKind::kTree;
  // Only the outcome is wanted: once a forbid is satisfied no more policies need be asked, so that
  // a deny need not have all its reasons and errors.
  bool outcome_only = false;
  ForbidError forbid_error = ForbidError::kSkip;
  RequestEntities request_entities = RequestEntities::kAdd;
  // These are of the tree only.
  Observer observer = {};
  // REQUIRES: the numbers are those of the snapshot's store.
  KnownNumbers known_numbers = {};
};

// Thread-safe for different Scratches. Needs up to 2 MiB of stack for the highest expressions.
Decision Decide(const Snapshot& snapshot, const value::Request& request, Scratch& scratch,
                const DecideOptions& options = {});

}  // namespace thuja::decide
