// SPDX-License-Identifier: Apache-2.0
// Asking a scope about a call, and about another scope.
//
// Tested by tests/unit/grants/scope_test.cc and tests/unit/grants/scope_random_test.cc.
#include "engine/grants/scope.h"

#include <absl/strings/str_cat.h>

#include <algorithm>

#include "engine/base/text.h"
#include "engine/grants/canonical.h"

namespace thuja::grants {
namespace {

using value::Field;
using value::Type;
using value::Value;

// Both are in order and are walked together, so that each name finds a field of its own: a list
// that is out of order or has a name twice finds too few, never too many.
bool NamesAreAccepted(const ToolRule::Arguments& names, std::span<const Field> fields) {
  size_t at = 0;
  for (const auto& [name, constraint] : names) {
    while (at < fields.size() && fields[at].key < name) ++at;
    if (at == fields.size() || fields[at].key != name) return false;
    if (!constraint.Accepts(fields[at].value)) return false;
    ++at;
  }
  return true;
}

bool AcceptsArguments(const ToolRule& rule, const Value& arguments) {
  if (!rule.arguments) return true;
  if (!arguments.Is(Type::kRecord)) return false;
  const std::span<const Field> fields = arguments.AsRecord();
  if (rule.open ? fields.size() < rule.arguments->size()
                : fields.size() != rule.arguments->size()) {
    return false;
  }
  return NamesAreAccepted(*rule.arguments, fields);
}

bool ReachesResources(const Scope& scope, std::span<const std::string_view> resources) {
  if (!scope.resources) return true;
  return !resources.empty() && std::ranges::all_of(resources, [&](std::string_view resource) {
    return IsPlainName(resource) &&
           std::ranges::any_of(*scope.resources, [&](const ScopePattern& pattern) {
             return pattern.MatchesPlain(resource);
           });
  });
}

bool ContainsArguments(const ToolRule& wider, const ToolRule& narrower) {
  if (!wider.arguments) return true;
  if (!narrower.arguments) return false;
  if (!wider.open && (narrower.open || narrower.arguments->size() != wider.arguments->size())) {
    return false;
  }
  auto at = narrower.arguments->begin();
  const auto end = narrower.arguments->end();
  for (const auto& [name, constraint] : *wider.arguments) {
    while (at != end && at->first < name) ++at;
    if (at == end || at->first != name || !constraint.Contains(at->second)) return false;
    ++at;
  }
  return true;
}

bool ContainsRule(const ToolRule& wider, const ToolRule& narrower) {
  return wider.tools.Contains(narrower.tools) && ContainsArguments(wider, narrower);
}

// Whether each of `narrower` is contained in one of `wider`.
template <typename T, typename Contains>
bool EachIsContained(const std::vector<T>& narrower, const std::vector<T>& wider,
                     Contains contains) {
  return std::ranges::all_of(narrower, [&](const T& inner) {
    return std::ranges::any_of(wider, [&](const T& outer) { return contains(outer, inner); });
  });
}

absl::Status CheckArguments(const ToolRule::Arguments& arguments) {
  if (arguments.size() > kMostArguments) {
    return absl::InvalidArgumentError(
        absl::StrCat("a rule of the scope names more than ", kMostArguments, " arguments"));
  }
  const std::string* before = nullptr;
  for (const auto& [name, constraint] : arguments) {
    if (name.empty() || name.size() > kLongestArgumentName || !IsVisible(name)) {
      return absl::InvalidArgumentError(
          absl::StrCat("a rule of the scope names an argument that is empty, has more than ",
                       kLongestArgumentName, " bytes or does not show"));
    }
    if (before != nullptr && *before >= name) {
      return absl::InvalidArgumentError(absl::StrCat("a rule of the scope names the argument ",
                                                     base::QuoteString(name),
                                                     " twice or out of order"));
    }
    before = &name;
  }
  return absl::OkStatus();
}

size_t CountAlternatives(const Scope& scope) {
  size_t count = 0;
  for (const ToolRule& rule : scope.tools) {
    if (!rule.arguments) continue;
    for (const auto& [name, constraint] : *rule.arguments) {
      count += constraint.values().size() + constraint.texts().size() + constraint.ranges().size();
    }
  }
  return count;
}

}  // namespace

size_t Scope::bytes() const {
  size_t bytes = sizeof(*this);
  for (const ToolRule& rule : tools) {
    bytes += sizeof(rule) - sizeof(rule.tools) + rule.tools.bytes();
    if (!rule.arguments) continue;
    for (const auto& [name, constraint] : *rule.arguments) {
      bytes += sizeof(name) + name.capacity() + constraint.bytes();
    }
  }
  if (resources) {
    for (const ScopePattern& pattern : *resources) bytes += pattern.bytes();
  }
  return bytes;
}

Reach Check(const Scope& scope, std::string_view tool, std::span<const std::string_view> resources,
            const Value& arguments) {
  if (!IsToolName(tool)) return Reach::kToolNotInScope;
  bool is_reached = false;
  bool is_accepted = false;
  for (const ToolRule& rule : scope.tools) {
    if (!rule.tools.MatchesPlain(tool)) continue;
    is_reached = true;
    is_accepted = AcceptsArguments(rule, arguments);
    if (is_accepted) break;
  }
  if (!is_reached) return Reach::kToolNotInScope;
  if (!ReachesResources(scope, resources)) return Reach::kResourceOutOfScope;
  return is_accepted ? Reach::kCovered : Reach::kArgumentOutOfScope;
}

bool Attenuates(const Scope& narrower, const Scope& wider) {
  if (!EachIsContained(narrower.tools, wider.tools, ContainsRule)) return false;
  if (!wider.resources) return true;
  const auto contains = [](const ScopePattern& outer, const ScopePattern& inner) {
    return outer.Contains(inner);
  };
  return narrower.resources && EachIsContained(*narrower.resources, *wider.resources, contains);
}

absl::Status CheckScope(const Scope& scope) {
  if (scope.tools.size() > kMostToolRules) {
    return absl::InvalidArgumentError(
        absl::StrCat("the scope has more than ", kMostToolRules, " rules for tools"));
  }
  for (const ToolRule& rule : scope.tools) {
    if (!rule.arguments) continue;
    if (absl::Status status = CheckArguments(*rule.arguments); !status.ok()) return status;
  }
  if (scope.resources && scope.resources->size() > kMostResources) {
    return absl::InvalidArgumentError(
        absl::StrCat("the scope has more than ", kMostResources, " patterns of resources"));
  }
  if (CountAlternatives(scope) > kMostScopeAlternatives) {
    return absl::InvalidArgumentError(absl::StrCat(
        "the scope has more than ", kMostScopeAlternatives, " values, hosts and ranges"));
  }
  if (scope.bytes() > kMostScopeBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the scope may take more than ", kMostScopeBytes, " bytes"));
  }
  return absl::OkStatus();
}

}  // namespace thuja::grants
