// SPDX-License-Identifier: Apache-2.0
// The calendar, and the one form of a time that is taken.
//
// RFC 3339 has many texts for one time, and readers differ about the rare ones (`t` for `T`,
// `24:00`,
// `:60`, `-00:00`). A limit that two programs read differently is none, so only the common one is
// taken, which is the one that is written.
//
// Tested by tests/unit/grant_json/times_test.cc.
#include "server/grants/times.h"

#include <absl/strings/str_format.h>

#include <chrono>

namespace thuja::server {
namespace {

namespace chrono = std::chrono;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kSecondsOfDay = 86'400;
constexpr size_t kMostDecimals = 9;
constexpr std::string_view kForm = "dddd-dd-ddTdd:dd:dd";  // `d` stands for a digit

// What is left is never negative, whatever the sign.
struct Division {
  int64_t whole;
  int64_t rest;
};

Division DivideDown(int64_t number, int64_t by) {
  const int64_t rest = number % by;
  return rest < 0 ? Division{number / by - 1, rest + by} : Division{number / by, rest};
}

// `.5` of half a second, and nothing of none.
std::string Decimals(int64_t nanoseconds) {
  if (nanoseconds == 0) return "";
  std::string text = absl::StrFormat(".%09d", nanoseconds);
  text.erase(text.find_last_not_of('0') + 1);
  return text;
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool HasForm(std::string_view text) {
  if (text.size() != kForm.size()) return false;
  for (size_t i = 0; i < kForm.size(); ++i) {
    if (kForm[i] == 'd' ? !IsDigit(text[i]) : text[i] != kForm[i]) return false;
  }
  return true;
}

// REQUIRES: digits, and few enough of them.
int ReadDigits(std::string_view digits) {
  int number = 0;
  for (const char digit : digits) number = number * 10 + (digit - '0');
  return number;
}

// `.25` in nanoseconds; an empty text is none.
std::optional<int64_t> ReadDecimals(std::string_view text) {
  if (text.empty()) return 0;
  if (text.size() < 2 || text.size() > kMostDecimals + 1 || text[0] != '.') return std::nullopt;
  int64_t nanoseconds = 0;
  for (size_t i = 1; i <= kMostDecimals; ++i) {
    const char digit = i < text.size() ? text[i] : '0';
    if (!IsDigit(digit)) return std::nullopt;
    nanoseconds = nanoseconds * 10 + (digit - '0');
  }
  return nanoseconds;
}

}  // namespace

std::string FormatTime(int64_t nanoseconds) {
  const Division seconds = DivideDown(nanoseconds, kSecond);
  const Division days = DivideDown(seconds.whole, kSecondsOfDay);
  const chrono::year_month_day date(
      chrono::sys_days(chrono::days(static_cast<chrono::days::rep>(days.whole))));
  return absl::StrFormat("%04d-%02d-%02dT%02d:%02d:%02d%sZ", static_cast<int>(date.year()),
                         static_cast<unsigned>(date.month()), static_cast<unsigned>(date.day()),
                         days.rest / 3600, days.rest / 60 % 60, days.rest % 60,
                         Decimals(seconds.rest));
}

std::optional<int64_t> ParseTime(std::string_view text) {
  if (!text.ends_with('Z') || !HasForm(text.substr(0, kForm.size()))) return std::nullopt;
  text.remove_suffix(1);
  const auto number = [text](size_t begin, size_t size) {
    return ReadDigits(text.substr(begin, size));
  };
  const chrono::year_month_day date(chrono::year(number(0, 4)),
                                    chrono::month(static_cast<unsigned>(number(5, 2))),
                                    chrono::day(static_cast<unsigned>(number(8, 2))));
  const int year = static_cast<int>(date.year());
  const int hour = number(11, 2);
  const int minute = number(14, 2);
  const int second = number(17, 2);
  const auto decimals = ReadDecimals(text.substr(kForm.size()));
  if (year < 1970 || year > 2099 || !date.ok() || hour > 23 || minute > 59 || second > 59 ||
      !decimals) {
    return std::nullopt;
  }
  const int64_t days = chrono::sys_days(date).time_since_epoch().count();
  const int64_t seconds = days * kSecondsOfDay + hour * 3600 + minute * 60 + second;
  return seconds * kSecond + *decimals;
}

std::string FormatSeconds(int64_t nanoseconds) {
  return std::to_string(nanoseconds / kSecond) + Decimals(nanoseconds % kSecond);
}

}  // namespace thuja::server
