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

// The members of an entity object; null if they are not there.
struct EntityMembers {
  explicit EntityMembers(const Json& json) {
    for (const value::JsonMember& member : json.members) {
      if (member.key == "uid") uid = &member.value;
      if (member.key == "attrs") attributes = &member.value;
      if (member.key == "parents") parents = &member.value;
      if (member.key == "tags") tags = &member.value;
    }
  }

  const Json* uid = nullptr;
  const Json* attributes = nullptr;
  const Json* parents = nullptr;
  const Json* tags = nullptr;
};

std::optional<std::span<const EntityUidView>> ReadParents(const Json& json, const Place& place,
                                                          const EntityUidView& child,
                                                          ValueReader& reader) {
  if (!json.IsArray()) {
    reader.ReportExpected(json, place, "an array");
    return std::nullopt;
  }
  const bool of_action = base::IsActionType(child.type);
  EntityUidView* parents = reader.arena().AllocateArray<EntityUidView>(json.elements.size());
  for (size_t i = 0; i < json.elements.size(); ++i) {
    const Place here(place, i);
    const std::optional<EntityUidView> parent = reader.ReadUid(json.elements[i], here);
    if (!parent) return std::nullopt;
    if (of_action && !base::IsActionType(parent->type)) {
      reader.Report(DiagnosticKind::kActionParent, json.elements[i].span,
                    {here.ToString(), Print(child), Print(*parent)});
      return std::nullopt;
    }
    parents[i] = *parent;
  }
  return std::span<const EntityUidView>(parents, json.elements.size());
}

// Adds entity after entity, and reports what is wrong with one or with all of them together.
class EntityCollector {
 public:
  EntityCollector(std::shared_ptr<const base::SourceText> source, base::Diagnostics& diagnostics,
                  size_t max_ancestor_pairs)
      : max_ancestor_pairs_(max_ancestor_pairs),
        builder_(max_ancestor_pairs),
        text_(std::move(source)),
        reader_(text_, arena_, diagnostics) {}

  bool Add(const Json& json) {
    arena_.Reset();
    const std::optional<Entity> entity = ReadEntity(json, Place(top_, spans_.size()), reader_);
    if (!entity) return false;
    spans_.push_back(json.span);
    builder_.Add(*entity);
    return true;
  }

  std::optional<value::EntityStore> Finish() {
    value::EntityStore store;
    const auto problem = builder_.Build(&store);
    if (!problem) return store;
    const std::string place = Place(top_, problem->entity).ToString();
    const base::Span span = spans_[problem->entity];
    switch (problem->error) {
      case value::EntityStoreBuilder::Error::kDuplicate:
        reader_.Report(DiagnosticKind::kDuplicateEntity, span, {place, Print(problem->uid)});
        break;
      case value::EntityStoreBuilder::Error::kCycle:
        reader_.Report(DiagnosticKind::kEntityCycle, span, {place, Print(problem->uid)});
        break;
      case value::EntityStoreBuilder::Error::kTooManyAncestors:
        reader_.Report(DiagnosticKind::kTooManyAncestors, span,
                       {std::to_string(max_ancestor_pairs_)});
        break;
    }
    return std::nullopt;
  }

  void ReportNoArray(const Json& json) {
    reader_.ReportExpected(json, top_, "an array of entities");
  }

 private:
  const size_t max_ancestor_pairs_;
  const Place top_ = Place("entities");
  base::Arena arena_;  // of one entity
  value::EntityStoreBuilder builder_;
  const base::LentText text_;
  ValueReader reader_;
  std::vector<base::Span> spans_;
};

}  // namespace

std::optional<Entity> ReadEntity(const Json& json, const Place& place, ValueReader& reader) {
  if (!json.IsObject()) {
    reader.ReportExpected(json, place, "an object");
    return std::nullopt;
  }
  const EntityMembers members(json);
  const auto require = [&](const Json* member, std::string_view key) {
    if (member != nullptr) return;
    reader.Report(DiagnosticKind::kJsonMissingKey, json.span, {place.ToString(), key});
  };
  require(members.uid, "uid");
  require(members.attributes, "attrs");
  require(members.parents, "parents");
  if (!members.uid || !members.attributes || !members.parents) return std::nullopt;

  Entity entity;
  const std::optional<EntityUidView> uid = reader.ReadUid(*members.uid, Place(place, "uid"));
  if (!uid) return std::nullopt;
  entity.uid = *uid;
  const auto attributes = reader.ReadAttributes(*members.attributes, Place(place, "attrs"));
  if (!attributes) return std::nullopt;
  entity.attributes = *attributes;
  if (members.tags != nullptr) {
    const auto tags = reader.ReadAttributes(*members.tags, Place(place, "tags"));
    if (!tags) return std::nullopt;
    entity.tags = *tags;
  }
  const auto parents = ReadParents(*members.parents, Place(place, "parents"), entity.uid, reader);
  if (!parents) return std::nullopt;
  entity.parents = *parents;
  return entity;
}

std::optional<value::EntityStore> ReadEntities(const value::JsonDocument& document,
                                               const Json& json, base::Diagnostics& diagnostics,
                                               size_t max_ancestor_pairs) {
  EntityCollector collector(document.source(), diagnostics, max_ancestor_pairs);
  if (!json.IsArray()) {
    collector.ReportNoArray(json);
    return std::nullopt;
  }
  for (const Json& element : json.elements) {
    if (!collector.Add(element)) return std::nullopt;
  }
  return collector.Finish();
}

std::optional<value::EntityStore> ReadEntities(std::shared_ptr<const base::SourceText> source,
                                               base::Diagnostics& diagnostics,
                                               size_t max_ancestor_pairs) {
  EntityCollector collector(source, diagnostics, max_ancestor_pairs);
  const bool read = value::ReadJsonElements(
      std::move(source), diagnostics, [&](const Json& root) { collector.ReportNoArray(root); },
      [&](const Json& element) { return collector.Add(element); });
  if (!read) return std::nullopt;
  return collector.Finish();
}

}  // namespace thuja::data
