// SPDX-License-Identifier: Apache-2.0
// Rendering of scopes.
//
// Tested by tests/unit/cli/grant_text_test.cc.
#include "cli/grants/scope_text.h"

#include <span>
#include <string_view>

#include "cli/table.h"

namespace thuja::cli {
namespace {

// A value of a constraint: `{"decimal": "9.99"}` is the number itself.
std::string ValueText(const Json& value) {
  const Json* decimal =
      value.IsObject() && value.members.size() == 1 ? value.Find("decimal") : nullptr;
  return decimal != nullptr ? PlainText(decimal) : WriteJson(value);
}

std::string Listed(const Json& list, std::string (*show)(const Json&)) {
  if (!list.IsArray()) return show(list);
  std::string out;
  for (const Json& element : list.elements) out += (out.empty() ? "" : ", ") + show(element);
  return out.empty() ? "none" : out;
}

std::string Word(const Json& json) { return PlainText(&json); }

std::string RangeText(const Json& range) {
  const Json* least = range.Find("min");
  const Json* most = range.Find("max");
  if (least != nullptr && most != nullptr) {
    return "from " + ValueText(*least) + " to " + ValueText(*most);
  }
  if (least != nullptr) return "at least " + ValueText(*least);
  return most != nullptr ? "at most " + ValueText(*most) : WriteJson(range);
}

// What follows the argument's name.
std::string ConstraintText(const Json& constraint) {
  if (constraint.IsString()) return " " + std::string(constraint.text);
  if (constraint.IsObject() && constraint.members.size() == 1) {
    const auto& [kind, span, value] = constraint.members.front();
    if (kind == "exact") return " = " + ValueText(value);
    if (kind == "one_of") return " one of " + Listed(value, &ValueText);
    if (kind == "range") return " " + RangeText(value);
    if (kind == "path") return " within " + Word(value);
    if (kind == "host") return " on " + Listed(value, &Word);
    if (kind == "cidr") return " in " + Listed(value, &Word);
    if (kind == "regex") return " matches " + Word(value);
  }
  return " " + WriteJson(constraint);
}

std::string ArgumentsText(const Json& tool) {
  const Json* arguments = tool.Find("arguments");
  if (arguments == nullptr) return "not looked at";
  std::string out;
  for (const JsonMember& argument : arguments->members) {
    out += (out.empty() ? "" : "; ") + std::string(argument.key) + ConstraintText(argument.value);
  }
  const Json* open = tool.Find("open");
  if (open != nullptr && open->boolean) return out.empty() ? "any" : out + "; any others";
  return out.empty() ? "none" : out;
}

std::string PatternText(const Json& tool) {
  if (const Json* pattern = tool.Find("tool"); pattern != nullptr) return PlainText(pattern);
  if (const Json* regex = tool.Find("tool_regex"); regex != nullptr) {
    return "matches " + PlainText(regex);
  }
  return WriteJson(tool);
}

std::string ResourceText(const Json& resource) {
  const Json* regex = resource.Find("regex");
  return regex == nullptr ? Word(resource) : "matches " + PlainText(regex);
}

}  // namespace

std::string PlainText(const Json* json) {
  if (json == nullptr || json->kind == Json::Kind::kNull) return "";
  return json->IsString() ? std::string(json->text) : WriteJson(*json);
}

std::string ToolsText(const Json& grant) {
  const Json* tools = grant.Find("tools");
  Table table({"TOOL", "ARGUMENTS"});
  for (const Json& tool : tools == nullptr ? std::span<const Json>() : tools->elements) {
    if (tool.IsString()) {
      table.Add({PlainText(&tool), "not looked at"});
    } else {
      table.Add({PatternText(tool), ArgumentsText(tool)});
    }
  }
  return table.ToString();
}

std::string ResourcesText(const Json& grant) {
  const Json* resources = grant.Find("resources");
  return resources == nullptr ? "not looked at" : Listed(*resources, &ResourceText);
}

}  // namespace thuja::cli
