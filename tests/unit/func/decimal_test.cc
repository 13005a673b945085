// SPDX-License-Identifier: Apache-2.0
// Decimal numbers: which texts are one, what they are worth, and their order.
#include <gtest/gtest.h>

#include <algorithm>
#include <array>
#include <limits>
#include <random>

#include "engine/value/extension_text.h"
#include "tests/unit/func/call.h"

namespace thuja::func {
namespace {

using value::Value;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();

TEST(Decimal, IsWorthWhatItsTextSays) {
  const struct {
    std::string_view text;
    int64_t scaled;
  } kCases[] = {
      {"0.0", 0},
      {"1.0", 10'000},
      {"1.00", 10'000},
      {"1.0000", 10'000},
      {"1.5", 15'000},
      {"1.05", 10'500},
      {"1.005", 10'050},
      {"1.0005", 10'005},
      {"12.3456", 123'456},
      {"0.0001", 1},
      {"-0.0001", -1},
      {"-1.5", -15'000},
      {"-12.3456", -123'456},
      // The whole part has no sign of its own.
      {"-0.5", -5'000},
      {"-0.0", 0},
      {"-00.50", -5'000},
      // Leading zeros are fine, however many.
      {"01.0", 10'000},
      {"-007.7", -77'000},
      {"0000000000000000000000000000000000000000000001.0", 10'000},
      // The two ends of 64 bits.
      {"922337203685477.5807", kLargest},
      {"922337203685477.5806", kLargest - 1},
      {"-922337203685477.5808", kLowest},
      {"-922337203685477.5807", kLowest + 1},
      {"-922337203685477.58", -9'223'372'036'854'775'800},
  };
  Caller caller;
  for (const auto& [text, scaled] : kCases) {
    EXPECT_EQ(caller.Build("decimal", text).AsInteger(), scaled) << text;
  }
}

TEST(Decimal, RefusesOtherTexts) {
  const std::string_view kTexts[] = {
      "",
      "-",
      ".",
      "-.",
      "1",
      "-1",
      "1.",
      ".1",
      "-.5",
      "1.-5",
      "--1.0",
      "+1.0",
      "- 1.0",
      " 1.0",
      "1.0 ",
      "1.0\n",
      "1 .0",
      "1. 0",
      "1,0",
      "1.0.0",
      "1..0",
      "1.0e1",
      "1e1",
      "0x1.0",
      "1_000.0",
      "abc",
      "1.a",
      "a.1",
      "NaN",
      "1.0f",
      // A fifth digit is one too many, zero or not.
      "1.23456",
      "1.00000",
      // Digits, but not ASCII ones.
      "\xD9\xA1.0",
      "1.\xEF\xBC\x91",
      // Just outside 64 bits, and far outside.
      "922337203685477.5808",
      "-922337203685477.5809",
      "922337203685478.0",
      "-922337203685478.0",
      "922337203685477.581",
      "9223372036854775807.0",
      "1844674407370955.1616",
      "18446744073709551616.0",
      "18446744073709551617.0",
      "100000000000000000000000000000000000000.0",
  };
  Caller caller;
  for (const std::string_view text : kTexts) {
    EXPECT_FALSE(caller.Make("decimal", text)) << "`" << text << "`";
  }
  EXPECT_FALSE(caller.Make("decimal", std::string_view("1.0\0", 4)));
}

TEST(Decimal, SaysWhyItRefuses) {
  Caller caller;
  EXPECT_EQ(caller.Call("decimal", {Value::String("x")}).failure,
            "`decimal` was given a text that is not a decimal number");
}

TEST(Decimal, IsEqualWhenTheNumberIs) {
  Caller caller;
  EXPECT_EQ(caller.Build("decimal", "1.0"), caller.Build("decimal", "01.00"));
  EXPECT_EQ(caller.Build("decimal", "0.0"), caller.Build("decimal", "-0.0"));
  EXPECT_FALSE(caller.Build("decimal", "0.5") == caller.Build("decimal", "-0.5"));
}

// What the four methods say of one pair, in the order < <= > >=.
std::array<bool, 4> Order(Caller& caller, const Value& a, const Value& b) {
  return {caller.Bool("lessThan", {a, b}), caller.Bool("lessThanOrEqual", {a, b}),
          caller.Bool("greaterThan", {a, b}), caller.Bool("greaterThanOrEqual", {a, b})};
}

constexpr std::array<bool, 4> kLess = {true, true, false, false};
constexpr std::array<bool, 4> kEqual = {false, true, false, true};
constexpr std::array<bool, 4> kGreater = {false, false, true, true};

TEST(Decimal, IsOrderedAsNumbersAre) {
  const struct {
    std::string_view left;
    std::string_view right;
    std::array<bool, 4> order;
  } kCases[] = {
      {"1.0", "2.0", kLess},
      {"2.0", "1.0", kGreater},
      {"1.5", "1.50", kEqual},
      {"9.0", "10.0", kLess},
      {"-0.5", "0.5", kLess},
      {"-0.5", "0.0", kLess},
      {"-0.5", "-0.6", kGreater},
      {"-1.0", "-0.9999", kLess},
      {"-922337203685477.5808", "922337203685477.5807", kLess},
      {"922337203685477.5807", "-922337203685477.5808", kGreater},
      {"-922337203685477.5808", "-922337203685477.5808", kEqual},
  };
  Caller caller;
  for (const auto& [left, right, order] : kCases) {
    EXPECT_EQ(Order(caller, caller.Build("decimal", left), caller.Build("decimal", right)), order)
        << left << " and " << right;
  }
}

// Half of them small, so that equal and nearly equal pairs come up.
int64_t RandomScaled(std::mt19937_64& random) {
  const auto bits = static_cast<int64_t>(random());
  return random() % 2 == 0 ? bits : bits % 30'000;
}

// The digits of the scaled number with a point put in; nothing is divided here.
std::string TextOf(int64_t scaled) {
  std::string digits = std::to_string(scaled);
  const bool negative = digits[0] == '-';
  if (negative) digits.erase(0, 1);
  if (digits.size() < 5) digits.insert(0, 5 - digits.size(), '0');
  digits.insert(digits.size() - 4, ".");
  return (negative ? "-" : "") + digits;
}

TEST(Decimal, AgreesWithScaledIntegersAtRandom) {
  std::mt19937_64 random(20240601);
  for (int round = 0; round < 20'000; ++round) {
    const int64_t left = RandomScaled(random);
    const int64_t right = random() % 8 == 0 ? left : RandomScaled(random);
    const std::string left_text = TextOf(left);
    const std::string right_text = TextOf(right);
    Caller caller;
    const Value a = caller.Build("decimal", left_text);
    const Value b = caller.Build("decimal", right_text);
    ASSERT_EQ(a.AsInteger(), left) << left_text;
    ASSERT_EQ(Order(caller, a, b), left < right    ? kLess
                                   : left == right ? kEqual
                                                   : kGreater)
        << left_text << " and " << right_text;
  }
}

TEST(PrintDecimal, HasFourDigitsAfterThePointAndTheSign) {
  const struct {
    int64_t scaled;
    std::string_view text;
  } kCases[] = {
      {0, "0.0000"},
      {1, "0.0001"},
      {-1, "-0.0001"},
      {15'000, "1.5000"},
      {-5'000, "-0.5000"},
      {-9'999, "-0.9999"},
      {-10'000, "-1.0000"},
      {-10'001, "-1.0001"},
      {100'200, "10.0200"},
      {kLargest, "922337203685477.5807"},
      {kLowest, "-922337203685477.5808"},
  };
  for (const auto& [scaled, text] : kCases) EXPECT_EQ(value::PrintDecimal(scaled), text);
}

TEST(PrintDecimal, IsReadBackAtRandom) {
  std::mt19937_64 random(7);
  for (int round = 0; round < 20'000; ++round) {
    const int64_t scaled = RandomScaled(random);
    const std::string text = value::PrintDecimal(scaled);
    Caller caller;
    ASSERT_EQ(text, TextOf(scaled));
    ASSERT_EQ(caller.Build("decimal", text).AsInteger(), scaled) << text;
  }
}

}  // namespace
}  // namespace thuja::func
