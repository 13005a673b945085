// SPDX-License-Identifier: Apache-2.0
// The one form that names, paths, hosts and URLs have before a grant is asked about them.
//
// Whoever acts on a text after us reads it again, with other rules: percent signs are decoded,
// backslashes become slashes, invisible characters vanish, `127.1` becomes an address. A grant that
// compared what was written would be asked about one thing and used for another. So a text that two
// readers could understand differently has no canonical form, and what asks for one refuses it.
// Nothing is repaired: a repaired text is one more reading, which the next reader may not share.
// What little is changed (a host's case, a slash at the end of a path, how an IPv6 address is
// written) is what every reader agrees on.
//
// For example `/data/a/` is `/data/a`, but `/data/./a`, `/data//a` and `/data/%61` are nothing; and
// `https://API.acme.test` leads to `api.acme.test`, but `https://acme.test@evil.test` nowhere.
//
// Everything here takes any bytes, reads them a fixed number of times and takes no memory: results
// are views of the text, or hold a host's few bytes themselves.
#pragma once

#include <array>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string_view>

namespace thuja::grants {

// No text is looked at that has more bytes, whatever it should be.
inline constexpr size_t kLongestText = size_t{64} * 1024;

inline constexpr size_t kMostToolSegments = 8;
inline constexpr size_t kLongestToolSegment = 128;
inline constexpr size_t kLongestToolName = 512;

// `server/name`, or more segments: each of ASCII letters, digits, `_`, `.` and `-`, and none `.` or
// `..`. Case matters. Every tool name is a plain name.
bool IsToolName(std::string_view text);

// UTF-8 in which every character shows: no control characters, none that reorder others, none that
// a reader may drop without anybody seeing it.
bool IsVisible(std::string_view text);

// What scope patterns are matched with: at most kLongestText bytes that are visible, at least one,
// without anything that leads elsewhere for some reader. That is a backslash, `%` before two hex
// digits (or before `u` and four), a segment that is `.` or `..`, with or without spaces around it
// or a semicolon behind it, and a character that normalisation turns into one of those, such as the
// full-width slash.
bool IsPlainName(std::string_view text);

// The path without the slash at its end, unless it is `/`. Nothing unless it is a plain name that
// begins with a slash and has no two next to each other. A view of `text`. Links in the file system
// are not followed; that is for whoever opens the file.
std::optional<std::string_view> CanonicalPath(std::string_view text);

inline constexpr size_t kLongestHost = 253;

// A host in its canonical form: a name in lower case, four decimal numbers, or an IPv6 address as
// RFC 5952 has it between brackets.
class HostName {
 public:
  std::string_view text() const { return {bytes_.data(), size_}; }
  bool is_address() const { return is_address_; }

 private:
  friend std::optional<HostName> CanonicalHost(std::string_view text);

  std::array<char, kLongestHost> bytes_ = {};
  uint8_t size_ = 0;
  bool is_address_ = false;
};

// Names are ASCII, as they go over the wire: labels of letters, digits and inner hyphens, of at
// most 63 bytes each. Nothing for a dot at the end, and for a name whose last label is a number:
// resolvers take `127.1`, `0x7f.1` and `2130706433` for 127.0.0.1, so only four decimal numbers
// pass. Nor for an IPv6 address with a zone, or one that is a mapped IPv4 address.
std::optional<HostName> CanonicalHost(std::string_view text);

struct Url {
  std::string_view scheme;
  HostName host;
  uint16_t port = 0;      // 0 if none is given
  std::string_view path;  // as it is written, without query and fragment; empty if there is none
};

// A URL `scheme://host`, with port, path, query and fragment if they are there. The scheme is in
// lower case and one that connects to its host: of `file`, `javascript` and their like nobody knows
// what the host is for. Nothing if there is a user name, a port of 0 or with zeros in front, a
// backslash, a space, or a character that does not show. Views are of `text`. Of the path nothing
// is promised; who compares it asks for its CanonicalPath.
std::optional<Url> ParseUrl(std::string_view text);

}  // namespace thuja::grants
