// SPDX-License-Identifier: Apache-2.0
// The answer to a request, and why it is what it is.
#pragma once

#include <cstdint>
#include <span>
#include <string_view>

#include "engine/base/source.h"

namespace thuja::decide {

enum class EvalErrorKind : uint8_t {
#define THUJA_EVAL_ERROR(kind, name) kind,
#include "engine/decide/eval_errors.def"
#undef THUJA_EVAL_ERROR
};

inline constexpr std::string_view kEvalErrorNames[] = {
#define THUJA_EVAL_ERROR(kind, name) name,
#include "engine/decide/eval_errors.def"
#undef THUJA_EVAL_ERROR
};

// The public name of a kind, such as `type_error`.
inline std::string_view EvalErrorName(EvalErrorKind kind) {
  return kEvalErrorNames[static_cast<size_t>(kind)];
}

// Position of a policy in Snapshot::policies().bound().
struct PolicyIndex {
  uint32_t index = 0;

  friend auto operator<=>(PolicyIndex, PolicyIndex) = default;
};

// A policy that could not be evaluated: which, how, and where in its text. A sentence for people is
// built by DescribeError (engine/decide/explain.h) when somebody asks.
struct EvalError {
  PolicyIndex policy;
  EvalErrorKind kind;
  base::Span span;
};

enum class Outcome : uint8_t { kDeny, kAllow };

// Why the outcome is what it is; the names are those of the wire and the log.
enum class ReasonCode : uint8_t {
  kPermit,            // permit: a permit was satisfied and no forbid
  kNoPermit,          // no_permit: nothing was satisfied
  kForbid,            // forbid: a forbid was satisfied
  kForbidError,       // forbid_error: a forbid failed, and the options say that this denies
  kStoredAttribute,   // stored_attribute: the request would replace what the store knows
  kMalformedRequest,  // malformed_request: the request's own entities contradict each other
};

std::string_view ReasonCodeName(ReasonCode code);

// Views into the Scratch of the call; gone with the next decision made with it.
struct Decision {
  Outcome outcome = Outcome::kDeny;
  ReasonCode code = ReasonCode::kNoPermit;
  std::span<const PolicyIndex> reasons;  // the policies that determined the outcome, ascending
  std::span<const EvalError> errors;     // ascending by policy
  uint64_t revision = 0;                 // of the snapshot that was asked

  bool allowed() const { return outcome == Outcome::kAllow; }
};

}  // namespace thuja::decide
