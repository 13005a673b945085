// SPDX-License-Identifier: Apache-2.0
// Memory of scopes: each is counted once, for as long as somebody has it.
#include "server/store/known_scopes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

TEST(KnownScopes, CountEachOnce) {
  const auto one = MakeScope("a/*");
  const auto other = MakeScope("a/*");
  KnownScopes scopes(10 * one->bytes());
  EXPECT_FALSE(scopes.Knows(one));
  scopes.Add(one);
  scopes.Add(one);
  EXPECT_TRUE(scopes.Knows(one));
  EXPECT_FALSE(scopes.Knows(other)) << "it is the object that takes memory";
  EXPECT_EQ(scopes.bytes(), one->bytes());
  scopes.Add(other);
  EXPECT_EQ(scopes.bytes(), 2 * one->bytes());
}

TEST(KnownScopes, HaveRoomUpToTheirLimit) {
  auto one = MakeScope("a/*");
  const auto other = MakeScope("b/*");
  const size_t bytes = one->bytes();
  KnownScopes scopes(2 * bytes);
  scopes.Add(one);
  EXPECT_TRUE(scopes.HasRoom(bytes));
  EXPECT_FALSE(scopes.HasRoom(bytes + 1));
  EXPECT_FALSE(scopes.HasRoom(SIZE_MAX));
  scopes.Add(other);
  EXPECT_FALSE(scopes.HasRoom(1));
  one.reset();
  EXPECT_TRUE(scopes.HasRoom(bytes)) << "nobody has it any more";
  EXPECT_EQ(scopes.size(), 1u);
  EXPECT_EQ(scopes.bytes(), bytes);
}

TEST(KnownScopes, OfManyNotAllAreLookedAtForEachThatIsRefused) {
  std::vector<std::shared_ptr<const grants::Scope>> kept;
  for (int i = 0; i < 160; ++i) kept.push_back(MakeScope("a/*"));
  const size_t bytes = kept.front()->bytes();
  KnownScopes scopes(160 * bytes);
  for (const auto& scope : kept) scopes.Add(scope);
  EXPECT_FALSE(scopes.HasRoom(bytes)) << "all are looked at";
  kept.pop_back();
  for (int i = 0; i < 10; ++i) EXPECT_FALSE(scopes.HasRoom(bytes)) << "and not for a while";
  EXPECT_TRUE(scopes.HasRoom(bytes));
}

TEST(KnownScopes, OfWhichManyComeAndGoAreForgotten) {
  KnownScopes scopes(SIZE_MAX);
  std::vector<std::shared_ptr<const grants::Scope>> kept;
  size_t bytes = 0;
  for (int i = 0; i < 20'000; ++i) {
    auto scope = MakeScope("scope" + std::to_string(i) + "/*");
    scopes.Add(scope);
    if (i % 100 == 0) {
      bytes += scope->bytes();
      kept.push_back(std::move(scope));
    }
  }
  EXPECT_LT(scopes.size(), 2'000u);
  EXPECT_FALSE(scopes.HasRoom(SIZE_MAX));
  EXPECT_EQ(scopes.size(), kept.size());
  EXPECT_EQ(scopes.bytes(), bytes);
}

}  // namespace
}  // namespace thuja::server
