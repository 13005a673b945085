// SPDX-License-Identifier: Apache-2.0
// Conversion and merging of YAML.
//
// Tested by tests/unit/config/yaml_json_test.cc.
#include "server/config/yaml_json.h"

#include <set>
#include <string_view>

#include "engine/json.h"

namespace thuja::server {
namespace {

// Far more than a suite needs; aliases can make a short text this large.
constexpr size_t kMaxNodes = 1'000'000;
constexpr int kMaxDepth = 100;

void CheckBelow(const YAML::Node& node, int depth, size_t* nodes) {
  if (++*nodes > kMaxNodes || depth > kMaxDepth) {
    throw YamlError(node.Mark(), "this unfolds into too much; look for an alias within itself");
  }
  if (node.IsSequence()) {
    for (const YAML::Node& element : node) CheckBelow(element, depth + 1, nodes);
  }
  if (!node.IsMap()) return;
  std::set<std::string> keys;
  for (const auto& member : node) {
    if (!member.first.IsScalar()) throw YamlError(member.first.Mark(), "a key must be a word");
    // yaml-cpp does not merge; the key would become an attribute of this name.
    if (member.first.Scalar() == "<<") {
      throw YamlError(member.first.Mark(), "merging with `<<` is not supported");
    }
    if (!keys.insert(member.first.Scalar()).second) {
      throw YamlError(member.first.Mark(), "the key `" + member.first.Scalar() + "` stands twice");
    }
    CheckBelow(member.second, depth + 1, nodes);
  }
}

// `__entity` or `__extn` if the map stands for a value of that kind, otherwise nothing.
std::string EscapeOf(const YAML::Node& map) {
  if (map.size() != 1) return "";
  const std::string key = map.begin()->first.Scalar();
  return key == "__entity" || key == "__extn" ? key : "";
}

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

// Of JSON's form, with or without a fraction; `1.2.3.4` and `2024-01-01` are none.
bool LooksLikeNumber(std::string_view text) {
  if (text.starts_with('-')) text.remove_prefix(1);
  if (text.empty() || !IsDigit(text[0])) return false;
  if (text[0] == '0' && text.size() > 1 && IsDigit(text[1])) return false;
  int points = 0;
  for (const char c : text) points += c == '.' ? 1 : IsDigit(c) ? 0 : 2;
  return points <= 1 && IsDigit(text.back());
}

std::string ScalarToJson(const YAML::Node& node) {
  const std::string& text = node.Scalar();
  const bool plain = node.Tag() == "?";
  if (plain && (text == "true" || text == "false" || LooksLikeNumber(text))) return text;
  return QuoteJson(text);
}

}  // namespace

void CheckYaml(const YAML::Node& node) {
  size_t nodes = 0;
  CheckBelow(node, 0, &nodes);
}

std::string YamlToJson(const YAML::Node& node) {
  std::string out;
  switch (node.Type()) {
    case YAML::NodeType::Scalar: return ScalarToJson(node);
    case YAML::NodeType::Sequence:
      for (const YAML::Node& element : node) out += (out.empty() ? "" : ",") + YamlToJson(element);
      return "[" + out + "]";
    case YAML::NodeType::Map:
      for (const auto& member : node) {
        out += (out.empty() ? "" : ",") + QuoteJson(member.first.Scalar()) + ":" +
               YamlToJson(member.second);
      }
      return "{" + out + "}";
    default: return "null";
  }
}

YAML::Node MergeYaml(const YAML::Node& base, const YAML::Node& over) {
  if (!base.IsMap() || !over.IsMap()) return YAML::Clone(over);
  // Both in one map would be a plain record, which is neither value.
  if (EscapeOf(base) != EscapeOf(over)) return YAML::Clone(over);
  YAML::Node merged = YAML::Clone(base);
  for (const auto& member : over) {
    const std::string key = member.first.Scalar();
    const YAML::Node below = base[key];
    merged[key] = below ? MergeYaml(below, member.second) : YAML::Clone(member.second);
  }
  return merged;
}

}  // namespace thuja::server
