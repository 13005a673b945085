// SPDX-License-Identifier: Apache-2.0
// Decoding of UTF-8 and of string escapes.
//
// Tested by tests/unit/base/text_test.cc.
#include "engine/base/text.h"

#include <array>
#include <cstdio>
#include <cstring>

namespace thuja::base {
namespace {

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

void AppendEscaped(std::string_view text, bool star_is_wildcard, std::string* out) {
  for (size_t i = 0; i < text.size();) {
    const size_t begin = i;
    const std::optional<char32_t> scalar = DecodeScalar(text, &i);
    if (!scalar) {
      // Not UTF-8: no text syntax can carry it, so show the replacement character.
      ++i;
      out->append("\\u{fffd}");
      continue;
    }
    switch (*scalar) {
      case '\n': out->append("\\n"); break;
      case '\r': out->append("\\r"); break;
      case '\t': out->append("\\t"); break;
      case '\0': out->append("\\0"); break;
      case '\\': out->append("\\\\"); break;
      case '"': out->append("\\\""); break;
      case '*': out->append(star_is_wildcard ? "\\*" : "*"); break;
      default:
        if (IsInvisible(*scalar)) {
          std::array<char, 16> escape;
          std::snprintf(escape.data(), escape.size(), "\\u{%x}", static_cast<unsigned>(*scalar));
          out->append(escape.data());
        } else {
          out->append(text.substr(begin, i - begin));
        }
    }
  }
}

// One character of a literal: a scalar, or the escape `\*` which only patterns know.
struct Unescaped {
  char32_t scalar = 0;
  bool escaped_star = false;
};

// Reads the escape whose backslash is at `*position - 1`.
std::optional<Unescaped> ReadSimpleEscape(char c) {
  switch (c) {
    case 'n': return Unescaped{'\n'};
    case 'r': return Unescaped{'\r'};
    case 't': return Unescaped{'\t'};
    case '0': return Unescaped{'\0'};
    case '\\': return Unescaped{'\\'};
    case '\'': return Unescaped{'\''};
    case '"': return Unescaped{'"'};
    case '*': return Unescaped{'*', true};
    default: return std::nullopt;
  }
}

std::optional<Unescaped> ReadByteEscape(std::string_view raw, size_t* position) {
  if (raw.size() - *position < 2) return std::nullopt;
  const int high = HexDigit(raw[*position]);
  const int low = HexDigit(raw[*position + 1]);
  if (high < 0 || high > 7 || low < 0) return std::nullopt;
  *position += 2;
  return Unescaped{static_cast<char32_t>(high * 16 + low)};
}

// `\u{` has been read up to the brace, which is next. Underscores may separate digits.
std::optional<Unescaped> ReadUnicodeEscape(std::string_view raw, size_t* position) {
  if (*position >= raw.size() || raw[*position] != '{') return std::nullopt;
  ++*position;
  char32_t scalar = 0;
  int digits = 0;
  for (; *position < raw.size(); ++*position) {
    const char c = raw[*position];
    if (c == '}') break;
    if (c == '_' && digits > 0) continue;
    const int digit = HexDigit(c);
    if (digit < 0 || ++digits > 6) return std::nullopt;
    scalar = scalar * 16 + static_cast<char32_t>(digit);
  }
  if (*position >= raw.size() || digits == 0) return std::nullopt;
  ++*position;
  if (scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) return std::nullopt;
  return Unescaped{scalar};
}

std::optional<Unescaped> ReadCharacter(std::string_view raw, size_t* position) {
  if (raw[*position] == '\r') return std::nullopt;
  if (raw[*position] != '\\') {
    const std::optional<char32_t> scalar = DecodeScalar(raw, position);
    if (!scalar) return std::nullopt;
    return Unescaped{*scalar};
  }
  ++*position;
  if (*position >= raw.size()) return std::nullopt;
  const char kind = raw[(*position)++];
  if (kind == 'x') return ReadByteEscape(raw, position);
  if (kind == 'u') return ReadUnicodeEscape(raw, position);
  return ReadSimpleEscape(kind);
}

// How many bytes from `begin` on stand for themselves in any literal.
size_t PlainLength(std::string_view raw, size_t begin) {
  size_t end = begin;
  while (end < raw.size() && static_cast<unsigned char>(raw[end]) < 0x80 && raw[end] != '\\' &&
         raw[end] != '\r' && raw[end] != '*') {
    ++end;
  }
  return end - begin;
}

BadEscape BadAt(std::string_view raw, size_t begin, size_t stopped) {
  size_t end = stopped > begin + 1 ? stopped : begin + 2;
  // Never end inside a character.
  while (end < raw.size() && (static_cast<unsigned char>(raw[end]) & 0xC0) == 0x80) ++end;
  return {static_cast<uint32_t>(begin), static_cast<uint32_t>(std::min(end, raw.size()))};
}

}  // namespace

std::optional<char32_t> DecodeScalar(std::string_view text, size_t* position) {
  const auto byte = [&](size_t i) { return static_cast<unsigned char>(text[i]); };
  const size_t at = *position;
  if (at >= text.size()) return std::nullopt;
  const unsigned char first = byte(at);
  if (first < 0x80) {
    ++*position;
    return first;
  }
  const size_t length = first >= 0xF0 ? 4 : first >= 0xE0 ? 3 : 2;
  if (first < 0xC2 || first > 0xF4 || text.size() - at < length) return std::nullopt;
  char32_t scalar = first & (0xFF >> (length + 1));
  for (size_t i = 1; i < length; ++i) {
    if ((byte(at + i) & 0xC0) != 0x80) return std::nullopt;
    scalar = (scalar << 6) | (byte(at + i) & 0x3F);
  }
  static constexpr std::array<char32_t, 5> kSmallest = {0, 0, 0x80, 0x800, 0x10000};
  if (scalar < kSmallest[length] || scalar > 0x10FFFF || (scalar >= 0xD800 && scalar <= 0xDFFF)) {
    return std::nullopt;
  }
  *position += length;
  return scalar;
}

void AppendScalar(char32_t scalar, std::string* out) {
  const auto append = [out](char32_t byte) { out->push_back(static_cast<char>(byte)); };
  if (scalar < 0x80) {
    append(scalar);
  } else if (scalar < 0x800) {
    append(0xC0 | (scalar >> 6));
    append(0x80 | (scalar & 0x3F));
  } else if (scalar < 0x10000) {
    append(0xE0 | (scalar >> 12));
    append(0x80 | ((scalar >> 6) & 0x3F));
    append(0x80 | (scalar & 0x3F));
  } else {
    append(0xF0 | (scalar >> 18));
    append(0x80 | ((scalar >> 12) & 0x3F));
    append(0x80 | ((scalar >> 6) & 0x3F));
    append(0x80 | (scalar & 0x3F));
  }
}

size_t FindInvalidUtf8(std::string_view text) {
  for (size_t i = 0; i < text.size();) {
    // Nearly all of what is read is ASCII, eight bytes of which are looked at together.
    uint64_t eight = 0;
    if (text.size() - i >= sizeof(eight)) {
      std::memcpy(&eight, text.data() + i, sizeof(eight));
      if ((eight & 0x8080808080808080) == 0) {
        i += sizeof(eight);
        continue;
      }
    }
    if (!DecodeScalar(text, &i)) return i;
  }
  return std::string_view::npos;
}

bool IsValidUtf8(std::string_view text) { return FindInvalidUtf8(text) == std::string_view::npos; }

bool IsInvisible(char32_t scalar) {
  return scalar < 0x20 || (scalar >= 0x7F && scalar < 0xA0) || scalar == 0xAD ||
         (scalar != ' ' && IsWhiteSpace(scalar)) || (scalar >= 0x200B && scalar <= 0x200F) ||
         (scalar >= 0x202A && scalar <= 0x202E) || (scalar >= 0x2060 && scalar <= 0x206F) ||
         scalar == 0xFEFF || (scalar >= 0xFFF0 && scalar <= 0xFFFF);
}

bool IsWhiteSpace(char32_t scalar) {
  return (scalar >= 0x09 && scalar <= 0x0D) || scalar == 0x20 || scalar == 0x85 || scalar == 0xA0 ||
         scalar == 0x1680 || (scalar >= 0x2000 && scalar <= 0x200A) || scalar == 0x2028 ||
         scalar == 0x2029 || scalar == 0x202F || scalar == 0x205F || scalar == 0x3000;
}

std::string QuoteString(std::string_view text) {
  std::string out = "\"";
  AppendEscaped(text, false, &out);
  out.push_back('"');
  return out;
}

std::string QuotePattern(const std::vector<std::string_view>& pieces) {
  std::string out = "\"";
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) out.push_back('*');
    AppendEscaped(pieces[i], true, &out);
  }
  out.push_back('"');
  return out;
}

