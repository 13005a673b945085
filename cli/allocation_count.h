// SPDX-License-Identifier: Apache-2.0
// How often the running thread has asked for memory.
//
// Only the program `thuja` counts; what links its commands otherwise keeps its own operator new.
#pragma once

#include <cstddef>

namespace thuja::cli {

// Null unless main.cc has set it.
extern size_t (*allocation_count)();

}  // namespace thuja::cli
