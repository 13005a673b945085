// SPDX-License-Identifier: Apache-2.0
// YAML that people write, as JSON that the engine reads.
//
// A plain `true` or `false` is a boolean and a plain number a number; everything else, and all that
// is quoted, is a string. Numbers that Cedar does not have go through as they are, so that the one
// JSON reader refuses them by name.
#pragma once

#include <yaml-cpp/yaml.h>

#include <algorithm>
#include <stdexcept>
#include <string>

namespace thuja::server {

// Something in a YAML text that its author must mend. Line and column count from 1; what has no
// place, such as an empty text, is at 1:1.
class YamlError : public std::runtime_error {
 public:
  YamlError(const YAML::Mark& mark, const std::string& message)
      : std::runtime_error(message),
        line(static_cast<size_t>(std::max(mark.line, 0)) + 1),
        column(static_cast<size_t>(std::max(mark.column, 0)) + 1) {}

  size_t line;
  size_t column;
};

// Throws YamlError if a key stands twice in one map, if one is `<<`, or if the text unfolds,
// through its aliases, into something that is too deep or too large.
void CheckYaml(const YAML::Node& node);

// The node as JSON text. REQUIRES: CheckYaml has seen it.
std::string YamlToJson(const YAML::Node& node);

// `over` laid over `base`: maps are merged key by key, anything else replaces what was there. So
// does an entity or extension value (`__entity`, `__extn`), unless both are of the same kind.
YAML::Node MergeYaml(const YAML::Node& base, const YAML::Node& over);

}  // namespace thuja::server
