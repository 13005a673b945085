// SPDX-License-Identifier: Apache-2.0
// Classes of agents and what they may at most be given.
//
// A class is an entity of type `Thuja::AgentClass`, so that policies can ask for it with `in`. Its
// attributes are its limits, all optional: `max_ttl` and `max_staleness`, durations, and `effect`,
// one of "read", "write" and "destructive". A class is bound by the limits of all classes that it
// is in as well: the tightest counts. What no class of them says is the default, which is tight.
#pragma once

#include <cstdint>
#include <optional>
#include <string_view>

#include "engine/value/entity_store.h"

namespace thuja::grants {

inline constexpr std::string_view kAgentClassType = "Thuja::AgentClass";

// What a tool does to the world, from harmless to not.
enum class Effect : uint8_t { kRead, kWrite, kDestructive };

std::string_view EffectName(Effect effect);
std::optional<Effect> ParseEffect(std::string_view name);

// Spans in nanoseconds.
struct ClassLimits {
  int64_t max_ttl = 0;
  int64_t max_staleness = 0;  // of the state that is decided on
  Effect ceiling = Effect::kRead;

  friend bool operator==(const ClassLimits&, const ClassLimits&) = default;
};

// Of a class that says nothing, and whose classes say nothing.
inline constexpr ClassLimits kDefaultLimits = {
    .max_ttl = int64_t{15} * 60 * 1'000'000'000,
    .max_staleness = int64_t{60} * 1'000'000'000,
    .ceiling = Effect::kRead,
};

// Nothing if the store has no such class. A limit that is there and is no limit (of another type,
// negative, no such effect) lets nothing through: zero, or kRead.
std::optional<ClassLimits> LimitsOfClass(const value::EntityStore& entities, std::string_view name);

}  // namespace thuja::grants
