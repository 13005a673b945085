// SPDX-License-Identifier: Apache-2.0
// When memory is free again.
#include "engine/grants/grace_periods.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>
#include <vector>

namespace thuja::grants {
namespace {

TEST(GracePeriods, WithoutReadersEverythingIsFreeAtOnce) {
  GracePeriods periods;
  const uint64_t retired = periods.Advance();
  EXPECT_GE(periods.Oldest(), retired);
}

TEST(GracePeriods, NothingIsFreeUntilEachReaderHasRefreshed) {
  GracePeriods periods;
  auto one = periods.Register();
  auto two = periods.Register();
  const uint64_t retired = periods.Advance();
  EXPECT_LT(periods.Oldest(), retired);
  one->Refresh();
  EXPECT_LT(periods.Oldest(), retired);
  two->Refresh();
  EXPECT_GE(periods.Oldest(), retired);
  const uint64_t later = periods.Advance();
  EXPECT_LT(periods.Oldest(), later);
}

TEST(GracePeriods, AReaderThatIsGoneHoldsNothing) {
  GracePeriods periods;
  auto reader = periods.Register();
  const uint64_t retired = periods.Advance();
  EXPECT_LT(periods.Oldest(), retired);
  reader.reset();
  EXPECT_GE(periods.Oldest(), retired);
}

TEST(GracePeriods, AReaderThatWasMovedKeepsItsPlace) {
  GracePeriods periods;
  auto reader = periods.Register();
  std::optional<GracePeriods::Reader> moved(std::move(*reader));
  reader.reset();
  const uint64_t retired = periods.Advance();
  EXPECT_LT(periods.Oldest(), retired);
  moved->Refresh();
  EXPECT_GE(periods.Oldest(), retired);
}

TEST(GracePeriods, PlacesAreBoundedAndUsedAgain) {
  GracePeriods periods;
  std::vector<GracePeriods::Reader> readers;
  for (size_t i = 0; i < GracePeriods::kMostReaders; ++i) {
    auto reader = periods.Register();
    ASSERT_TRUE(reader) << i;
    readers.push_back(std::move(*reader));
  }
  EXPECT_FALSE(periods.Register());
  readers.pop_back();
  EXPECT_TRUE(periods.Register());
}

}  // namespace
}  // namespace thuja::grants
