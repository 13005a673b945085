// SPDX-License-Identifier: Apache-2.0
// Somebody else's text on a terminal.
//
// Holders, tasks and reasons are what agents and servers made them. Shown as they are they could
// move the cursor, colour what follows or turn it around.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace thuja::cli {

// The text on one line: what no terminal shows as itself is written `\u{1b}`, and bytes that are no
// UTF-8 `\xff`.
std::string Visible(std::string_view text);

// How many columns the text takes, a character taking one.
size_t Columns(std::string_view text);

}  // namespace thuja::cli
