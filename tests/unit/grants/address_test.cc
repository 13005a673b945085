// SPDX-License-Identifier: Apache-2.0
// Addresses in texts: the same grammar as `ip` of policies, what is inside what, how they are
// written.
#include "engine/grants/address.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "engine/value/extension_text.h"
#include "tests/unit/func/call.h"

namespace thuja::grants {
namespace {

using value::IpAddress;
using value::Value;

IpAddress Address(std::string_view text) {
  const auto address = ParseAddress(text);
  EXPECT_TRUE(address) << text;
  return address.value_or(IpAddress{});
}

TEST(ParseAddress, KeepsEveryBitAndThePrefix) {
  const struct {
    std::string_view text;
    std::string_view printed;
  } kCases[] = {
      {"0.0.0.0", "0.0.0.0/32"},
      {"10.20.30.40/9", "10.20.30.40/9"},
      {"255.255.255.255/0", "255.255.255.255/0"},
      {"::", "::/128"},
      {"::1/0", "::1/0"},
      {"1::", "1::/128"},
      {"::2:3:4:5:6:7:8", "0:2:3:4:5:6:7:8/128"},
      {"1:2:3:4:5:6:7::", "1:2:3:4:5:6:7:0/128"},
      {"1:2:3::6:7:8", "1:2:3::6:7:8/128"},
      {"ABCD:0ef0:2345:6789:abcd:ef01:2345:6789/128", "abcd:ef0:2345:6789:abcd:ef01:2345:6789/128"},
      {"::ffff:102:304", "::ffff:102:304/128"},
  };
  for (const auto& [text, printed] : kCases) {
    EXPECT_EQ(value::PrintIpaddr(Address(text)), printed) << text;
  }
}

TEST(ParseAddress, RefusesWhatIsNoAddress) {
  const std::string_view kTexts[] = {
      "",
      ".",
      ":",
      "/",
      "/8",
      "localhost",
      "1",
      "127.1",
      "1.2.3",
      "1.2.3.4.5",
      "1..3.4",
      "1.2.3.256",
      "01.2.3.4",
      "0x7f.0.0.1",
      "2130706433",
      "1.2.3.-4",
      "1.2.3.+4",
      " 1.2.3.4",
      "1.2.3.4 ",
      "1.2.3.4\n",
      "1.2.3.4/",
      "1.2.3.4/33",
      "1.2.3.4/08",
      "1.2.3.4/8/8",
      "1.2.3.4/+8",
      "1.2.3.4:80",
      "::1/129",
      "::1/",
      ":1",
      "1:",
      ":::",
      ":::1",
      "1:::",
      "1:::2",
      "::1::",
      "1::2::3",
      ":1::",
      "::1:",
      "12345::",
      "::00001",
      "::g",
      "::0x1",
      "1:2:3:4:5:6:7",
      "1:2:3:4:5:6:7:8:9",
      "1:2:3:4:5:6:7:8::",
      "::1:2:3:4:5:6:7:8",
      "::ffff:1.2.3.4",
      "fe80::1%eth0",
      "[::1]",
      "\xD9\xA1.2.3.4",
  };
  for (const std::string_view text : kTexts) EXPECT_FALSE(ParseAddress(text)) << text;
  EXPECT_FALSE(ParseAddress(std::string_view("1.2.3.4\0", 8)));
  EXPECT_FALSE(ParseAddress(std::string(1'000'000, ':')));
  EXPECT_FALSE(ParseAddress(std::string(1'000'000, '1')));
}

// A policy and a grant must never differ about a text.
TEST(ParseAddress, AgreesWithIpOfPoliciesAtRandom) {
  std::mt19937_64 random(1);
  // Pieces of addresses, put together without any sense for them.
  const std::string_view kPieces[] = {
      "1", "0", "25", "255", "256", "f",  "ff00", "::", "::",   ":",   ":",    ":",
      ".", ".", "/",  "8",   "32",  "64", "x",    " ",  "1.2.", "3.4", "1:2:", "3:4:5"};
  int taken = 0;
  int refused = 0;
  func::Caller caller;
  for (int round = 0; round < 100'000; ++round) {
    std::string text;
    for (uint64_t pieces = random() % 8; pieces > 0; --pieces) {
      text += kPieces[random() % std::size(kPieces)];
    }
    const auto ours = ParseAddress(text);
    const auto theirs = caller.Make("ip", text);
    ASSERT_EQ(ours.has_value(), theirs.has_value()) << text;
    ++(ours ? taken : refused);
    if (!ours) continue;
    ASSERT_EQ(Value::Ipaddr(&*ours), *theirs) << text;
  }
  EXPECT_GT(taken, 2'000);
  EXPECT_GT(refused, 2'000);
}

IpAddress RandomAddress(std::mt19937_64& random) {
  IpAddress address{};
  address.is_v6 = random() % 2 == 0;
  const int bytes = address.is_v6 ? 16 : 4;
  for (int i = 0; i < bytes; ++i) {
    address.bytes[i] = random() % 2 == 0 ? 0 : static_cast<uint8_t>(random());
  }
  address.prefix = static_cast<uint8_t>(random() % (address.is_v6 ? 129 : 33));
  return address;
}

TEST(IsInside, AgreesWithIsInRangeOfPoliciesAtRandom) {
  std::mt19937_64 random(2);
  int inside = 0;
  constexpr int kRounds = 40'000;
  func::Caller caller;
  for (int round = 0; round < kRounds; ++round) {
    const IpAddress outer = RandomAddress(random);
    IpAddress inner = outer;
    const unsigned bits = outer.is_v6 ? 128 : 32;
    const auto flipped = static_cast<unsigned>(random() % bits);
    inner.bytes[flipped / 8] =
        static_cast<uint8_t>(inner.bytes[flipped / 8] ^ 0x80u >> flipped % 8);
    inner.prefix = static_cast<uint8_t>(random() % (bits + 1));
    const bool answer = IsInside(inner, outer);
    ASSERT_EQ(answer, caller.Bool("isInRange", {Value::Ipaddr(&inner), Value::Ipaddr(&outer)}))
        << value::PrintIpaddr(inner) << " in " << value::PrintIpaddr(outer);
    inside += answer ? 1 : 0;
  }
  EXPECT_GT(inside, kRounds / 10);
  EXPECT_LT(inside, kRounds * 9 / 10);
}

TEST(TouchesMapped, HoldsForRangesWithAnyMappedAddress) {
  const struct {
    std::string_view range;
    bool touches;
  } kCases[] = {
      {"::ffff:102:304", true},  {"::ffff:0:0/96", true},
      {"::ffff:0:0/97", true},   {"::fffe:0:0/95", true},
      {"::/64", true},           {"::/0", true},
      {"::1/1", true},           {"8000::/1", false},
      {"::fffe:102:304", false}, {"::1:ffff:102:304", false},
      {"::102:304", false},      {"::/81", false},
      {"0.0.0.0/0", false},      {"255.255.0.0/16", false},
  };
  for (const auto& [range, touches] : kCases) {
    EXPECT_EQ(TouchesMapped(Address(range)), touches) << range;
  }
}

TEST(WriteAddress, WritesWhatIsPrintedWithoutThePrefixAtRandom) {
  std::mt19937_64 random(3);
  for (int round = 0; round < 40'000; ++round) {
    IpAddress address = RandomAddress(random);
    if (!address.is_v6) continue;
    address.prefix = 128;
    // Runs of zero groups of every length and place.
    const uint64_t zeros = random();
    for (int group = 0; group < 8; ++group) {
      if ((zeros >> group & 1) != 0) address.bytes[2 * group] = address.bytes[2 * group + 1] = 0;
    }
    std::array<char, kLongestAddress> buffer;
    const std::string written(WriteAddress(address, buffer));
    ASSERT_EQ(written + "/128", value::PrintIpaddr(address));
  }
}

TEST(WriteAddress, HasRoomForTheLongest) {
  std::array<char, kLongestAddress> buffer;
  EXPECT_EQ(WriteAddress(Address("ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff"), buffer),
            "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff");
}

}  // namespace
}  // namespace thuja::grants
