// SPDX-License-Identifier: Apache-2.0
// Reading of limits.
//
// Tested by tests/unit/grants/agent_class_test.cc.
#include "engine/grants/agent_class.h"

#include <algorithm>
#include <array>
#include <limits>

namespace thuja::grants {
namespace {

using value::EntityNumber;
using value::EntityStore;
using value::Type;
using value::Value;

constexpr std::array<std::string_view, 3> kEffectNames = {"read", "write", "destructive"};

constexpr int64_t kNanosecondsPerMillisecond = 1'000'000;

// Limits as they are found, before defaults.
struct Found {
  std::optional<int64_t> max_ttl;
  std::optional<int64_t> max_staleness;
  std::optional<Effect> ceiling;
};

template <typename Limit>
void Tighten(std::optional<Limit>& limit, Limit other) {
  limit = limit ? std::min(*limit, other) : other;
}

int64_t SpanOf(const Value& value) {
  if (!value.Is(Type::kDuration) || value.AsInteger() < 0) return 0;
  int64_t span = 0;
  const bool too_long =
      __builtin_mul_overflow(value.AsInteger(), kNanosecondsPerMillisecond, &span);
  return too_long ? std::numeric_limits<int64_t>::max() : span;
}

Effect CeilingOf(const Value& value) {
  if (!value.Is(Type::kString)) return Effect::kRead;
  return ParseEffect(value.AsString()).value_or(Effect::kRead);
}

void Add(const Value& attributes, Found& found) {
  if (const Value* const ttl = attributes.Find("max_ttl")) Tighten(found.max_ttl, SpanOf(*ttl));
  if (const Value* const staleness = attributes.Find("max_staleness")) {
    Tighten(found.max_staleness, SpanOf(*staleness));
  }
  if (const Value* const effect = attributes.Find("effect")) {
    Tighten(found.ceiling, CeilingOf(*effect));
  }
}

}  // namespace

std::string_view EffectName(Effect effect) { return kEffectNames[static_cast<size_t>(effect)]; }

std::optional<Effect> ParseEffect(std::string_view name) {
  const auto found = std::ranges::find(kEffectNames, name);
  if (found == kEffectNames.end()) return std::nullopt;
  return static_cast<Effect>(found - kEffectNames.begin());
}

std::optional<ClassLimits> LimitsOfClass(const EntityStore& entities, std::string_view name) {
  const EntityNumber number = entities.NumberOf(value::EntityUidView{kAgentClassType, name});
  if (number == value::kNoEntity || !entities.IsStored(number)) return std::nullopt;
  Found found;
  Add(entities.Attributes(number), found);
  for (const EntityNumber above : entities.Ancestors(number)) {
    if (entities.UidOf(above).type == kAgentClassType) Add(entities.Attributes(above), found);
  }
  return ClassLimits{
      .max_ttl = found.max_ttl.value_or(kDefaultLimits.max_ttl),
      .max_staleness = found.max_staleness.value_or(kDefaultLimits.max_staleness),
      .ceiling = found.ceiling.value_or(kDefaultLimits.ceiling),
  };
}

}  // namespace thuja::grants
