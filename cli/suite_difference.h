// SPDX-License-Identifier: Apache-2.0
// What a case expected and did not get.
#pragma once

#include <string>

#include "cli/test_suite.h"
#include "engine/decide.h"

namespace thuja::cli {

// A line for each expectation that does not hold; empty if all do.
std::string DifferenceOf(const TestCase& test, const Snapshot& snapshot, const Decision& decision);

}  // namespace thuja::cli
