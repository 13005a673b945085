// SPDX-License-Identifier: Apache-2.0
// A look at the words of schema and policies and at the shape of the data; no parse of the schema
// is needed, because doubt may only lead to not running a request.
//
// Tested by tests/unit/cli/conformance_test.cc.
#include "cli/conformance/schema_need.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

namespace thuja::cli {
namespace {

// Extension types and the functions that make them.
constexpr std::array<std::pair<std::string_view, std::string_view>, 4> kExtensions = {
    {{"ipaddr", "ip"}, {"decimal", "decimal"}, {"datetime", "datetime"}, {"duration", "duration"}}};

bool IsWordCharacter(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_';
}

std::vector<std::string_view> WordsOf(std::string_view text) {
  std::vector<std::string_view> words;
  for (size_t i = 0; i < text.size();) {
    size_t end = i;
    while (end < text.size() && IsWordCharacter(text[end])) ++end;
    if (end > i) words.push_back(text.substr(i, end - i));
    i = end + 1;
  }
  return words;
}

bool HasWord(std::string_view text, std::string_view word) {
  const std::vector<std::string_view> words = WordsOf(text);
  return std::ranges::find(words, word) != words.end();
}

bool IsImplicitUid(const Json& json) {
  return json.members.size() == 2 && json.Find("type") != nullptr && json.Find("id") != nullptr &&
         json.Find("type")->IsString() && json.Find("id")->IsString();
}

bool IsEscape(const Json& json) {
  return json.Find("__extn") != nullptr || json.Find("__entity") != nullptr;
}

}  // namespace

bool NeedsActionGroups(std::string_view schema, std::string_view policies, const Json& entities) {
  if (!HasWord(policies, "action") || !HasWord(policies, "in")) return false;
  const bool has_actions = std::ranges::any_of(entities.elements, [](const Json& entity) {
    const Json* uid = entity.Find("uid");
    const Json* type = uid == nullptr ? nullptr : uid->Find("type");
    return type != nullptr && (type->text == "Action" || type->text.ends_with("::Action"));
  });
  if (has_actions) return false;
  for (size_t at = schema.find("action "); at != std::string_view::npos;
       at = schema.find("action ", at + 1)) {
    if (schema.find(" in ", at) < schema.find_first_of(";{", at)) return true;
  }
  return false;
}

// In a schema's words an attribute stands right before its type.
ImplicitValues::ImplicitValues(std::string_view schema) {
  const std::vector<std::string_view> words = WordsOf(schema);
  for (size_t i = 1; i < words.size(); ++i) {
    for (const auto& [type, function] : kExtensions) {
      if (words[i] == type) attributes_.emplace(std::string(words[i - 1]), std::string(function));
    }
  }
}

std::string ImplicitValues::SpellOutAttribute(std::string_view name, const Json& json) const {
  if (!json.IsString()) return SpellOut(json);
  for (const auto& [attribute, function] : attributes_) {
    if (attribute != name) continue;
    return "{\"__extn\":{\"fn\":" + QuoteJson(function) + ",\"arg\":" + QuoteJson(json.text) + "}}";
  }
  return QuoteJson(json.text);
}

std::string ImplicitValues::SpellOutMembers(const Json& json) const {
  const bool escape = IsEscape(json);
  std::string out;
  for (const JsonMember& member : json.members) {
    out += (out.empty() ? "" : ",") + QuoteJson(member.key) + ":";
    out += escape ? WriteJson(member.value) : SpellOutAttribute(member.key, member.value);
  }
  return "{" + out + "}";
}

std::string ImplicitValues::SpellOut(const Json& json) const {
  if (IsImplicitUid(json)) return "{\"__entity\":" + WriteJson(json) + "}";
  if (json.IsObject()) return SpellOutMembers(json);
  if (!json.IsArray()) return WriteJson(json);
  std::string out;
  for (const Json& element : json.elements) out += (out.empty() ? "" : ",") + SpellOut(element);
  return "[" + out + "]";
}

std::string ImplicitValues::SpellOutEntities(const Json& entities) const {
  std::string out;
  for (const Json& entity : entities.elements) {
    out += out.empty() ? "{" : ",{";
    bool first = true;
    for (const JsonMember& member : entity.members) {
      const bool values = member.key == "attrs" || member.key == "tags";
      out += (first ? "" : ",") + QuoteJson(member.key) + ":";
      out += values && member.value.IsObject() ? SpellOutMembers(member.value)
                                               : WriteJson(member.value);
      first = false;
    }
    out += "}";
  }
  return "[" + out + "]";
}

}  // namespace thuja::cli
