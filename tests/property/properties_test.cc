// SPDX-License-Identifier: Apache-2.0
// What must hold of any policies, entities and requests.
//
// THUJA_RANDOM_SETS says how many worlds are tried and THUJA_SEED where their seeds begin; a
// failure prints the seed and the whole world.
#include <gtest/gtest.h>

#include <algorithm>
#include <iostream>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "engine/lang/printer.h"
#include "tests/property/coverage.h"
#include "tests/property/generator/random.h"
#include "tests/property/generator/world.h"
#include "tests/property/setting.h"

namespace thuja {
namespace {

using generator::Canonical;
using generator::MakeRequest;
using generator::MakeSnapshot;
using generator::MakeWorld;
using generator::Setting;
using generator::World;

// Worlds for one property; a property that costs more takes fewer of them.
template <typename Property>
void ForEachWorld(uint64_t divided_by, const Property& property) {
  const uint64_t first = Setting("THUJA_SEED", 1);
  const uint64_t count = Setting("THUJA_RANDOM_SETS", 400) / divided_by + 1;
  for (uint64_t seed = first; seed < first + count; ++seed) {
    const World world = MakeWorld(seed);
    property(world);
    if (::testing::Test::HasFailure()) {
      std::cout << world.ToString();
      return;
    }
  }
}

TEST(Properties, WorldsHaveTheSizesThatTheyPromise) {
  std::set<size_t> sizes;
  ForEachWorld(4, [&](const World& world) {
    EXPECT_GE(world.policies.size(), 1u);
    EXPECT_LE(world.policies.size(), 200u);
    EXPECT_GE(world.requests.size(), 20u);
    sizes.insert(world.policies.size());
    EXPECT_EQ(MakeWorld(world.seed).ToString(), world.ToString());
  });
  EXPECT_GT(*sizes.rbegin(), 100u);
  EXPECT_LT(*sizes.begin(), 4u);
}

TEST(Properties, EverythingIsReached) {
  generator::Coverage coverage;
  size_t decisions = 0;
  ForEachWorld(1, [&](const World& world) {
    const auto snapshot = MakeSnapshot(world);
    Scratch scratch;
    for (const std::string& json : world.requests) {
      const Request request = MakeRequest(json);
      // Both settings of the one option take turns.
      const DecideOptions options = {.forbid_error = ++decisions % 4 == 0 ? ForbidError::kDeny
                                                                          : ForbidError::kSkip};
      const Decision decision = Decide(*snapshot, request, scratch, options);
      coverage.Add(*snapshot, request, decision);
      for (const EvalError& error : decision.errors) {
        EXPECT_FALSE(DescribeError(*snapshot, request, error).empty());
      }
    }
  });
  std::cout << coverage.ToString() << decisions << " decisions\n";
  EXPECT_EQ(coverage.Missing(), "");
}

TEST(Properties, PrintedPoliciesParseToTheSameTree) {
  ForEachWorld(1, [](const World& world) {
    const auto snapshot = MakeSnapshot(world);
    std::vector<std::string> printed;
    for (const auto& [id, policy] : snapshot->policies().policies()) {
      printed.push_back(lang::Print(*policy));
    }
    const auto again = MakeSnapshot(world, printed);
    const auto& before = snapshot->policies().policies();
    const auto& after = again->policies().policies();
    ASSERT_EQ(after.size(), before.size());
    for (size_t i = 0; i < before.size(); ++i) {
      EXPECT_EQ(lang::Dump(*after[i].second), lang::Dump(*before[i].second)) << printed[i];
      EXPECT_EQ(lang::Print(*after[i].second), printed[i]);
    }
  });
}

std::vector<std::string> Answers(const World& world, const Snapshot& snapshot) {
  std::vector<std::string> answers;
  for (const std::string& request : world.requests) {
    Scratch scratch;
    answers.push_back(Canonical(snapshot, Decide(snapshot, MakeRequest(request), scratch)));
  }
  return answers;
}

TEST(Properties, TheOrderOfPoliciesDoesNotMatter) {
  ForEachWorld(2, [](const World& world) {
    std::vector<std::string> shuffled = world.policies;
    generator::Random(world.seed).Shuffle(std::span(shuffled));
    EXPECT_EQ(Answers(world, *MakeSnapshot(world, shuffled)), Answers(world, *MakeSnapshot(world)));
  });
}

TEST(Properties, AReusedScratchAnswersLikeAFreshOne) {
  Scratch reused;
  ForEachWorld(2, [&](const World& world) {
    const auto snapshot = MakeSnapshot(world);
    const std::vector<std::string> fresh = Answers(world, *snapshot);
    for (size_t i = 0; i < world.requests.size(); ++i) {
      EXPECT_EQ(Canonical(*snapshot, Decide(*snapshot, MakeRequest(world.requests[i]), reused)),
                fresh[i]);
    }
  });
}

// The rule, put together again from decisions of each policy alone.
TEST(Properties, ADecisionIsMadeOfThoseOfItsPolicies) {
  ForEachWorld(20, [](const World& world) {
    const auto whole = MakeSnapshot(world);
    for (const std::string& json : world.requests) {
      const Request request = MakeRequest(json);
      std::set<std::string> permits;
      std::set<std::string> forbids;
      std::set<std::string> errors;
      bool refused = false;
      for (const lang::BoundPolicy& bound : whole->policies().bound()) {
        PolicySet alone;
        lang::Policy copy = *bound.policy;
        if (copy.principal.slot) copy.principal.entity = *bound.principal_slot;
        if (copy.resource.slot) copy.resource.entity = *bound.resource_slot;
        copy.principal.slot = copy.resource.slot = false;
        const bool forbid = copy.effect == PolicyEffect::kForbid;
        copy.effect = PolicyEffect::kPermit;
        ASSERT_TRUE(alone.Add(bound.id, std::move(copy)));
        SnapshotBuilder builder;
        Diagnostics diagnostics;
        builder.SetPolicies(std::move(alone))
            .SetEntities(*ReadEntities(
                std::make_shared<const SourceText>("entities", world.entities), diagnostics));
        const auto snapshot = builder.Build();
        Scratch scratch;
        const Decision decision = Decide(*snapshot, request, scratch);
        if (decision.allowed()) (forbid ? forbids : permits).insert(bound.id);
        if (!decision.errors.empty()) errors.insert(bound.id);
        refused |= decision.code == ReasonCode::kStoredAttribute ||
                   decision.code == ReasonCode::kMalformedRequest;
      }
      Scratch scratch;
      const Decision decision = Decide(*whole, request, scratch);
      std::set<std::string> reasons;
      std::set<std::string> failed;
      for (const PolicyIndex reason : decision.reasons) {
        reasons.insert(whole->policies().bound()[reason.index].id);
      }
      for (const EvalError& error : decision.errors) {
        failed.insert(whole->policies().bound()[error.policy.index].id);
      }
      EXPECT_EQ(decision.allowed(), !refused && forbids.empty() && !permits.empty());
      EXPECT_EQ(reasons, refused ? std::set<std::string>() : !forbids.empty() ? forbids : permits);
      EXPECT_EQ(failed, errors);
    }
  });
}

// An accepted overlay answers like a store that had these entities from the start.
TEST(Properties, EntitiesOfARequestCountLikeStoredOnes) {
  size_t compared = 0;
  ForEachWorld(2, [&](const World& world) {
    const auto snapshot = MakeSnapshot(world);
    for (const std::string& json : world.requests) {
      const Request request = MakeRequest(json);
      const bool all_new = std::ranges::none_of(request.entities, [&](const auto& entity) {
        return snapshot->entities().IsStored(entity.uid);
      });
      if (request.entities.empty() || !all_new) continue;
      Scratch scratch;
      const Decision decision = Decide(*snapshot, request, scratch);
      if (decision.code == ReasonCode::kStoredAttribute ||
          decision.code == ReasonCode::kMalformedRequest) {
        continue;
      }
      World stored = world;
      const size_t begin = json.find(",\"entities\":[") + 13;
      const std::string brought = json.substr(begin, json.rfind(']') - begin);
      stored.entities.insert(stored.entities.size() - 1,
                             (stored.entities.size() > 2 && !brought.empty() ? "," : "") + brought);
      const auto with = MakeSnapshot(stored);
      Scratch other;
      EXPECT_EQ(
          Canonical(*with, Decide(*with, MakeRequest(json.substr(0, begin - 13) + "}"), other)),
          Canonical(*snapshot, decision));
      ++compared;
    }
  });
  EXPECT_GT(compared, 100u);
}

}  // namespace
}  // namespace thuja
