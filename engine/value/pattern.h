// SPDX-License-Identifier: Apache-2.0
// Matching of `like` patterns.
#pragma once

#include <span>
#include <string>
#include <string_view>

namespace thuja::value {

// True if the text is the pieces in their order with anything between them. Bytes are enough: in
// UTF-8 no character's bytes begin inside another's.
bool MatchesPattern(std::string_view text, std::span<const std::string> pieces);

}  // namespace thuja::value
