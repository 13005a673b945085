// SPDX-License-Identifier: Apache-2.0
// Durations as people write them: `90s`, `10m`, `1h30m`.
#pragma once

#include <absl/status/statusor.h>

#include <cstdint>
#include <string>

namespace thuja::cli {

// The seconds. Hours, minutes and seconds, each at most once and in this order; a number without
// its unit is refused, since 10 may be meant as either.
absl::StatusOr<int64_t> ParseDuration(const std::string& text);

}  // namespace thuja::cli
