// SPDX-License-Identifier: Apache-2.0
// Scopes for tests, made in few words.
#pragma once

#include <algorithm>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/grants/scope.h"

namespace thuja::grants {

using value::Value;

using Names = std::vector<std::string_view>;
using Texts = std::vector<std::string>;
using Constraints = ToolRule::Arguments;

inline Value Text(std::string_view text) { return Value::String(text); }

inline ScopePattern Segments(std::string_view text) { return ScopePattern::Segments(text).value(); }
inline ArgumentConstraint Exact(const Value& value) {
  return ArgumentConstraint::Exact(value).value();
}
inline ArgumentConstraint AtMost(int64_t most) {
  return ArgumentConstraint::Range(Value::Long(0), Value::Long(most)).value();
}
inline ArgumentConstraint Below(std::string_view path) {
  return ArgumentConstraint::PathPrefix(path).value();
}
inline ArgumentConstraint OnHosts(const Texts& hosts) {
  return ArgumentConstraint::Host(hosts).value();
}

inline std::vector<ScopePattern> Patterns(const Names& texts) {
  std::vector<ScopePattern> patterns;
  for (const std::string_view text : texts) patterns.push_back(Segments(text));
  return patterns;
}

inline Scope OfTools(const Names& tools) {
  Scope scope;
  for (const std::string_view tool : tools) scope.tools.push_back({.tools = Segments(tool)});
  return scope;
}

inline Scope OfResources(const Names& resources) {
  Scope scope = OfTools({"**"});
  scope.resources = Patterns(resources);
  return scope;
}

inline ToolRule Rule(std::string_view tools, Constraints arguments, bool open = false) {
  std::ranges::sort(arguments, {}, &Constraints::value_type::first);
  return {.tools = Segments(tools), .arguments = std::move(arguments), .open = open};
}

inline Scope OfRules(std::vector<ToolRule> rules) { return {.tools = std::move(rules)}; }

}  // namespace thuja::grants
