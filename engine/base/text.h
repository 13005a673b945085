// SPDX-License-Identifier: Apache-2.0
// UTF-8 and the escapes of Cedar's string literals, in both directions.
//
// The escapes are those of Rust's string literals without the line continuation:
// `\n \r \t \\ \0 \' \" \xHH` with HH up to 7F, and `\u{H...}` with one to six hex digits.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace thuja::base {

// Reads the scalar that starts at `text[*position]` and moves the position past it. Nothing if the
// bytes there are not well-formed UTF-8 (overlong forms and surrogates are not).
std::optional<char32_t> DecodeScalar(std::string_view text, size_t* position);

void AppendScalar(char32_t scalar, std::string* out);

// Where the first byte is that begins no well-formed scalar; npos if there is none.
size_t FindInvalidUtf8(std::string_view text);

bool IsValidUtf8(std::string_view text);

// True for characters that a terminal shows as nothing, as space, or by reordering others: they are
// escaped or replaced wherever somebody else's text is shown. The plain space is not among them.
bool IsInvisible(char32_t scalar);

// Unicode's White_Space property.
bool IsWhiteSpace(char32_t scalar);

// `text` between double quotes, escaped so that Cedar's lexer reads the same text back. Printable
// characters stay as they are; control and other invisible ones are escaped.
std::string QuoteString(std::string_view text);

// The same for a `like` pattern given as the pieces between its wildcards.
std::string QuotePattern(const std::vector<std::string_view>& pieces);

// The place of a bad escape, in bytes of the raw text.
struct BadEscape {
  uint32_t begin;
  uint32_t end;
};

// Undoes the escapes of a literal given without its quotes. On a bad escape says where. A raw
// carriage return is bad too.
std::optional<BadEscape> UnescapeString(std::string_view raw, std::string* out);

// The same for a pattern: the pieces between wildcards, one more than there are wildcards. An
// unescaped star, however it is spelled (`\x2a` too), is a wildcard; `\*` is a star.
std::optional<BadEscape> UnescapePattern(std::string_view raw, std::vector<std::string>* pieces);

}  // namespace thuja::base
