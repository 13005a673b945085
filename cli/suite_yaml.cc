// SPDX-License-Identifier: Apache-2.0
// Reading of words, flags and times.
//
// Tested by tests/unit/cli/test_command_test.cc and tests/unit/cli/guarded_suite_test.cc.
#include "cli/suite_yaml.h"

#include <charconv>
#include <optional>

#include "server/config/yaml_json.h"
#include "server/grants/times.h"

namespace thuja::cli {

void FailAt(const YAML::Node& node, const std::string& message) {
  throw server::YamlError(node.Mark(), message);
}

void CheckKeys(const YAML::Node& map, const std::string& what,
               const std::set<std::string_view>& known) {
  if (!map.IsMap()) FailAt(map, what + " must be a map");
  for (const auto& member : map) {
    if (known.contains(member.first.Scalar())) continue;
    std::string names;
    for (const std::string_view name : known)
      names += (names.empty() ? "" : ", ") + std::string(name);
    FailAt(member.first,
           what + " has no key `" + member.first.Scalar() + "`; its keys are " + names);
  }
}

YAML::Node Required(const YAML::Node& map, const std::string& what, const char* key) {
  const YAML::Node member = map[key];
  if (!member) FailAt(map, what + " lacks the key `" + key + "`");
  return member;
}

std::string Word(const YAML::Node& node, const std::string& what) {
  if (!node.IsScalar()) FailAt(node, what + " must be a word");
  return node.Scalar();
}

std::vector<std::string> Words(const YAML::Node& node, const std::string& what) {
  std::vector<std::string> words;
  if (node.IsScalar()) return {node.Scalar()};
  if (!node.IsSequence()) FailAt(node, what + " must be a word or a list of words");
  for (const YAML::Node& element : node) words.push_back(Word(element, what));
  return words;
}

bool Flag(const YAML::Node& node, const std::string& what) {
  const std::string word = Word(node, what);
  if (word != "true" && word != "false") FailAt(node, what + " is true or false");
  return word == "true";
}

uint64_t Count(const YAML::Node& node, const std::string& what) {
  const std::string word = Word(node, what);
  uint64_t count = 0;
  const char* const end = word.data() + word.size();
  const auto [stopped, error] = std::from_chars(word.data(), end, count);
  if (error != std::errc() || stopped != end) FailAt(node, what + " must be a whole number");
  return count;
}

int64_t Time(const YAML::Node& node, const std::string& what) {
  const std::optional<int64_t> time = server::ParseTime(Word(node, what));
  if (!time) FailAt(node, what + " must be a time such as 2026-03-02T09:05:00Z");
  return *time;
}

std::string PlaceOf(const YAML::Node& node, const std::string& path) {
  const server::YamlError place(node.Mark(), "");
  return path + ":" + std::to_string(place.line) + ":" + std::to_string(place.column);
}

std::shared_ptr<const SourceText> JsonOf(const YAML::Node& node, const YAML::Node& place,
                                         const std::string& path) {
  return std::make_shared<const SourceText>(
      path + ":" + std::to_string(place.Mark().line + 1) + " as JSON", server::YamlToJson(node));
}

}  // namespace thuja::cli
