// SPDX-License-Identifier: Apache-2.0
// Reading of requests and contexts.
//
// Tested by tests/unit/data/requests_test.cc and tests/unit/data/hostile_json_test.cc.
#include "engine/data/requests.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>

#include "engine/base/names.h"
#include "engine/data/entities.h"
#include "engine/lang/parser.h"

namespace thuja::data {
namespace {

using base::DiagnosticKind;
using value::EntityUid;
using value::EntityUidView;
using value::Json;
using value::Request;

// Keeps the memory that `out` has.
void Assign(const EntityUidView& uid, EntityUid& out) {
  out.type.assign(uid.type);
  out.id.assign(uid.id);
}

// `Agent::"alice"` without escapes, spaces and comments, as nearly all are written; nothing if the
// text is anything else, which the parser of policies then reads.
std::optional<EntityUidView> SplitUidText(std::string_view text) {
  const size_t quote = text.find('"');
  if (quote == std::string_view::npos || text.size() < quote + 2 || !text.ends_with('"')) {
    return std::nullopt;
  }
  const std::string_view name = text.substr(0, quote);
  const std::string_view id = text.substr(quote + 1, text.size() - quote - 2);
  if (!name.ends_with("::") || !base::IsTypeName(name.substr(0, name.size() - 2))) {
    return std::nullopt;
  }
  const auto plain = [](char c) {
    return c != '"' && c != '\\' && static_cast<unsigned char>(c) >= 0x20;
  };
  if (!std::ranges::all_of(id, plain)) return std::nullopt;
  return EntityUidView{name.substr(0, name.size() - 2), id};
}

// What is wrong with a uid inside a JSON string is said in one sentence, at the string.
bool ReadUidText(const Json& json, const Place& place, ValueReader& reader, EntityUid& out) {
  if (const std::optional<EntityUidView> uid = SplitUidText(json.text)) {
    Assign(*uid, out);
    return true;
  }
  const auto text = std::make_shared<const base::SourceText>("uid", std::string(json.text));
  base::Diagnostics problems;
  std::optional<EntityUid> uid = ParseEntityUid(text, problems);
  if (!uid) {
    reader.Report(DiagnosticKind::kJsonExpected, json.span,
                  {place.ToString(),
                   "an entity such as `Agent::\"alice\"`: " + problems.kept().front().message});
    return false;
  }
  out = std::move(*uid);
  return true;
}

bool ReadMember(const Json& request, std::string_view key, const Place& place, ValueReader& reader,
                EntityUid& out) {
  const Json* json = request.Find(key);
  if (json == nullptr) {
    reader.Report(DiagnosticKind::kJsonMissingKey, request.span, {place.ToString(), key});
    return false;
  }
  return ReadUid(*json, Place(place, key), reader, &out);
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

bool ReadOverlay(const Json& json, const Place& place, ValueReader& reader, Request& request) {
  if (!json.IsArray()) {
    reader.ReportExpected(json, place, "an array of entities");
    return false;
  }
  for (size_t i = 0; i < json.elements.size(); ++i) {
    const auto entity = ReadEntity(json.elements[i], Place(place, i), reader);
    if (!entity) return false;
    request.entities.push_back(*entity);
  }
  return true;
}

// REQUIRES: the request is empty.
bool ReadParts(const value::JsonDocument& document, const Json& json, const Place& place,
               base::Diagnostics& diagnostics, OtherKeys other_keys, Request& request) {
  ValueReader reader(document, request.arena, diagnostics);
  if (!json.IsObject()) {
    reader.ReportExpected(json, place, "an object");
    return false;
  }
  if (other_keys == OtherKeys::kRefuse && !CheckKeys(json, place, reader)) return false;
  if (!ReadMember(json, "principal", place, reader, request.principal) ||
      !ReadMember(json, "action", place, reader, request.action) ||
      !ReadMember(json, "resource", place, reader, request.resource)) {
    return false;
  }
  if (const Json* context = json.Find("context"); context != nullptr) {
    const auto read = ReadRecord(*context, Place(place, "context"), reader);
    if (!read) return false;
    request.context = *read;
  }
  const Json* entities = json.Find("entities");
  return entities == nullptr || ReadOverlay(*entities, Place(place, "entities"), reader, request);
}

}  // namespace

bool ReadUid(const Json& json, const Place& place, ValueReader& reader, EntityUid* uid) {
  if (json.IsString()) return ReadUidText(json, place, reader, *uid);
  const std::optional<EntityUidView> found = reader.FindUid(json, place);
  if (found) Assign(*found, *uid);
  return found.has_value();
}

std::optional<Request> ReadRequest(const value::JsonDocument& document, const Json& json,
                                   const Place& place, base::Diagnostics& diagnostics,
                                   OtherKeys other_keys) {
  std::optional<Request> request(std::in_place);
  if (!ReadParts(document, json, place, diagnostics, other_keys, *request)) return std::nullopt;
  return request;
}

std::optional<Request> ReadRequest(std::shared_ptr<const base::SourceText> source,
                                   base::Diagnostics& diagnostics) {
  value::JsonDocument document;
  std::optional<Request> request(std::in_place);
  if (!ReadRequest(std::move(source), document, *request, diagnostics)) return std::nullopt;
  return request;
}

bool ReadRequest(base::LentText text, value::JsonDocument& document, Request& request,
                 base::Diagnostics& diagnostics) {
  request.Clear();
  return document.Read(std::move(text), diagnostics) &&
         ReadParts(document, document.root(), Place("request"), diagnostics, OtherKeys::kRefuse,
                   request);
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
