// SPDX-License-Identifier: Apache-2.0
// Regular expressions: which are taken, that all of a text has to match, what a match may cost.
#include "engine/grants/whole_regex.h"

#include <gtest/gtest.h>

#include <random>
#include <string>

#include "engine/grants/canonical.h"

namespace thuja::grants {
namespace {

WholeRegex Regex(std::string_view text) { return WholeRegex::Parse(text).value(); }

TEST(WholeRegex, MatchesTextsAsAWhole) {
  const struct {
    std::string_view regex;
    std::string_view text;
    bool matches;
  } kCases[] = {
      {"a", "a", true},
      {"a", "aa", false},
      {"a", "ba", false},
      {"a", "ab", false},
      {"a", "", false},
      {"a*", "", true},
      {"^a$", "a", true},
      {"^a", "ab", false},
      {"a$", "ba", false},
      // The anchors hold for the whole expression, whatever it does to its own end.
      {"a|b", "ab", false},
      {"a|b", "ac", false},
      {"a|ab", "ab", true},
      {"a|.*", "xyz", true},
      {"(?m)^a$", "a\nb", false},
      {"(?m)^a$", "b\na", false},
      {"a$", "a\n", false},
      {".*", "a\nb", false},
      {"(?s).*", "a\nb", true},
      {"a", std::string_view("a\0", 2), false},
      {"a", std::string_view("a\0b", 3), false},
      // Characters, not bytes; case unless it says so itself.
      {".", "\xC3\xA9", true},
      {"..", "\xC3\xA9", false},
      {"[a-z]+", "Abc", false},
      {"(?i)[a-z]+", "Abc", true},
      {"f.le", "f\xD1\x96le", true},
      {"file", "f\xD1\x96le", false},
  };
  for (const auto& [regex, text, matches] : kCases) {
    EXPECT_EQ(Regex(regex).Matches(text), matches) << regex << " and `" << text << "`";
  }
}

TEST(WholeRegex, MatchesNothingThatIsNoUtf8OrTooLong) {
  EXPECT_FALSE(Regex("(?s).*").Matches("a\xFF"));
  EXPECT_FALSE(Regex("(?s).*").Matches("\xC0\xAF"));  // an overlong slash
  EXPECT_FALSE(Regex("(?s)\\C*").Matches("\xED\xA0\x80"));
  EXPECT_TRUE(Regex("a*").Matches(std::string(kLongestText, 'a')));
  EXPECT_FALSE(Regex("a*").Matches(std::string(kLongestText + 1, 'a')));
}

TEST(WholeRegex, TakesATextWithoutMemory) {
  EXPECT_TRUE(Regex("a*").Matches({}));
  EXPECT_FALSE(Regex("a").Matches({}));
}

TEST(WholeRegex, IsRefusedWithAReason) {
  const struct {
    std::string text;
    std::string_view why;
  } kCases[] = {
      {"", "a regular expression is empty"},
      {std::string(kLongestRegex + 1, 'a'), "a regular expression has more than 1024 bytes"},
      {"a\xFF", "the regular expression \"a\\u{fffd}\" has bytes or characters that do not show"},
      {"a\n", "the regular expression \"a\\n\" has bytes or characters that do not show"},
      {"a\xE2\x80\xAE",
       "the regular expression \"a\\u{202e}\" has bytes or characters that do not show"},
      {"(", "the regular expression \"(\" cannot be used: missing ): ("},
      {"a)|(b", "the regular expression \"a)|(b\" cannot be used: unexpected ): a)|(b"},
      {"a**", "the regular expression \"a**\" cannot be used: bad repetition operator: **"},
      {"(a)\\1",
       "the regular expression \"(a)\\\\1\" cannot be used: invalid escape sequence: \\1"},
      {"(?=a)", "the regular expression \"(?=a)\" cannot be used: invalid perl operator: (?="},
      {"a{1001}",
       "the regular expression \"a{1001}\" cannot be used: invalid repetition size: {1001}"},
      {"\\pL{100}",
       "the regular expression \"\\\\pL{100}\" cannot be used: pattern too large - compile failed"},
  };
  for (const auto& [text, why] : kCases) {
    const auto regex = WholeRegex::Parse(text);
    ASSERT_FALSE(regex.ok()) << text;
    EXPECT_EQ(std::string(regex.status().message()), why);
  }
  EXPECT_TRUE(WholeRegex::Parse(std::string(kLongestRegex / 2, 'a')).ok());
}

TEST(WholeRegex, IsRefusedWhenItIsDeepOrRepeatsRepetitions) {
  const auto nested = [](int depth) {
    return std::string(depth, '(') + "a" + std::string(depth, ')');
  };
  EXPECT_TRUE(WholeRegex::Parse(nested(100)).ok());
  EXPECT_TRUE(WholeRegex::Parse(nested(500)).ok());
  std::string repeated = "a";
  for (int i = 0; i < 100; ++i) repeated = "(" + repeated + "){9}";
  EXPECT_FALSE(WholeRegex::Parse(repeated).ok());
}

// With backtracking these take a time that doubles with each letter, and would not be over within
// the age of the world.
TEST(WholeRegex, DoesNotBacktrack) {
  for (const std::string_view regex :
       {"(a+)+b", "(a|a)*b", "(a*)*(a*)*(a*)*b", "(.*a){20}b", "(?:a?){60}a{60}b"}) {
    EXPECT_FALSE(Regex(regex).Matches(std::string(kLongestText, 'a'))) << regex;
  }
}

// As an automaton without choices it has 2^40 states, and this text reaches a new one with each
// letter; within its memory it can only be matched by following all choices together.
TEST(WholeRegex, MatchesWhatHasMoreStatesThanMemory) {
  std::mt19937_64 random(31);
  std::string text;
  while (text.size() < kLongestText) text += "ab"[random() % 2];
  text[text.size() - 41] = 'a';
  EXPECT_TRUE(Regex("(a|b)*a(a|b){40}").Matches(text));
  text[text.size() - 41] = 'b';
  EXPECT_FALSE(Regex("(a|b)*a(a|b){40}").Matches(text));
}

TEST(WholeRegex, StaysWithinItsMemory) {
  const WholeRegex regex = Regex("(a|b)*a(a|b){12}");
  EXPECT_GE(regex.bytes(), kMostRegexMemory);
  EXPECT_LE(regex.bytes(), kMostRegexMemory + 2 * kLongestRegex);
}

TEST(WholeRegex, IsEqualToThatOfTheSameText) {
  const WholeRegex regex = Regex("a+");
  EXPECT_EQ(regex, Regex("a+"));
  EXPECT_FALSE(regex == Regex("aa*"));
  WholeRegex copy = Regex("b");
  copy = regex;
  EXPECT_EQ(copy.text(), "a+");
}

}  // namespace
}  // namespace thuja::grants
