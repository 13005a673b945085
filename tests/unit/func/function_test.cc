// SPDX-License-Identifier: Apache-2.0
// The table of extension functions as a whole: consistent, complete and searchable.
#include "engine/func/function.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <vector>

#include "engine/func/families.h"

namespace thuja::func {
namespace {

using value::Type;

CallStyle OtherStyle(CallStyle style) {
  return style == CallStyle::kFunction ? CallStyle::kMethod : CallStyle::kFunction;
}

// name(parameters): result, with the receiver of a method in front of its name.
std::string Describe(const Function& function) {
  const bool is_method = function.style == CallStyle::kMethod;
  std::string text;
  if (is_method) text = std::string(value::TypeName(function.parameters[0])) + ".";
  text += std::string(function.name) + "(";
  for (size_t i = is_method ? 1 : 0; i < function.parameters.size(); ++i) {
    text += value::TypeName(function.parameters[i]);
  }
  return text + "): " + std::string(value::TypeName(function.result));
}

TEST(AllFunctions, AreThoseOfCedar) {
  std::vector<std::string> expected = {
      "ip(string): ipaddr",
      "ipaddr.isIpv4(): bool",
      "ipaddr.isIpv6(): bool",
      "ipaddr.isLoopback(): bool",
      "ipaddr.isMulticast(): bool",
      "ipaddr.isInRange(ipaddr): bool",
      "decimal(string): decimal",
      "decimal.lessThan(decimal): bool",
      "decimal.lessThanOrEqual(decimal): bool",
      "decimal.greaterThan(decimal): bool",
      "decimal.greaterThanOrEqual(decimal): bool",
      "datetime(string): datetime",
      "datetime.offset(duration): datetime",
      "datetime.durationSince(datetime): duration",
      "datetime.toDate(): datetime",
      "datetime.toTime(): duration",
      "duration(string): duration",
      "duration.toMilliseconds(): long",
      "duration.toSeconds(): long",
      "duration.toMinutes(): long",
      "duration.toHours(): long",
      "duration.toDays(): long",
  };
  std::vector<std::string> present;
  for (const Function& function : AllFunctions()) present.push_back(Describe(function));
  std::sort(expected.begin(), expected.end());
  std::sort(present.begin(), present.end());
  EXPECT_EQ(present, expected);
}

TEST(AllFunctions, HoldEveryRowOfEveryFamily) {
  size_t rows = 0;
  for (const auto family : {IpaddrFunctions(), DecimalFunctions(), DatetimeFunctions()}) {
    rows += family.size();
    for (const Function& row : family) {
      const Function* found = FindFunction(row.name, row.style);
      ASSERT_NE(found, nullptr) << row.name;
      EXPECT_EQ(found->call, row.call) << row.name;
    }
  }
  EXPECT_EQ(AllFunctions().size(), rows);
}

TEST(AllFunctions, AreTheSameRowsEachTime) {
  EXPECT_EQ(AllFunctions().data(), AllFunctions().data());
}

TEST(AllFunctions, HaveNamesOfOneStyleOnly) {
  std::set<std::string_view> names;
  for (const Function& function : AllFunctions()) {
    EXPECT_TRUE(names.insert(function.name).second) << function.name << " is there twice";
  }
}

TEST(AllFunctions, CanBeCalledAndMethodsHaveAReceiver) {
  for (const Function& function : AllFunctions()) {
    EXPECT_NE(function.call, nullptr) << function.name;
    ASSERT_FALSE(function.parameters.empty()) << function.name;
    if (function.style == CallStyle::kMethod) {
      EXPECT_GE(function.parameters[0], Type::kIpaddr)
          << function.name << " is not of an extension";
    }
  }
}

// The JSON escape `__extn` and the printer of values rely on this.
TEST(AllFunctions, MakeEachExtensionTypeFromOneText) {
  std::vector<Type> made;
  for (const Function& function : AllFunctions()) {
    if (function.style != CallStyle::kFunction) continue;
    EXPECT_EQ(std::vector(function.parameters.begin(), function.parameters.end()),
              std::vector{Type::kString})
        << function.name;
    made.push_back(function.result);
  }
  std::sort(made.begin(), made.end());
  EXPECT_EQ(made, (std::vector{Type::kIpaddr, Type::kDecimal, Type::kDatetime, Type::kDuration}));
}

TEST(FindFunction, FindsEachByItsStyleAndNotByTheOther) {
  for (const Function& function : AllFunctions()) {
    EXPECT_EQ(FindFunction(function.name, function.style), &function) << function.name;
    EXPECT_EQ(FindFunction(function.name, OtherStyle(function.style)), nullptr) << function.name;
  }
}

TEST(FindFunction, KnowsNoOtherSpelling) {
  for (const std::string_view name :
       {"", "IP", "Ip", "i", "ipaddr", "isipv4", "isInRanges", "isInRang", "toMillis", "unknown",
        "contains", "zzz", " ip", "ip "}) {
    EXPECT_EQ(FindFunction(name, CallStyle::kFunction), nullptr) << name;
    EXPECT_EQ(FindFunction(name, CallStyle::kMethod), nullptr) << name;
  }
}

TEST(IdOf, IsThePositionInTheTable) {
  const auto all = AllFunctions();
  for (size_t i = 0; i < all.size(); ++i) {
    EXPECT_EQ(IdOf(all[i]), i);
    EXPECT_EQ(IdOf(*FindFunction(all[i].name, all[i].style)), i);
  }
}

}  // namespace
}  // namespace thuja::func
