// SPDX-License-Identifier: Apache-2.0
// Policy text to tokens: what is one, and what is reported.
#include "engine/lang/lexer.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

namespace thuja::lang {
namespace {

// The tokens' texts, separated by spaces; `!` and the code of an error where there was one.
std::string Lexed(std::string text) {
  const auto source = std::make_shared<const base::SourceText>("t", std::move(text));
  base::Diagnostics diagnostics;
  std::string out;
  for (const Token& token : Lex(source, diagnostics)) {
    out += (out.empty() ? "" : " ") + std::string(source->Slice(token.span));
  }
  for (const base::Diagnostic& diagnostic : diagnostics.kept()) {
    out += " !" + std::string(base::DiagnosticCode(diagnostic.kind));
  }
  return out;
}

TEST(Lexer, TakesTheLongestPunctuation) {
  EXPECT_EQ(Lexed("a::b:c==d=e<=f<g"), "a :: b : c == d = e <= f < g ");
  EXPECT_EQ(Lexed("!!=a&&b||c"), "! != a && b || c ");
}

TEST(Lexer, SeparatesNumbersFromWords) { EXPECT_EQ(Lexed("12abc a12 1.5"), "12 abc a12 1 . 5 "); }

TEST(Lexer, SkipsUnicodeWhiteSpaceAndLineComments) {
  EXPECT_EQ(Lexed("a\u00A0b\u2003c\u3000d"), "a b c d ");
  EXPECT_EQ(Lexed("a // b\nc //"), "a c ");
  EXPECT_EQ(Lexed("a // b\rc"), "a c ");  // a carriage return ends a comment as well
  EXPECT_EQ(Lexed("a / /b"), "a / / b ");
}

TEST(Lexer, HasNoBlockComments) { EXPECT_EQ(Lexed("/*a*/"), "/ * a * / "); }

TEST(Lexer, KeepsStringsWithTheirEscapes) {
  EXPECT_EQ(Lexed(R"("a\"b" "\\" "")"), R"("a\"b" "\\" "" )");
  EXPECT_EQ(Lexed("\"a\nb\""), "\"a\nb\" ");
  EXPECT_EQ(Lexed("\"// no comment\""), "\"// no comment\" ");
}

TEST(Lexer, StringsMustBeClosed) {
  for (const char* text : {"\"abc", "\"abc\\", "\"abc\\\"", "\"a\\\nb\""}) {
    EXPECT_TRUE(Lexed(text).ends_with("!unterminated-string")) << text;
  }
}

TEST(Lexer, SlotsAreAQuestionMarkAndAWord) {
  EXPECT_EQ(Lexed("?principal ?x1"), "?principal ?x1 ");
  EXPECT_EQ(Lexed("? principal"), "principal  !unexpected-character");
}

TEST(Lexer, ReportsWhatBeginsNoTokenAndGoesOn) {
  EXPECT_EQ(Lexed("a # b $ c"), "a b c  !unexpected-character !unexpected-character");
  EXPECT_EQ(Lexed("a & b | c"), "a b c  !unexpected-character !unexpected-character");
  EXPECT_EQ(Lexed("é"), " !unexpected-character");
}

TEST(Lexer, ByteOrderMarkAndZeroWidthSpaceAreNoSpace) {
  EXPECT_EQ(Lexed("\uFEFFa"), "a  !byte-order-mark");
  EXPECT_EQ(Lexed("a\u200Bb"), "a b  !unexpected-character");
}

TEST(Lexer, RefusesInvalidUtf8Anywhere) {
  for (const char* text : {"a \xFF", "// \xC0\x80", "\"\xED\xA0\x80\""}) {
    EXPECT_TRUE(Lexed(text).ends_with("!invalid-utf8")) << text;
  }
}

}  // namespace
}  // namespace thuja::lang
