// SPDX-License-Identifier: Apache-2.0
// The small steps of reading a suite. Each throws server::YamlError, with the place, at what is
// wrong.
#pragma once

#include <yaml-cpp/yaml.h>

#include <cstdint>
#include <memory>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "engine/diagnostics.h"

namespace thuja::cli {

[[noreturn]] void FailAt(const YAML::Node& node, const std::string& message);

// The keys of a map; any other is named and refused, so that no misspelt one is passed over.
void CheckKeys(const YAML::Node& map, const std::string& what,
               const std::set<std::string_view>& known);

YAML::Node Required(const YAML::Node& map, const std::string& what, const char* key);

std::string Word(const YAML::Node& node, const std::string& what);

// One word, or a list of them.
std::vector<std::string> Words(const YAML::Node& node, const std::string& what);

// `true` or `false`.
bool Flag(const YAML::Node& node, const std::string& what);

uint64_t Count(const YAML::Node& node, const std::string& what);

// RFC 3339 in UTC, as nanoseconds since 1970.
int64_t Time(const YAML::Node& node, const std::string& what);

// `path:line:column`.
std::string PlaceOf(const YAML::Node& node, const std::string& path);

// A node as the JSON text that the engine reads. Errors in it are shown with the place in the suite
// that it came from.
std::shared_ptr<const SourceText> JsonOf(const YAML::Node& node, const YAML::Node& place,
                                         const std::string& path);

}  // namespace thuja::cli
