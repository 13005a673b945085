// SPDX-License-Identifier: Apache-2.0
// Lines and columns of a source text.
#include "engine/base/source.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace thuja::base {
namespace {

std::string PlaceOf(const SourceText& source, uint32_t offset) {
  const LineColumn place = source.Locate(offset);
  return std::to_string(place.line) + ":" + std::to_string(place.column);
}

TEST(SourceText, CountsLinesAndColumnsFromOne) {
  const SourceText source("s", "ab\n\ncd");
  EXPECT_EQ(PlaceOf(source, 0), "1:1");
  EXPECT_EQ(PlaceOf(source, 2), "1:3");  // the newline itself
  EXPECT_EQ(PlaceOf(source, 3), "2:1");
  EXPECT_EQ(PlaceOf(source, 5), "3:2");
  EXPECT_EQ(PlaceOf(source, 6), "3:3");
}

TEST(SourceText, PlacesBehindTheEndAreTheEnd) {
  const SourceText source("s", "ab");
  EXPECT_EQ(PlaceOf(source, 1000), "1:3");
  EXPECT_EQ(source.Slice({1, 1000}), "b");
  EXPECT_EQ(source.Slice({1000, 2000}), "");
}

TEST(SourceText, ColumnsCountCharactersAndNotBytes) {
  const SourceText source("s", "äö=x");
  EXPECT_EQ(PlaceOf(source, 4), "1:3");
}

TEST(SourceText, ALineHasNeitherItsNewlineNorACarriageReturn) {
  const SourceText source("s", "one\r\ntwo\n");
  EXPECT_EQ(source.Slice(source.LineOf(1)), "one");
  EXPECT_EQ(source.Slice(source.LineOf(6)), "two");
  EXPECT_EQ(source.Slice(source.LineOf(9)), "");
}

TEST(SourceText, AnEmptyTextHasOneEmptyLine) {
  const SourceText source("s", "");
  EXPECT_EQ(PlaceOf(source, 0), "1:1");
  EXPECT_EQ(source.LineOf(0), (Span{0, 0}));
}

TEST(LentText, IsCopiedOnlyWhenItsSourceIsAskedFor) {
  std::string text = "[1";
  const LentText lent("body", text);
  EXPECT_EQ(lent.text().data(), text.data());
  const std::shared_ptr<const SourceText> source = lent.source();
  EXPECT_EQ(source, lent.source());
  text = "gone";
  EXPECT_EQ(source->name(), "body");
  EXPECT_EQ(source->text(), "[1");
}

TEST(LentText, OfASourceIsThatSource) {
  const auto source = std::make_shared<const SourceText>("s", "text");
  const LentText lent(source);
  EXPECT_EQ(lent.text().data(), source->text().data());
  EXPECT_EQ(lent.source(), source);
}

TEST(Span, JoinCoversBothInAnyOrder) {
  EXPECT_EQ(Join({5, 7}, {1, 2}), (Span{1, 7}));
  EXPECT_EQ(Join({1, 9}, {3, 4}), (Span{1, 9}));
}

}  // namespace
}  // namespace thuja::base
