// SPDX-License-Identifier: Apache-2.0
// Deciding takes no memory from the system. A program of its own, because it counts every
// allocation that is made in it.
#include <gtest/gtest.h>

#include <filesystem>
#include <memory>
#include <string>

#include "cli/counting_new.h"
#include "cli/workload.h"
#include "tests/support/decide_fixture.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::MakeRequest;
using testing::MakeSnapshot;

// One that applies, one that fails, and a forbid that fails.
constexpr const char* kPolicies =
    "permit (principal, action, resource);"
    "permit (principal, action, resource) when { context.nothing };"
    "forbid (principal, action, resource) when { 1 + true == 2 };";

TEST(Allocations, AreCounted) {
  const size_t before = cli::CountedAllocations();
  const auto memory = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(cli::CountedAllocations() - before, 2u);
  EXPECT_EQ(memory->size(), 100u);
}

TEST(Allocations, ThereAreNoneOnceAScratchHasGrown) {
  const auto snapshot = MakeSnapshot(
      std::string(kPolicies) +
          "permit (principal in Group::\"g\", action, resource) when {"
          "  [principal, 1, {a: context, b: ip(\"10.0.0.1\")}].contains(1) &&"
          "  context.text like \"*a*\" && decimal(\"1.5\") == decimal(\"1.50\") };"
          "permit (principal, action, resource) when { principal.extra == 1 };",
      R"([{"uid":{"type":"User","id":"alice"},"attrs":{},"parents":[{"type":"Group","id":"g"}]}])");
  const Request request = MakeRequest(
      R"({"principal": "User::\"alice\"", "action": "Action::\"read\"", "resource": "Doc::\"d\"",
          "context": {"text": "banana"},
          "entities": [{"uid": {"type": "User", "id": "alice"}, "attrs": {"extra": 1}, "parents": []},
                       {"uid": {"type": "Doc", "id": "d"}, "attrs": {}, "parents": []}]})");
  Scratch scratch;
  const Decision first = Decide(*snapshot, request, scratch);
  ASSERT_EQ(first.reasons.size(), 3u);
  ASSERT_EQ(first.errors.size(), 2u);
  const size_t before = cli::CountedAllocations();
  for (int i = 0; i < 100; ++i) Decide(*snapshot, request, scratch);
  EXPECT_EQ(cli::CountedAllocations() - before, 0u);
}

// Not the first time, when the scratch grows to what the workload needs.
TEST(Allocations, ThereAreNoneOnAnyWorkload) {
  THUJA_REQUIRE_SHARED(shared);
  size_t workloads = 0;
  for (const auto& entry : std::filesystem::directory_iterator(*shared / "workloads")) {
    if (!std::filesystem::exists(entry.path() / "expected.json")) continue;
    const auto workload = cli::LoadWorkload(entry.path().string());
    ASSERT_NE(workload, nullptr) << entry.path();
    Scratch scratch;
    const auto decide_all = [&] {
      for (const Request& request : workload->requests) {
        Decide(*workload->snapshot, request, scratch);
      }
    };
    decide_all();
    const size_t before = cli::CountedAllocations();
    decide_all();
    EXPECT_EQ(cli::CountedAllocations() - before, 0u) << workload->name;
    ++workloads;
  }
  EXPECT_GE(workloads, 20u);
}

}  // namespace
}  // namespace thuja
