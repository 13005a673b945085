// SPDX-License-Identifier: Apache-2.0
// Addresses and ranges: which texts are one, equality, what the predicates say of a range.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <random>

#include "engine/value/extension_text.h"
#include "tests/unit/func/call.h"

namespace thuja::func {
namespace {

using value::IpAddress;
using value::Value;

// The printed form shows every bit that a text was read into.
TEST(Ip, ReadsAddressesAndRanges) {
  const struct {
    std::string_view text;
    std::string_view printed;
  } kCases[] = {
      {"0.0.0.0", "0.0.0.0/32"},
      {"127.0.0.1", "127.0.0.1/32"},
      {"255.255.255.255", "255.255.255.255/32"},
      {"1.2.3.4/32", "1.2.3.4/32"},
      {"10.0.0.0/8", "10.0.0.0/8"},
      {"0.0.0.0/0", "0.0.0.0/0"},
      {"10.20.30.40/9", "10.20.30.40/9"},  // host bits stay
      {"::", "::/128"},
      {"::1", "::1/128"},
      {"1::", "1::/128"},
      {"::/0", "::/0"},
      {"::1/128", "::1/128"},
      {"::2/127", "::2/127"},
      {"ffee::/64", "ffee::/64"},
      {"ffee::11/64", "ffee::11/64"},
      {"1:2:3:4:5:6:7:8", "1:2:3:4:5:6:7:8/128"},
      {"0001:0002:0003:0004:0005:0006:0007:0008", "1:2:3:4:5:6:7:8/128"},
      {"ABCD:EF01:2345:6789:ABCD:EF01:2345:6789", "abcd:ef01:2345:6789:abcd:ef01:2345:6789/128"},
      {"abcd:ef01:2345:6789:abcd:ef01:2345:6789/128",
       "abcd:ef01:2345:6789:abcd:ef01:2345:6789/128"},  // 43 bytes, the longest there is
      {"0:0:0:0:0:0:0:0", "::/128"},
      {"0:0:0:0:0:0:0:1", "::1/128"},
      {"1:0:0:0:0:0:0:0", "1::/128"},
      // `::` in place of a single group, at either end and inside.
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128"},
      {"1:2:3::5:6:7:8", "1:2:3:0:5:6:7:8/128"},
      {"1::8", "1::8/128"},
      {"fe80::1:2", "fe80::1:2/128"},
      // An IPv4-mapped address is fine as long as it is in hex.
      {"::ffff:102:304", "::ffff:102:304/128"},
      {"::ffff:ff00:1", "::ffff:ff00:1/128"},
  };
  Caller caller;
  for (const auto& [text, printed] : kCases) {
    const auto address = caller.Make("ip", text);
    ASSERT_TRUE(address) << text;
    EXPECT_EQ(value::PrintIpaddr(address->AsIpaddr()), printed) << text;
  }
}

TEST(Ip, RefusesOtherTexts) {
  const std::string_view kTexts[] = {
      "",
      ".",
      ":",
      "/",
      "/8",
      "ip",
      "localhost",
      // Four octets, each below 256, in plain decimal.
      "1",
      "1.2.3",
      "1.2.3.",
      ".1.2.3",
      "1.2.3.4.",
      "1.2.3.4.5",
      "1..3.4",
      "1.2.3.256",
      "1.2.3.999",
      "1.2.3.1000",
      "1.2.3.-4",
      "1.2.3.+4",
      "1.2.3.a",
      "1.2.3.0x4",
      "01.2.3.4",
      "1.2.3.04",
      "1.2.3.00",
      "1,2,3,4",
      "2130706433",
      // Blanks anywhere.
      " 1.2.3.4",
      "1.2.3.4 ",
      "1.2.3.4\n",
      "1.2.3.4 /8",
      "1.2.3.4/ 8",
      " ::1",
      "::1 ",
      // Prefix lengths.
      "1.2.3.4/",
      "1.2.3.4/33",
      "1.2.3.4/08",
      "1.2.3.4/00",
      "1.2.3.4/032",
      "1.2.3.4/-1",
      "1.2.3.4/+8",
      "1.2.3.4/8/8",
      "1.2.3.4//8",
      "1.2.3.4/a",
      "1.2.3.4/255.0.0.0",
      "1.2.3.4/264",
      "1.2.3.4/128",
      "1.2.3.4/18446744073709551624",
      "::1/",
      "::1/129",
      "::1/064",
      "::1/0128",
      "::1/1280",
      "::1/256",
      "::1/a",
      // IPv6 groups and gaps.
      ":1",
      "1:",
      "::1:",
      ":1::",
      ":::",
      ":::1",
      "1:::2",
      "1::2::3",
      "::1::",
      "12345::",
      "::12345",
      "::00001",
      "::g",
      "::G",
      "::`",
      "::@",
      "::;",
      "::-1",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      "1:2:3:4::5:6:7:8",
      "1:2:3:4:5:6:7::8",
      "1:2:3:4:5:6:7:",
      // IPv4 inside IPv6.
      "::ffff:1.2.3.4",
      "::1.2.3.4",
      "::1.2",
      "1:2:3:4:5:6:1.2.3.4",
      "64:ff9b::1.2.3.4/96",
      // Zone, brackets, port.
      "fe80::1%eth0",
      "fe80::1%1",
      "[::1]",
      "[::1]:80",
      "1.2.3.4:80",
      // 44 bytes and more.
      "abcd:ef01:2345:6789:abcd:ef01:2345:6789/0128",
      "0abcd:ef01:2345:6789:abcd:ef01:2345:6789/128",
      "00000000000000000000000000000000000000000000000000001.2.3.4",
      // Digits, but not ASCII ones.
      "\xD9\xA1.2.3.4",
      "::\xEF\xBC\x91",
  };
  Caller caller;
  for (const std::string_view text : kTexts) {
    EXPECT_FALSE(caller.Make("ip", text)) << "`" << text << "`";
  }
  EXPECT_FALSE(caller.Make("ip", std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(caller.Make("ip", std::string(1'000'000, ':')));
  std::string many_groups = "1";
  for (int i = 0; i < 100'000; ++i) many_groups += ":1";
  EXPECT_FALSE(caller.Make("ip", many_groups));
}

TEST(Ip, SaysWhyItRefuses) {
  Caller caller;
  EXPECT_EQ(caller.Call("ip", {Value::String("x")}).failure,
            "`ip` was given a text that is not an IP address");
}

TEST(Ip, IsEqualWhenEveryBitAndThePrefixAre) {
  const struct {
    std::string_view left;
    std::string_view right;
    bool equal;
  } kCases[] = {
      {"1.2.3.4", "1.2.3.4", true},
      {"1.2.3.4", "1.2.3.4/32", true},
      {"1.2.3.4/24", "1.2.3.0/24", false},  // host bits count
      {"1.2.3.4/24", "1.2.3.4/25", false},
      {"1.2.3.4", "1.2.3.5", false},
      {"::1", "::1/128", true},
      {"::1", "0:0:0:0:0:0:0:1", true},
      {"ABCD::", "abcd::", true},
      {"::1/64", "::/64", false},
      {"ffff::/8", "ffff::/9", false},
      {"0.0.0.0/0", "::/0", false},
      {"1.2.3.4", "::102:304", false},
      {"1.2.3.4", "::ffff:102:304", false},
      {"1.2.3.4/32", "102:304::/32", false},
  };
  Caller caller;
  for (const auto& [left, right, equal] : kCases) {
    EXPECT_EQ(caller.Build("ip", left) == caller.Build("ip", right), equal)
        << left << " and " << right;
  }
}

TEST(Ip, IsOfOneVersion) {
  Caller caller;
  for (const std::string_view text : {"0.0.0.0", "255.255.255.255", "1.2.3.4/0"}) {
    EXPECT_TRUE(caller.Bool("isIpv4", {caller.Build("ip", text)})) << text;
    EXPECT_FALSE(caller.Bool("isIpv6", {caller.Build("ip", text)})) << text;
  }
  for (const std::string_view text : {"::", "::/0", "::ffff:102:304", "1:2:3:4:5:6:7:8"}) {
    EXPECT_FALSE(caller.Bool("isIpv4", {caller.Build("ip", text)})) << text;
    EXPECT_TRUE(caller.Bool("isIpv6", {caller.Build("ip", text)})) << text;
  }
}

struct Predicate {
  std::string_view text;
  bool holds;
};

TEST(IsLoopback, HoldsForRangesThatAreLoopbackAsAWhole) {
  const Predicate kCases[] = {
      {"127.0.0.1", true},
      {"127.0.0.0", true},
      {"127.255.255.255", true},
      {"127.0.0.0/8", true},
      {"127.3.4.5/8", true},
      {"127.0.0.1/9", true},
      {"127.0.0.1/7", false},
      {"127.0.0.1/0", false},
      {"126.255.255.255", false},
      {"128.0.0.0", false},
      {"0.0.0.0", false},
      {"0.0.0.1", false},
      {"::1", true},
      {"::1/128", true},
      {"::1/127", false},
      {"::1/8", false},
      {"::", false},
      {"::2", false},
      {"7f00::", false},
      {"7f00::1/8", false},
      {"::ffff:7f00:1", false},  // an IPv4 address for others, not for Cedar
      {"1::1", false},
  };
  Caller caller;
  for (const auto& [text, holds] : kCases) {
    EXPECT_EQ(caller.Bool("isLoopback", {caller.Build("ip", text)}), holds) << text;
  }
}

TEST(IsMulticast, HoldsForRangesThatAreMulticastAsAWhole) {
  const Predicate kCases[] = {
      {"224.0.0.0", true},       {"224.0.0.0/4", true},
      {"239.255.255.255", true}, {"239.1.2.3/4", true},
      {"230.0.0.1/31", true},    {"224.0.0.1/3", false},
      {"224.0.0.1/0", false},    {"223.255.255.255", false},
      {"240.0.0.0", false},      {"127.0.0.1", false},
      {"ff00::", true},          {"ff00::/8", true},
      {"ff02::1", true},         {"ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff", true},
      {"ff00::1/7", false},      {"ff00::/4", false},
      {"feff::", false},         {"ff::", false},
      {"e000::", false},         {"e000::/4", false},
      {"::ffff:e000:1", false},
  };
  Caller caller;
  for (const auto& [text, holds] : kCases) {
    EXPECT_EQ(caller.Bool("isMulticast", {caller.Build("ip", text)}), holds) << text;
  }
}

TEST(IsInRange, HoldsWhenEveryAddressOfTheLeftIsInTheRight) {
  const struct {
    std::string_view inner;
    std::string_view outer;
    bool inside;
  } kCases[] = {
      {"10.0.0.1", "10.0.0.0/8", true},
      {"10.0.0.1", "10.255.0.0/8", true},  // the right side's host bits do not matter
      {"11.0.0.1", "10.0.0.0/8", false},
      {"10.0.0.0/8", "10.0.0.0/8", true},
      {"10.1.2.3/8", "10.3.2.1/8", true},
      {"10.0.0.0/9", "10.0.0.0/8", true},
      {"10.0.0.0/7", "10.0.0.0/8", false},
      {"10.0.0.0/8", "10.0.0.0/9", false},
      {"10.0.0.1", "10.0.0.1", true},
      {"10.0.0.1", "10.0.0.2", false},
      {"10.0.0.2", "10.0.0.3/31", true},
      {"10.0.0.1", "10.0.0.3/31", false},
      {"1.2.3.4", "0.0.0.0/0", true},
      {"0.0.0.0/0", "255.0.0.0/0", true},
      {"0.0.0.0/0", "0.0.0.0/1", false},
      {"128.0.0.0/1", "0.0.0.0/1", false},
      {"192.168.17.5/28", "192.168.16.0/20", true},
      {"192.168.32.5/28", "192.168.16.0/20", false},
      {"::1", "::/0", true},
      {"::1", "::1", true},
      {"::1", "::", false},
      {"::1", "::/127", true},
      {"::2", "::/127", false},
      {"fe80::1/64", "fe80::/10", true},
      {"fec0::1/64", "fe80::/10", false},
      {"fe80::/9", "fe80::/10", false},
      {"ffff::", "7fff::/1", false},
      // The versions have nothing to do with each other.
      {"1.2.3.4", "::/0", false},
      {"::1", "0.0.0.0/0", false},
      {"1.2.3.4", "::ffff:0:0/96", false},
      {"::ffff:102:304", "1.2.3.4/0", false},
      {"10.0.0.0/32", "a00::/8", false},
  };
  Caller caller;
  for (const auto& [inner, outer, inside] : kCases) {
    EXPECT_EQ(caller.Bool("isInRange", {caller.Build("ip", inner), caller.Build("ip", outer)}),
              inside)
        << inner << " in " << outer;
  }
}

// What the range means: the lowest and highest address it covers, found bit by bit.
struct Bounds {
  std::array<uint8_t, 16> lowest;
  std::array<uint8_t, 16> highest;
};

Bounds BoundsOf(const IpAddress& address) {
  Bounds bounds;
  std::copy_n(address.bytes, 16, bounds.lowest.begin());
  bounds.highest = bounds.lowest;
  for (int bit = address.prefix; bit < (address.is_v6 ? 128 : 32); ++bit) {
    const int mask = 0x80 >> bit % 8;
    bounds.lowest[bit / 8] = static_cast<uint8_t>(bounds.lowest[bit / 8] & ~mask);
    bounds.highest[bit / 8] = static_cast<uint8_t>(bounds.highest[bit / 8] | mask);
  }
  return bounds;
}

bool CoversAll(const IpAddress& outer, const IpAddress& inner) {
  const Bounds wide = BoundsOf(outer);
  const Bounds narrow = BoundsOf(inner);
  return outer.is_v6 == inner.is_v6 && wide.lowest <= narrow.lowest &&
         narrow.highest <= wide.highest;
}

IpAddress RandomAddress(std::mt19937_64& random, bool is_v6) {
  IpAddress address{};
  address.is_v6 = is_v6;
  const int bytes = is_v6 ? 16 : 4;
  // Zero bytes are frequent, so that `::` has something to stand for.
  for (int i = 0; i < bytes; ++i) {
    address.bytes[i] = random() % 2 == 0 ? 0 : static_cast<uint8_t>(random());
  }
  address.prefix = static_cast<uint8_t>(random() % (is_v6 ? 129 : 33));
  return address;
}

// The same address but for one bit, under another prefix length.
IpAddress Neighbour(std::mt19937_64& random, IpAddress address) {
  const int bits = address.is_v6 ? 128 : 32;
  const int flipped = static_cast<int>(random() % static_cast<uint64_t>(bits));
  address.bytes[flipped / 8] =
      static_cast<uint8_t>(address.bytes[flipped / 8] ^ 0x80 >> flipped % 8);
  address.prefix = static_cast<uint8_t>(random() % static_cast<uint64_t>(bits + 1));
  return address;
}

TEST(IsInRange, AgreesWithLowestAndHighestAddressAtRandom) {
  std::mt19937_64 random(4);
  int inside = 0;
  constexpr int kRounds = 40'000;
  for (int round = 0; round < kRounds; ++round) {
    const IpAddress inner = RandomAddress(random, round % 2 == 0);
    const IpAddress outer =
        random() % 10 == 0 ? RandomAddress(random, random() % 2 == 0) : Neighbour(random, inner);
    Caller caller;
    const bool answer = caller.Bool("isInRange", {Value::Ipaddr(&inner), Value::Ipaddr(&outer)});
    ASSERT_EQ(answer, CoversAll(outer, inner))
        << value::PrintIpaddr(inner) << " in " << value::PrintIpaddr(outer);
    inside += answer ? 1 : 0;
  }
  // Neither answer is rare, or the comparison above would prove little.
  EXPECT_GT(inside, kRounds / 10);
  EXPECT_LT(inside, kRounds * 9 / 10);
}

TEST(IsLoopbackAndIsMulticast, AgreeWithTheirRangesAtRandom) {
  std::mt19937_64 random(5);
  Caller caller;
  const Value ranges[] = {caller.Build("ip", "127.0.0.0/8"), caller.Build("ip", "::1"),
                          caller.Build("ip", "224.0.0.0/4"), caller.Build("ip", "ff00::/8")};
  for (int round = 0; round < 40'000; ++round) {
    const IpAddress near = Neighbour(random, ranges[random() % 4].AsIpaddr());
    const Value address = Value::Ipaddr(&near);
    const auto covered_by = [&](int range) { return CoversAll(ranges[range].AsIpaddr(), near); };
    ASSERT_EQ(caller.Bool("isLoopback", {address}), covered_by(0) || covered_by(1))
        << value::PrintIpaddr(near);
    ASSERT_EQ(caller.Bool("isMulticast", {address}), covered_by(2) || covered_by(3))
        << value::PrintIpaddr(near);
  }
}

TEST(PrintIpaddr, ShortensTheFirstLongestRunOfZeroGroups) {
  const struct {
    std::string_view text;
    std::string_view printed;
  } kCases[] = {
      {"1:0:0:4:0:0:0:8", "1:0:0:4::8/128"},
      {"1:0:0:0:5:0:0:0", "1::5:0:0:0/128"},
      {"0:0:3:4:5:6:0:0", "::3:4:5:6:0:0/128"},
      {"1:0:3:4:5:6:0:0", "1:0:3:4:5:6::/128"},
      {"1:0:3:0:5:0:7:0", "1:0:3:0:5:0:7:0/128"},  // one group alone is written out
      {"0:2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"},
      {"0:0:3:4:5:6:7:8", "::3:4:5:6:7:8/128"},
      {"1:2:3:4:5:6:0:0", "1:2:3:4:5:6::/128"},
      {"0:0:0:0:0:ffff:102:304", "::ffff:102:304/128"},  // no `::ffff:1.2.3.4`
      {"0:0:0:0:0:0:102:304", "::102:304/128"},
      {"0001:0020:0300:4000:a:0bc:def:0", "1:20:300:4000:a:bc:def:0/128"},
  };
  Caller caller;
  for (const auto& [text, printed] : kCases) {
    EXPECT_EQ(value::PrintIpaddr(caller.Build("ip", text).AsIpaddr()), printed) << text;
  }
}

TEST(PrintIpaddr, IsReadBackAtRandom) {
  std::mt19937_64 random(6);
  for (int round = 0; round < 40'000; ++round) {
    const IpAddress address = RandomAddress(random, round % 2 == 0);
    const std::string text = value::PrintIpaddr(address);
    Caller caller;
    ASSERT_EQ(caller.Build("ip", text), Value::Ipaddr(&address)) << text;
  }
}

}  // namespace
}  // namespace thuja::func
