// SPDX-License-Identifier: Apache-2.0
// Deciding takes no memory from the system. A program of its own, because it counts every
// allocation that is made in it.
#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "tests/allocations/allocation_count.h"
#include "tests/support/decide_fixture.h"

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
  const size_t before = AllocationCount();
  const auto memory = std::make_unique<std::string>(100, 'x');
  EXPECT_GE(AllocationCount() - before, 2u);
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
  const size_t before = AllocationCount();
  for (int i = 0; i < 100; ++i) Decide(*snapshot, request, scratch);
  EXPECT_EQ(AllocationCount() - before, 0u);
}

}  // namespace
}  // namespace thuja
