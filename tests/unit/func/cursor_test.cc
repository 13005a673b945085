// SPDX-License-Identifier: Apache-2.0
// Digits and numbers of extension constructors, above all at the edge of 64 bits.
#include "engine/func/cursor.h"

#include <gtest/gtest.h>

#include <limits>

namespace thuja::func {
namespace {

constexpr uint64_t kLargest = std::numeric_limits<uint64_t>::max();

TEST(Cursor, AcceptsOnlyWhatComesNext) {
  Cursor cursor("ab");
  EXPECT_FALSE(cursor.Accept("b"));
  EXPECT_FALSE(cursor.Accept("abc"));
  EXPECT_TRUE(cursor.Accept("a"));
  EXPECT_FALSE(cursor.AtEnd());
  EXPECT_TRUE(cursor.Accept("b"));
  EXPECT_TRUE(cursor.AtEnd());
}

TEST(Cursor, TakesNoMoreDigitsThanAskedAndStopsAtTheFirstOther) {
  Cursor cursor("0123x4");
  EXPECT_EQ(cursor.TakeDigits(2), "01");
  EXPECT_EQ(cursor.TakeDigits(), "23");
  EXPECT_EQ(cursor.TakeDigits(), "");
  EXPECT_TRUE(cursor.Accept("x"));
  EXPECT_EQ(cursor.TakeDigits(9), "4");
  EXPECT_TRUE(cursor.AtEnd());
}

TEST(Cursor, TakesAsciiDigitsOnly) {
  EXPECT_EQ(Cursor("\xD9\xA1").TakeDigits(), "");        // Arabic-Indic one
  EXPECT_EQ(Cursor("1\xEF\xBC\x91").TakeDigits(), "1");  // full-width one
}

TEST(MultiplyAdd, GivesNothingInsteadOfWrappingAround) {
  EXPECT_EQ(MultiplyAdd(3, 4, 5), 17u);
  EXPECT_EQ(MultiplyAdd(kLargest / 10, 10, 5), kLargest);
  EXPECT_EQ(MultiplyAdd(kLargest / 10, 10, 6), std::nullopt);
  EXPECT_EQ(MultiplyAdd(kLargest / 2 + 1, 2, 0), std::nullopt);
  EXPECT_EQ(MultiplyAdd(kLargest, 0, 7), 7u);
}

TEST(ParseDigits, ReadsUpToSixtyFourBitsWithAnyLeadingZeros) {
  EXPECT_EQ(ParseDigits(""), 0u);
  EXPECT_EQ(ParseDigits("007"), 7u);
  EXPECT_EQ(ParseDigits("18446744073709551615"), kLargest);
  EXPECT_EQ(ParseDigits("000000000018446744073709551615"), kLargest);
  EXPECT_EQ(ParseDigits("18446744073709551616"), std::nullopt);
  EXPECT_EQ(ParseDigits("99999999999999999999999999"), std::nullopt);
}

TEST(WithSign, HoldsOneMoreBelowZeroThanAbove) {
  constexpr int64_t kLowest = std::numeric_limits<int64_t>::min();
  EXPECT_EQ(WithSign(false, 9223372036854775807u), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(WithSign(false, 9223372036854775808u), std::nullopt);
  EXPECT_EQ(WithSign(true, 9223372036854775808u), kLowest);
  EXPECT_EQ(WithSign(true, 9223372036854775809u), std::nullopt);
  EXPECT_EQ(WithSign(true, 0), 0);
}

}  // namespace
}  // namespace thuja::func
