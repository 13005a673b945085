// SPDX-License-Identifier: Apache-2.0
// Each constraint is an object of one member, which says the kind and is read by its row.
//
// Values are plain data: `__entity` and `__extn` are keys as others are, for who asks for a grant
// may not say what is an entity. The one value beyond JSON is a decimal, `{"decimal": "9.99"}`,
// where an object cannot be meant: in a range and in a list.
//
// Tested by tests/unit/grant_json/constraint_json_test.cc and tests/fuzz/grant_request_fuzz.cc.
#include "server/grants/constraint_json.h"

#include <algorithm>
#include <vector>

#include "engine/diagnostics.h"
#include "server/grants/form.h"

namespace thuja::server {
namespace {

using grants::ArgumentConstraint;
using grants::kMostAlternatives;
using Kind = ArgumentConstraint::Kind;
using value::Type;

using Constraint = std::optional<ArgumentConstraint>;

// REQUIRES: an object.
std::optional<Value> ReadDecimal(const Json& json, const Place& place, ValueReader& reader) {
  if (!CheckMembers(json, place, {"decimal"}, reader)) return std::nullopt;
  const Json* text = json.Find("decimal");
  if (text == nullptr) {
    reader.Report(DiagnosticKind::kJsonMissingKey, json.span, {place.ToString(), "decimal"});
    return std::nullopt;
  }
  const auto scaled = text->IsString() ? ParseDecimal(text->text) : std::nullopt;
  if (!scaled) {
    ReportOther(*text, Place(place, "decimal"), "a text such as `\"9.99\"`", reader);
    return std::nullopt;
  }
  return Value::Decimal(*scaled);
}

std::optional<Value> ReadBound(const Json& json, const Place& place, ValueReader& reader) {
  switch (json.kind) {
    case Json::Kind::kObject: return ReadDecimal(json, place, reader);
    case Json::Kind::kInteger:
    case Json::Kind::kOtherNumber: return reader.ReadValue(json, place);
    default:
      reader.ReportExpected(json, place, "a whole number or `{\"decimal\": \"9.99\"}`");
      return std::nullopt;
  }
}

std::optional<std::vector<std::string>> ReadTexts(const Json& json, const Place& place,
                                                  std::string_view of, ValueReader& reader) {
  if (!CheckList(json, place, of, kMostAlternatives, reader)) return std::nullopt;
  std::vector<std::string> texts;
  texts.reserve(json.elements.size());
  for (size_t i = 0; i < json.elements.size(); ++i) {
    const Json& element = json.elements[i];
    if (!element.IsString()) {
      reader.ReportExpected(element, Place(place, i), "a string");
      return std::nullopt;
    }
    texts.emplace_back(element.text);
  }
  return texts;
}

Constraint ReadExact(const Json& json, const Place& place, ValueReader& reader) {
  const std::optional<Value> value = reader.ReadValue(json, place);
  if (!value) return std::nullopt;
  return Accept(ArgumentConstraint::Exact(*value), json, place, reader);
}

Constraint ReadOneOf(const Json& json, const Place& place, ValueReader& reader) {
  if (!CheckList(json, place, "values", kMostAlternatives, reader)) return std::nullopt;
  std::vector<Value> values;
  values.reserve(json.elements.size());
  for (size_t i = 0; i < json.elements.size(); ++i) {
    const Json& element = json.elements[i];
    const Place here(place, i);
    if (element.IsArray()) {
      reader.ReportExpected(element, here, "a string, a whole number, a boolean or a decimal");
      return std::nullopt;
    }
    const std::optional<Value> value =
        element.IsObject() ? ReadDecimal(element, here, reader) : reader.ReadValue(element, here);
    if (!value) return std::nullopt;
    values.push_back(*value);
  }
  return Accept(ArgumentConstraint::OneOf(values), json, place, reader);
}

Constraint ReadRange(const Json& json, const Place& place, ValueReader& reader) {
  if (!CheckMembers(json, place, {"min", "max"}, reader)) return std::nullopt;
  std::optional<Value> bounds[2];
  static constexpr std::string_view kNames[] = {"min", "max"};
  for (size_t i = 0; i < 2; ++i) {
    const Json* bound = json.Find(kNames[i]);
    if (bound == nullptr) continue;
    bounds[i] = ReadBound(*bound, Place(place, kNames[i]), reader);
    if (!bounds[i]) return std::nullopt;
  }
  return Accept(ArgumentConstraint::Range(bounds[0], bounds[1]), json, place, reader);
}

template <auto kMake>
Constraint ReadText(const Json& json, const Place& place, ValueReader& reader) {
  if (!json.IsString()) {
    reader.ReportExpected(json, place, "a string");
    return std::nullopt;
  }
  return Accept(kMake(json.text), json, place, reader);
}

Constraint ReadHosts(const Json& json, const Place& place, ValueReader& reader) {
  const auto patterns = ReadTexts(json, place, "hosts", reader);
  if (!patterns) return std::nullopt;
  return Accept(ArgumentConstraint::Host(*patterns), json, place, reader);
}

Constraint ReadRanges(const Json& json, const Place& place, ValueReader& reader) {
  const auto ranges = ReadTexts(json, place, "ranges", reader);
  if (!ranges) return std::nullopt;
  return Accept(ArgumentConstraint::Cidr(*ranges), json, place, reader);
}

struct Form {
  Kind kind;
  std::string_view name;
  Constraint (*read)(const Json&, const Place&, ValueReader&);
};

constexpr std::string_view kAny = "any";
constexpr std::string_view kExpected =
    "`\"any\"` or an object with one of `exact`, `one_of`, `range`, `path`, `host`, `cidr` and "
    "`regex`";

constexpr Form kForms[] = {
    {Kind::kExact, "exact", &ReadExact},
    {Kind::kOneOf, "one_of", &ReadOneOf},
    {Kind::kRange, "range", &ReadRange},
    {Kind::kPathPrefix, "path", &ReadText<&ArgumentConstraint::PathPrefix>},
    {Kind::kHost, "host", &ReadHosts},
    {Kind::kCidr, "cidr", &ReadRanges},
    {Kind::kRegex, "regex", &ReadText<&ArgumentConstraint::Regex>},
};

template <typename Items, typename Append>
void AppendList(const Items& items, Append append, std::string* out) {
  out->push_back('[');
  bool is_first = true;
  for (const auto& item : items) {
    if (!std::exchange(is_first, false)) out->push_back(',');
    append(item);
  }
  out->push_back(']');
}

// Sets and records are kept in one order, so that equal ones have equal texts.
void AppendValue(const Value& value, std::string* out) {
  switch (value.type()) {
    case Type::kBool: out->append(value.AsBool() ? "true" : "false"); return;
    case Type::kLong: out->append(std::to_string(value.AsInteger())); return;
    case Type::kString: out->append(QuoteJson(value.AsString())); return;
    case Type::kSet:
      return AppendList(
          value.AsSet(), [out](const Value& inner) { AppendValue(inner, out); }, out);
    case Type::kRecord: {
      out->push_back('{');
      bool is_first = true;
      for (const Field& field : value.AsRecord()) {
        if (!std::exchange(is_first, false)) out->push_back(',');
        out->append(QuoteJson(field.key)).push_back(':');
        AppendValue(field.value, out);
      }
      out->push_back('}');
      return;
    }
    default: out->append("null"); return;
  }
}

// Where a decimal may stand.
void AppendScalar(const Value& value, std::string* out) {
  if (!value.Is(Type::kDecimal)) return AppendValue(value, out);
  out->append("{\"decimal\":\"").append(PrintDecimal(value.AsInteger())).append("\"}");
}

void AppendRange(const ArgumentConstraint& constraint, std::string* out) {
  const std::optional<Value> minimum = constraint.minimum();
  const std::optional<Value> maximum = constraint.maximum();
  out->push_back('{');
  if (minimum) {
    out->append("\"min\":");
    AppendScalar(*minimum, out);
  }
  if (minimum && maximum) out->push_back(',');
  if (maximum) {
    out->append("\"max\":");
    AppendScalar(*maximum, out);
  }
  out->push_back('}');
}

void AppendPayload(const ArgumentConstraint& constraint, std::string* out) {
  switch (constraint.kind()) {
    case Kind::kAny: return;
    case Kind::kExact: return AppendValue(constraint.values().front(), out);
    case Kind::kOneOf:
      return AppendList(
          constraint.values(), [out](const Value& value) { AppendScalar(value, out); }, out);
    case Kind::kRange: return AppendRange(constraint, out);
    case Kind::kPathPrefix:
    case Kind::kRegex: out->append(QuoteJson(constraint.texts().front())); return;
    case Kind::kHost:
      return AppendList(
          constraint.texts(), [out](const std::string& host) { out->append(QuoteJson(host)); },
          out);
    case Kind::kCidr:
      return AppendList(
          constraint.ranges(),
          [out](const value::IpAddress& range) { out->append(QuoteJson(PrintIpaddr(range))); },
          out);
  }
}

}  // namespace

Constraint ReadConstraint(const Json& json, const Place& place, ValueReader& reader) {
  if (json.IsString() && json.text == kAny) return ArgumentConstraint::Any();
  // Two members would be two constraints, of which one could be overlooked.
  if (!json.IsObject() || json.members.size() != 1) {
    ReportOther(json, place, std::string(kExpected), reader);
    return std::nullopt;
  }
  const JsonMember& member = json.members.front();
  const auto* const form = std::ranges::find(kForms, member.key, &Form::name);
  if (form == std::end(kForms)) {
    reader.Report(DiagnosticKind::kJsonExpected, member.key_span,
                  {place.ToString(), std::string(kExpected) + ", found " + Quote(member.key)});
    return std::nullopt;
  }
  return form->read(member.value, Place(place, form->name), reader);
}

void AppendConstraint(const ArgumentConstraint& constraint, std::string* out) {
  if (constraint.kind() == Kind::kAny) {
    out->append(QuoteJson(kAny));
    return;
  }
  const auto* const form = std::ranges::find(kForms, constraint.kind(), &Form::kind);
  out->append("{\"").append(form->name).append("\":");
  AppendPayload(constraint, out);
  out->push_back('}');
}

}  // namespace thuja::server
