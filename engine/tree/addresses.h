// SPDX-License-Identifier: Apache-2.0
// Ranges of addresses as keys.
#pragma once

#include <cstdint>

#include "engine/value/value.h"

namespace thuja::tree {

// The range of this width that the address is in, with no bits below the prefix. REQUIRES: `prefix`
// is at most 32, or 128 if the address is v6.
value::IpAddress MaskAddress(const value::IpAddress& address, uint8_t prefix);

}  // namespace thuja::tree
