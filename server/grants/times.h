// SPDX-License-Identifier: Apache-2.0
// Times as RFC 3339 has them, and spans in seconds. Inside, both are nanoseconds.
//
// Thread safety: pure functions.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace thuja::server {

// `2026-03-02T09:05:00Z`, with as many decimals as it needs.
std::string FormatTime(int64_t nanoseconds);

// Nothing unless it is RFC 3339 in UTC, from 1970 to 2099, to the nanosecond: capital `T` and `Z`,
// no offset, no leap second. Zeros at the end of the decimals are fine.
std::optional<int64_t> ParseTime(std::string_view text);

// A span as a JSON number of seconds, with as many decimals as it needs. REQUIRES: not negative.
std::string FormatSeconds(int64_t nanoseconds);

}  // namespace thuja::server
