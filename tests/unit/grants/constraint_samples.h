// SPDX-License-Identifier: Apache-2.0
// Constraints and values for tests, made in few words.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/arena.h"
#include "engine/grants/address.h"
#include "engine/grants/argument_constraint.h"

namespace thuja::grants {

using value::Value;
using Texts = std::vector<std::string>;

inline Value Text(std::string_view text) { return Value::String(text); }

inline ArgumentConstraint Exact(const Value& value) {
  return ArgumentConstraint::Exact(value).value();
}
inline ArgumentConstraint OneOf(const std::vector<Value>& values) {
  return ArgumentConstraint::OneOf(values).value();
}
inline ArgumentConstraint Range(std::optional<Value> minimum, std::optional<Value> maximum) {
  return ArgumentConstraint::Range(minimum, maximum).value();
}
inline ArgumentConstraint Path(std::string_view path) {
  return ArgumentConstraint::PathPrefix(path).value();
}
inline ArgumentConstraint Host(const Texts& patterns) {
  return ArgumentConstraint::Host(patterns).value();
}
inline ArgumentConstraint Cidr(const Texts& ranges) {
  return ArgumentConstraint::Cidr(ranges).value();
}
inline ArgumentConstraint Regex(std::string_view text) {
  return ArgumentConstraint::Regex(text).value();
}

// One value of each type, and what could be taken for another: 5 in six ways.
inline std::vector<Value> ValuesOfAllTypes(base::Arena& arena) {
  const auto set = [&arena](std::vector<Value> elements) {
    Value* const kept = arena.AllocateArray<Value>(elements.size());
    std::ranges::copy(elements, kept);
    return Value::Set({kept, elements.size()});
  };
  return {
      Value::Bool(false),
      Value::Bool(true),
      Value::Long(5),
      Value::Decimal(50'000),
      Value::Decimal(5),
      Value::Datetime(5),
      Value::Duration(5),
      Text("5"),
      Text(""),
      Text("/data/a"),
      Text("acme.test"),
      Text("10.0.0.5"),
      set({Value::Long(5)}),
      set({Text("/data/a")}),
      Value::EmptySet(),
      Value::EmptyRecord(),
      Value::Record({arena.New(value::Field{"value", Value::Long(5)}), 1}),
      Value::Entity(arena.New(value::EntityUidView{"Number", "5"})),
      Value::Ipaddr(arena.New(*ParseAddress("10.0.0.5"))),
  };
}

}  // namespace thuja::grants
