// SPDX-License-Identifier: Apache-2.0
// What the admin listener says when it does not do what was asked: `{"error": CODE, "message":
// TEXT}` with a status. docs/grants.md has the table.
#pragma once

#include <string_view>

#include "engine/decide.h"
#include "server/http/message.h"

namespace thuja::server {

// Codes that no decision has.
inline constexpr std::string_view kRoleMissing = "role_missing";
inline constexpr std::string_view kGone = "gone";

void Refuse(int status, std::string_view code, std::string_view message, HttpResponse& response);

// The status with which a mutation or a question about grants is refused.
int StatusOf(ReasonCode code);

// With the code's own status, name and, if `message` is empty, sentence.
void Refuse(ReasonCode code, std::string_view message, HttpResponse& response);

}  // namespace thuja::server
