// SPDX-License-Identifier: Apache-2.0
// Making of worlds out of a seed, and what the engine makes of them.
#include "tests/property/generator/world.h"

#include <gtest/gtest.h>

#include <set>
#include <span>
#include <utility>

#include "tests/property/generator/data_generator.h"
#include "tests/property/generator/policy_generator.h"

namespace thuja::generator {
namespace {

std::shared_ptr<const SourceText> Source(const char* name, std::string text) {
  return std::make_shared<const SourceText>(name, std::move(text));
}

}  // namespace

std::string World::ToString() const {
  std::string out = "seed " + std::to_string(seed) + "\n";
  for (const std::string& policy : policies) out += policy;
  out += "links " + links + "\nentities " + entities + "\n";
  for (const std::string& request : requests) out += "request " + request + "\n";
  return out;
}

World MakeWorld(uint64_t seed) {
  Random random(seed);
  const int kSizes[] = {30, 40, 20, 10};
  static constexpr std::pair<size_t, size_t> kRanges[] = {{1, 5}, {6, 25}, {26, 80}, {81, 200}};
  const auto& [low, high] = kRanges[random.Weighted(kSizes)];
  World world;
  world.seed = seed;
  GeneratedPolicies policies = PolicyGenerator(random).Make(random.Between(low, high));
  world.policies = std::move(policies.texts);
  world.links = std::move(policies.links);
  DataGenerator data(random);
  world.entities = data.MakeEntities();
  for (size_t count = random.Between(20, 30); count > 0; --count) {
    world.requests.push_back(data.MakeRequest());
  }
  return world;
}

std::shared_ptr<const Snapshot> MakeSnapshot(const World& world) {
  return MakeSnapshot(world, world.policies);
}

namespace {

// What a world is made of, checked.
struct Parts {
  PolicySet policies;
  EntityStore entities;
};

std::optional<Parts> MakeParts(const World& world, const std::vector<std::string>& policies) {
  std::string text;
  for (const std::string& policy : policies) text += policy;
  const std::shared_ptr<const SourceText> sources[] = {Source("policies", std::move(text))};
  Diagnostics diagnostics;
  std::optional<PolicySet> set = ParsePolicySet(sources, PolicyIds::kAnnotation, diagnostics);
  if (set) LinkPolicies(Source("links", world.links), *set, diagnostics);
  std::optional<EntityStore> entities =
      ReadEntities(Source("entities", world.entities), diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << Render(diagnostics) << world.ToString();
  if (!set || !entities) return std::nullopt;
  return Parts{std::move(*set), std::move(*entities)};
}

// Every entity of `whole` that `wanted` picks by its number; `bare` takes all but the uid away.
template <typename Wanted>
void AddEntities(const EntityStore& whole, bool bare, EntityStoreBuilder& builder,
                 const Wanted& wanted) {
  for (uint32_t i = 0; i < whole.numbers(); ++i) {
    const EntityNumber number{i};
    if (!whole.IsStored(number) || !wanted(i)) continue;
    Entity entity;
    entity.uid = whole.UidOf(number);
    std::vector<EntityUidView> parents;
    if (!bare) {
      for (const EntityNumber parent : whole.Parents(number)) {
        parents.push_back(whole.UidOf(parent));
      }
      entity.attributes = whole.Attributes(number);
      entity.tags = whole.Tags(number);
      entity.parents = parents;
    }
    builder.Add(entity);
  }
}

}  // namespace

std::shared_ptr<const Snapshot> MakeSnapshot(const World& world,
                                             const std::vector<std::string>& policies) {
  SnapshotBuilder builder;
  std::optional<Parts> parts = MakeParts(world, policies);
  if (parts) {
    builder.SetPolicies(std::move(parts->policies)).SetEntities(std::move(parts->entities));
  }
  return builder.Build();
}

// A third of the entities is there from the start, a third is there and gets its attributes, tags
// and parents later, and a third comes later. One that is in no world comes first and goes again.
std::shared_ptr<const Snapshot> MakeGrownSnapshot(const World& world) {
  SnapshotBuilder builder;
  std::optional<Parts> parts = MakeParts(world, world.policies);
  if (!parts) return builder.Build();
  builder.SetPolicies(std::move(parts->policies));
  const EntityUidView passing = {"Passing", "by"};
  const auto grow = [&](const auto& change) {
    EntityStoreBuilder entities(builder.entities());
    change(entities);
    EntityStore grown;
    EXPECT_FALSE(entities.Build(&grown));
    builder.SetEntities(std::move(grown));
    return builder.Build();
  };
  grow([&](EntityStoreBuilder& entities) {
    Entity passer;
    passer.uid = passing;
    entities.Add(passer);
    AddEntities(parts->entities, false, entities, [](uint32_t i) { return i % 3 == 0; });
    AddEntities(parts->entities, true, entities, [](uint32_t i) { return i % 3 == 1; });
  });
  grow([&](EntityStoreBuilder& entities) {
    AddEntities(parts->entities, false, entities, [](uint32_t i) { return i % 3 == 1; });
  });
  return grow([&](EntityStoreBuilder& entities) {
    EXPECT_TRUE(entities.Remove(passing));
    AddEntities(parts->entities, false, entities, [](uint32_t i) { return i % 3 == 2; });
  });
}

Request MakeRequest(const std::string& json) {
  Diagnostics diagnostics;
  std::optional<Request> request = ReadRequest(Source("request", json), diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << Render(diagnostics);
  return request ? std::move(*request) : Request();
}

std::string Canonical(const Snapshot& snapshot, const Decision& decision) {
  const auto& policies = snapshot.policies().bound();
  std::set<std::string> reasons;
  for (const PolicyIndex reason : decision.reasons) reasons.insert(policies[reason.index].id);
  std::set<std::string> errors;
  for (const EvalError& error : decision.errors) {
    errors.insert(policies[error.policy.index].id + ":" + std::string(EvalErrorName(error.kind)));
  }
  std::string out = decision.allowed() ? "allow " : "deny ";
  out += ReasonCodeName(decision.code);
  for (const std::string& reason : reasons) out += " " + reason;
  out += " errors";
  for (const std::string& error : errors) out += " " + error;
  return out;
}

}  // namespace thuja::generator
