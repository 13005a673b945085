// SPDX-License-Identifier: Apache-2.0
// Decimal numbers with four digits after the point, held as 64-bit integers scaled by 10,000.
//
// Tested by tests/unit/func/decimal_test.cc.
#include "engine/func/decimal.h"

#include <functional>

#include "engine/func/cursor.h"
#include "engine/func/families.h"

namespace thuja::func {
namespace {

using value::Type;
using value::Value;

constexpr uint64_t kScale = 10'000;
constexpr size_t kFractionDigits = 4;

// One to four digits as ten-thousandths: `5` is 5000.
std::optional<uint64_t> ParseFraction(std::string_view digits) {
  if (digits.empty() || digits.size() > kFractionDigits) return std::nullopt;
  uint64_t fraction = *ParseDigits(digits);
  for (size_t i = digits.size(); i < kFractionDigits; ++i) fraction *= 10;
  return fraction;
}

CallResult MakeDecimal(std::span<const Value> arguments, base::Arena&) {
  const auto scaled = ParseDecimal(arguments[0].AsString());
  if (!scaled) return CallResult::Failed("`decimal` was given a text that is not a decimal number");
  return CallResult::Ok(Value::Decimal(*scaled));
}

template <typename Order>
CallResult InOrder(std::span<const Value> arguments, base::Arena&) {
  return CallResult::Ok(Value::Bool(Order()(arguments[0].AsInteger(), arguments[1].AsInteger())));
}

constexpr CallStyle kMethod = CallStyle::kMethod;
constexpr Type kText[] = {Type::kString};
constexpr Type kTwo[] = {Type::kDecimal, Type::kDecimal};

constexpr Function kFunctions[] = {
    {"decimal", CallStyle::kFunction, kText, Type::kDecimal, &MakeDecimal},
    {"lessThan", kMethod, kTwo, Type::kBool, &InOrder<std::less<int64_t>>},
    {"lessThanOrEqual", kMethod, kTwo, Type::kBool, &InOrder<std::less_equal<int64_t>>},
    {"greaterThan", kMethod, kTwo, Type::kBool, &InOrder<std::greater<int64_t>>},
    {"greaterThanOrEqual", kMethod, kTwo, Type::kBool, &InOrder<std::greater_equal<int64_t>>},
};

}  // namespace

// The sign is kept apart from the digits: in `-0.5` the whole part has none of its own.
std::optional<int64_t> ParseDecimal(std::string_view text) {
  Cursor cursor(text);
  const bool negative = cursor.Accept("-");
  const std::string_view whole_digits = cursor.TakeDigits();
  if (whole_digits.empty() || !cursor.Accept(".")) return std::nullopt;
  const auto fraction = ParseFraction(cursor.TakeDigits());
  const auto whole = ParseDigits(whole_digits);
  if (!fraction || !whole || !cursor.AtEnd()) return std::nullopt;
  const auto magnitude = MultiplyAdd(*whole, kScale, *fraction);
  return magnitude ? WithSign(negative, *magnitude) : std::nullopt;
}

std::span<const Function> DecimalFunctions() { return kFunctions; }

}  // namespace thuja::func
