// SPDX-License-Identifier: Apache-2.0
// Reading of entity files.
//
// Tested by tests/unit/data/entities_test.cc and tests/unit/data/hostile_json_test.cc.
#include "engine/data/entities.h"

#include <span>
#include <string>
#include <utility>

#include "engine/base/names.h"

namespace thuja::data {
namespace {

using base::DiagnosticKind;
using value::Entity;
using value::EntityUidView;
using value::Json;

const Json* FindRequired(const Json& json, std::string_view key, const Place& place,
                         ValueReader& reader) {
  const Json* member = json.Find(key);
  if (member == nullptr) {
    reader.Report(DiagnosticKind::kJsonMissingKey, json.span, {place.ToString(), key});
  }
  return member;
}

std::optional<std::span<const EntityUidView>> ReadParents(const Json& json, const Place& place,
                                                          const EntityUidView& child,
                                                          ValueReader& reader) {
  if (!json.IsArray()) {
    reader.ReportExpected(json, place, "an array");
    return std::nullopt;
  }
  EntityUidView* parents = reader.arena().AllocateArray<EntityUidView>(json.elements.size());
  for (size_t i = 0; i < json.elements.size(); ++i) {
    const Place here(place, i);
    const std::optional<EntityUidView> parent = reader.ReadUid(json.elements[i], here);
    if (!parent) return std::nullopt;
    if (base::IsActionType(child.type) && !base::IsActionType(parent->type)) {
      reader.Report(DiagnosticKind::kActionParent, json.elements[i].span,
                    {here.ToString(), Print(child), Print(*parent)});
      return std::nullopt;
    }
    parents[i] = *parent;
  }
  return std::span<const EntityUidView>(parents, json.elements.size());
}

void ReportProblem(const value::EntityStoreBuilder::Problem& problem, const Json& json,
                   const EntityUidView& uid, size_t max_ancestor_pairs, ValueReader& reader) {
  const std::string place = Place(Place("entities"), problem.entity).ToString();
  switch (problem.error) {
    case value::EntityStoreBuilder::Error::kDuplicate:
      reader.Report(DiagnosticKind::kDuplicateEntity, json.span, {place, Print(uid)});
      return;
    case value::EntityStoreBuilder::Error::kCycle:
      reader.Report(DiagnosticKind::kEntityCycle, json.span, {place, Print(uid)});
      return;
    case value::EntityStoreBuilder::Error::kTooManyAncestors:
      reader.Report(DiagnosticKind::kTooManyAncestors, json.span,
                    {std::to_string(max_ancestor_pairs)});
      return;
  }
}

}  // namespace

std::optional<Entity> ReadEntity(const Json& json, const Place& place, ValueReader& reader) {
  if (!json.IsObject()) {
    reader.ReportExpected(json, place, "an object");
    return std::nullopt;
  }
  const Json* uid = FindRequired(json, "uid", place, reader);
  const Json* attributes = FindRequired(json, "attrs", place, reader);
  const Json* parents = FindRequired(json, "parents", place, reader);
  if (uid == nullptr || attributes == nullptr || parents == nullptr) return std::nullopt;

  Entity entity;
  const std::optional<EntityUidView> read_uid = reader.ReadUid(*uid, Place(place, "uid"));
  if (!read_uid) return std::nullopt;
  entity.uid = *read_uid;
  const auto read_attributes = reader.ReadAttributes(*attributes, Place(place, "attrs"));
  if (!read_attributes) return std::nullopt;
  entity.attributes = *read_attributes;
  if (const Json* tags = json.Find("tags"); tags != nullptr) {
    const auto read_tags = reader.ReadAttributes(*tags, Place(place, "tags"));
    if (!read_tags) return std::nullopt;
    entity.tags = *read_tags;
  }
  const auto read_parents = ReadParents(*parents, Place(place, "parents"), entity.uid, reader);
  if (!read_parents) return std::nullopt;
  entity.parents = *read_parents;
  return entity;
}

std::optional<value::EntityStore> ReadEntities(const value::JsonDocument& document,
                                               const Json& json, base::Diagnostics& diagnostics,
                                               size_t max_ancestor_pairs) {
  value::EntityStoreBuilder builder(max_ancestor_pairs);
  base::Arena arena;  // of one entity
  ValueReader reader(document, arena, diagnostics);
  const Place top("entities");
  if (!json.IsArray()) {
    reader.ReportExpected(json, top, "an array of entities");
    return std::nullopt;
  }
  for (size_t i = 0; i < json.elements.size(); ++i) {
    arena.Reset();
    const std::optional<Entity> entity = ReadEntity(json.elements[i], Place(top, i), reader);
    if (!entity) return std::nullopt;
    builder.Add(*entity);
  }
  value::EntityStore store;
  if (const auto problem = builder.Build(&store); problem) {
    const Json& wrong = json.elements[problem->entity];
    const auto entity = ReadEntity(wrong, Place(top, problem->entity), reader);
    ReportProblem(*problem, wrong, entity->uid, max_ancestor_pairs, reader);
    return std::nullopt;
  }
  return store;
}

std::optional<value::EntityStore> ReadEntities(std::shared_ptr<const base::SourceText> source,
                                               base::Diagnostics& diagnostics,
                                               size_t max_ancestor_pairs) {
  const auto document = value::ReadJson(std::move(source), diagnostics);
  if (!document) return std::nullopt;
  return ReadEntities(*document, document->root(), diagnostics, max_ancestor_pairs);
}

}  // namespace thuja::data
