// SPDX-License-Identifier: Apache-2.0
// JSON lines of recorded cases: policies, entities and requests with an oracle's answers, and
// damaged texts with its verdict whether they parse.
#pragma once

#include <string>

#include "cli/conformance/tally.h"

namespace thuja::cli {

// Runs a file. False, with a message on standard error, if it cannot be read.
bool RunRecordedCases(const std::string& path, Tally& tally);

}  // namespace thuja::cli
