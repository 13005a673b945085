// SPDX-License-Identifier: Apache-2.0
// Many patterns at once against one by one.
#include "engine/tree/pattern_index.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <vector>

#include "engine/value/pattern.h"
#include "tests/property/generator/random.h"

namespace thuja::tree {
namespace {

using Pieces = std::vector<std::string>;

// The patterns that match, found through the index.
std::set<uint32_t> Find(const std::vector<Pieces>& patterns, std::string_view text) {
  PatternIndex::Builder builder;
  for (uint32_t i = 0; i < patterns.size(); ++i) builder.Add(patterns[i], i, i);
  const PatternIndex index = std::move(builder).Build();
  std::set<uint32_t> found;
  index.ForEachCandidate(text, [&](const PatternIndex::Candidate& candidate) {
    if (value::MatchesPattern(text, patterns[candidate.pattern])) found.insert(candidate.branch);
  });
  return found;
}

std::set<uint32_t> FindOneByOne(const std::vector<Pieces>& patterns, std::string_view text) {
  std::set<uint32_t> found;
  for (uint32_t i = 0; i < patterns.size(); ++i) {
    if (value::MatchesPattern(text, patterns[i])) found.insert(i);
  }
  return found;
}

TEST(PatternIndex, FindsEachKindOfPattern) {
  const std::vector<Pieces> patterns = {
      {"", ""},          // *
      {""},              // only the empty text
      {"abc"},           // exact
      {"ab", ""},        // ab*
      {"", "bc"},        // *bc
      {"", "b", ""},     // *b*
      {"a", "c"},        // a*c
      {"", "he", ""},    // overlaps with the next
      {"", "she", ""},   //
      {"", "hers", ""},  //
      {"", "e", "s", ""},
  };
  EXPECT_EQ(Find(patterns, "abc"), (std::set<uint32_t>{0, 2, 3, 4, 5, 6}));
  EXPECT_EQ(Find(patterns, ""), (std::set<uint32_t>{0, 1}));
  EXPECT_EQ(Find(patterns, "ushers"), (std::set<uint32_t>{0, 7, 8, 9, 10}));
  EXPECT_EQ(Find(patterns, "xyz"), (std::set<uint32_t>{0}));
}

TEST(PatternIndex, FindsWhatMatchingOneByOneFinds) {
  generator::Random random(7);
  const auto word = [&random](size_t most, size_t letters) {
    std::string text;
    for (size_t size = random.Below(most + 1); size > 0; --size) {
      text += static_cast<char>('a' + random.Below(letters));
    }
    return text;
  };
  size_t matches = 0;
  for (int round = 0; round < 2000; ++round) {
    const size_t letters = random.Between(1, 4);
    std::vector<Pieces> patterns(random.Between(1, 40));
    for (Pieces& pieces : patterns) {
      for (size_t count = random.Between(1, 4); count > 0; --count) {
        pieces.push_back(word(4, letters));
      }
    }
    for (int i = 0; i < 5; ++i) {
      const std::string text = word(12, letters + 1);
      const std::set<uint32_t> expected = FindOneByOne(patterns, text);
      ASSERT_EQ(Find(patterns, text), expected) << text;
      matches += expected.size();
    }
  }
  EXPECT_GT(matches, 5000u);
}

TEST(PatternIndex, EveryByteOfUtf8CanOccur) {
  std::vector<Pieces> patterns;
  for (int byte = 1; byte < 0xf5; ++byte) {
    if (byte == 0xc0 || byte == 0xc1) continue;
    patterns.push_back({"", std::string(1, static_cast<char>(byte)), ""});
  }
  for (size_t i = 0; i < patterns.size(); ++i) {
    EXPECT_EQ(Find(patterns, patterns[i][1]), std::set<uint32_t>{static_cast<uint32_t>(i)});
  }
}

}  // namespace
}  // namespace thuja::tree
