// SPDX-License-Identifier: Apache-2.0
// The extension functions: what each is called, takes and gives, and how it is computed.
//
// A family of functions is one file with one table (ipaddr.cc, decimal.cc, datetime.cc); to add a
// function, add a row and its body there. The parser, the interpreter, the JSON escapes `__extn`
// and the random generator of the tests read these rows and know no function by name.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string_view>

#include "engine/base/arena.h"
#include "engine/value/value.h"

namespace thuja::func {

enum class CallStyle : uint8_t {
  kFunction,  // ip("10.0.0.1")
  kMethod,    // a.isInRange(b); the receiver is the first argument
};

// What a call gave. A failure is an answer of the language, not a failed call: the policy that
// asked is skipped and reported. The reason is a static sentence without the arguments.
struct CallResult {
  std::optional<value::Value> value;
  std::string_view failure;

  static CallResult Ok(value::Value value) { return {value, {}}; }
  static CallResult Failed(std::string_view why) { return {std::nullopt, why}; }
};

struct Function {
  std::string_view name;
  CallStyle style;
  std::span<const value::Type> parameters;  // the receiver included
  value::Type result;

  // REQUIRES: as many arguments as parameters, each of its parameter's type. What the result needs
  // beyond 16 bytes is taken from the arena. Pure: the same arguments give the same result.
  CallResult (*call)(std::span<const value::Value> arguments, base::Arena& arena);
};

// Position of a function in AllFunctions(); dense, stable while the program runs.
using FunctionId = uint16_t;

// Every function of every family, in a fixed order.
std::span<const Function> AllFunctions();

// Null if there is no function of that name and style.
const Function* FindFunction(std::string_view name, CallStyle style);

FunctionId IdOf(const Function& function);

}  // namespace thuja::func
