// SPDX-License-Identifier: Apache-2.0
// What is refused in names, paths, hosts and URLs, and the little that is changed.
//
// Tested by tests/unit/grants/canonical_test.cc.
#include "engine/grants/canonical.h"

#include <absl/strings/ascii.h>

#include <algorithm>
#include <charconv>
#include <span>

#include "engine/base/text.h"
#include "engine/grants/address.h"
#include "engine/grants/split.h"

namespace thuja::grants {
namespace {

constexpr size_t kNowhere = std::string_view::npos;
constexpr size_t kLongestLabel = 63;

struct Range {
  char32_t first;
  char32_t last;
};

// What base::IsInvisible leaves of Unicode's Default_Ignorable_Code_Point, which a reader may drop,
// and of its Bidi_Control (U+061C). In order.
constexpr Range kIgnorable[] = {
    {0x34F, 0x34F},     {0x61C, 0x61C},     {0x115F, 0x1160},   {0x17B4, 0x17B5},
    {0x180B, 0x180F},   {0x3164, 0x3164},   {0xFE00, 0xFE0F},   {0xFFA0, 0xFFA0},
    {0x1BCA0, 0x1BCA3}, {0x1D173, 0x1D17A}, {0xE0000, 0xE0FFF},
};

// What compatibility normalisation, or the conversion to an older character set, makes `.`, `/`,
// `\` or `%` of, alone or among other characters. In order.
constexpr Range kLikeSyntax[] = {
    {0x2024, 0x2025},  // one and two dots
    {0x2044, 0x2044},  // fraction slash
    {0x2100, 0x2101},  // `a/c` and `a/s`
    {0x2105, 0x2106},  // `c/o` and `c/u`
    {0x2215, 0x2216},  // division slash, set minus
    {0xFE52, 0xFE52},  // small dot
    {0xFE68, 0xFE68},  // small backslash
    {0xFE6A, 0xFE6A},  // small percent sign
    {0xFF05, 0xFF05},  // full-width percent sign
    {0xFF0E, 0xFF0F},  // full-width dot and slash
    {0xFF3C, 0xFF3C},  // full-width backslash
};

bool IsIn(std::span<const Range> ranges, char32_t scalar) {
  for (const Range& range : ranges) {
    if (scalar <= range.last) return scalar >= range.first;
  }
  return false;
}

bool Shows(char32_t scalar) { return !base::IsInvisible(scalar) && !IsIn(kIgnorable, scalar); }

bool IsOnlyItself(char32_t scalar) { return Shows(scalar) && !IsIn(kLikeSyntax, scalar); }

// Whether `text` is UTF-8 without control characters, and what is not ASCII is all `good`. Nearly
// everything is ASCII and not worth a call.
template <bool (*good)(char32_t)>
bool AllScalars(std::string_view text) {
  for (size_t at = 0; at < text.size();) {
    const auto byte = static_cast<unsigned char>(text[at]);
    if (byte < 0x80) {
      if (byte < 0x20 || byte == 0x7F) return false;
      ++at;
      continue;
    }
    const auto scalar = base::DecodeScalar(text, &at);
    if (!scalar || !good(*scalar)) return false;
  }
  return true;
}

bool IsHex(std::string_view text, size_t begin, size_t count) {
  if (text.size() < begin + count) return false;
  return std::ranges::all_of(text.substr(begin, count), absl::ascii_isxdigit);
}

// `%41`, or `%u0041` as some servers still have it.
bool HasEncodedBytes(std::string_view text) {
  for (size_t at = text.find('%'); at != kNowhere; at = text.find('%', at + 1)) {
    if (IsHex(text, at + 1, 2)) return true;
    const bool is_long = text.size() > at + 1 && (text[at + 1] == 'u' || text[at + 1] == 'U');
    if (is_long && IsHex(text, at + 2, 4)) return true;
  }
  return false;
}

// Some file systems drop spaces at the end of a name, some programs those at its beginning, and
// some servers what is behind a semicolon.
bool LeadsElsewhere(std::string_view segment) {
  if (!segment.starts_with('.') && !segment.starts_with(' ')) return false;
  segment = segment.substr(0, segment.find(';'));
  segment.remove_prefix(std::min(segment.find_first_not_of(' '), segment.size()));
  segment = segment.substr(0, segment.find_last_not_of(' ') + 1);
  return segment == "." || segment == "..";
}

// For each byte whether a segment of a tool's name may have it: a decision asks of every name.
constexpr std::array<bool, 256> kToolCharacters = [] {
  std::array<bool, 256> known = {};
  for (const char c : std::string_view("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                       "0123456789_.-")) {
    known[static_cast<unsigned char>(c)] = true;
  }
  return known;
}();

// All its characters are those of one.
bool IsToolSegment(std::string_view segment) {
  return !segment.empty() && segment.size() <= kLongestToolSegment && segment != "." &&
         segment != "..";
}

bool IsLabel(std::string_view label) {
  const auto is_letter_digit_hyphen = [](unsigned char c) {
    return absl::ascii_isalnum(c) || c == '-';
  };
  return !label.empty() && label.size() <= kLongestLabel && label.front() != '-' &&
         label.back() != '-' && std::ranges::all_of(label, is_letter_digit_hyphen);
}

// What a resolver that knows numbers of any base would take for one; so `0x` is one too.
bool IsNumber(std::string_view label) {
  if (std::ranges::all_of(label, absl::ascii_isdigit)) return true;
  return label.size() >= 2 && label[0] == '0' && (label[1] == 'x' || label[1] == 'X') &&
         IsHex(label, 2, label.size() - 2);
}

enum class HostKind : uint8_t { kNone, kName, kAddress };

// Of a host that is no IPv6 address.
HostKind KindOf(std::string_view text) {
  std::string_view last;
  for (Split labels(text, '.'); !labels.Done();) {
    last = labels.Next();
    if (!IsLabel(last)) return HostKind::kNone;
  }
  if (!IsNumber(last)) return HostKind::kName;
  return ParseAddress(text) ? HostKind::kAddress : HostKind::kNone;
}

// The address between the brackets of `[::1]`; nothing if it is a range or has no one reading.
std::optional<value::IpAddress> ParseBracketed(std::string_view text) {
  if (text.size() < 2 || !text.starts_with('[') || !text.ends_with(']')) return std::nullopt;
  text = text.substr(1, text.size() - 2);
  const auto address = ParseAddress(text);
  if (!address || !address->is_v6 || text.find('/') != kNowhere || TouchesMapped(*address)) {
    return std::nullopt;
  }
  return address;
}

bool IsScheme(std::string_view text) {
  // Those whose readers do not connect to the host: they open a file, run a script, or take apart
  // what follows.
  static constexpr std::string_view kWithoutHost[] = {
      "about",  "blob",   "data", "file", "filesystem", "jar",         "javascript",
      "mailto", "netdoc", "phar", "php",  "vbscript",   "view-source",
  };
  const auto is_scheme_character = [](unsigned char c) {
    return absl::ascii_islower(c) || absl::ascii_isdigit(c) || c == '+' || c == '.' || c == '-';
  };
  return !text.empty() && absl::ascii_islower(static_cast<unsigned char>(text.front())) &&
         std::ranges::all_of(text, is_scheme_character) &&
         std::ranges::find(kWithoutHost, text) == std::end(kWithoutHost);
}

std::optional<uint16_t> ParsePort(std::string_view text) {
  uint16_t port = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, port);
  if (error != std::errc() || stopped != end || text.starts_with('0')) return std::nullopt;
  return port;
}

// Where the host of `host:port` ends.
size_t EndOfHost(std::string_view authority) {
  const size_t bracket = authority.starts_with('[') ? authority.find(']') : 0;
  return std::min(authority.find(':', bracket), authority.size());
}

}  // namespace

bool IsToolName(std::string_view text) {
  if (text.size() > kLongestToolName) return false;
  const char* at = text.data();
  const char* const end = at + text.size();
  for (size_t count = 1;; ++count) {
    const char* const begin = at;
    while (at != end && kToolCharacters[static_cast<unsigned char>(*at)]) ++at;
    if (!IsToolSegment({begin, static_cast<size_t>(at - begin)})) return false;
    if (at == end) return count >= 2 && count <= kMostToolSegments;
    if (*at++ != '/') return false;
  }
}

bool IsVisible(std::string_view text) { return AllScalars<Shows>(text); }

bool IsPlainName(std::string_view text) {
  if (text.empty() || text.size() > kLongestText || text.find('\\') != kNowhere ||
      HasEncodedBytes(text) || !AllScalars<IsOnlyItself>(text)) {
    return false;
  }
  for (Split segments(text, '/'); !segments.Done();) {
    if (LeadsElsewhere(segments.Next())) return false;
  }
  return true;
}

std::optional<std::string_view> CanonicalPath(std::string_view text) {
  if (!text.starts_with('/') || !IsPlainName(text) || text.find("//") != kNowhere) {
    return std::nullopt;
  }
  if (text.size() > 1 && text.ends_with('/')) text.remove_suffix(1);
  return text;
}

std::optional<HostName> CanonicalHost(std::string_view text) {
  if (text.size() > kLongestHost) return std::nullopt;
  HostName host;
  const auto append = [&host](std::string_view part) {
    for (const char c : part) host.bytes_[host.size_++] = absl::ascii_tolower(c);
  };
  if (text.starts_with('[')) {
    const auto address = ParseBracketed(text);
    if (!address) return std::nullopt;
    std::array<char, kLongestAddress> buffer;
    append("[");
    append(WriteAddress(*address, buffer));
    append("]");
    host.is_address_ = true;
    return host;
  }
  const HostKind kind = KindOf(text);
  if (kind == HostKind::kNone) return std::nullopt;
  append(text);
  host.is_address_ = kind == HostKind::kAddress;
  return host;
}

std::optional<Url> ParseUrl(std::string_view text) {
  if (text.size() > kLongestText || !IsVisible(text) || text.find_first_of(" \\") != kNowhere) {
    return std::nullopt;
  }
  const size_t colon = text.find("://");
  if (colon == kNowhere || !IsScheme(text.substr(0, colon))) return std::nullopt;
  const std::string_view rest = text.substr(colon + 3);
  // User names, of which there are none in a host; also for those to whom a query or a fragment
  // without a slash in front of it is a part of one.
  if (rest.substr(0, rest.find('/')).find('@') != kNowhere) return std::nullopt;
  const std::string_view authority = rest.substr(0, rest.find_first_of("/?#"));
  const std::string_view behind = rest.substr(authority.size());
  const std::string_view host_text = authority.substr(0, EndOfHost(authority));
  const auto host = CanonicalHost(host_text);
  if (!host) return std::nullopt;
  Url url = {
      .scheme = text.substr(0, colon),
      .host = *host,
      .port = 0,
      .path = behind.substr(0, behind.find_first_of("?#")),
  };
  if (host_text.size() < authority.size()) {
    const auto port = ParsePort(authority.substr(host_text.size() + 1));
    if (!port) return std::nullopt;
    url.port = *port;
  }
  return url;
}

}  // namespace thuja::grants
