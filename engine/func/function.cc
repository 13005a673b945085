// SPDX-License-Identifier: Apache-2.0
// The families joined into one table, and the way from a name to its row.
//
// Tested by tests/unit/func/function_test.cc.
#include "engine/func/function.h"

#include <algorithm>
#include <vector>

#include "engine/func/families.h"

namespace thuja::func {
namespace {

bool Precedes(const Function& a, const Function& b) {
  return a.name != b.name ? a.name < b.name : a.style < b.style;
}

// By name, so that a name is found by bisection; ids are positions in that order.
std::vector<Function> JoinFamilies() {
  std::vector<Function> all;
  for (std::span<const Function> family :
       {IpaddrFunctions(), DecimalFunctions(), DatetimeFunctions()}) {
    all.insert(all.end(), family.begin(), family.end());
  }
  std::sort(all.begin(), all.end(), Precedes);
  return all;
}

}  // namespace

std::span<const Function> AllFunctions() {
  // Never destroyed: threads may still ask while the program exits.
  static const auto& all = *new std::vector<Function>(JoinFamilies());
  return all;
}

const Function* FindFunction(std::string_view name, CallStyle style) {
  const std::span<const Function> all = AllFunctions();
  const Function wanted{name, style, {}, {}, nullptr};
  const auto found = std::lower_bound(all.begin(), all.end(), wanted, Precedes);
  if (found == all.end() || Precedes(wanted, *found)) return nullptr;
  return &*found;
}

FunctionId IdOf(const Function& function) {
  return static_cast<FunctionId>(&function - AllFunctions().data());
}

}  // namespace thuja::func
