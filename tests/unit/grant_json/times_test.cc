// SPDX-License-Identifier: Apache-2.0
// Times as texts: what is taken, what is not, and that what is written is read as what it was.
#include "server/grants/times.h"

#include <gtest/gtest.h>

#include <limits>
#include <random>
#include <string>

#include "engine/grants.h"

namespace thuja::server {
namespace {

using std::string_view_literals::operator""sv;

constexpr int64_t kSecond = 1'000'000'000;

TEST(Times, AreReadAndWritten) {
  const struct {
    std::string_view text;
    int64_t time;
  } kCases[] = {
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.000000001Z", 1},
      {"1970-01-01T00:00:01.5Z", 1'500'000'000},
      {"2000-02-29T12:30:45.123456789Z", 951'827'445'123'456'789},
      {"2026-03-02T09:05:00Z", 1'772'442'300 * kSecond},
      {"2038-01-19T03:14:08Z", 2'147'483'648 * kSecond},
      {"2096-02-29T23:59:59Z", 3'981'398'399 * kSecond},
      {"2099-12-31T23:59:59.999999999Z", grants::kLastTime - 1},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(ParseTime(test.text), test.time) << test.text;
    EXPECT_EQ(FormatTime(test.time), test.text);
  }
}

TEST(Times, ZerosBehindTheDecimalsChangeNothing) {
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01.000Z"), kSecond);
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01.50Z"), kSecond + kSecond / 2);
  EXPECT_EQ(ParseTime("1970-01-01T00:00:01.000000000Z"), kSecond);
}

TEST(Times, WhatTwoReadersCouldReadDifferentlyIsNone) {
  const std::string_view kTexts[] = {
      "",
      "Z",
      "2026-03-02",
      "2026-03-02T09:05:00",
      "2026-03-02T09:05Z",
      "2026-03-02T09:05:00z",
      "2026-03-02t09:05:00Z",
      "2026-03-02 09:05:00Z",
      "2026-03-02T09:05:00+00:00",
      "2026-03-02T09:05:00-00:00",
      "2026-03-02T09:05:00+00:00Z",
      "2026-03-02T09:05:00ZZ",
      "2026-03-02T09:05:00Z ",
      "2026-03-02T09:05:00Z\0"sv,
      "2026-03-02T09:05:00\0Z"sv,
      " 2026-03-02T09:05:00Z",
      "+2026-03-02T09:05:00Z",
      "-2026-03-02T09:05:00Z",
      "20260302T090500Z",
      "2026-3-2T9:5:0Z",
      "2026-061T09:05:00Z",
      "1772442300",
      // Decimals.
      "2026-03-02T09:05:00.Z",
      "2026-03-02T09:05:00,5Z",
      "2026-03-02T09:05:00.1234567890Z",
      "2026-03-02T09:05:00.0000000000Z",
      "2026-03-02T09:05:00.5eZ",
      "2026-03-02T09:05:00.-5Z",
      "2026-03-02T09:05:00.5.5Z",
      // No such time.
      "2026-03-02T24:00:00Z",
      "2026-03-02T23:60:00Z",
      "2016-12-31T23:59:60Z",
      "2026-00-02T09:05:00Z",
      "2026-13-02T09:05:00Z",
      "2026-03-00T09:05:00Z",
      "2026-04-31T09:05:00Z",
      "2026-02-29T09:05:00Z",
      "2100-02-29T09:05:00Z",
      // Out of range.
      "1969-12-31T23:59:59Z",
      "1969-12-31T23:59:59.999999999Z",
      "0000-01-01T00:00:00Z",
      "2100-01-01T00:00:00Z",
      "9999-12-31T23:59:59Z",
      "10000-01-01T00:00:00Z",
      // Digits of another script.
      "\xD9\xA2\xD9\xA0\xD9\xA2\xD9\xA6-03-02T09:05:00Z",
  };
  for (const std::string_view text : kTexts) EXPECT_FALSE(ParseTime(text)) << text;
}

TEST(Times, AnyTimeInRangeIsReadAsItWasWritten) {
  std::mt19937_64 random(5);
  std::uniform_int_distribution<int64_t> any(0, grants::kLastTime - 1);
  for (int i = 0; i < 20'000; ++i) {
    // Whole seconds, milliseconds and nanoseconds.
    const int64_t grain = i % 3 == 0 ? kSecond : i % 3 == 1 ? kSecond / 1000 : 1;
    const int64_t time = any(random) / grain * grain;
    EXPECT_EQ(ParseTime(FormatTime(time)), time) << FormatTime(time);
  }
}

TEST(Times, EveryNumberIsWrittenAsATime) {
  EXPECT_EQ(FormatTime(-1), "1969-12-31T23:59:59.999999999Z");
  EXPECT_EQ(FormatTime(grants::kLastTime), "2100-01-01T00:00:00Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<int64_t>::max()), "2262-04-11T23:47:16.854775807Z");
  EXPECT_EQ(FormatTime(std::numeric_limits<int64_t>::min()), "1677-09-21T00:12:43.145224192Z");
}

TEST(Times, SpansAreSeconds) {
  EXPECT_EQ(FormatSeconds(0), "0");
  EXPECT_EQ(FormatSeconds(60 * kSecond), "60");
  EXPECT_EQ(FormatSeconds(1'500'000'000), "1.5");
  EXPECT_EQ(FormatSeconds(1), "0.000000001");
}

}  // namespace
}  // namespace thuja::server
