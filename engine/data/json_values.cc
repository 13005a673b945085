// SPDX-License-Identifier: Apache-2.0
// The escapes and the rules of JSON values.
//
// Tested by tests/unit/data/json_values_test.cc and tests/unit/data/hostile_json_test.cc.
#include "engine/data/json_values.h"

#include <span>
#include <utility>

#include "engine/base/names.h"
#include "engine/func/function.h"

namespace thuja::data {
namespace {

using base::DiagnosticKind;
using value::EntityUidView;
using value::Field;
using value::Json;
using value::Value;

// The payload of an object with this one key, if the payload is an object of two or more members;
// anything else leaves the object a plain record, as in Cedar.
const Json* EscapePayload(const Json& json, std::string_view key) {
  if (json.members.size() != 1 || json.members[0].key != key) return nullptr;
  const Json& payload = json.members[0].value;
  return payload.IsObject() && payload.members.size() >= 2 ? &payload : nullptr;
}

bool HasString(const Json& json, std::string_view key) {
  const Json* member = json.Find(key);
  return member != nullptr && member->IsString();
}

bool IsCall(const Json& payload) {
  if (!HasString(payload, "fn")) return false;
  const Json* arguments = payload.Find("args");
  return payload.Find("arg") != nullptr || (arguments != nullptr && arguments->IsArray());
}

// `__extn` names a function of either style; no two share a name. Of all names few are as long as
// the one that is wanted and end as it does, so that a look at each is shorter than a bisection.
const func::Function* FindAnyFunction(std::string_view name) {
  if (name.empty()) return nullptr;
  for (const func::Function& function : func::AllFunctions()) {
    if (function.name.size() == name.size() && function.name.back() == name.back() &&
        function.name == name) {
      return &function;
    }
  }
  return nullptr;
}

}  // namespace

std::string Place::ToString() const {
  if (parent_ == nullptr) return std::string(name_);
  const std::string parent = parent_->ToString();
  if (name_.data() == nullptr) return parent + "[" + std::to_string(index_) + "]";
  if (base::IsIdentifier(name_)) return parent + "." + std::string(name_);
  return parent + "[" + base::Quote(name_) + "]";
}

void ValueReader::ReportExpected(const Json& json, const Place& place, std::string_view what) {
  Report(DiagnosticKind::kJsonExpected, json.span,
         {place.ToString(), std::string(what) + ", found " + std::string(Describe(json.kind))});
}

std::optional<Value> ValueReader::ReadValue(const Json& json, const Place& place) {
  switch (json.kind) {
    case Json::Kind::kBool: return Value::Bool(json.boolean);
    case Json::Kind::kInteger: return Value::Long(json.integer);
    case Json::Kind::kString: return Value::String(arena_.CopyString(json.text));
    case Json::Kind::kArray: return ReadSet(json, place);
    case Json::Kind::kObject: return ReadObject(json, place);
    case Json::Kind::kOtherNumber:
      Report(DiagnosticKind::kJsonNumber, json.span, {place.ToString(), base::Quote(json.text)});
      return std::nullopt;
    case Json::Kind::kNull:
      Report(DiagnosticKind::kJsonNull, json.span, {place.ToString()});
      return std::nullopt;
  }
  return std::nullopt;
}

std::optional<Value> ValueReader::ReadSet(const Json& json, const Place& place) {
  const std::span<Value> elements(arena_.AllocateArray<Value>(json.elements.size()),
                                  json.elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    const std::optional<Value> element = ReadValue(json.elements[i], Place(place, i));
    if (!element) return std::nullopt;
    elements[i] = *element;
  }
  return Value::Set(elements);
}

std::optional<Value> ValueReader::ReadAttributes(const Json& json, const Place& place) {
  if (!json.IsObject()) {
    ReportExpected(json, place, "an object");
    return std::nullopt;
  }
  const std::span<Field> fields(arena_.AllocateArray<Field>(json.members.size()),
                                json.members.size());
  for (size_t i = 0; i < fields.size(); ++i) {
    const value::JsonMember& member = json.members[i];
    const std::optional<Value> value = ReadValue(member.value, Place(place, member.key));
    if (!value) return std::nullopt;
    fields[i] = {arena_.CopyString(member.key), *value};
  }
  return Value::Record(fields);
}

std::optional<Value> ValueReader::ReadObject(const Json& json, const Place& place) {
  if (escapes_ == Escapes::kPlain) return ReadAttributes(json, place);
  // Nearly every record has more or less than one member, or one of another name.
  if (json.members.size() != 1 || !json.members[0].key.starts_with("__")) {
    return ReadAttributes(json, place);
  }
  if (const Json* entity = EscapePayload(json, "__entity"); entity != nullptr) {
    if (const TypeAndId found = FindTypeAndId(*entity)) {
      const std::optional<EntityUidView> uid = CheckUid(found, place);
      if (!uid) return std::nullopt;
      return Value::Entity(arena_.New(Copy(*uid)));
    }
  }
  if (const Json* call = EscapePayload(json, "__extn"); call != nullptr && IsCall(*call)) {
    return ReadCall(*call, place);
  }
  if (json.members[0].key == "__expr" && json.members[0].value.IsString()) {
    Report(DiagnosticKind::kJsonExpression, json.span, {place.ToString()});
    return std::nullopt;
  }
  return ReadAttributes(json, place);
}

std::optional<Value> ValueReader::ReadCall(const Json& call, const Place& place) {
  const std::string_view name = call.Find("fn")->text;
  std::span<const Json> inputs;
  const Json* single = call.Find("arg");
  inputs = single != nullptr ? std::span(single, 1) : call.Find("args")->elements;
  const std::span<Value> arguments(arena_.AllocateArray<Value>(inputs.size()), inputs.size());
  for (size_t i = 0; i < inputs.size(); ++i) {
    const std::optional<Value> argument = ReadValue(inputs[i], Place(place, i));
    if (!argument) return std::nullopt;
    arguments[i] = *argument;
  }
  const func::Function* function = FindAnyFunction(name);
  if (function == nullptr) {
    Report(DiagnosticKind::kJsonFunction, call.span, {place.ToString(), base::Quote(name)});
    return std::nullopt;
  }
  const auto fail = [&](std::string_view why) {
    Report(DiagnosticKind::kJsonCall, call.span, {place.ToString(), why});
    return std::nullopt;
  };
  if (arguments.size() != function->parameters.size()) {
    return fail(base::Quote(name) + " takes another number of arguments");
  }
  for (size_t i = 0; i < arguments.size(); ++i) {
    if (!arguments[i].Is(function->parameters[i])) {
      return fail(base::Quote(name) + " takes a value of type " +
                  std::string(TypeName(function->parameters[i])) + ", not " +
                  std::string(TypeName(arguments[i].type())));
    }
  }
  const func::CallResult result = function->call(arguments, arena_);
  if (!result.value) return fail(result.failure);
  return result.value;
}

ValueReader::TypeAndId ValueReader::FindTypeAndId(const Json& json) {
  const Json* type = json.Find("type");
  const Json* id = json.Find("id");
  if (type == nullptr || !type->IsString() || id == nullptr || !id->IsString()) return {};
  return {type, id};
}

std::optional<EntityUidView> ValueReader::CheckUid(const TypeAndId& found, const Place& place) {
  const std::string_view type = found.type->text;
  if (!base::IsTypeName(type)) {
    Report(DiagnosticKind::kJsonTypeName, found.type->span, {place.ToString(), base::Quote(type)});
    return std::nullopt;
  }
  return EntityUidView{type, found.id->text};
}

std::optional<EntityUidView> ValueReader::FindUid(const Json& json, const Place& place) {
  if (escapes_ == Escapes::kHonour) {
    if (const Json* entity = json.Find("__entity"); entity != nullptr) {
      if (const TypeAndId found = FindTypeAndId(*entity)) return CheckUid(found, place);
    }
  }
  if (const TypeAndId found = FindTypeAndId(json)) return CheckUid(found, place);
  ReportExpected(json, place, "an entity such as `{\"type\": \"Agent\", \"id\": \"a\"}`");
  return std::nullopt;
}

std::optional<EntityUidView> ValueReader::ReadUid(const Json& json, const Place& place) {
  const std::optional<EntityUidView> uid = FindUid(json, place);
  if (!uid) return std::nullopt;
  return Copy(*uid);
}

}  // namespace thuja::data
