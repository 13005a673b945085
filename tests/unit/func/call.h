// SPDX-License-Identifier: Apache-2.0
// Calls extension functions by name, as a policy does.
#pragma once

#include <gtest/gtest.h>

#include <initializer_list>
#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "engine/func/function.h"

namespace thuja::func {

// A name belongs to one style, which function_test.cc makes sure of.
inline const Function* FindByName(std::string_view name) {
  const Function* function = FindFunction(name, CallStyle::kFunction);
  return function != nullptr ? function : FindFunction(name, CallStyle::kMethod);
}

// Lifetime: what the calls gave lives as long as this does.
class Caller {
 public:
  CallResult Call(std::string_view name, std::initializer_list<value::Value> arguments) {
    const Function* function = FindByName(name);
    if (function == nullptr || !Fits(*function, arguments)) {
      ADD_FAILURE() << "no function " << name << " for these arguments";
      return CallResult::Failed("the test is wrong");
    }
    return function->call(std::span(arguments.begin(), arguments.size()), arena_);
  }

  // A test failure and `false` if the call fails.
  value::Value Get(std::string_view name, std::initializer_list<value::Value> arguments) {
    const CallResult result = Call(name, arguments);
    if (!result.value) {
      ADD_FAILURE() << name << ": " << result.failure;
      return value::Value::Bool(false);
    }
    EXPECT_EQ(result.value->type(), FindByName(name)->result) << name;
    return *result.value;
  }

  // A constructor's value; nothing if it refuses the text.
  std::optional<value::Value> Make(std::string_view constructor, std::string_view text) {
    return Call(constructor, {value::Value::String(text)}).value;
  }

  // The same for a text that the test knows to be good.
  value::Value Build(std::string_view constructor, std::string_view text) {
    SCOPED_TRACE(std::string(text));
    return Get(constructor, {value::Value::String(text)});
  }

  bool Bool(std::string_view name, std::initializer_list<value::Value> arguments) {
    return Get(name, arguments).AsBool();
  }

  int64_t Integer(std::string_view name, std::initializer_list<value::Value> arguments) {
    return Get(name, arguments).AsInteger();
  }

 private:
  static bool Fits(const Function& function, std::initializer_list<value::Value> arguments) {
    if (arguments.size() != function.parameters.size()) return false;
    for (size_t i = 0; i < arguments.size(); ++i) {
      if (!arguments.begin()[i].Is(function.parameters[i])) return false;
    }
    return true;
  }

  base::Arena arena_;
};

}  // namespace thuja::func
