// SPDX-License-Identifier: Apache-2.0
// IP addresses, and ranges of them, in texts that callers send.
//
// The grammar is that of Cedar's `ip`, so that a policy and a grant never differ about a text. It
// is read here once more because engine/func is not below this folder: a grant is asked before any
// policy is. tests/unit/grants/address_test.cc holds the two readers to each other.
#pragma once

#include <array>
#include <optional>
#include <string_view>

#include "engine/value/value.h"

namespace thuja::grants {

// An address, or one with a prefix length behind a slash. Host bits are kept.
std::optional<value::IpAddress> ParseAddress(std::string_view text);

// Whether every address of `inner` is one of `outer`. Host bits have no part in it.
bool IsInside(const value::IpAddress& inner, const value::IpAddress& outer);

// ::ffff:0:0/96: IPv4 addresses written as IPv6 ones.
inline constexpr value::IpAddress kMappedAddresses = {
    {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff}, 96, true};

// Whether a range has an address that is mapped. One reader takes it for IPv4, where other ranges
// apply, and the next for IPv6; so nothing that asks for ranges accepts it.
bool TouchesMapped(const value::IpAddress& range);

// The longest is `ffff:` seven times and `ffff`.
inline constexpr size_t kLongestAddress = 39;

// An IPv6 address without its prefix length as RFC 5952 has it, which is one text for one address.
// Written into `out`, of which the result is a view.
std::string_view WriteAddress(const value::IpAddress& address,
                              std::array<char, kLongestAddress>& out);

}  // namespace thuja::grants
