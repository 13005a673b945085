// SPDX-License-Identifier: Apache-2.0
// Bodies that are JSON, and what is said of those that are not.
#pragma once

#include <string>

#include "engine/diagnostics.h"
#include "server/http/message.h"

namespace thuja::server {

// True if the request says that its body is JSON.
bool HasJsonBody(const HttpRequest& request);

// What is wrong, in one sentence with its place. REQUIRES: something is.
std::string FirstProblem(const Diagnostics& diagnostics);

}  // namespace thuja::server
