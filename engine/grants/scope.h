// SPDX-License-Identifier: Apache-2.0
// What a grant reaches: which tools, with which arguments, on which resources.
//
// Every part is a list of what is reached, and an empty list reaches nothing. What a scope does not
// look at it leaves out altogether. A delegated scope is checked against the one it comes from rule
// by rule (Attenuates): it may say less, never more, and what cannot be proved to be less is more.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/grants/argument_constraint.h"
#include "engine/grants/scope_pattern.h"
#include "engine/value/value.h"

namespace thuja::grants {

inline constexpr size_t kMostToolRules = 64;
inline constexpr size_t kMostArguments = 64;  // that a rule names
inline constexpr size_t kMostResources = 64;
inline constexpr size_t kLongestArgumentName = 256;
// Of all its constraints together: values, hosts and ranges. Attenuates may have to compare each
// with each of another scope.
inline constexpr size_t kMostScopeAlternatives = 10'000;
inline constexpr size_t kMostScopeBytes = size_t{4} * 1024 * 1024;

struct ToolRule {
  using Arguments = std::vector<std::pair<std::string, ArgumentConstraint>>;

  ScopePattern tools;
  // By name, in ascending order, no name twice. Without them arguments are not looked at.
  std::optional<Arguments> arguments = std::nullopt;
  bool open = false;  // arguments that are not named are accepted

  friend bool operator==(const ToolRule&, const ToolRule&) = default;
};

// What is built once and then only read; thread-safe as any structure is.
struct Scope {
  std::vector<ToolRule> tools;
  // Without them resources are not looked at.
  std::optional<std::vector<ScopePattern>> resources = std::nullopt;

  // Memory held.
  size_t bytes() const;

  friend bool operator==(const Scope&, const Scope&) = default;
};

// In the order in which they are found out.
enum class Reach : uint8_t { kCovered, kToolNotInScope, kResourceOutOfScope, kArgumentOutOfScope };

// Whether a scope covers a call. It does if
// - `tool` is a tool name (IsToolName) that a rule matches;
// - the scope does not look at resources, or there is one and each is matched by a pattern;
// - of the rules that match the tool, one does not look at arguments, or `arguments` is a record
//   that has each argument that the rule names, accepted, and, unless the rule is open, no other.
// Takes no memory but for what engine/grants/whole_regex.h says.
Reach Check(const Scope& scope, std::string_view tool, std::span<const std::string_view> resources,
            const value::Value& arguments);

// Whether every call that `narrower` covers is surely covered by `wider`: each rule has to be
// contained in one rule, each pattern of resources in one pattern. An empty scope covers nothing
// and so is narrower than any. REQUIRES: both pass CheckScope.
bool Attenuates(const Scope& narrower, const Scope& wider);

// Whether a scope keeps to the bounds above and its arguments are in order. A scope that was not
// checked is safe to ask, but may cover less than it seems to.
absl::Status CheckScope(const Scope& scope);

}  // namespace thuja::grants
