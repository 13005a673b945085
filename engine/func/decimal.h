// SPDX-License-Identifier: Apache-2.0
// Decimal numbers in texts, for forms that are not Cedar's own.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

namespace thuja::func {

// What `decimal` makes of a text, scaled by 10,000: `1.5` is 15,000. Nothing if it is none.
std::optional<int64_t> ParseDecimal(std::string_view text);

}  // namespace thuja::func
