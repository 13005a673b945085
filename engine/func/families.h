// SPDX-License-Identifier: Apache-2.0
// The tables that AllFunctions() is made of, one for each family's file.
#pragma once

#include <span>

#include "engine/func/function.h"

namespace thuja::func {

// Addresses and ranges of them: `ip` and its methods.
std::span<const Function> IpaddrFunctions();

// Numbers with four digits after the point: `decimal` and its methods.
std::span<const Function> DecimalFunctions();

// Points in time and the time between them: `datetime`, `duration` and their methods.
std::span<const Function> DatetimeFunctions();

}  // namespace thuja::func