std::optional<BadEscape> UnescapeString(std::string_view raw, std::string* out) {
  out->clear();
  for (size_t i = 0; i < raw.size();) {
    if (const size_t plain = PlainLength(raw, i); plain > 0) {
      out->append(raw.substr(i, plain));
      i += plain;
      continue;
    }
    const size_t begin = i;
    const std::optional<Unescaped> character = ReadCharacter(raw, &i);
    if (!character || character->escaped_star) return BadAt(raw, begin, i);
    AppendScalar(character->scalar, out);
  }
  return std::nullopt;
}

std::optional<BadEscape> UnescapePattern(std::string_view raw, std::vector<std::string>* pieces) {
  pieces->assign(1, std::string());
  for (size_t i = 0; i < raw.size();) {
    if (const size_t plain = PlainLength(raw, i); plain > 0) {
      pieces->back().append(raw.substr(i, plain));
      i += plain;
      continue;
    }
    const size_t begin = i;
    const std::optional<Unescaped> character = ReadCharacter(raw, &i);
    if (!character) return BadAt(raw, begin, i);
    if (character->scalar == '*' && !character->escaped_star) {
      pieces->emplace_back();
    } else {
      AppendScalar(character->scalar, &pieces->back());
    }
  }
  return std::nullopt;
}

}  // namespace thuja::base
