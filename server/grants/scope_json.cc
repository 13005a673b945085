// SPDX-License-Identifier: Apache-2.0
// Scopes from JSON and back.
//
// Everything is counted before or while it is read, so that a text costs what it may become: what
// is too much is found out at the first part that is, not when all of it has been compiled.
//
// Tested by tests/unit/grant_json/scope_json_test.cc,
// tests/unit/grant_json/scope_round_trip_test.cc and tests/fuzz/grant_request_fuzz.cc.
#include "server/grants/scope_json.h"

#include <algorithm>
#include <optional>
#include <utility>
#include <vector>

#include "engine/diagnostics.h"
#include "server/grants/constraint_json.h"
#include "server/grants/form.h"

namespace thuja::server {
namespace {

using grants::ArgumentConstraint;
using grants::Scope;
using grants::ScopePattern;
using grants::ToolRule;

class ScopeReader {
 public:
  explicit ScopeReader(ValueReader& reader) : reader_(reader) {}

  bool ReadTools(const Json& json, const Place& place, std::vector<ToolRule>& tools) {
    if (!CheckList(json, place, "tools", grants::kMostToolRules, reader_)) return false;
    for (size_t i = 0; i < json.elements.size(); ++i) {
      auto rule = ReadRule(json.elements[i], Place(place, i));
      if (!rule) return false;
      tools.push_back(*std::move(rule));
    }
    return true;
  }

  bool ReadResources(const Json& json, const Place& place, std::vector<ScopePattern>& resources) {
    if (!CheckList(json, place, "resources", grants::kMostResources, reader_)) return false;
    for (size_t i = 0; i < json.elements.size(); ++i) {
      auto pattern = ReadResource(json.elements[i], Place(place, i));
      if (!pattern) return false;
      resources.push_back(*std::move(pattern));
    }
    return true;
  }

 private:
  enum class Syntax : uint8_t { kSegments, kRegex };

  std::optional<ScopePattern> ReadPattern(const Json& json, const Place& place, Syntax syntax) {
    if (!json.IsString()) {
      reader_.ReportExpected(json, place, "a string");
      return std::nullopt;
    }
    auto pattern = Accept(syntax == Syntax::kRegex ? ScopePattern::Regex(json.text)
                                                   : ScopePattern::Segments(json.text),
                          json, place, reader_);
    if (!pattern || !CountBytes(pattern->bytes(), json, place)) return std::nullopt;
    return pattern;
  }

  std::optional<ScopePattern> ReadResource(const Json& json, const Place& place) {
    if (json.IsString()) return ReadPattern(json, place, Syntax::kSegments);
    if (!CheckMembers(json, place, {"regex"}, reader_)) return std::nullopt;
    const Json* regex = json.Find("regex");
    if (regex == nullptr) {
      reader_.Report(DiagnosticKind::kJsonMissingKey, json.span, {place.ToString(), "regex"});
      return std::nullopt;
    }
    return ReadPattern(*regex, Place(place, "regex"), Syntax::kRegex);
  }

  std::optional<ScopePattern> ReadToolPattern(const Json& json, const Place& place) {
    const Json* segments = json.Find("tool");
    const Json* regex = json.Find("tool_regex");
    if ((segments == nullptr) == (regex == nullptr)) {
      ReportPart(json, place, "exactly one of `tool` and `tool_regex` has to be there", reader_);
      return std::nullopt;
    }
    return segments != nullptr ? ReadPattern(*segments, Place(place, "tool"), Syntax::kSegments)
                               : ReadPattern(*regex, Place(place, "tool_regex"), Syntax::kRegex);
  }

  std::optional<ToolRule> ReadRule(const Json& json, const Place& place) {
    if (json.IsString()) {
      auto pattern = ReadPattern(json, place, Syntax::kSegments);
      if (!pattern) return std::nullopt;
      return ToolRule{.tools = *std::move(pattern)};
    }
    if (!CheckMembers(json, place, {"tool", "tool_regex", "arguments", "open"}, reader_)) {
      return std::nullopt;
    }
    auto pattern = ReadToolPattern(json, place);
    if (!pattern) return std::nullopt;
    ToolRule rule{.tools = *std::move(pattern)};
    const Json* arguments = json.Find("arguments");
    const Json* open = json.Find("open");
    if (open != nullptr && !ReadOpen(*open, place, arguments != nullptr, rule)) return std::nullopt;
    if (arguments != nullptr && !ReadArguments(*arguments, Place(place, "arguments"), rule)) {
      return std::nullopt;
    }
    return rule;
  }

  // Who writes `"open": false` and no arguments means that there may be none; what he would get is
  // that any are accepted.
  bool ReadOpen(const Json& json, const Place& place, bool has_arguments, ToolRule& rule) {
    const Place here(place, "open");
    if (json.kind != Json::Kind::kBool) {
      reader_.ReportExpected(json, here, "a boolean");
      return false;
    }
    if (!has_arguments) {
      ReportPart(json, here, "says nothing without `arguments`; none at all are `{}`", reader_);
      return false;
    }
    rule.open = json.boolean;
    return true;
  }

  bool ReadArguments(const Json& json, const Place& place, ToolRule& rule) {
    if (!json.IsObject()) {
      reader_.ReportExpected(json, place, "an object");
      return false;
    }
    if (json.members.size() > grants::kMostArguments) {
      ReportPart(json, place, "more than " + std::to_string(grants::kMostArguments) + " arguments",
                 reader_);
      return false;
    }
    ToolRule::Arguments& arguments = rule.arguments.emplace();
    for (const JsonMember& member : json.members) {
      if (!CheckName(member, place)) return false;
      const Place here(place, member.key);
      auto constraint = ReadConstraint(member.value, here, reader_);
      if (!constraint || !Count(*constraint, member.value, here)) return false;
      arguments.emplace_back(std::string(member.key), *std::move(constraint));
    }
    std::ranges::sort(arguments, {}, &ToolRule::Arguments::value_type::first);
    return true;
  }

