// SPDX-License-Identifier: Apache-2.0
// The table of statuses.
//
// Tested by tests/unit/operations/refusal_test.cc.
#include "server/operations/refusal.h"

#include "engine/json.h"

namespace thuja::server {

void Refuse(int status, std::string_view code, std::string_view message, HttpResponse& response) {
  response.SetJson(status,
                   "{\"error\":" + QuoteJson(code) + ",\"message\":" + QuoteJson(message) + "}");
}

int StatusOf(ReasonCode code) {
  switch (code) {
    case ReasonCode::kMalformedRequest: return 400;
    case ReasonCode::kTokenMissing:
    case ReasonCode::kTokenInvalid: return 401;
    case ReasonCode::kNoActiveGrant: return 404;
    // What is, does not allow it.
    case ReasonCode::kRequestIdReuse:
    case ReasonCode::kGrantPending:
    case ReasonCode::kGrantSuspended:
    case ReasonCode::kGrantExpired:
    case ReasonCode::kGrantCompleted:
    case ReasonCode::kGrantFailed:
    case ReasonCode::kGrantTimedOut:
    case ReasonCode::kGrantRevoked:
    case ReasonCode::kAncestorRevoked:
    case ReasonCode::kParentNotActive: return 409;
    // What would be, is not allowed.
    case ReasonCode::kTtlAboveClassMax:
    case ReasonCode::kAttenuation:
    case ReasonCode::kDepthExceeded:
    case ReasonCode::kHolderMismatch:
    case ReasonCode::kBudgetExhausted: return 422;
    // Later, perhaps.
    case ReasonCode::kOverloaded:
    case ReasonCode::kClockRollback:
    case ReasonCode::kStaleState:
    case ReasonCode::kInternalError: return 503;
    default: return 500;  // no other is a reason to refuse a change
  }
}

void Refuse(ReasonCode code, std::string_view message, HttpResponse& response) {
  const ReasonCodeInfo& info = Describe(code);
  Refuse(StatusOf(code), info.name, message.empty() ? info.text : message, response);
}

}  // namespace thuja::server
