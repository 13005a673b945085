// SPDX-License-Identifier: Apache-2.0
// Collecting and rendering of diagnostics.
#include "engine/base/diagnostic.h"

#include <gtest/gtest.h>

#include <memory>
#include <set>
#include <string>

namespace thuja::base {
namespace {

std::shared_ptr<const SourceText> Text(std::string text) {
  return std::make_shared<const SourceText>("t.cedar", std::move(text));
}

TEST(Diagnostics, StandInTheOrderOfTheText) {
  const auto source = Text("abcdef");
  Diagnostics diagnostics;
  diagnostics.Add(DiagnosticKind::kSingleEqual, source, {4, 5}, {});
  diagnostics.Add(DiagnosticKind::kMixedUnary, source, {1, 2}, {});
  ASSERT_EQ(diagnostics.kept().size(), 2u);
  EXPECT_EQ(diagnostics.kept()[0].kind, DiagnosticKind::kMixedUnary);
}

TEST(Diagnostics, SourcesStayInTheOrderInWhichTheyWereRead) {
  const auto first = Text("abc");
  const auto second = Text("abc");
  Diagnostics diagnostics;
  diagnostics.Add(DiagnosticKind::kSingleEqual, first, {2, 3}, {});
  diagnostics.Add(DiagnosticKind::kSingleEqual, second, {0, 1}, {});
  EXPECT_EQ(diagnostics.kept()[0].source, first);
}

TEST(Diagnostics, BeyondTheLimitTheyAreOnlyCounted) {
  const auto source = Text("a");
  Diagnostics diagnostics;
  for (size_t i = 0; i < Diagnostics::kMaxKept + 7; ++i) {
    diagnostics.Add(DiagnosticKind::kSingleEqual, source, {0, 1}, {});
  }
  EXPECT_EQ(diagnostics.kept().size(), Diagnostics::kMaxKept);
  EXPECT_EQ(diagnostics.count(), Diagnostics::kMaxKept + 7);
  EXPECT_TRUE(Render(diagnostics).ends_with("and 7 more errors\n"));
}

std::string Rendered(const std::string& text, Span span) {
  Diagnostics diagnostics;
  diagnostics.Add(DiagnosticKind::kSingleEqual, Text(text), span, {});
  const std::string rendered = Render(diagnostics);
  return rendered.substr(rendered.find('\n') + 1);
}

TEST(Render, PutsCaretsBelowTheSpan) {
  EXPECT_EQ(Rendered("one = two", {4, 5}), "  one = two\n      ^\n");
  EXPECT_EQ(Rendered("one = two", {0, 9}), "  one = two\n  ^^^^^^^^^\n");
}

TEST(Render, ASpanOfSeveralLinesIsShownToTheEndOfItsFirst) {
  EXPECT_EQ(Rendered("ab\ncd", {1, 5}), "  ab\n   ^\n");
}

TEST(Render, AnEmptySpanStillHasACaret) {
  EXPECT_EQ(Rendered("ab", {2, 2}), "  ab\n    ^\n");
  EXPECT_EQ(Rendered("", {0, 0}), "  \n  ^\n");
}

TEST(Render, CountsCharactersNotBytes) { EXPECT_EQ(Rendered("ä = ö", {3, 4}), "  ä = ö\n    ^\n"); }

TEST(Render, ShowsControlCharactersAsReplacements) {
  EXPECT_EQ(Rendered("a\tb\x1B[31m", {0, 1}), "  a b\uFFFD[31m\n  ^\n");
  EXPECT_EQ(Rendered("a\u202Eb", {0, 1}), "  a\uFFFDb\n  ^\n");
}

TEST(Render, CutsALongLineAroundTheSpan) {
  const std::string line = std::string(500, 'a') + "=" + std::string(500, 'b');
  const std::string shown = Rendered(line, {500, 501});
  EXPECT_LT(shown.size(), 300u);
  EXPECT_TRUE(shown.starts_with("  ...a"));
  const size_t equal = shown.find('=');
  const size_t caret = shown.find('^') - shown.find('\n') - 1;
  EXPECT_EQ(equal, caret);
}

TEST(Diagnostics, AMessageIsShortHoweverLongTheNameIsThatItSpeaksOf) {
  Diagnostics diagnostics;
  diagnostics.Add(DiagnosticKind::kNotAnEffect, Text("x"), {0, 1}, {std::string(1'000'000, 'x')});
  EXPECT_LT(diagnostics.kept().front().message.size(), 500u);
  EXPECT_NE(diagnostics.kept().front().message.find("xxx...` is not an effect"), std::string::npos);
}

TEST(DiagnosticCode, IsUniqueForEachKind) {
  std::set<std::string_view> codes;
  for (size_t i = 0; i < kDiagnosticKindCount; ++i) {
    const std::string_view code = DiagnosticCode(static_cast<DiagnosticKind>(i));
    EXPECT_FALSE(code.empty());
    EXPECT_TRUE(codes.insert(code).second) << code;
  }
}

TEST(Quote, CutsAndEscapesSomebodyElsesText) {
  EXPECT_EQ(Quote("plain"), "`plain`");
  EXPECT_EQ(Quote("a\nb"), "`a\\u{a}b`");
  EXPECT_TRUE(Quote(std::string(1000, 'x')).ends_with("x...`"));
  EXPECT_LT(Quote(std::string(1000, 'x')).size(), 80u);
  EXPECT_EQ(Quote("\xFF"), "`\\u{fffd}`");
}

}  // namespace
}  // namespace thuja::base
