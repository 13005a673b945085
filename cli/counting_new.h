// SPDX-License-Identifier: Apache-2.0
// The counting operator new of the program `thuja`.
#pragma once

#include <cstddef>

namespace thuja::cli {

// Allocations of this thread.
size_t CountedAllocations();

}  // namespace thuja::cli
