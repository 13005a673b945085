// SPDX-License-Identifier: Apache-2.0
// Making text visible.
//
// Tested by tests/unit/cli/table_test.cc.
#include "cli/terminal_text.h"

#include <absl/strings/str_format.h>

#include <algorithm>
#include <optional>

#include "engine/diagnostics.h"

namespace thuja::cli {

std::string Visible(std::string_view text) {
  std::string out;
  for (size_t at = 0; at < text.size();) {
    const size_t begin = at;
    const std::optional<char32_t> scalar = DecodeScalar(text, &at);
    if (!scalar) {
      out += absl::StrFormat("\\x%02x", static_cast<unsigned char>(text[begin]));
      at = begin + 1;
    } else if (IsInvisible(*scalar)) {
      out += absl::StrFormat("\\u{%x}", static_cast<uint32_t>(*scalar));
    } else {
      out += text.substr(begin, at - begin);
    }
  }
  return out;
}

size_t Columns(std::string_view text) {
  // Bytes that continue a character of UTF-8 take no column of their own.
  return static_cast<size_t>(std::ranges::count_if(
      text, [](char c) { return (static_cast<unsigned char>(c) >> 6) != 2; }));
}

}  // namespace thuja::cli
