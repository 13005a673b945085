// SPDX-License-Identifier: Apache-2.0
// What a program knows of itself, and its link to a store.
#include "engine/tree/program.h"

#include <gtest/gtest.h>

#include <string>

#include "tests/support/decide_fixture.h"

namespace thuja::tree {
namespace {

TEST(Program, FiguresSayWhatItCosts) {
  const PolicySet set = testing::MakePolicies(
      "permit (principal, action, resource) when { context.a };"
      "forbid (principal, action, resource) when { context.b };");
  const Figures figures = Compile(set).figures;
  EXPECT_EQ(figures.policies, 2u);
  EXPECT_EQ(figures.tests, 2u);
  EXPECT_EQ(figures.switches, 0u);
  EXPECT_EQ(figures.worst_case_nodes, 5u);  // two tests, two policies, one end
  EXPECT_GT(figures.program_bytes, 0u);
}

// All cases of a switch over ranges can hold at once, one of a switch over types.
TEST(Program, KnowsHowManyBlocksCanWait) {
  std::string ranges;
  std::string types;
  for (int i = 0; i < 10; ++i) {
    const std::string number = std::to_string(i);
    ranges += "permit (principal, action, resource) when { context.n > " + number + " };";
    types += "permit (principal is T" + number + ", action, resource);";
  }
  EXPECT_EQ(Compile(testing::MakePolicies(ranges)).blocks, 11u);
  EXPECT_EQ(Compile(testing::MakePolicies(types)).blocks, 2u);
}

TEST(Program, OneEntryAPolicy) {
  const PolicySet set = testing::MakePolicies(
      "permit (principal, action in [Action::\"a\", Action::\"b\"], resource);"
      "forbid (principal, action, resource);");
  const Program program = Compile(set);
  ASSERT_EQ(program.entries.size(), 2u);
  EXPECT_EQ(program.entries[0].policy() + program.entries[1].policy(), 1u);
}

TEST(Link, TiesSymbolsToEntities) {
  const PolicySet set = testing::MakePolicies(
      "permit (principal == U::\"known\", action, resource == U::\"unknown\");");
  const EntityStore entities = testing::MakeEntities(
      R"([{"uid": {"type": "U", "id": "known"}, "attrs": {}, "parents": []}])");
  const Program program = Compile(set);
  const Link link(program, entities);
  const uint32_t known = program.words.symbol_of.at({"U", "known"});
  const uint32_t unknown = program.words.symbol_of.at({"U", "unknown"});
  EXPECT_EQ(link.SymbolOf(entities.NumberOf({"U", "known"})), known);
  EXPECT_EQ(link.NumberOf(unknown), value::kNoEntity);
}

// The same program serves the next entities.
TEST(Snapshot, AChangeOfEntitiesCompilesNothing) {
  SnapshotBuilder builder;
  builder.SetPolicies(testing::MakePolicies("permit (principal, action, resource);"));
  const auto first = builder.Build();
  builder.SetEntities(testing::MakeEntities("[]"));
  EXPECT_EQ(&builder.Build()->program(), &first->program());
  builder.SetPolicies(testing::MakePolicies("permit (principal, action, resource);"));
  EXPECT_NE(&builder.Build()->program(), &first->program());
}

}  // namespace
}  // namespace thuja::tree
