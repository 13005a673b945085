// SPDX-License-Identifier: Apache-2.0
// The text inside an extension value's constructor, from which the constructor makes the value
// again: `10.0.0.1/32` of `ip("10.0.0.1/32")`.
#pragma once

#include <cstdint>
#include <string>

#include "engine/value/value.h"

namespace thuja::value {

// Always with the prefix length. IPv6 as RFC 5952 has it, but for IPv4-mapped addresses: these are
// in hex (`::ffff:102:304`) because `ip` refuses an IPv4 address inside an IPv6 one.
std::string PrintIpaddr(const IpAddress& address);

// Of a number scaled by 10,000; always with four digits after the point.
std::string PrintDecimal(int64_t scaled);

// In milliseconds, whatever units it was written with.
std::string PrintDuration(int64_t milliseconds);

}  // namespace thuja::value
