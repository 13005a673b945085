// SPDX-License-Identifier: Apache-2.0
// What is built to be bad for the tree is answered like the interpreter answers it, and costs no
// more room than its policies do.
#include "tests/property/generator/adversarial.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/decide_fixture.h"

namespace thuja {
namespace {

using generator::AdversarialWorld;

constexpr size_t kSmall = 300;
constexpr size_t kLarge = 1200;

TEST(Adversarial, TreeAndInterpreterAgree) {
  for (const AdversarialWorld& world : generator::MakeAdversarialWorlds(kSmall)) {
    const auto snapshot = testing::MakeSnapshot(world.policies, world.entities);
    for (const std::string& json : world.requests) {
      const Request request = testing::MakeRequest(json);
      EXPECT_EQ(
          testing::DecideToText(*snapshot, request),
          testing::DecideToText(*snapshot, request, {.evaluator = EvaluatorKind::kInterpreter}))
          << world.name << "\n"
          << json.substr(0, 200);
    }
  }
}

// Counted in instructions and bytes, which do not depend on the machine's load.
TEST(Adversarial, ProgramsGrowNoFasterThanTheirPolicies) {
  const std::vector<AdversarialWorld> small = generator::MakeAdversarialWorlds(kSmall);
  const std::vector<AdversarialWorld> large = generator::MakeAdversarialWorlds(kLarge);
  for (size_t i = 0; i < small.size(); ++i) {
    const auto before = testing::MakeSnapshot(small[i].policies)->program().figures;
    const auto after = testing::MakeSnapshot(large[i].policies)->program().figures;
    const double growth = static_cast<double>(large[i].policies.size()) /
                          static_cast<double>(small[i].policies.size());
    // Tables have powers of two as their sizes.
    EXPECT_LE(static_cast<double>(after.program_bytes),
              2 * growth * static_cast<double>(before.program_bytes))
        << large[i].name;
    EXPECT_LE(static_cast<double>(after.worst_case_nodes),
              1.5 * growth * static_cast<double>(before.worst_case_nodes))
        << large[i].name;
  }
}

// All pairs of entity and ancestor of such a chain would be 5,000 million.
TEST(Adversarial, AChainWithTooManyAncestorsIsRefused) {
  Diagnostics diagnostics;
  const auto entities = ReadEntities(
      testing::MakeSource("[" + generator::MakeChain(100'000) + "]", "entities.json"), diagnostics);
  EXPECT_FALSE(entities.has_value());
  ASSERT_FALSE(diagnostics.kept().empty());
  EXPECT_NE(diagnostics.kept().front().message.find("pairs of entity and ancestor"),
            std::string::npos)
      << diagnostics.kept().front().message;
}

}  // namespace
}  // namespace thuja
