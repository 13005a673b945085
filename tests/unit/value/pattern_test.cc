// SPDX-License-Identifier: Apache-2.0
// Matching of patterns, held against a matcher that tries everything.
#include "engine/value/pattern.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace thuja::value {
namespace {

bool Matches(std::string_view text, const std::vector<std::string>& pieces) {
  return MatchesPattern(text, pieces);
}

TEST(MatchesPattern, WithoutWildcardsTheWholeTextMustBeEqual) {
  EXPECT_TRUE(Matches("abc", {"abc"}));
  EXPECT_FALSE(Matches("abcd", {"abc"}));
  EXPECT_FALSE(Matches("ab", {"abc"}));
  EXPECT_TRUE(Matches("", {""}));
}

TEST(MatchesPattern, PrefixAndSuffixDoNotOverlap) {
  EXPECT_TRUE(Matches("aa", {"a", "a"}));
  EXPECT_FALSE(Matches("a", {"a", "a"}));
  EXPECT_FALSE(Matches("aba", {"ab", "ba"}));
  EXPECT_TRUE(Matches("abba", {"ab", "ba"}));
}

TEST(MatchesPattern, AWildcardMatchesAnythingAlsoNewlinesAndNothing) {
  EXPECT_TRUE(Matches("", {"", ""}));
  EXPECT_TRUE(Matches("a\nb", {"a", "b"}));
  EXPECT_TRUE(Matches("日本語", {"日", "語"}));
  EXPECT_TRUE(Matches("ab", {"a", "", "", "b"}));
}

// The definition: the first piece is here, and what is behind it matches the rest somewhere.
bool MatchesSlowly(std::string_view text, const std::vector<std::string>& pieces, size_t first) {
  if (!text.starts_with(pieces[first])) return false;
  text.remove_prefix(pieces[first].size());
  if (first + 1 == pieces.size()) return text.empty();
  for (size_t skipped = 0; skipped <= text.size(); ++skipped) {
    if (MatchesSlowly(text.substr(skipped), pieces, first + 1)) return true;
  }
  return false;
}

TEST(MatchesPattern, AgreesWithItsDefinitionOnRandomPatterns) {
  std::mt19937 random(5);
  const auto word = [&random](size_t longest) {
    std::string text;
    for (size_t length = random() % (longest + 1); length > 0; --length) {
      text += static_cast<char>('a' + random() % 2);
    }
    return text;
  };
  size_t matched = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::vector<std::string> pieces;
    for (size_t count = 1 + random() % 4; count > 0; --count) pieces.push_back(word(3));
    const std::string text = word(10);
    const bool expected = MatchesSlowly(text, pieces, 0);
    ASSERT_EQ(Matches(text, pieces), expected) << text << " " << ::testing::PrintToString(pieces);
    matched += expected ? 1 : 0;
  }
  EXPECT_GT(matched, 10'000u);
}

}  // namespace
}  // namespace thuja::value
