// SPDX-License-Identifier: Apache-2.0
// The answer to a request, and why it is what it is.
#pragma once

#include <cstdint>
#include <iterator>
#include <span>
#include <string_view>

#include "engine/func/eval_error.h"

namespace thuja::decide {

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

// Why the outcome is what it is.
enum class ReasonCode : uint8_t {
#define THUJA_REASON(kind, name, layer, status, text) kind,
#include "engine/decide/reason_codes.def"
#undef THUJA_REASON
};

// Who came to the answer.
enum class ReasonLayer : uint8_t { kDecisionPoint, kCaller, kRequest, kPolicies };

struct ReasonCodeInfo {
  ReasonCode code;
  std::string_view name;
  ReasonLayer layer;
  uint16_t http_status;  // for gateways that are told by a status
  std::string_view text;
};

// All codes, each at the position of its value.
inline constexpr ReasonCodeInfo kReasonCodes[] = {
#define THUJA_REASON(kind, name, layer, status, text) \
  {ReasonCode::kind, name, ReasonLayer::layer, status, text},
#include "engine/decide/reason_codes.def"
#undef THUJA_REASON
};
inline constexpr size_t kReasonCodeCount = std::size(kReasonCodes);

inline const ReasonCodeInfo& Describe(ReasonCode code) {
  return kReasonCodes[static_cast<size_t>(code)];
}
inline std::string_view ReasonCodeName(ReasonCode code) { return Describe(code).name; }

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
