// SPDX-License-Identifier: Apache-2.0
// Reading of requests and contexts.
//
// Tested by tests/unit/data/requests_test.cc and tests/unit/data/hostile_json_test.cc.
#include "engine/data/requests.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/data/entities.h"
#include "engine/lang/parser.h"

namespace thuja::data {
namespace {

using base::DiagnosticKind;
using value::EntityUid;
using value::Json;
using value::Request;

// What is wrong with a uid inside a JSON string is said in one sentence, at the string.
std::optional<EntityUid> ReadUidText(const Json& json, const Place& place, ValueReader& reader) {
  const auto text = std::make_shared<const base::SourceText>("uid", std::string(json.text));
  base::Diagnostics problems;
  std::optional<EntityUid> uid = ParseEntityUid(text, problems);
  if (!uid) {
    reader.Report(DiagnosticKind::kJsonExpected, json.span,
                  {place.ToString(),
                   "an entity such as `Agent::\"alice\"`: " + problems.kept().front().message});
  }
  return uid;
}

bool ReadMember(const Json& request, std::string_view key, const Place& place, ValueReader& reader,
                EntityUid* out) {
  const Json* json = request.Find(key);
  if (json == nullptr) {
    reader.Report(DiagnosticKind::kJsonMissingKey, request.span, {place.ToString(), key});
    return false;
  }
  std::optional<EntityUid> uid = ReadUid(*json, Place(place, key), reader);
  if (uid) *out = std::move(*uid);
  return uid.has_value();
}

// A context must be a record; an escape that stands for another value is none.
std::optional<value::Value> ReadRecord(const Json& json, const Place& place, ValueReader& reader) {
  std::optional<value::Value> context = reader.ReadValue(json, place);
  if (context && !context->Is(value::Type::kRecord)) {
    reader.Report(DiagnosticKind::kJsonExpected, json.span,
                  {place.ToString(),
                   "a record, found a value of type " + std::string(TypeName(context->type()))});
    return std::nullopt;
  }
  return context;
}

bool CheckKeys(const Json& request, const Place& place, ValueReader& reader) {
  static constexpr std::array<std::string_view, 5> kKnown = {"principal", "action", "resource",
                                                             "context", "entities"};
  for (const value::JsonMember& member : request.members) {
    if (std::ranges::find(kKnown, member.key) != kKnown.end()) continue;
    reader.Report(DiagnosticKind::kJsonUnknownKey, member.key_span,
                  {place.ToString(), base::Quote(member.key),
                   "`principal`, `action`, `resource`, `context` and `entities`"});
    return false;
  }
  return true;
}

bool ReadOverlay(const Json& json, const Place& place, ValueReader& reader, Request* request) {
  if (!json.IsArray()) {
    reader.ReportExpected(json, place, "an array of entities");
    return false;
  }
  for (size_t i = 0; i < json.elements.size(); ++i) {
    const auto entity = ReadEntity(json.elements[i], Place(place, i), reader);
    if (!entity) return false;
    request->entities.push_back(*entity);
  }
  return true;
}

}  // namespace

std::optional<EntityUid> ReadUid(const Json& json, const Place& place, ValueReader& reader) {
  if (json.IsString()) return ReadUidText(json, place, reader);
  const std::optional<value::EntityUidView> uid = reader.ReadUid(json, place);
  if (!uid) return std::nullopt;
  return EntityUid{std::string(uid->type), std::string(uid->id)};
}

std::optional<Request> ReadRequest(const value::JsonDocument& document, const Json& json,
                                   const Place& place, base::Diagnostics& diagnostics,
                                   OtherKeys other_keys) {
  std::optional<Request> request(std::in_place);
  ValueReader reader(document, request->arena, diagnostics);
  if (!json.IsObject()) {
    reader.ReportExpected(json, place, "an object");
    return std::nullopt;
  }
  if (other_keys == OtherKeys::kRefuse && !CheckKeys(json, place, reader)) return std::nullopt;
  if (!ReadMember(json, "principal", place, reader, &request->principal) ||
      !ReadMember(json, "action", place, reader, &request->action) ||
      !ReadMember(json, "resource", place, reader, &request->resource)) {
    return std::nullopt;
  }
  if (const Json* context = json.Find("context"); context != nullptr) {
    const auto read = ReadRecord(*context, Place(place, "context"), reader);
    if (!read) return std::nullopt;
    request->context = *read;
  }
  if (const Json* entities = json.Find("entities"); entities != nullptr) {
    if (!ReadOverlay(*entities, Place(place, "entities"), reader, &*request)) return std::nullopt;
  }
  return request;
}

std::optional<Request> ReadRequest(std::shared_ptr<const base::SourceText> source,
                                   base::Diagnostics& diagnostics) {
  const auto document = value::ReadJson(std::move(source), diagnostics);
  if (!document) return std::nullopt;
  return ReadRequest(*document, document->root(), Place("request"), diagnostics);
}

std::optional<value::Value> ReadContext(std::shared_ptr<const base::SourceText> source,
                                        base::Arena& arena, base::Diagnostics& diagnostics) {
  const auto document = value::ReadJson(std::move(source), diagnostics);
  if (!document) return std::nullopt;
  ValueReader reader(*document, arena, diagnostics);
  return ReadRecord(document->root(), Place("context"), reader);
}

std::optional<EntityUid> ParseEntityUid(std::shared_ptr<const base::SourceText> source,
                                        base::Diagnostics& diagnostics) {
  std::optional<lang::EntityLiteral> literal = lang::ParseEntityLiteral(source, diagnostics);
  if (!literal) return std::nullopt;
  return EntityUid{std::move(literal->type), std::move(literal->id)};
}

}  // namespace thuja::data
