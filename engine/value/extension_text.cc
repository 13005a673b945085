// SPDX-License-Identifier: Apache-2.0
// Addresses, decimals and durations as text.
//
// Tested by tests/unit/func/ipaddr_test.cc, tests/unit/func/decimal_test.cc and
// tests/unit/func/datetime_test.cc, beside the constructors that read the text back.
#include "engine/value/extension_text.h"

#include <charconv>

namespace thuja::value {
namespace {

constexpr int kGroups = 8;  // of 16 bits in an IPv6 address

unsigned GroupAt(const IpAddress& address, int index) {
  return static_cast<unsigned>(address.bytes[2 * index] << 8 | address.bytes[2 * index + 1]);
}

// A run of zero groups; the part that `::` stands for.
struct Run {
  int begin;
  int length;
};

// The first of the longest runs. A single zero group is not worth a `::`, says RFC 5952.
Run LongestZeroRun(const IpAddress& address) {
  Run longest{kGroups, 1};
  Run current{0, 0};
  for (int i = 0; i < kGroups; ++i) {
    current = GroupAt(address, i) == 0 ? Run{current.begin, current.length + 1} : Run{i + 1, 0};
    if (current.length > longest.length) longest = current;
  }
  return longest;
}

void AppendHex(unsigned group, std::string* out) {
  char digits[4];
  const auto end = std::to_chars(digits, digits + sizeof digits, group, 16).ptr;
  out->append(digits, end);
}

std::string PrintV6(const IpAddress& address) {
  const Run gap = LongestZeroRun(address);
  std::string text;
  for (int i = 0; i < kGroups; ++i) {
    if (i == gap.begin) {
      text += "::";
      i += gap.length - 1;
      continue;
    }
    if (!text.empty() && text.back() != ':') text += ':';
    AppendHex(GroupAt(address, i), &text);
  }
  return text;
}

std::string PrintV4(const IpAddress& address) {
  std::string text = std::to_string(address.bytes[0]);
  for (int i = 1; i < 4; ++i) text += '.' + std::to_string(address.bytes[i]);
  return text;
}

}  // namespace

std::string PrintIpaddr(const IpAddress& address) {
  const std::string text = address.is_v6 ? PrintV6(address) : PrintV4(address);
  return text + '/' + std::to_string(address.prefix);
}

std::string PrintDecimal(int64_t scaled) {
  constexpr int64_t kScale = 10'000;
  // The sign comes first and on its own: the whole part of -0.5 is 0 and has none.
  const int64_t whole = scaled / kScale;
  const int64_t fraction = scaled % kScale;
  std::string text = scaled < 0 ? "-" : "";
  text += std::to_string(whole < 0 ? -whole : whole) + '.';
  const std::string digits = std::to_string(fraction < 0 ? -fraction : fraction);
  return text.append(4 - digits.size(), '0') + digits;
}

std::string PrintDuration(int64_t milliseconds) { return std::to_string(milliseconds) + "ms"; }

}  // namespace thuja::value
