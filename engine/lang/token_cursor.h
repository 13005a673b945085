// SPDX-License-Identifier: Apache-2.0
// The parser's view of the tokens: look ahead, take, or say what was expected.
//
// Two kinds of error meet here. A syntax error means that the rest of the policy cannot be read:
// the caller gives up on it and goes on behind the next `;`. Any other error (a reserved word, a
// bad escape, a wrong slot) is reported while parsing goes on, so that one run shows them all.
#pragma once

#include <algorithm>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/lang/lexer.h"

namespace thuja::lang {

// Identifiers joined by `::`.
struct ParsedName {
  std::string text;
  base::Span span;
};

class TokenCursor {
 public:
  TokenCursor(std::shared_ptr<const base::SourceText> source, Tokens tokens,
              base::Diagnostics& diagnostics);

  const Token& Peek(size_t ahead = 0) const {
    return tokens_[std::min(next_ + ahead, tokens_.size() - 1)];
  }
  TokenKind PeekKind(size_t ahead = 0) const { return Peek(ahead).kind; }
  std::string_view Text(const Token& token) const { return source_->Slice(token.span); }
  bool AtEnd() const { return PeekKind() == TokenKind::kEnd || PeekKind() == TokenKind::kCut; }
  bool AtWord(std::string_view word) const;

  const Token& Take() {
    const Token& token = Peek();
    last_span_ = token.span;
    if (!AtEnd()) ++next_;
    return token;
  }
  // Takes the token if it is of that kind, or that word.
  bool TakeIf(TokenKind kind) {
    if (PeekKind() != kind) return false;
    Take();
    return true;
  }
  bool TakeIfWord(std::string_view word);

  // Takes the token, or reports a syntax error and returns false.
  bool Expect(TokenKind kind);
  bool ExpectWord(std::string_view word);

  // Reports `expected WHAT, found ...` at the next token. Always false.
  bool FailExpected(std::string_view what);

  void Report(base::DiagnosticKind kind, base::Span span,
              std::initializer_list<std::string_view> arguments = {});

  // Moves behind the next `;`.
  void SkipPolicy();

  // The text of a string token without quotes and escapes; reports bad escapes.
  std::string Unescape(const Token& token);
  std::vector<std::string> UnescapePattern(const Token& token);

  // Reports a word that may not be `role` ("an attribute name", "part of a name").
  void CheckUnreserved(const Token& word, std::string_view role);

  // REQUIRES: the next token is a word. Takes `A`, `A::B`, ...; a `::` that no word follows is
  // left for the caller. Reports reserved parts.
  ParsedName TakeName();

  const std::shared_ptr<const base::SourceText>& source() const { return source_; }
  // Of the token taken last.
  base::Span last_span() const { return last_span_; }

 private:
  void ReportBadEscape(const Token& token, uint32_t begin, uint32_t end);

  std::shared_ptr<const base::SourceText> source_;
  Tokens tokens_;
  base::Diagnostics& diagnostics_;
  size_t next_ = 0;
  base::Span last_span_;
};

}  // namespace thuja::lang
