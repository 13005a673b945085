// SPDX-License-Identifier: Apache-2.0
// Entities out of JSON: an array of `{"uid", "attrs", "parents", "tags"}`.
#pragma once

#include <cstddef>
#include <memory>
#include <optional>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/data/json_values.h"
#include "engine/value/entity_store_builder.h"

namespace thuja::data {

// Reads one entity object. `attrs` and `parents` are required, `tags` is not; other members are
// ignored, as in Cedar. The entity points into the reader's arena.
std::optional<value::Entity> ReadEntity(const value::Json& json, const Place& place,
                                        ValueReader& reader);

// Reads an array of entities that is part of a larger document, and closes their hierarchy.
std::optional<value::EntityStore> ReadEntities(
    const value::JsonDocument& document, const value::Json& json, base::Diagnostics& diagnostics,
    size_t max_ancestor_pairs = value::EntityStoreBuilder::kMaxAncestorPairs);

// Reads a file of entities.
std::optional<value::EntityStore> ReadEntities(
    std::shared_ptr<const base::SourceText> source, base::Diagnostics& diagnostics,
    size_t max_ancestor_pairs = value::EntityStoreBuilder::kMaxAncestorPairs);

}  // namespace thuja::data
