// SPDX-License-Identifier: Apache-2.0
// The layout of Cedar's public integration tests: a JSON file a test, which names a policy file, a
// schema and an entities file and lists requests with their answers.
#pragma once

#include <filesystem>
#include <string>

#include "cli/conformance/tally.h"

namespace thuja::cli {

// Runs all tests below a folder. False, with a message on standard error, if there are none or the
// material cannot be read.
bool RunIntegrationTests(const std::filesystem::path& folder, Tally& tally);

}  // namespace thuja::cli
