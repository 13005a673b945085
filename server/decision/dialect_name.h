// SPDX-License-Identifier: Apache-2.0
// The names under which decisions are counted and recorded, one for each dialect.
#pragma once

#include <cstdint>
#include <iterator>
#include <string_view>

namespace thuja::server {

enum class DialectName : uint8_t { kAuthzen, kCedarAgent, kForwardAuth };

inline constexpr std::string_view kDialectNames[] = {"authzen", "cedar_agent", "forward_auth"};
inline constexpr size_t kDialectCount = std::size(kDialectNames);

}  // namespace thuja::server
