// SPDX-License-Identifier: Apache-2.0
// How often this program has asked for memory.
#pragma once

#include <cstddef>

namespace thuja {

size_t AllocationCount();

}  // namespace thuja
