// SPDX-License-Identifier: Apache-2.0
// Masking.
//
// Tested by tests/unit/tree/switches_test.cc.
#include "engine/tree/addresses.h"

#include <bit>
#include <cstring>

namespace thuja::tree {
namespace {

static_assert(std::endian::native == std::endian::little);

// The eight bytes at `from` without all but their first `bits` bits.
void Mask(uint8_t* from, int bits) {
  if (bits >= 64) return;
  const uint64_t kept = bits <= 0 ? 0 : ~(~uint64_t{0} >> bits);
  uint64_t word = 0;
  std::memcpy(&word, from, sizeof(word));
  word &= __builtin_bswap64(kept);
  std::memcpy(from, &word, sizeof(word));
}

}  // namespace

value::IpAddress MaskAddress(const value::IpAddress& address, uint8_t prefix) {
  value::IpAddress masked = address;
  masked.prefix = prefix;
  Mask(masked.bytes, prefix);
  Mask(masked.bytes + 8, prefix - 64);
  return masked;
}

}  // namespace thuja::tree
