// SPDX-License-Identifier: Apache-2.0
// UTF-8 and the escapes of string literals.
#include "engine/base/text.h"

#include <gtest/gtest.h>

#include <random>
#include <string>
#include <vector>

namespace thuja::base {
namespace {

std::string Unescaped(std::string_view raw) {
  std::string text;
  return UnescapeString(raw, &text) ? "bad" : text;
}

TEST(UnescapeString, KnowsRustsEscapes) {
  struct Row {
    const char* raw;
    std::string text;
  };
  const Row kRows[] = {
      {R"(plain)", "plain"},
      {R"(\n\r\t\\\'\")", "\n\r\t\\'\""},
      {R"(a\0b)", std::string("a\0b", 3)},
      {R"(\x41\x7f\x00)", std::string("A\x7f\0", 3)},
      {R"(\x7F)", "\x7f"},
      {R"(\u{41})", "A"},
      {R"(\u{e9})", "é"},
      {R"(\u{1F600})", "😀"},
      {R"(\u{10ffff})", "\xF4\x8F\xBF\xBF"},
      {R"(\u{0_0_4_1_})", "A"},
      {"line\nfeed", "line\nfeed"},
      {"é 日本", "é 日本"},
      {"*", "*"},
  };
  for (const Row& row : kRows) EXPECT_EQ(Unescaped(row.raw), row.text) << row.raw;
}

TEST(UnescapeString, RefusesAllOthers) {
  for (const char* raw : {R"(\a)",       R"(\b)",         R"(\/)",
                          R"(\u0041)",   R"(\u{})",       R"(\u{d800})",
                          R"(\u{dfff})", R"(\u{110000})", R"(\u{0000041})",
                          R"(\u{_41})",  R"(\u{41)",      R"(\u)",
                          R"(\u{g})",    R"(\x80)",       R"(\xff)",
                          R"(\x4)",      R"(\x)",         R"(\xg0)",
                          R"(\)",        R"(\*)",         "\r",
                          "a\rb",        "\\\r",          "\xFF"}) {
    EXPECT_EQ(Unescaped(raw), "bad") << raw;
  }
}

TEST(UnescapeString, NamesThePlaceOfABadEscape) {
  std::string text;
  const auto bad = UnescapeString(R"(ok \q no)", &text);
  ASSERT_TRUE(bad);
  EXPECT_EQ(bad->begin, 3u);
  EXPECT_EQ(bad->end, 5u);
}

std::vector<std::string> Pieces(std::string_view raw) {
  std::vector<std::string> pieces;
  if (UnescapePattern(raw, &pieces)) return {"bad"};
  return pieces;
}

TEST(UnescapePattern, AStarIsAWildcardHoweverItIsSpelled) {
  using Strings = std::vector<std::string>;
  EXPECT_EQ(Pieces("abc"), Strings({"abc"}));
  EXPECT_EQ(Pieces("a*b"), Strings({"a", "b"}));
  EXPECT_EQ(Pieces(R"(a\x2ab)"), Strings({"a", "b"}));
  EXPECT_EQ(Pieces(R"(a\u{2a}b)"), Strings({"a", "b"}));
  EXPECT_EQ(Pieces(R"(a\*b)"), Strings({"a*b"}));
  EXPECT_EQ(Pieces("*"), Strings({"", ""}));
  EXPECT_EQ(Pieces("**"), Strings({"", "", ""}));
  EXPECT_EQ(Pieces(R"(\q)"), Strings({"bad"}));
}

// Strings of characters that are likely to be handled wrongly.
std::string RandomText(std::mt19937& random) {
  static constexpr char32_t kScalars[] = {'a',    '"',    '\\',   '\'',   '*',     '\n',    '\r',
                                          '\t',   0,      0x7F,   0x80,   0xA0,    0xE9,    0x200B,
                                          0x202E, 0x2028, 0xFEFF, 0xFFFD, 0x1F600, 0x10FFFF};
  std::string text;
  for (size_t length = random() % 12; length > 0; --length) {
    AppendScalar(kScalars[random() % std::size(kScalars)], &text);
  }
  return text;
}

TEST(QuoteString, IsUndoneByUnescapeString) {
  std::mt19937 random(1);
  for (int i = 0; i < 20'000; ++i) {
    const std::string text = RandomText(random);
    const std::string quoted = QuoteString(text);
    EXPECT_EQ(Unescaped(std::string_view(quoted).substr(1, quoted.size() - 2)), text) << quoted;
  }
}

TEST(QuotePattern, IsUndoneByUnescapePattern) {
  std::mt19937 random(2);
  for (int i = 0; i < 20'000; ++i) {
    std::vector<std::string> pieces(1 + random() % 4);
    for (std::string& piece : pieces) piece = RandomText(random);
    const std::string quoted =
        QuotePattern(std::vector<std::string_view>(pieces.begin(), pieces.end()));
    EXPECT_EQ(Pieces(std::string_view(quoted).substr(1, quoted.size() - 2)), pieces) << quoted;
  }
}

TEST(QuoteString, EscapesWhatATerminalWouldHideOrReorder) {
  EXPECT_EQ(QuoteString("a\u202Eb\u200Bc\uFEFF"), R"("a\u{202e}b\u{200b}c\u{feff}")");
  EXPECT_EQ(QuoteString("é 日本 😀"), "\"é 日本 😀\"");
  EXPECT_EQ(QuoteString("a*b"), "\"a*b\"");
}

TEST(DecodeScalar, RefusesWhatIsNoUtf8) {
  for (const char* bad :
       {"\x80", "\xBF", "\xC0\x80", "\xC1\xBF", "\xC2", "\xE0\x80\x80", "\xE0\x9F\xBF",
        "\xED\xA0\x80", "\xED\xBF\xBF", "\xE2\x82", "\xF0\x80\x80\x80", "\xF0\x8F\xBF\xBF",
        "\xF4\x90\x80\x80", "\xF5\x80\x80\x80", "\xFF", "\xE2\x28\xA1"}) {
    EXPECT_FALSE(IsValidUtf8(bad)) << testing::PrintToString(std::string(bad));
  }
}

TEST(DecodeScalar, ReadsWhatAppendScalarWrites) {
  for (char32_t scalar = 0; scalar <= 0x10FFFF; scalar += 13) {
    if (scalar >= 0xD800 && scalar <= 0xDFFF) continue;
    std::string text;
    AppendScalar(scalar, &text);
    size_t position = 0;
    ASSERT_EQ(DecodeScalar(text, &position), scalar);
    ASSERT_EQ(position, text.size());
  }
}

TEST(IsWhiteSpace, IsUnicodesProperty) {
  for (const char32_t space : {0x09, 0x0A, 0x0B, 0x0C, 0x0D, 0x20, 0x85, 0xA0, 0x1680, 0x2000,
                               0x200A, 0x2028, 0x2029, 0x202F, 0x205F, 0x3000}) {
    EXPECT_TRUE(IsWhiteSpace(space)) << static_cast<unsigned>(space);
  }
  for (const char32_t other : {0x00, 0x1F, 0x180E, 0x200B, 0x2060, 0xFEFF}) {
    EXPECT_FALSE(IsWhiteSpace(other)) << static_cast<unsigned>(other);
  }
}

}  // namespace
}  // namespace thuja::base
