// SPDX-License-Identifier: Apache-2.0
// Datetimes and durations: which texts are one, the calendar, arithmetic at the edge of 64 bits.
#include <gtest/gtest.h>

#include <cstdio>
#include <limits>
#include <random>

#include "engine/value/extension_text.h"
#include "tests/unit/func/call.h"

namespace thuja::func {
namespace {

using value::Value;

constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60'000;
constexpr int64_t kHour = 3'600'000;
constexpr int64_t kDay = 86'400'000;

struct Reading {
  std::string_view text;
  int64_t milliseconds;
};

TEST(Datetime, CountsMillisecondsFromTheEpoch) {
  const Reading kCases[] = {
      {"1970-01-01", 0},
      {"1970-01-02", kDay},
      {"1969-12-31", -kDay},
      {"2000-02-29", 951'782'400'000},
      {"2024-10-15", 1'728'950'400'000},
      {"0000-01-01", -62'167'219'200'000},
      {"9999-12-31", 253'402'214'400'000},
      {"1970-01-01T00:00:00Z", 0},
      {"1970-01-01T00:00:00.000Z", 0},
      {"1970-01-01T00:00:00.001Z", 1},
      {"1970-01-01T00:00:00.010Z", 10},
      {"1970-01-01T00:00:00.100Z", 100},
      {"1970-01-01T00:00:01Z", kSecond},
      {"1970-01-01T00:01:00Z", kMinute},
      {"1970-01-01T01:00:00Z", kHour},
      {"1970-01-01T23:59:59.999Z", kDay - 1},
      {"1969-12-31T23:59:59.999Z", -1},
      {"2024-10-15T11:35:00Z", 1'728'992'100'000},
      {"9999-12-31T23:59:59.999Z", 253'402'300'799'999},
      // `+` means that the local clock is ahead, so UTC is earlier.
      {"1970-01-01T00:00:00+0000", 0},
      {"1970-01-01T00:00:00-0000", 0},
      {"1970-01-01T00:00:00+0100", -kHour},
      {"1970-01-01T00:00:00-0100", kHour},
      {"1970-01-01T00:00:00.500+0001", 500 - kMinute},
      {"1970-01-01T05:30:00+0530", 0},
      {"1970-01-01T00:00:00+2359", -(23 * kHour + 59 * kMinute)},
      {"1970-01-01T00:00:00-2359", 23 * kHour + 59 * kMinute},
      {"2024-10-15T11:35:00.000+0100", 1'728'988'500'000},
      // The offset may leave the years that can be written.
      {"0000-01-01T00:00:00+2359", -62'167'219'200'000 - (23 * kHour + 59 * kMinute)},
      {"9999-12-31T23:59:59.999-2359", 253'402'300'799'999 + 23 * kHour + 59 * kMinute},
      // Leap days.
      {"1600-02-29", -11'670'998'400'000},
      {"0000-02-29", -62'162'121'600'000},
      {"2024-02-29T00:00:00Z", 1'709'164'800'000},
  };
  Caller caller;
  for (const auto& [text, milliseconds] : kCases) {
    EXPECT_EQ(caller.Build("datetime", text).AsInteger(), milliseconds) << text;
  }
}

TEST(Datetime, RefusesOtherTexts) {
  const std::string_view kTexts[] = {
      "",
      "2024",
      "2024-10",
      "2024-10-",
      "2024-10-1",
      "2024-1-15",
      "24-10-15",
      "02024-10-15",
      "12024-10-15",
      "+2024-10-15",
      "-2024-10-15",
      "20241015",
      "2024/10/15",
      "2024-10/15",
      "2024-10-155",
      " 2024-10-15",
      "2024-10-15 ",
      "2024-10-15\n",
      "2024-10-15Z",
      "2024-1O-15",
      "202x-10-15",
      "\xD9\xA2"
      "024-10-15",
      // Days that do not exist.
      "2024-00-15",
      "2024-13-15",
      "2024-10-00",
      "2024-10-32",
      "2024-04-31",
      "2024-02-30",
      "2023-02-29",
      "1900-02-29",
      "2100-02-29",
      "2024-99-99",
      "2023-02-29T00:00:00Z",
      // Times that do not exist, or are cut short.
      "2024-10-15T",
      "2024-10-15TZ",
      "2024-10-15T1Z",
      "2024-10-15T11",
      "2024-10-15T11Z",
      "2024-10-15T11:35",
      "2024-10-15T11:35Z",
      "2024-10-15T11:35:",
      "2024-10-15T11:35:0Z",
      "2024-10-15T1:35:00Z",
      "2024-10-15T11:35:000Z",
      "2024-10-15T113500Z",
      "2024-10-15T11-35-00Z",
      "2024-10-15T24:00:00Z",
      "2024-10-15T25:00:00Z",
      "2024-10-15T11:60:00Z",
      "2024-10-15T11:35:60Z",
      "2016-12-31T23:59:60Z",
      "2024-10-15T-1:35:00Z",
      "2024-10-15t11:35:00Z",
      "2024-10-15 11:35:00Z",
      // Three digits of milliseconds.
      "2024-10-15T11:35:00.Z",
      "2024-10-15T11:35:00.0Z",
      "2024-10-15T11:35:00.00Z",
      "2024-10-15T11:35:00.0000Z",
      "2024-10-15T11:35:00.000000Z",
      "2024-10-15T11:35:00,000Z",
      "2024-10-15T11:35:00:000Z",
      "2024-10-15T11:35:00.00aZ",
      // A zone is a must, has four digits and no colon.
      "2024-10-15T11:35:00",
      "2024-10-15T11:35:00.000",
      "2024-10-15T11:35:00z",
      "2024-10-15T11:35:00UTC",
      "2024-10-15T11:35:00ZZ",
      "2024-10-15T11:35:00Z ",
      "2024-10-15T11:35:00 Z",
      "2024-10-15T11:35:00Z+0000",
      "2024-10-15T11:35:00+",
      "2024-10-15T11:35:00+01",
      "2024-10-15T11:35:00+010",
      "2024-10-15T11:35:00+01000",
      "2024-10-15T11:35:00+01:00",
      "2024-10-15T11:35:00+-100",
      "2024-10-15T11:35:00-+100",
      "2024-10-15T11:35:000100",
      "2024-10-15T11:35:00+2400",
      "2024-10-15T11:35:00-2400",
      "2024-10-15T11:35:00+0060",
      "2024-10-15T11:35:00+2360",
      "2024-10-15T11:35:00+9999",
      "2024-10-15T11:35:00.000+01:00",
      // What other notations allow.
      "2024-W42-2",
      "2024-289",
      "1728991800",
      "now",
  };
  Caller caller;
  for (const std::string_view text : kTexts) {
    EXPECT_FALSE(caller.Make("datetime", text)) << "`" << text << "`";
  }
  EXPECT_FALSE(caller.Make("datetime", std::string_view("2024-10-15\0", 11)));
}

TEST(Datetime, SaysWhyItRefuses) {
  Caller caller;
  EXPECT_EQ(caller.Call("datetime", {Value::String("x")}).failure,
            "`datetime` was given a text that is not a date or time");
}

int LastDay(int year, int month) {
  switch (month) {
    case 4:
    case 6:
    case 9:
    case 11: return 30;
    case 2:
      if (year % 400 == 0) return 29;
      if (year % 100 == 0) return 28;
      return year % 4 == 0 ? 29 : 28;
    default: return 31;
  }
}

std::string DateText(int year, int month, int day) {
  char text[40];
  std::snprintf(text, sizeof text, "%04d-%02d-%02d", year, month, day);
  return text;
}

// Counts the days one after the other from the first that can be written.
TEST(Datetime, KnowsEveryDayOfTheCalendarAndNoOther) {
  Caller caller;
  const int64_t first = caller.Build("datetime", "0000-01-01").AsInteger();
  int64_t day_number = 0;
  int64_t unix_epoch = -1;
  for (int year = 0; year <= 9999; ++year) {
    for (int month = 1; month <= 12; ++month) {
      for (int day = 1; day <= LastDay(year, month); ++day) {
        if (year == 1970 && month == 1 && day == 1) unix_epoch = first + day_number * kDay;
        const std::string text = DateText(year, month, day);
        const auto datetime = caller.Make("datetime", text);
        ASSERT_TRUE(datetime) << text;
        ASSERT_EQ(datetime->AsInteger(), first + day_number * kDay) << text;
        ++day_number;
      }
      const std::string too_late = DateText(year, month, LastDay(year, month) + 1);
      ASSERT_FALSE(caller.Make("datetime", too_late)) << too_late;
    }
  }
  EXPECT_EQ(unix_epoch, 0);
  EXPECT_EQ(day_number, 3'652'425);  // 25 times the 146,097 days of 400 years
}

TEST(Datetime, KnowsEverySecondOfTheDay) {
  Caller caller;
  for (int second = 0; second < 86'400; ++second) {
    char text[64];
    std::snprintf(text, sizeof text, "1970-01-01T%02d:%02d:%02d.%03dZ", second / 3600,
                  second / 60 % 60, second % 60, second % 1000);
    ASSERT_EQ(caller.Build("datetime", text).AsInteger(), second * kSecond + second % 1000) << text;
  }
}

TEST(Datetime, KnowsEveryOffset) {
  Caller caller;
  for (int minutes = 0; minutes < 24 * 60; ++minutes) {
    char text[64];
    std::snprintf(text, sizeof text, "1970-01-01T00:00:00+%02d%02d", minutes / 60, minutes % 60);
    ASSERT_EQ(caller.Build("datetime", text).AsInteger(), -minutes * kMinute) << text;
    text[19] = '-';
    ASSERT_EQ(caller.Build("datetime", text).AsInteger(), minutes * kMinute) << text;
  }
}

TEST(Datetime, IsEqualWhenTheMomentIs) {
  Caller caller;
  const Value utc = caller.Build("datetime", "2024-10-15T10:35:00Z");
  EXPECT_EQ(utc, caller.Build("datetime", "2024-10-15T11:35:00.000+0100"));
  EXPECT_FALSE(utc == caller.Build("datetime", "2024-10-15T10:35:00.001Z"));
}

TEST(Offset, AddsToTheDatetimeUnlessItLeavesTheRange) {
  const struct {
    int64_t datetime;
    int64_t duration;
    std::optional<int64_t> sum;
  } kCases[] = {
      {0, 0, 0},
      {10, 5, 15},
      {10, -15, -5},
      {kLargest, 0, kLargest},
      {kLargest, 1, std::nullopt},
      {kLargest - 1, 1, kLargest},
      {kLargest, kLargest, std::nullopt},
      {kLargest, kLowest, -1},
      {kLowest, 0, kLowest},
      {kLowest, -1, std::nullopt},
      {kLowest + 1, -1, kLowest},
      {kLowest, kLowest, std::nullopt},
      {kLowest, kLargest, -1},
  };
  Caller caller;
  for (const auto& [datetime, duration, sum] : kCases) {
    const CallResult result =
        caller.Call("offset", {Value::Datetime(datetime), Value::Duration(duration)});
    ASSERT_EQ(result.value.has_value(), sum.has_value()) << datetime << " + " << duration;
    if (sum) {
      EXPECT_EQ(*result.value, Value::Datetime(*sum));
    } else {
      EXPECT_EQ(result.failure, "`offset` leaves the range of datetimes");
    }
  }
}

TEST(DurationSince, SubtractsUnlessItLeavesTheRange) {
  const struct {
    int64_t later;
    int64_t earlier;
    std::optional<int64_t> difference;
  } kCases[] = {
      {0, 0, 0},
      {10, 5, 5},
      {5, 10, -5},
      {-5, -10, 5},
      {kLargest, 0, kLargest},
      {kLargest, -1, std::nullopt},
      {kLargest, kLargest, 0},
      {kLargest, kLowest, std::nullopt},
      {0, kLowest, std::nullopt},
      {-1, kLowest, kLargest},
      {kLowest, 0, kLowest},
      {kLowest, 1, std::nullopt},
      {kLowest, kLowest, 0},
  };
  Caller caller;
  for (const auto& [later, earlier, difference] : kCases) {
    const CallResult result =
        caller.Call("durationSince", {Value::Datetime(later), Value::Datetime(earlier)});
    ASSERT_EQ(result.value.has_value(), difference.has_value()) << later << " - " << earlier;
    if (difference) {
      EXPECT_EQ(*result.value, Value::Duration(*difference));
    } else {
      EXPECT_EQ(result.failure, "`durationSince` leaves the range of durations");
    }
  }
}

TEST(ToDateAndToTime, SplitAtTheMidnightBeforeEvenBeforeTheEpoch) {
  const struct {
    std::string_view datetime;
    std::string_view date;
    int64_t time;
  } kCases[] = {
      {"1970-01-01", "1970-01-01", 0},
      {"1970-01-01T00:00:00.001Z", "1970-01-01", 1},
      {"1970-01-01T23:59:59.999Z", "1970-01-01", kDay - 1},
      {"1970-01-02T00:00:00Z", "1970-01-02", 0},
      {"1969-12-31T23:59:59.999Z", "1969-12-31", kDay - 1},
      {"1969-12-31T00:00:00.001Z", "1969-12-31", 1},
      {"1969-12-31T00:00:00Z", "1969-12-31", 0},
      {"1969-12-30T23:59:59.999Z", "1969-12-30", kDay - 1},
      {"0000-01-01T12:00:00Z", "0000-01-01", 12 * kHour},
      {"2024-10-15T00:30:00+0100", "2024-10-14", 23 * kHour + 30 * kMinute},
  };
  Caller caller;
  for (const auto& [text, date, time] : kCases) {
    const Value datetime = caller.Build("datetime", text);
    EXPECT_EQ(caller.Get("toDate", {datetime}), caller.Build("datetime", date)) << text;
    EXPECT_EQ(caller.Get("toTime", {datetime}), Value::Duration(time)) << text;
  }
}

TEST(ToDate, FailsWhereTheMidnightBeforeIsOutOfRange) {
  Caller caller;
  constexpr int64_t kFirstMidnight = kLowest / kDay * kDay;  // toward zero, so it is in range
  EXPECT_EQ(caller.Get("toDate", {Value::Datetime(kFirstMidnight)}),
            Value::Datetime(kFirstMidnight));
  for (const int64_t epoch : {kFirstMidnight - 1, kLowest + 1, kLowest}) {
    EXPECT_EQ(caller.Call("toDate", {Value::Datetime(epoch)}).failure,
              "`toDate` leaves the range of datetimes");
    // The time of day is still there.
    EXPECT_EQ(caller.Integer("toTime", {Value::Datetime(epoch)}), epoch - kFirstMidnight + kDay);
  }
  EXPECT_EQ(caller.Get("toDate", {Value::Datetime(kLargest)}),
            Value::Datetime(kLargest / kDay * kDay));
}

// Half of them near midnights around the epoch.
int64_t RandomMilliseconds(std::mt19937_64& random) {
  const auto bits = static_cast<int64_t>(random());
  if (random() % 2 == 0) return bits;
  return bits % 1000 * kDay + static_cast<int64_t>(random() % 5) - 2;
}

// The definition of floor: the one multiple of a day in (epoch - day, epoch].
TEST(ToDateAndToTime, AreFloorAndItsRemainderAtRandom) {
  std::mt19937_64 random(8);
  for (int round = 0; round < 40'000; ++round) {
    const int64_t epoch = RandomMilliseconds(random);
    if (epoch < kLowest + kDay) continue;
    Caller caller;
    const int64_t date = caller.Integer("toDate", {Value::Datetime(epoch)});
    const int64_t time = caller.Integer("toTime", {Value::Datetime(epoch)});
    ASSERT_EQ(date % kDay, 0) << epoch;
    ASSERT_LE(date, epoch);
    ASSERT_GT(date, epoch - kDay) << epoch;
    ASSERT_EQ(date + time, epoch);
  }
}

TEST(Duration, SumsItsParts) {
  const Reading kCases[] = {
      {"0ms", 0},
      {"-0ms", 0},
      {"1ms", 1},
      {"1s", kSecond},
      {"1m", kMinute},
      {"1h", kHour},
      {"1d", kDay},
      {"-1ms", -1},
      {"-1d", -kDay},
      {"1d2h3m4s5ms", kDay + 2 * kHour + 3 * kMinute + 4 * kSecond + 5},
      {"-1d2h3m4s5ms", -(kDay + 2 * kHour + 3 * kMinute + 4 * kSecond + 5)},
      {"1d5ms", kDay + 5},
      {"1h1s", kHour + kSecond},
      {"3m5ms", 3 * kMinute + 5},
      {"3m4s", 3 * kMinute + 4 * kSecond},
      {"0d0h0m0s0ms", 0},
      // Parts need not be in the range a clock shows; zeros may lead.
      {"90m", 90 * kMinute},
      {"48h", 2 * kDay},
      {"1d100h", kDay + 100 * kHour},
      {"007s", 7 * kSecond},
      {"00000000000000000000000000000000000000001ms", 1},
      // The ends of 64 bits, in one part and in several.
      {"9223372036854775807ms", kLargest},
      {"-9223372036854775807ms", -kLargest},
      {"-9223372036854775808ms", kLowest},
      {"9223372036854775s807ms", kLargest},
      {"-9223372036854775s808ms", kLowest},
      {"106751991167d7h12m55s807ms", kLargest},
      {"-106751991167d7h12m55s808ms", kLowest},
  };
  Caller caller;
  for (const auto& [text, milliseconds] : kCases) {
    EXPECT_EQ(caller.Build("duration", text).AsInteger(), milliseconds) << text;
  }
}

TEST(Duration, RefusesOtherTexts) {
  const std::string_view kTexts[] = {
      "",
      "-",
      "+1d",
      "--1d",
      "- 1d",
      "1",
      "d",
      "-d",
      "ms",
      "1x",
      "1w",
      "1y",
      "1us",
      "1D",
      "1H",
      "1MS",
      "1mS",
      "1d-2h",
      "1d 2h",
      " 1d",
      "1d ",
      "1d\n",
      "1.5h",
      "1,5h",
      "0x1d",
      "1e3s",
      "1d2",
      "1dh",
      "1day",
      "1min",
      "PT1H",
      // Parts in the wrong order, or twice.
      "2h1d",
      "1ms1s",
      "1s1m",
      "1m1h",
      "1ms1m",
      "1d1d",
      "1h1h",
      "1m1m",
      "1s1s",
      "1ms1ms",
      // Digits, but not ASCII ones.
      "\xD9\xA1"
      "d",
      // A part, or the sum of the parts, is out of range.
      "9223372036854775808ms",
      "-9223372036854775809ms",
      "9223372036854775s808ms",
      "-9223372036854775s809ms",
      "9223372036854776s",
      "-9223372036854776s",
      "153722867280913m",
      "2562047788016h",
      "106751991168d",
      "-106751991168d",
      "106751991167d7h12m55s808ms",
      "-106751991167d7h12m55s809ms",
      "18446744073709551615ms",
      "18446744073709551616ms",
      "18446744073709551617ms",
      "213503982334d14h25m51s616ms",  // 2 to the 64: would wrap around to 0
      "1d99999999999999999999999999999999ms",
  };
  Caller caller;
  for (const std::string_view text : kTexts) {
    EXPECT_FALSE(caller.Make("duration", text)) << "`" << text << "`";
  }
  EXPECT_FALSE(caller.Make("duration", std::string_view("1d\0", 3)));
}

TEST(Duration, SaysWhyItRefuses) {
  Caller caller;
  EXPECT_EQ(caller.Call("duration", {Value::String("x")}).failure,
            "`duration` was given a text that is not a duration");
}

TEST(Duration, IsEqualWhenTheLengthIs) {
  Caller caller;
  EXPECT_EQ(caller.Build("duration", "1d"), caller.Build("duration", "24h"));
  EXPECT_EQ(caller.Build("duration", "-0d"), caller.Build("duration", "0ms"));
  EXPECT_FALSE(caller.Build("duration", "1m") == caller.Build("duration", "1ms"));
}

TEST(Duration, IsGivenInWholeUnitsTowardZero) {
  const struct {
    std::string_view duration;
    int64_t milliseconds, seconds, minutes, hours, days;
  } kCases[] = {
      {"0ms", 0, 0, 0, 0, 0},
      {"999ms", 999, 0, 0, 0, 0},
      {"-999ms", -999, 0, 0, 0, 0},
      {"1000ms", 1000, 1, 0, 0, 0},
      {"-1000ms", -1000, -1, 0, 0, 0},
      {"-1001ms", -1001, -1, 0, 0, 0},
      {"59s999ms", 59'999, 59, 0, 0, 0},
      {"-1m", -60'000, -60, -1, 0, 0},
      {"-1m59s", -119'000, -119, -1, 0, 0},
      {"1d23h59m59s999ms", 172'799'999, 172'799, 2'879, 47, 1},
      {"-1d23h59m59s999ms", -172'799'999, -172'799, -2'879, -47, -1},
      {"2d", 172'800'000, 172'800, 2'880, 48, 2},
      {"9223372036854775807ms", kLargest, 9'223'372'036'854'775, 153'722'867'280'912,
       2'562'047'788'015, 106'751'991'167},
      {"-9223372036854775808ms", kLowest, -9'223'372'036'854'775, -153'722'867'280'912,
       -2'562'047'788'015, -106'751'991'167},
  };
  Caller caller;
  for (const auto& row : kCases) {
    SCOPED_TRACE(std::string(row.duration));
    const Value duration = caller.Build("duration", row.duration);
    EXPECT_EQ(caller.Get("toMilliseconds", {duration}), Value::Long(row.milliseconds));
    EXPECT_EQ(caller.Get("toSeconds", {duration}), Value::Long(row.seconds));
    EXPECT_EQ(caller.Get("toMinutes", {duration}), Value::Long(row.minutes));
    EXPECT_EQ(caller.Get("toHours", {duration}), Value::Long(row.hours));
    EXPECT_EQ(caller.Get("toDays", {duration}), Value::Long(row.days));
  }
}

TEST(PrintDuration, IsInMillisecondsAndReadBack) {
  EXPECT_EQ(value::PrintDuration(0), "0ms");
  EXPECT_EQ(value::PrintDuration(-kDay), "-86400000ms");
  EXPECT_EQ(value::PrintDuration(kLowest), "-9223372036854775808ms");
  EXPECT_EQ(value::PrintDuration(kLargest), "9223372036854775807ms");
  std::mt19937_64 random(9);
  for (int round = 0; round < 20'000; ++round) {
    const int64_t milliseconds = RandomMilliseconds(random);
    Caller caller;
    ASSERT_EQ(caller.Build("duration", value::PrintDuration(milliseconds)),
              Value::Duration(milliseconds));
  }
}

}  // namespace
}  // namespace thuja::func
