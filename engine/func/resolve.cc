// SPDX-License-Identifier: Apache-2.0
// Look-up of function names, with the nearest name as a hint.
//
// Tested by tests/unit/func/resolve_test.cc.
#include "engine/func/resolve.h"

#include <algorithm>
#include <numeric>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/func/function.h"

namespace thuja::func {
namespace {

using base::DiagnosticKind;
using lang::ExprId;
using lang::ExprKind;

// Levenshtein's distance, for hints only.
size_t EditDistance(std::string_view a, std::string_view b) {
  std::vector<size_t> row(b.size() + 1);
  std::iota(row.begin(), row.end(), size_t{0});
  for (size_t i = 0; i < a.size(); ++i) {
    size_t diagonal = std::exchange(row[0], i + 1);
    for (size_t j = 0; j < b.size(); ++j) {
      const size_t replaced = diagonal + (a[i] == b[j] ? 0 : 1);
      diagonal = row[j + 1];
      row[j + 1] = std::min({replaced, row[j + 1] + 1, row[j] + 1});
    }
  }
  return row.back();
}

// `; did you mean ...`, or nothing if no name of that style is near.
std::string Hint(std::string_view name, CallStyle style) {
  constexpr size_t kLongestName = 32;
  constexpr size_t kNear = 3;
  if (name.size() > kLongestName) return "";
  std::string_view best;
  size_t best_distance = kNear;
  const auto consider = [&](std::string_view candidate) {
    const size_t distance = EditDistance(name, candidate);
    if (distance < best_distance) {
      best = candidate;
      best_distance = distance;
    }
  };
  for (const Function& function : AllFunctions()) {
    if (function.style == style) consider(function.name);
  }
  if (style == CallStyle::kMethod) {
#define THUJA_BINARY(kind, spelling, precedence)
#define THUJA_METHOD(kind, method, arguments) consider(method);
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
  }
  return best.empty() ? "" : "; did you mean `" + std::string(best) + "`?";
}

DiagnosticKind WhatIsWrong(std::string_view name, CallStyle style) {
  if (style == CallStyle::kMethod) {
    return FindFunction(name, CallStyle::kFunction) != nullptr ? DiagnosticKind::kFunctionAsMethod
                                                               : DiagnosticKind::kUnknownMethod;
  }
  const bool method =
      FindFunction(name, CallStyle::kMethod) != nullptr || lang::FindMethod(name).has_value();
  return method ? DiagnosticKind::kMethodAsFunction : DiagnosticKind::kUnknownFunction;
}

}  // namespace

void ResolveCalls(lang::Policy& policy, base::Diagnostics& diagnostics) {
  for (uint32_t i = 0; i < policy.expressions.size(); ++i) {
    const ExprId id{i};
    lang::ExprNode& node = policy.expressions.Mutable(id);
    if (node.kind != ExprKind::kCall) continue;
    const std::string& name = policy.expressions.Text(id);
    const CallStyle style = node.method_style ? CallStyle::kMethod : CallStyle::kFunction;
    const Function* function = FindFunction(name, style);
    if (function != nullptr) {
      node.function = IdOf(*function);
      continue;
    }
    diagnostics.Add(WhatIsWrong(name, style), policy.source, node.span, {name, Hint(name, style)});
  }
}

}  // namespace thuja::func
