// SPDX-License-Identifier: Apache-2.0
// Token look-ahead and the errors that name a token.
//
// Tested by tests/cases/cases_test.cc, with the case files of tests/cases/parser.
#include "engine/lang/token_cursor.h"

#include <algorithm>
#include <utility>

#include "engine/base/names.h"
#include "engine/base/text.h"

namespace thuja::lang {

using base::DiagnosticKind;

TokenCursor::TokenCursor(std::shared_ptr<const base::SourceText> source, Tokens tokens,
                         base::Diagnostics& diagnostics)
    : source_(std::move(source)), tokens_(std::move(tokens)), diagnostics_(diagnostics) {}

bool TokenCursor::AtWord(std::string_view word) const {
  return PeekKind() == TokenKind::kWord && Text(Peek()) == word;
}

bool TokenCursor::TakeIfWord(std::string_view word) {
  if (!AtWord(word)) return false;
  Take();
  return true;
}

bool TokenCursor::Expect(TokenKind kind) { return TakeIf(kind) || FailExpected(Describe(kind)); }

bool TokenCursor::ExpectWord(std::string_view word) {
  return TakeIfWord(word) || FailExpected("`" + std::string(word) + "`");
}

bool TokenCursor::FailExpected(std::string_view what) {
  const Token& token = Peek();
  if (token.kind == TokenKind::kCut) return false;  // the lexer has reported why
  const bool has_text = token.kind == TokenKind::kWord || token.kind == TokenKind::kNumber ||
                        token.kind == TokenKind::kString || token.kind == TokenKind::kSlot;
  const std::string found = has_text ? base::Quote(Text(token)) : std::string(Describe(token.kind));
  Report(DiagnosticKind::kUnexpectedToken, token.span, {what, found});
  return false;
}

void TokenCursor::Report(DiagnosticKind kind, base::Span span,
                         std::initializer_list<std::string_view> arguments) {
  diagnostics_.Add(kind, source_, span, arguments);
}

void TokenCursor::SkipPolicy() {
  while (!AtEnd() && !TakeIf(TokenKind::kSemicolon)) Take();
}

void TokenCursor::ReportBadEscape(const Token& token, uint32_t begin, uint32_t end) {
  const uint32_t text_begin = token.span.begin + 1;  // behind the opening quote
  const base::Span span{text_begin + begin, text_begin + end};
  const std::string_view escape = source_->Slice(span);
  if (escape.starts_with('\r')) {
    Report(DiagnosticKind::kCarriageReturn, {span.begin, span.begin + 1});
  } else {
    Report(DiagnosticKind::kBadEscape, span, {base::Quote(escape)});
  }
}

std::string TokenCursor::Unescape(const Token& token) {
  const std::string_view quoted = Text(token);
  std::string text;
  const auto bad = base::UnescapeString(quoted.substr(1, quoted.size() - 2), &text);
  if (bad) ReportBadEscape(token, bad->begin, bad->end);
  return text;
}

std::vector<std::string> TokenCursor::UnescapePattern(const Token& token) {
  const std::string_view quoted = Text(token);
  std::vector<std::string> pieces;
  const auto bad = base::UnescapePattern(quoted.substr(1, quoted.size() - 2), &pieces);
  if (bad) ReportBadEscape(token, bad->begin, bad->end);
  return pieces;
}

void TokenCursor::CheckUnreserved(const Token& word, std::string_view role) {
  if (base::IsUnreservedIdentifier(Text(word))) return;
  Report(DiagnosticKind::kReservedWord, word.span, {Text(word), role});
}

ParsedName TokenCursor::TakeName() {
  ParsedName name;
  const Token& first = Take();
  CheckUnreserved(first, "part of a name");
  name.text = Text(first);
  name.span = first.span;
  while (PeekKind() == TokenKind::kPathSeparator && PeekKind(1) == TokenKind::kWord) {
    Take();
    const Token& part = Take();
    CheckUnreserved(part, "part of a name");
    name.text.append("::").append(Text(part));
    name.span.end = part.span.end;
  }
  return name;
}

}  // namespace thuja::lang
