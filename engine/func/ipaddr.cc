// SPDX-License-Identifier: Apache-2.0
// IPv4 and IPv6 addresses and ranges of them.
//
// A range keeps the host bits it was written with: `10.0.0.1/8` is not `10.0.0.0/8`, though both
// cover the same addresses. An IPv4 address written inside an IPv6 one (`::ffff:10.0.0.1`) is
// refused rather than guessed at. Cedar also caps the text at 43 bytes; no text of this grammar is
// longer, so there is no check for it here.
//
// Tested by tests/unit/func/ipaddr_test.cc.
#include <cstring>

#include "engine/func/cursor.h"
#include "engine/func/families.h"

namespace thuja::func {
namespace {

using value::IpAddress;
using value::Type;
using value::Value;

constexpr size_t kGroups = 8;  // of 16 bits in an IPv6 address
constexpr size_t kBytes = 16;

uint8_t BitsOf(bool is_v6) { return is_v6 ? 128 : 32; }

// Octets and prefix lengths: no sign, and no leading zero that could be taken for octal.
std::optional<uint8_t> ParseSmall(std::string_view digits, uint64_t largest) {
  if (digits.empty() || (digits.size() > 1 && digits[0] == '0')) return std::nullopt;
  const auto number = ParseDigits(digits);
  if (!number || *number > largest) return std::nullopt;
  return static_cast<uint8_t>(*number);
}

bool ParseV4(std::string_view text, uint8_t bytes[kBytes]) {
  Cursor cursor(text);
  for (size_t i = 0; i < 4; ++i) {
    if (i > 0 && !cursor.Accept(".")) return false;
    const auto octet = ParseSmall(cursor.TakeDigits(), 255);
    if (!octet) return false;
    bytes[i] = *octet;
  }
  return cursor.AtEnd();
}

std::optional<unsigned> HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return std::nullopt;
}

std::optional<unsigned> ParseHexGroup(std::string_view text) {
  if (text.empty() || text.size() > 4) return std::nullopt;
  unsigned group = 0;
  for (const char c : text) {
    const auto digit = HexDigit(c);
    if (!digit) return std::nullopt;
    group = group * 16 + *digit;
  }
  return group;
}

// The run of groups on one side of `::`.
struct Groups {
  uint8_t bytes[kBytes];
  size_t count;
};

// Groups with a colon between each two; an empty text has none.
std::optional<Groups> ParseGroups(std::string_view text) {
  Groups groups{};
  while (!text.empty()) {
    const size_t colon = text.find(':');
    const auto group = ParseHexGroup(text.substr(0, colon));
    if (!group || groups.count == kGroups) return std::nullopt;
    groups.bytes[2 * groups.count] = static_cast<uint8_t>(*group >> 8);
    groups.bytes[2 * groups.count + 1] = static_cast<uint8_t>(*group & 0xff);
    ++groups.count;
    if (colon == text.npos) break;
    text.remove_prefix(colon + 1);
    if (text.empty()) return std::nullopt;
  }
  return groups;
}

// `::` stands for one zero group or more. A second one leaves an empty group in the tail, which
// ParseGroups refuses.
bool ParseV6(std::string_view text, uint8_t bytes[kBytes]) {
  const size_t gap = text.find("::");
  const auto head = ParseGroups(text.substr(0, gap));
  const auto tail = ParseGroups(gap == text.npos ? std::string_view() : text.substr(gap + 2));
  if (!head || !tail) return false;
  const size_t count = head->count + tail->count;
  if (gap == text.npos ? count != kGroups : count >= kGroups) return false;
  std::memcpy(bytes, head->bytes, 2 * head->count);
  std::memcpy(bytes + kBytes - 2 * tail->count, tail->bytes, 2 * tail->count);
  return true;
}

std::optional<IpAddress> ParseIpaddr(std::string_view text) {
  const size_t slash = text.find('/');
  const std::string_view address = text.substr(0, slash);
  IpAddress result{};
  result.is_v6 = address.find(':') != address.npos;
  result.prefix = BitsOf(result.is_v6);
  const bool well_formed =
      result.is_v6 ? ParseV6(address, result.bytes) : ParseV4(address, result.bytes);
  if (!well_formed) return std::nullopt;
  if (slash == text.npos) return result;
  Cursor cursor(text.substr(slash + 1));
  const auto prefix = ParseSmall(cursor.TakeDigits(), result.prefix);
  if (!prefix || !cursor.AtEnd()) return std::nullopt;
  result.prefix = *prefix;
  return result;
}

CallResult MakeIpaddr(std::span<const Value> arguments, base::Arena& arena) {
  const auto address = ParseIpaddr(arguments[0].AsString());
  if (!address) return CallResult::Failed("`ip` was given a text that is not an IP address");
  return CallResult::Ok(Value::Ipaddr(arena.New(*address)));
}

bool IsIpv4(const IpAddress& address) { return !address.is_v6; }

bool IsIpv6(const IpAddress& address) { return address.is_v6; }

bool SharesBits(const IpAddress& a, const IpAddress& b, unsigned count) {
  const unsigned whole_bytes = count / 8;
  if (std::memcmp(a.bytes, b.bytes, whole_bytes) != 0) return false;
  if (count % 8 == 0) return true;
  return (a.bytes[whole_bytes] ^ b.bytes[whole_bytes]) >> (8 - count % 8) == 0;
}

bool IsInside(const IpAddress& inner, const IpAddress& outer) {
  return inner.is_v6 == outer.is_v6 && inner.prefix >= outer.prefix &&
         SharesBits(inner, outer, outer.prefix);
}

// 127.0.0.0/8 and ::1.
constexpr IpAddress kLoopbackV4 = {{127}, 8, false};
constexpr IpAddress kLoopbackV6 = {{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1}, 128, true};
// 224.0.0.0/4 and ff00::/8.
constexpr IpAddress kMulticastV4 = {{224}, 4, false};
constexpr IpAddress kMulticastV6 = {{0xff}, 8, true};

// A range is loopback or multicast when all of it is.
bool IsLoopback(const IpAddress& address) {
  return IsInside(address, kLoopbackV4) || IsInside(address, kLoopbackV6);
}

bool IsMulticast(const IpAddress& address) {
  return IsInside(address, kMulticastV4) || IsInside(address, kMulticastV6);
}

template <bool (*Holds)(const IpAddress&)>
CallResult Test(std::span<const Value> arguments, base::Arena&) {
  return CallResult::Ok(Value::Bool(Holds(arguments[0].AsIpaddr())));
}

CallResult IsInRange(std::span<const Value> arguments, base::Arena&) {
  return CallResult::Ok(Value::Bool(IsInside(arguments[0].AsIpaddr(), arguments[1].AsIpaddr())));
}

constexpr CallStyle kMethod = CallStyle::kMethod;
constexpr Type kText[] = {Type::kString};
constexpr Type kOne[] = {Type::kIpaddr};
constexpr Type kTwo[] = {Type::kIpaddr, Type::kIpaddr};

constexpr Function kFunctions[] = {
    {"ip", CallStyle::kFunction, kText, Type::kIpaddr, &MakeIpaddr},
    {"isIpv4", kMethod, kOne, Type::kBool, &Test<IsIpv4>},
    {"isIpv6", kMethod, kOne, Type::kBool, &Test<IsIpv6>},
    {"isLoopback", kMethod, kOne, Type::kBool, &Test<IsLoopback>},
    {"isMulticast", kMethod, kOne, Type::kBool, &Test<IsMulticast>},
    {"isInRange", kMethod, kTwo, Type::kBool, &IsInRange},
};

}  // namespace

std::span<const Function> IpaddrFunctions() { return kFunctions; }

}  // namespace thuja::func
