// SPDX-License-Identifier: Apache-2.0
// Parsing for the tests of this folder.
#pragma once

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/lang/parser.h"

namespace thuja::lang {

// The policies of a text, or the report of what is wrong with it.
struct Parsed {
  std::vector<Policy> policies;
  std::string report;

  bool ok() const { return report.empty(); }
};

inline Parsed ParseText(std::string text) {
  base::Diagnostics diagnostics;
  const auto source = std::make_shared<const base::SourceText>("t", std::move(text));
  Parsed parsed;
  parsed.policies = ParsePolicies(source, diagnostics);
  parsed.report = Render(diagnostics);
  return parsed;
}

// A policy with this condition.
inline std::string When(const std::string& condition) {
  return "permit (principal, action, resource) when { " + condition + " };";
}

}  // namespace thuja::lang
