// SPDX-License-Identifier: Apache-2.0
// Why an answer is what it is, as machines read it: the rows of engine/base/reason_codes.def.
//
// Tested by tests/unit/decision/reason_codes_test.cc.
#pragma once

#include <cstddef>
#include <cstdint>
#include <iterator>
#include <string_view>

namespace thuja::base {

enum class ReasonCode : uint8_t {
#define THUJA_REASON(kind, name, layer, status, shown, text) kind,
#include "engine/base/reason_codes.def"
#undef THUJA_REASON
};

// Who came to the answer.
enum class ReasonLayer : uint8_t {
  kDecisionPoint,
  kCaller,
  kRequest,
  kGrant,
  kLife,
  kReach,
  kPolicies,
  kBudget,
  kIssue,
};

struct ReasonCodeInfo {
  ReasonCode code;
  std::string_view name;
  ReasonLayer layer;
  uint16_t http_status;  // for gateways that are told by a status
  ReasonCode shown;      // what strangers are told; mostly the code itself
  std::string_view text;
};

// All codes, each at the position of its value.
inline constexpr ReasonCodeInfo kReasonCodes[] = {
#define THUJA_REASON(kind, name, layer, status, shown, text) \
  {ReasonCode::kind, name, ReasonLayer::layer, status, ReasonCode::shown, text},
#include "engine/base/reason_codes.def"
#undef THUJA_REASON
};
inline constexpr size_t kReasonCodeCount = std::size(kReasonCodes);

inline const ReasonCodeInfo& Describe(ReasonCode code) {
  return kReasonCodes[static_cast<size_t>(code)];
}
inline std::string_view ReasonCodeName(ReasonCode code) { return Describe(code).name; }

// What strangers are told of it.
inline const ReasonCodeInfo& DescribeToStranger(ReasonCode code) {
  return Describe(Describe(code).shown);
}

}  // namespace thuja::base