  bool CheckName(const JsonMember& member, const Place& place) {
    const std::string_view name = member.key;
    if (!name.empty() && name.size() <= grants::kLongestArgumentName && grants::IsVisible(name)) {
      return true;
    }
    reader_.Report(DiagnosticKind::kGrantPart, member.key_span,
                   {place.ToString(), "the name " + Quote(name) + " is empty, has more than " +
                                          std::to_string(grants::kLongestArgumentName) +
                                          " bytes or does not show"});
    return false;
  }

  bool Count(const ArgumentConstraint& constraint, const Json& json, const Place& place) {
    alternatives_ +=
        constraint.values().size() + constraint.texts().size() + constraint.ranges().size();
    if (alternatives_ > grants::kMostScopeAlternatives) {
      ReportPart(json, place,
                 "with it the scope has more than " +
                     std::to_string(grants::kMostScopeAlternatives) + " values, hosts and ranges",
                 reader_);
      return false;
    }
    return CountBytes(constraint.bytes(), json, place);
  }

  bool CountBytes(size_t bytes, const Json& json, const Place& place) {
    bytes_ += bytes;
    if (bytes_ <= grants::kMostScopeBytes) return true;
    ReportPart(json, place,
               "with it the scope may take more than " + std::to_string(grants::kMostScopeBytes) +
                   " bytes",
               reader_);
    return false;
  }

  ValueReader& reader_;
  size_t alternatives_ = 0;
  size_t bytes_ = 0;
};

void AppendArguments(const ToolRule::Arguments& arguments, std::string* out) {
  out->push_back('{');
  bool is_first = true;
  for (const auto& [name, constraint] : arguments) {
    if (!std::exchange(is_first, false)) out->push_back(',');
    out->append(QuoteJson(name)).push_back(':');
    AppendConstraint(constraint, out);
  }
  out->push_back('}');
}

void AppendRule(const ToolRule& rule, std::string* out) {
  const std::string text = QuoteJson(rule.tools.text());
  if (!rule.arguments && !rule.tools.is_regex()) {
    out->append(text);
    return;
  }
  out->append(rule.tools.is_regex() ? "{\"tool_regex\":" : "{\"tool\":").append(text);
  if (rule.arguments) {
    if (rule.open) out->append(",\"open\":true");
    out->append(",\"arguments\":");
    AppendArguments(*rule.arguments, out);
  }
  out->push_back('}');
}

void AppendResource(const ScopePattern& pattern, std::string* out) {
  const std::string text = QuoteJson(pattern.text());
  if (!pattern.is_regex()) {
    out->append(text);
    return;
  }
  out->append("{\"regex\":").append(text).push_back('}');
}

template <typename T>
void AppendList(const std::vector<T>& items, void (*append)(const T&, std::string*),
                std::string* out) {
  out->push_back('[');
  for (const T& item : items) {
    if (&item != items.data()) out->push_back(',');
    append(item, out);
  }
  out->push_back(']');
}

absl::Status Refuse(const Diagnostics& diagnostics) {
  return absl::InvalidArgumentError(diagnostics.kept().front().message);
}

}  // namespace

std::shared_ptr<const Scope> ReadScopeMembers(const Json& form, const Place& place,
                                              ValueReader& reader) {
  const Json* tools = form.Find("tools");
  if (tools == nullptr) {
    reader.Report(DiagnosticKind::kJsonMissingKey, form.span, {place.ToString(), "tools"});
    return nullptr;
  }
  auto scope = std::make_shared<Scope>();
  ScopeReader parts(reader);
  if (!parts.ReadTools(*tools, Place(place, "tools"), scope->tools)) return nullptr;
  const Json* resources = form.Find("resources");
  if (resources != nullptr &&
      !parts.ReadResources(*resources, Place(place, "resources"), scope->resources.emplace())) {
    return nullptr;
  }
  // What was counted is less than all of it.
  if (const absl::Status status = CheckScope(*scope); !status.ok()) {
    ReportPart(form, place, {status.message().data(), status.message().size()}, reader);
    return nullptr;
  }
  return scope;
}

void AppendScopeMembers(const Scope& scope, std::string* out) {
  out->append("\"tools\":");
  AppendList(scope.tools, &AppendRule, out);
  if (!scope.resources) return;
  out->append(",\"resources\":");
  AppendList(*scope.resources, &AppendResource, out);
}

absl::StatusOr<std::shared_ptr<const Scope>> ReadScope(std::string_view text) {
  Diagnostics diagnostics;
  JsonDocument document;
  if (!document.Read(LentText("scope", text), diagnostics)) return Refuse(diagnostics);
  base::Arena arena;
  ValueReader reader(document, arena, diagnostics, Escapes::kPlain);
  const Place place("scope");
  if (!CheckMembers(document.root(), place, {"tools", "resources"}, reader)) {
    return Refuse(diagnostics);
  }
  auto scope = ReadScopeMembers(document.root(), place, reader);
  if (scope == nullptr) return Refuse(diagnostics);
  return scope;
}

std::string WriteScope(const Scope& scope) {
  std::string text = "{";
  AppendScopeMembers(scope, &text);
  return text += '}';
}

}  // namespace thuja::server
