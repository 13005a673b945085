// SPDX-License-Identifier: Apache-2.0
// Reading, comparing and writing addresses without taking memory.
//
// Tested by tests/unit/grants/address_test.cc.
#include "engine/grants/address.h"

#include <algorithm>
#include <charconv>
#include <cstddef>
#include <cstdint>

#include "engine/grants/split.h"

namespace thuja::grants {
namespace {

using value::IpAddress;

constexpr size_t kOctets = 4;
constexpr size_t kGroups = 8;

// All of `text` as a number. from_chars takes no blank, plus sign or `0x`, and of an unsigned
// number no minus sign either.
std::optional<unsigned> ReadNumber(std::string_view text, int base, size_t most_digits) {
  if (text.size() > most_digits) return std::nullopt;
  unsigned number = 0;
  const char* const end = text.data() + text.size();
  const auto [stopped, error] = std::from_chars(text.data(), end, number, base);
  if (error != std::errc() || stopped != end) return std::nullopt;
  return number;
}

// A leading zero makes it octal for some readers, so there is none.
std::optional<uint8_t> ReadDecimal(std::string_view text, unsigned most) {
  if (text.size() > 1 && text.starts_with('0')) return std::nullopt;
  const auto number = ReadNumber(text, 10, 3);
  if (!number || *number > most) return std::nullopt;
  return static_cast<uint8_t>(*number);
}

bool ReadV4(std::string_view text, IpAddress& address) {
  Split octets(text, '.');
  for (size_t i = 0; i < kOctets; ++i) {
    if (octets.Done()) return false;
    const auto octet = ReadDecimal(octets.Next(), 255);
    if (!octet) return false;
    address.bytes[i] = *octet;
  }
  return octets.Done();
}

// `::` is the one group that may be empty. At an end of the text it has an empty group on both of
// its sides, the outer of which is taken away first.
bool ReadV6(std::string_view text, IpAddress& address) {
  if (text == "::") return true;
  if (text.starts_with(':')) {
    if (!text.starts_with("::")) return false;
    text.remove_prefix(1);
  }
  if (text.ends_with(':')) {
    if (!text.ends_with("::")) return false;
    text.remove_suffix(1);
  }
  std::array<unsigned, kGroups> groups{};
  size_t count = 0;
  std::optional<size_t> gap;  // groups before it
  for (Split parts(text, ':'); !parts.Done();) {
    const std::string_view part = parts.Next();
    if (part.empty()) {
      if (gap) return false;
      gap = count;
      continue;
    }
    const auto group = ReadNumber(part, 16, 4);
    if (!group || count == kGroups) return false;
    groups[count++] = *group;
  }
  // A gap stands for one group or more.
  if ((count == kGroups) == gap.has_value()) return false;
  for (size_t i = 0; i < count; ++i) {
    const size_t place = gap && i >= *gap ? i + kGroups - count : i;
    address.bytes[2 * place] = static_cast<uint8_t>(groups[i] >> 8);
    address.bytes[2 * place + 1] = static_cast<uint8_t>(groups[i] & 0xff);
  }
  return true;
}

unsigned GroupOf(const IpAddress& address, size_t index) {
  return static_cast<unsigned>(address.bytes[2 * index]) << 8 | address.bytes[2 * index + 1];
}

struct Run {
  size_t begin = 0;
  size_t length = 0;
};

// The first of the longest runs of zero groups.
Run LongestZeroRun(const IpAddress& address) {
  Run longest;
  Run current;
  for (size_t i = 0; i < kGroups; ++i) {
    current = GroupOf(address, i) != 0 ? Run{i + 1, 0} : Run{current.begin, current.length + 1};
    if (current.length > longest.length) longest = current;
  }
  return longest;
}

}  // namespace

std::optional<IpAddress> ParseAddress(std::string_view text) {
  Split parts(text, '/');
  const std::string_view digits = parts.Next();
  IpAddress address{};
  address.is_v6 = digits.find(':') != std::string_view::npos;
  address.prefix = address.is_v6 ? 128 : 32;
  if (!(address.is_v6 ? ReadV6(digits, address) : ReadV4(digits, address))) return std::nullopt;
  if (parts.Done()) return address;
  const auto prefix = ReadDecimal(parts.Next(), address.prefix);
  if (!prefix || !parts.Done()) return std::nullopt;
  address.prefix = *prefix;
  return address;
}

bool IsInside(const IpAddress& inner, const IpAddress& outer) {
  if (inner.is_v6 != outer.is_v6 || inner.prefix < outer.prefix) return false;
  unsigned left = outer.prefix;
  for (size_t i = 0; left > 0; ++i) {
    const unsigned here = std::min(left, 8u);
    const unsigned mask = 0xff00u >> here & 0xffu;
    if (((inner.bytes[i] ^ outer.bytes[i]) & mask) != 0) return false;
    left -= here;
  }
  return true;
}

bool TouchesMapped(const IpAddress& range) {
  return IsInside(range, kMappedAddresses) || IsInside(kMappedAddresses, range);
}

std::string_view WriteAddress(const IpAddress& address, std::array<char, kLongestAddress>& out) {
  // A run of one is not shortened.
  const Run zeros = LongestZeroRun(address);
  const bool shortens = zeros.length > 1;
  char* at = out.data();
  for (size_t i = 0; i < kGroups; ++i) {
    if (shortens && i == zeros.begin) {
      *at++ = ':';
      i += zeros.length - 1;
      if (i == kGroups - 1) *at++ = ':';
      continue;
    }
    if (i > 0) *at++ = ':';
    at = std::to_chars(at, out.data() + out.size(), GroupOf(address, i), 16).ptr;
  }
  return {out.data(), static_cast<size_t>(at - out.data())};
}

}  // namespace thuja::grants
