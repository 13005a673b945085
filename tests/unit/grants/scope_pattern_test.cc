// SPDX-License-Identifier: Apache-2.0
// Scope patterns: which texts are one, what they match, and which contains which; the last two held
// against a slow and obvious reader of the same patterns.
#include "engine/grants/scope_pattern.h"

#include <gtest/gtest.h>

#include <bitset>
#include <random>
#include <string>
#include <vector>

#include "engine/grants/canonical.h"

namespace thuja::grants {
namespace {

using std::string_view_literals::operator""sv;

ScopePattern Segments(std::string_view text) { return ScopePattern::Segments(text).value(); }
ScopePattern Regex(std::string_view text) { return ScopePattern::Regex(text).value(); }

struct Match {
  std::string_view pattern;
  std::string_view name;
  bool matches;
};

TEST(ScopePattern, MatchesSegmentBySegment) {
  const Match kCases[] = {
      {"crm/search", "crm/search", true},
      {"crm/search", "crm/searching", false},
      {"crm/search", "crm/searc", false},
      {"crm/search", "crm", false},
      {"crm/search", "crm/search/all", false},
      {"crm/search", "crm/search/", false},
      {"crm/search", "/crm/search", false},
      {"crm/search", "crm//search", false},
      {"crm", "crm", true},
      // One whole segment, and not none.
      {"crm/*", "crm/search", true},
      {"crm/*", "crm", false},
      {"crm/*", "crm/", false},
      {"crm/*", "crm/a/b", false},
      {"*", "crm", true},
      {"*", "crm/search", false},
      {"*/search", "crm/search", true},
      {"*/search", "/search", false},
      {"*/*", "crm/search", true},
      {"*/*", "crm/a/b", false},
      {"a/*/c", "a/b/c", true},
      {"a/*/c", "a//c", false},
      {"a/*/c", "a/b/b/c", false},
      // A beginning, which may be all of the segment.
      {"crm/read*", "crm/read", true},
      {"crm/read*", "crm/read_all", true},
      {"crm/read*", "crm/rea", false},
      {"crm/read*", "crm/read/all", false},
      {"crm/read*", "crm/unread", false},
      {"fs*/read", "fs1/read", true},
      {"fs*/read", "fs/1/read", false},
      {".*", ".git", true},
      // All further segments, of which there is one at least.
      {"crm/**", "crm/search", true},
      {"crm/**", "crm/a/b/c/d", true},
      {"crm/**", "crm", false},
      {"crm/**", "crm/", false},
      {"crm/**", "crm//a", false},
      {"crm/**", "crm/a//b", false},
      {"crm/**", "crm/a/", false},
      {"crm/**", "crmx/a", false},
      {"**", "crm", true},
      {"**", "crm/search", true},
      {"**", "", false},
      {"a/*/**", "a/b", false},
      {"a/*/**", "a/b/c", true},
      {"a*/**", "ab/c/d", true},
  };
  for (const auto& [pattern, name, matches] : kCases) {
    EXPECT_EQ(Segments(pattern).Matches(name), matches) << pattern << " and " << name;
  }
}

// Attack: what differs behind the segments that a matcher happens to look at.
TEST(ScopePattern, ComparesAllSegmentsHoweverMany) {
  const ScopePattern pattern = Segments("github/acme/site/read");
  EXPECT_TRUE(pattern.Matches("github/acme/site/read"));
  EXPECT_FALSE(pattern.Matches("github/acme/site/write"));
  EXPECT_FALSE(pattern.Matches("github/acme/site/read/write"));
  EXPECT_FALSE(pattern.Matches("github/acme/site"));
  std::string longest = "s";
  for (size_t i = 1; i < kMostPatternSegments; ++i) longest += "/s" + std::to_string(i);
  EXPECT_TRUE(Segments(longest).Matches(longest));
  EXPECT_FALSE(Segments(longest).Matches(longest + "/s"));
  EXPECT_FALSE(Segments(longest).Matches(longest.substr(0, longest.size() - 1) + "x"));
  EXPECT_TRUE(Segments("s/**").Matches(longest));
}

TEST(ScopePattern, KnowsUpperFromLowerCase) {
  for (const std::string_view name : {"CRM/search", "crm/Search", "Crm/Search", "CRM/SEARCH"}) {
    EXPECT_FALSE(Segments("crm/search").Matches(name)) << name;
    EXPECT_FALSE(Segments("crm/s*").Matches(name)) << name;
    EXPECT_FALSE(Regex("crm/search").Matches(name)) << name;
  }
}

// Attack: names that look the same, or are the same once somebody has normalised them.
TEST(ScopePattern, MatchesNoNameThatIsNotPlain) {
  const std::string_view kNames[] = {
      "fs/a\0"sv,
      "fs/a\xE2\x80\x8B",
      "fs/\xE2\x80\xAE"
      "a",
      "fs/a\xFF",
      "fs/\xC0\xAF",
      "fs/..",
      "fs/.",
      "fs/../etc",
      "fs/%2e%2e",
      "fs/a\\b",
      "fs/\xEF\xBC\x8E\xEF\xBC\x8E",
      "fs/a\n",
  };
  for (const std::string_view name : kNames) {
    for (const std::string_view pattern : {"**", "fs/*", "fs/**", "*/*"}) {
      EXPECT_FALSE(Segments(pattern).Matches(name)) << pattern;
    }
    EXPECT_FALSE(Regex("(?s).*").Matches(name));
  }
  EXPECT_FALSE(Segments("**").Matches(std::string(kLongestText + 1, 'a')));
  EXPECT_FALSE(Segments("fs/file").Matches("fs/f\xD1\x96le"));
  EXPECT_FALSE(Segments("fs/file").Matches("fs/\xEF\xBD\x86ile"));
  EXPECT_FALSE(Segments("fs/caf\xC3\xA9").Matches("fs/cafe\xCC\x81"));
}

TEST(ScopePattern, IsRefusedWithAReason) {
  constexpr std::string_view kNotPlain =
      " has a character that does not show, a backslash, an encoded byte such as `%2e`, or a "
      "segment `.` or `..`";
  const struct {
    std::string text;
    std::string why;
  } kCases[] = {
      {"", "a scope pattern is empty"},
      {std::string(kLongestPattern + 1, 'a'), "a scope pattern has more than 1024 bytes"},
      {"/", "the scope pattern \"/\" has an empty segment"},
      {"/a", "the scope pattern \"/a\" has an empty segment"},
      {"a/", "the scope pattern \"a/\" has an empty segment"},
      {"a//b", "the scope pattern \"a//b\" has an empty segment"},
      {"*a", "the scope pattern \"*a\" has a `*` that is not at the end of a segment"},
      {"a*b", "the scope pattern \"a*b\" has a `*` that is not at the end of a segment"},
      {"a**", "the scope pattern \"a**\" has a `*` that is not at the end of a segment"},
      {"***", "the scope pattern \"***\" has a `*` that is not at the end of a segment"},
      {"**/a", "the scope pattern \"**/a\" has a `*` that is not at the end of a segment"},
      {"a/**/b", "the scope pattern \"a/**/b\" has a `*` that is not at the end of a segment"},
      {"a/***", "the scope pattern \"a/***\" has a `*` that is not at the end of a segment"},
      {"a/*b/c", "the scope pattern \"a/*b/c\" has a `*` that is not at the end of a segment"},
      {"a/..", "the scope pattern \"a/..\"" + std::string(kNotPlain)},
      {"a/./b", "the scope pattern \"a/./b\"" + std::string(kNotPlain)},
      {"a/%2e", "the scope pattern \"a/%2e\"" + std::string(kNotPlain)},
      {"a\\b", "the scope pattern \"a\\\\b\"" + std::string(kNotPlain)},
      {"a\n", "the scope pattern \"a\\n\"" + std::string(kNotPlain)},
      {std::string("a\0", 2), "the scope pattern \"a\\0\"" + std::string(kNotPlain)},
      {"a\xFF", "the scope pattern \"a\\u{fffd}\"" + std::string(kNotPlain)},
      {"a\xE2\x80\xAE", "the scope pattern \"a\\u{202e}\"" + std::string(kNotPlain)},
  };
  for (const auto& [text, why] : kCases) {
    const auto pattern = ScopePattern::Segments(text);
    ASSERT_FALSE(pattern.ok()) << text;
    EXPECT_EQ(std::string(pattern.status().message()), why);
  }
  std::string segments = "a";
  for (size_t i = 1; i < kMostPatternSegments; ++i) segments += "/a";
  EXPECT_TRUE(ScopePattern::Segments(segments).ok());
  EXPECT_FALSE(ScopePattern::Segments(segments + "/a").ok());
  EXPECT_FALSE(ScopePattern::Segments(segments + "/**").ok());
  EXPECT_TRUE(ScopePattern::Segments(std::string(kLongestPattern, 'a')).ok());
  EXPECT_FALSE(ScopePattern::Regex("").ok());
  EXPECT_FALSE(ScopePattern::Regex("(").ok());
}

TEST(ScopePattern, OfARegularExpressionMatchesWholeNames) {
  EXPECT_TRUE(Regex("crm/(search|read)").Matches("crm/read"));
  EXPECT_FALSE(Regex("crm/(search|read)").Matches("crm/read/all"));
  EXPECT_FALSE(Regex("crm/search|read").Matches("xcrm/search"));
  EXPECT_FALSE(Regex("crm/search|read").Matches("crm/read"));
  EXPECT_TRUE(Regex("https://api[.]acme[.]test/.*").Matches("https://api.acme.test/v1"));
  EXPECT_FALSE(Regex("https://api[.]acme[.]test/.*").Matches("https://api.acme.test/../x"));
}

struct Containment {
  std::string_view wider;
  std::string_view narrower;
  bool contains;
};

TEST(ScopePattern, ContainsWhatMatchesNoMore) {
  const Containment kCases[] = {
      {"crm/search", "crm/search", true},
      {"crm/search", "crm/read", false},
      {"crm/*", "crm/search", true},
      {"crm/*", "crm/s*", true},
      {"crm/*", "crm/*", true},
      {"crm/*", "crm/**", false},
      {"crm/*", "*/search", false},
      {"crm/*", "crm/a/b", false},
      {"crm/re*", "crm/read", true},
      {"crm/re*", "crm/re", true},
      {"crm/re*", "crm/read*", true},
      {"crm/read*", "crm/re*", false},
      {"crm/read*", "crm/*", false},
      {"crm/read", "crm/read*", false},
      {"crm/**", "crm/search", true},
      {"crm/**", "crm/*", true},
      {"crm/**", "crm/a*/*/b/**", true},
      {"crm/**", "crm/**", true},
      {"crm/**", "crm", false},
      {"crm/**", "**", false},
      {"**", "**", true},
      {"**", "a", true},
      {"**", "*/**", true},
      {"*/**", "**", false},
      {"*/**", "*", false},
      {"*/**", "a/**", true},
      {"*/*", "a/**", false},
      {"a/*/**", "a/**", false},
  };
  for (const auto& [wider, narrower, contains] : kCases) {
    EXPECT_EQ(Segments(wider).Contains(Segments(narrower)), contains)
        << wider << " and " << narrower;
  }
}

TEST(ScopePattern, OfARegularExpressionContainsItselfAndSingleNames) {
  const ScopePattern regex = Regex("crm/(search|read).*");
  EXPECT_TRUE(regex.Contains(Regex("crm/(search|read).*")));
  EXPECT_TRUE(regex.Contains(Segments("crm/search")));
  EXPECT_FALSE(regex.Contains(Segments("crm/delete")));
  EXPECT_FALSE(regex.Contains(Regex("crm/search")));
  EXPECT_FALSE(regex.Contains(Segments("crm/search*")));
  // The star of a pattern is none of a name.
  EXPECT_FALSE(Regex("crm/[*]").Contains(Segments("crm/*")));
  EXPECT_FALSE(Regex("(?s).*").Contains(Segments("**")));
  // Two that are written alike are not alike: here the dot is any character.
  EXPECT_FALSE(Segments("crm/v1.search").Contains(Regex("crm/v1.search")));
  EXPECT_TRUE(Regex("crm/v1.search").Contains(Segments("crm/v1.search")));
  EXPECT_FALSE(Segments("**").Contains(Regex("crm/search")));
}

TEST(ScopePattern, TakesATextWithoutMemory) {
  EXPECT_FALSE(ScopePattern::Segments({}).ok());
  EXPECT_FALSE(ScopePattern::Regex({}).ok());
  EXPECT_FALSE(Segments("**").Matches({}));
  EXPECT_FALSE(Regex("a*").Matches({}));
}

TEST(ScopePattern, IsEqualToThatOfTheSameTextAndKind) {
  EXPECT_EQ(Segments("a/*"), Segments("a/*"));
  EXPECT_FALSE(Segments("a/*") == Segments("a/**"));
  EXPECT_EQ(Regex("a"), Regex("a"));
  EXPECT_FALSE(Regex("a") == Segments("a"));
  ScopePattern copy = Segments("a");
  copy = Regex("b");
  EXPECT_EQ(copy.text(), "b");
  EXPECT_TRUE(copy.is_regex());
  EXPECT_TRUE(copy.Matches("b"));
  copy = Segments("c");
  EXPECT_FALSE(copy.is_regex());
  EXPECT_TRUE(copy.Matches("c"));
}

TEST(ScopePattern, SaysWhatItHolds) {
  EXPECT_GE(Segments("a").bytes(), sizeof(ScopePattern));
  EXPECT_GE(Segments(std::string(1000, 'a')).bytes(), sizeof(ScopePattern) + 1000);
  EXPECT_GE(Regex("a").bytes(), kMostRegexMemory);
}

// The same as it would be said in words, without care for time.
std::vector<std::string> SplitSlow(const std::string& text) {
  std::vector<std::string> parts(1);
  for (const char c : text) {
    if (c == '/') {
      parts.emplace_back();
    } else {
      parts.back() += c;
    }
  }
  return parts;
}

bool SegmentMatchesSlow(const std::string& pattern, const std::string& segment) {
  if (segment.empty()) return false;
  if (pattern == "*") return true;
  if (pattern.back() != '*') return pattern == segment;
  return segment.rfind(pattern.substr(0, pattern.size() - 1), 0) == 0;
}

bool MatchesSlow(const std::string& pattern_text, const std::string& name) {
  std::vector<std::string> pattern = SplitSlow(pattern_text);
  const std::vector<std::string> segments = SplitSlow(name);
  if (pattern.back() == "**") {
    if (segments.size() < pattern.size()) return false;
    pattern.back() = "*";
    pattern.resize(segments.size(), "*");
  }
  if (segments.size() != pattern.size()) return false;
  for (size_t i = 0; i < pattern.size(); ++i) {
    if (!SegmentMatchesSlow(pattern[i], segments[i])) return false;
  }
  return true;
}

// All texts of up to `most` of these segments.
std::vector<std::string> AllOf(const std::vector<std::string>& segments, int most) {
  std::vector<std::string> all;
  std::vector<std::string> last = {""};
  for (int length = 1; length <= most; ++length) {
    std::vector<std::string> longer;
    for (const std::string& begin : last) {
      for (const std::string& segment : segments) {
        longer.push_back(begin.empty() ? segment : begin + "/" + segment);
      }
    }
    all.insert(all.end(), longer.begin(), longer.end());
    last = std::move(longer);
  }
  return all;
}

TEST(ScopePattern, MatchesWhatTheSlowReaderMatchesAtRandom) {
  std::mt19937_64 random(21);
  int matched = 0;
  int parsed = 0;
  constexpr int kRounds = 200'000;
  for (int round = 0; round < kRounds; ++round) {
    std::string text;
    for (uint64_t letters = 1 + random() % 6; letters > 0; --letters)
      text += "aab/*/*"[random() % 7];
    std::string name;
    for (uint64_t letters = random() % 7; letters > 0; --letters) name += "aab/*/"[random() % 6];
    const auto pattern = ScopePattern::Segments(text);
    if (!pattern.ok()) continue;
    ++parsed;
    const bool matches = pattern->Matches(name);
    ASSERT_EQ(matches, MatchesSlow(text, name)) << text << " and " << name;
    matched += matches ? 1 : 0;
  }
  EXPECT_GT(parsed, kRounds / 10);
  EXPECT_GT(matched, parsed / 20);
  EXPECT_LT(matched, parsed * 9 / 10);
}

// Every pattern of up to two segments and `**`, against every other: the answer is whether there is
// a name that says otherwise. `z` stands for all that no pattern mentions.
TEST(ScopePattern, ContainsExactlyWhatNoNameContradicts) {
  std::vector<std::string> texts = {"**"};
  for (const std::string& fixed : AllOf({"a", "b", "aa", "ab", "a*", "b*", "aa*", "ab*", "*"}, 2)) {
    texts.push_back(fixed);
    texts.push_back(fixed + "/**");
  }
  const std::vector<std::string> names =
      AllOf({"a", "b", "z", "aa", "ab", "az", "bz", "aaz", "abz"}, 4);
  constexpr size_t kNames = 9 + 9 * 9 + 9 * 9 * 9 + 9 * 9 * 9 * 9;
  ASSERT_EQ(names.size(), kNames);

  struct Sample {
    ScopePattern pattern;
    std::bitset<kNames> matched;
  };
  std::vector<Sample> samples;
  for (const std::string& text : texts) {
    samples.push_back({Segments(text), {}});
    for (size_t i = 0; i < kNames; ++i) samples.back().matched[i] = MatchesSlow(text, names[i]);
  }
  int contained = 0;
  int not_contained = 0;
  for (const Sample& wider : samples) {
    for (const Sample& narrower : samples) {
      const bool expected = (narrower.matched & ~wider.matched).none();
      ASSERT_EQ(wider.pattern.Contains(narrower.pattern), expected)
          << wider.pattern.text() << " and " << narrower.pattern.text();
      ++(expected ? contained : not_contained);
    }
  }
  EXPECT_GT(contained, 1'000);
  EXPECT_GT(not_contained, 1'000);
}

std::string RandomPattern(std::mt19937_64& random) {
  static constexpr std::string_view kSegments[] = {"a", "b", "ab", "a*", "b*", "ab*", "*", "*"};
  std::string text;
  for (uint64_t count = random() % 4; count > 0; --count) {
    text += text.empty() ? "" : "/";
    text += kSegments[random() % std::size(kSegments)];
  }
  if (text.empty() || random() % 3 == 0) text += text.empty() ? "**" : "/**";
  return text;
}

std::string RandomName(std::mt19937_64& random) {
  static constexpr std::string_view kSegments[] = {"a", "b", "ab", "abc", "ba", "c"};
  std::string name;
  for (uint64_t count = 1 + random() % 4; count > 0; --count) {
    name += name.empty() ? "" : "/";
    name += kSegments[random() % std::size(kSegments)];
  }
  return name;
}

// Regular expressions among them, with which the answer need not be exact but must be right.
TEST(ScopePattern, ContainsNothingThatMatchesMoreAtRandom) {
  std::mt19937_64 random(22);
  const std::vector<ScopePattern> kRegexes = {Regex("a.*"),  Regex("a/.*"),   Regex("[ab]+"),
                                              Regex(".*/b"), Regex("(?s).*"), Regex("a/b")};
  const auto pattern = [&] {
    if (random() % 4 == 0) return kRegexes[random() % kRegexes.size()];
    return Segments(RandomPattern(random));
  };
  int contained = 0;
  int matched = 0;
  constexpr int kRounds = 50'000;
  for (int round = 0; round < kRounds; ++round) {
    const ScopePattern wider = pattern();
    const ScopePattern narrower = pattern();
    if (!wider.Contains(narrower)) continue;
    ++contained;
    for (int i = 0; i < 8; ++i) {
      const std::string name = RandomName(random);
      if (!narrower.Matches(name)) continue;
      ++matched;
      ASSERT_TRUE(wider.Matches(name))
          << wider.text() << " and " << narrower.text() << " and " << name;
    }
  }
  EXPECT_GT(contained, kRounds / 20);
  EXPECT_LT(contained, kRounds * 9 / 10);
  EXPECT_GT(matched, 2'000);
}

TEST(ScopePattern, ContainsIsTransitiveAtRandom) {
  std::mt19937_64 random(23);
  int chains = 0;
  for (int round = 0; round < 100'000; ++round) {
    const ScopePattern a = Segments(RandomPattern(random));
    const ScopePattern b = Segments(RandomPattern(random));
    const ScopePattern c = Segments(RandomPattern(random));
    ASSERT_TRUE(a.Contains(a)) << a.text();
    if (!a.Contains(b) || !b.Contains(c)) continue;
    ++chains;
    ASSERT_TRUE(a.Contains(c)) << a.text() << " and " << b.text() << " and " << c.text();
  }
  EXPECT_GT(chains, 1'000);
}

// The worst that a pattern can be, on the worst that a name can be, many times: a matcher that went
// back after a star would not be over within the age of the world.
TEST(ScopePattern, MatchesInOneWalkAlongTheName) {
  std::string pattern_text;
  for (size_t i = 1; i < kMostPatternSegments; ++i) pattern_text += "a*/";
  const ScopePattern ends = Segments(pattern_text + "b");
  const ScopePattern goes_on = Segments(pattern_text + "**");
  std::string name = "a";
  while (name.size() + 2 <= kLongestText) name += "/a";
  const std::string one_segment(kLongestText, 'a');
  const std::string one_wrong = name.substr(2) + "/";
  for (int round = 0; round < 300; ++round) {
    ASSERT_FALSE(ends.Matches(name));
    ASSERT_TRUE(goes_on.Matches(name));
    ASSERT_FALSE(goes_on.Matches(one_segment));
    ASSERT_FALSE(goes_on.Matches(one_wrong));
  }
}

}  // namespace
}  // namespace thuja::grants
