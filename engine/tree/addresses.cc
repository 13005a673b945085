// SPDX-License-Identifier: Apache-2.0
// Masking.
//
// Tested by tests/unit/tree/switches_test.cc.
#include "engine/tree/addresses.h"

#include <algorithm>

namespace thuja::tree {

value::IpAddress MaskAddress(const value::IpAddress& address, uint8_t prefix) {
  value::IpAddress masked = address;
  masked.prefix = prefix;
  for (unsigned i = 0; i < sizeof(masked.bytes); ++i) {
    const unsigned bits = prefix > i * 8 ? std::min(prefix - i * 8, 8u) : 0;
    masked.bytes[i] = static_cast<uint8_t>(masked.bytes[i] & ~(0xffu >> bits));
  }
  return masked;
}

}  // namespace thuja::tree
