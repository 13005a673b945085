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

std::shared_ptr<const Snapshot> MakeSnapshot(const World& world,
                                             const std::vector<std::string>& policies) {
  std::string text;
  for (const std::string& policy : policies) text += policy;
  const std::shared_ptr<const SourceText> sources[] = {Source("policies", std::move(text))};
  Diagnostics diagnostics;
  std::optional<PolicySet> set = ParsePolicySet(sources, PolicyIds::kAnnotation, diagnostics);
  if (set) LinkPolicies(Source("links", world.links), *set, diagnostics);
  std::optional<EntityStore> entities =
      ReadEntities(Source("entities", world.entities), diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << Render(diagnostics) << world.ToString();
  SnapshotBuilder builder;
  if (set && entities) builder.SetPolicies(std::move(*set)).SetEntities(std::move(*entities));
  return builder.Build();
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
