// SPDX-License-Identifier: Apache-2.0
// Durations of the command line.
#include "cli/grants/duration.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace thuja::cli {
namespace {

TEST(Duration, IsHoursMinutesAndSecondsInThisOrder) {
  const std::pair<const char*, int64_t> kRows[] = {
      {"90s", 90},     {"10m", 600},
      {"1h", 3600},    {"0s", 0},
      {"1h30m", 5400}, {"1h30m15s", 5415},
      {"1h15s", 3615}, {"2m30s", 150},
      {"007s", 7},     {"1000000000s", 1'000'000'000},
  };
  for (const auto& [text, seconds] : kRows) {
    const auto parsed = ParseDuration(text);
    ASSERT_TRUE(parsed.ok()) << text;
    EXPECT_EQ(*parsed, seconds) << text;
  }
}

TEST(Duration, RefusesWhatIsNoWholeNumberOfSeconds) {
  for (const char* text : {"",     " ",    "10",     "s",           "-10s",
                           "+10s", "1.5h", "1500ms", "10 s",        "10s ",
                           " 10s", "1m1h", "1s1s",   "1h30",        "10d",
                           "10S",  "1e3s", "0x10s",  "1000000001s", "99999999999999999999s"}) {
    const auto parsed = ParseDuration(text);
    EXPECT_FALSE(parsed.ok()) << text << " is " << *parsed;
  }
  EXPECT_EQ(std::string(ParseDuration("1500ms").status().message()),
            "expected a duration in whole seconds, such as 90s, 10m or 1h30m, got `1500ms`");
}

}  // namespace
}  // namespace thuja::cli
