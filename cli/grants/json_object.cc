// SPDX-License-Identifier: Apache-2.0
// Writing of objects.
//
// Tested by tests/unit/cli/grant_flags_test.cc.
#include "cli/grants/json_object.h"

#include <algorithm>

namespace thuja::cli {

JsonObject::JsonObject(const Json& json) {
  for (const JsonMember& member : json.members) {
    members_.emplace_back(member.key, WriteJson(member.value));
  }
}

void JsonObject::Set(std::string_view key, std::string json) {
  for (auto& [name, value] : members_) {
    if (name != key) continue;
    value = std::move(json);
    return;
  }
  members_.emplace_back(key, std::move(json));
}

void JsonObject::Remove(std::string_view key) {
  std::erase_if(members_, [key](const auto& member) { return member.first == key; });
}

bool JsonObject::Has(std::string_view key) const {
  return std::ranges::any_of(members_, [key](const auto& member) { return member.first == key; });
}

std::string JsonObject::ToString() const {
  std::string out = "{";
  for (const auto& [name, value] : members_) {
    if (out.size() > 1) out += ',';
    out += QuoteJson(name) + ":" + value;
  }
  return out + "}";
}

std::string JsonArray(const std::vector<std::string>& elements) {
  std::string out = "[";
  for (const std::string& element : elements) out += (out.size() > 1 ? "," : "") + element;
  return out + "]";
}

}  // namespace thuja::cli
