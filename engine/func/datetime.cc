// SPDX-License-Identifier: Apache-2.0
// Points in time and durations, both held as 64-bit counts of milliseconds.
//
// The calendar is the Gregorian one carried back to year 0, which is a leap year. There are no
// leap seconds and no time zones but the offset a text is written with.
//
// Tested by tests/unit/func/datetime_test.cc.
#include <iterator>

#include "engine/func/cursor.h"
#include "engine/func/families.h"

namespace thuja::func {
namespace {

using value::Type;
using value::Value;

constexpr int64_t kSecond = 1000;
constexpr int64_t kMinute = 60 * kSecond;
constexpr int64_t kHour = 60 * kMinute;
constexpr int64_t kDay = 24 * kHour;

constexpr int64_t kDaysBeforeEpoch = 719'528;  // from 0000-01-01 to 1970-01-01

bool IsLeapYear(int64_t year) { return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0); }

int64_t DaysInMonth(int64_t year, int64_t month) {
  constexpr int kDays[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  return kDays[month - 1] + (month == 2 && IsLeapYear(year) ? 1 : 0);
}

// From 1970-01-01. REQUIRES: a day that exists, in year 0 or later.
int64_t DaysFromCivil(int64_t year, int64_t month, int64_t day) {
  // Leap years before this one: the divisions round up because year 0 is one of them.
  const int64_t leap_years = (year + 3) / 4 - (year + 99) / 100 + (year + 399) / 400;
  int64_t days = 365 * year + leap_years - kDaysBeforeEpoch;
  for (int64_t earlier = 1; earlier < month; ++earlier) days += DaysInMonth(year, earlier);
  return days + day - 1;
}

// A number of exactly so many digits after a separator. Nothing if it is outside the bounds, both
// of which are allowed values.
std::optional<int64_t> ReadNumber(Cursor& cursor, std::string_view separator, size_t digit_count,
                                  int64_t lowest, int64_t highest) {
  if (!cursor.Accept(separator)) return std::nullopt;
  const std::string_view digits = cursor.TakeDigits(digit_count);
  if (digits.size() != digit_count) return std::nullopt;
  const auto number = static_cast<int64_t>(*ParseDigits(digits));
  if (number < lowest || number > highest) return std::nullopt;
  return number;
}

// `YYYY-MM-DD`, as days from 1970-01-01.
std::optional<int64_t> ReadDate(Cursor& cursor) {
  const auto year = ReadNumber(cursor, "", 4, 0, 9999);
  const auto month = ReadNumber(cursor, "-", 2, 1, 12);
  const auto day = ReadNumber(cursor, "-", 2, 1, 31);
  if (!year || !month || !day || *day > DaysInMonth(*year, *month)) return std::nullopt;
  return DaysFromCivil(*year, *month, *day);
}

// `Thh:mm:ss`, as milliseconds from midnight.
std::optional<int64_t> ReadTimeOfDay(Cursor& cursor) {
  const auto hour = ReadNumber(cursor, "T", 2, 0, 23);
  const auto minute = ReadNumber(cursor, ":", 2, 0, 59);
  const auto second = ReadNumber(cursor, ":", 2, 0, 59);
  if (!hour || !minute || !second) return std::nullopt;
  return *hour * kHour + *minute * kMinute + *second * kSecond;
}

// `.SSS`, which may be missing.
std::optional<int64_t> ReadMilliseconds(Cursor& cursor) {
  if (!cursor.Accept(".")) return 0;
  return ReadNumber(cursor, "", 3, 0, 999);
}

// `Z`, `+hhmm` or `-hhmm`: how far the local clock is ahead of UTC.
std::optional<int64_t> ReadZone(Cursor& cursor) {
  if (cursor.Accept("Z")) return 0;
  const bool behind = cursor.Accept("-");
  const auto hours = ReadNumber(cursor, behind ? "" : "+", 2, 0, 23);
  const auto minutes = ReadNumber(cursor, "", 2, 0, 59);
  if (!hours || !minutes) return std::nullopt;
  const int64_t distance = *hours * kHour + *minutes * kMinute;
  return behind ? -distance : distance;
}

std::optional<int64_t> ParseDatetime(std::string_view text) {
  Cursor cursor(text);
  const auto days = ReadDate(cursor);
  if (!days) return std::nullopt;
  if (cursor.AtEnd()) return *days * kDay;
  const auto time_of_day = ReadTimeOfDay(cursor);
  const auto milliseconds = ReadMilliseconds(cursor);
  const auto zone = ReadZone(cursor);
  if (!time_of_day || !milliseconds || !zone || !cursor.AtEnd()) return std::nullopt;
  return *days * kDay + *time_of_day + *milliseconds - *zone;
}

struct Unit {
  std::string_view name;
  uint64_t milliseconds;
};

// In the order in which a duration must name them.
constexpr Unit kUnits[] = {{"d", kDay}, {"h", kHour}, {"m", kMinute}, {"s", kSecond}, {"ms", 1}};

// The position in kUnits of the unit that comes next; nothing if it is none, or one before `first`.
std::optional<size_t> ReadUnit(Cursor& cursor, size_t first) {
  // From the end, so that `ms` is tried before its first letter.
  for (size_t i = std::size(kUnits); i > first; --i) {
    if (cursor.Accept(kUnits[i - 1].name)) return i - 1;
  }
  return std::nullopt;
}

std::optional<int64_t> ParseDuration(std::string_view text) {
  Cursor cursor(text);
  const bool negative = cursor.Accept("-");
  if (cursor.AtEnd()) return std::nullopt;
  size_t allowed = 0;
  std::optional<uint64_t> magnitude = 0;
  while (!cursor.AtEnd()) {
    const std::string_view digits = cursor.TakeDigits();
    const auto amount = ParseDigits(digits);
    const auto unit = ReadUnit(cursor, allowed);
    if (digits.empty() || !amount || !unit) return std::nullopt;
    magnitude = MultiplyAdd(*amount, kUnits[*unit].milliseconds, *magnitude);
    if (!magnitude) return std::nullopt;
    allowed = *unit + 1;
  }
  return WithSign(negative, *magnitude);
}

CallResult MakeDatetime(std::span<const Value> arguments, base::Arena&) {
  const auto epoch = ParseDatetime(arguments[0].AsString());
  if (!epoch) return CallResult::Failed("`datetime` was given a text that is not a date or time");
  return CallResult::Ok(Value::Datetime(*epoch));
}

CallResult MakeDuration(std::span<const Value> arguments, base::Arena&) {
  const auto length = ParseDuration(arguments[0].AsString());
  if (!length) return CallResult::Failed("`duration` was given a text that is not a duration");
  return CallResult::Ok(Value::Duration(*length));
}

CallResult Offset(std::span<const Value> arguments, base::Arena&) {
  int64_t sum;
  if (__builtin_add_overflow(arguments[0].AsInteger(), arguments[1].AsInteger(), &sum)) {
    return CallResult::Failed("`offset` leaves the range of datetimes");
  }
  return CallResult::Ok(Value::Datetime(sum));
}

CallResult DurationSince(std::span<const Value> arguments, base::Arena&) {
  int64_t difference;
  if (__builtin_sub_overflow(arguments[0].AsInteger(), arguments[1].AsInteger(), &difference)) {
    return CallResult::Failed("`durationSince` leaves the range of durations");
  }
  return CallResult::Ok(Value::Duration(difference));
}

// Never negative: before 1970 too, a time of day is counted from the midnight before it.
int64_t SinceMidnight(int64_t epoch) {
  const int64_t remainder = epoch % kDay;
  return remainder < 0 ? remainder + kDay : remainder;
}

CallResult ToDate(std::span<const Value> arguments, base::Arena&) {
  const int64_t epoch = arguments[0].AsInteger();
  int64_t midnight;
  if (__builtin_sub_overflow(epoch, SinceMidnight(epoch), &midnight)) {
    return CallResult::Failed("`toDate` leaves the range of datetimes");
  }
  return CallResult::Ok(Value::Datetime(midnight));
}

CallResult ToTime(std::span<const Value> arguments, base::Arena&) {
  return CallResult::Ok(Value::Duration(SinceMidnight(arguments[0].AsInteger())));
}

// Whole units; toward zero, unlike toDate.
template <int64_t unit>
CallResult InUnitsOf(std::span<const Value> arguments, base::Arena&) {
  return CallResult::Ok(Value::Long(arguments[0].AsInteger() / unit));
}

constexpr CallStyle kFunction = CallStyle::kFunction;
constexpr CallStyle kMethod = CallStyle::kMethod;
constexpr Type kText[] = {Type::kString};
constexpr Type kPoint[] = {Type::kDatetime};
constexpr Type kLength[] = {Type::kDuration};
constexpr Type kPointAndLength[] = {Type::kDatetime, Type::kDuration};
constexpr Type kTwoPoints[] = {Type::kDatetime, Type::kDatetime};

constexpr Function kFunctions[] = {
    {"datetime", kFunction, kText, Type::kDatetime, &MakeDatetime},
    {"duration", kFunction, kText, Type::kDuration, &MakeDuration},
    {"offset", kMethod, kPointAndLength, Type::kDatetime, &Offset},
    {"durationSince", kMethod, kTwoPoints, Type::kDuration, &DurationSince},
    {"toDate", kMethod, kPoint, Type::kDatetime, &ToDate},
    {"toTime", kMethod, kPoint, Type::kDuration, &ToTime},
    {"toMilliseconds", kMethod, kLength, Type::kLong, &InUnitsOf<1>},
    {"toSeconds", kMethod, kLength, Type::kLong, &InUnitsOf<kSecond>},
    {"toMinutes", kMethod, kLength, Type::kLong, &InUnitsOf<kMinute>},
    {"toHours", kMethod, kLength, Type::kLong, &InUnitsOf<kHour>},
    {"toDays", kMethod, kLength, Type::kLong, &InUnitsOf<kDay>},
};

}  // namespace

std::span<const Function> DatetimeFunctions() { return kFunctions; }

}  // namespace thuja::func
