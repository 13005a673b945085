// SPDX-License-Identifier: Apache-2.0
// The scanner.
//
// Tested by tests/unit/lang/lexer_test.cc.
#include "engine/lang/lexer.h"

#include <array>
#include <cstdio>
#include <iterator>
#include <optional>

#include "engine/base/names.h"
#include "engine/base/text.h"

namespace thuja::lang {
namespace {

using base::DiagnosticKind;
using base::Span;

struct Punctuation {
  TokenKind kind;
  std::string_view spelling;
};

constexpr Punctuation kPunctuation[] = {
#define THUJA_PUNCTUATION(name, spelling) {TokenKind::name, spelling},
#include "engine/lang/tokens.def"
#undef THUJA_PUNCTUATION
};

// The rows that begin with a byte, in their order; kNoRow where there are fewer than two.
constexpr uint8_t kNoRow = UINT8_MAX;
constexpr auto kRowsByFirst = [] {
  std::array<std::array<uint8_t, 2>, 256> rows{};
  for (auto& row : rows) row = {kNoRow, kNoRow};
  for (uint8_t i = 0; i < std::size(kPunctuation); ++i) {
    auto& row = rows[static_cast<uint8_t>(kPunctuation[i].spelling[0])];
    (row[0] == kNoRow ? row[0] : row[1]) = i;
  }
  return rows;
}();

static_assert(
    [] {
      size_t rows = 0;
      for (const auto& [first, second] : kRowsByFirst)
        rows += (first != kNoRow) + (second != kNoRow);
      return rows == std::size(kPunctuation);
    }(),
    "no more than two spellings may begin with the same byte");

// Nearly all of a policy's bytes are looked up in one of these.
constexpr auto kIsSpace = [] {
  std::array<bool, 256> is{};
  for (const char c : {' ', '\t', '\n', '\v', '\f', '\r'}) is[static_cast<uint8_t>(c)] = true;
  return is;
}();
const auto kIsWordPart = [] {
  std::array<bool, 256> is{};
  for (int c = 0; c < 128; ++c)
    is[static_cast<size_t>(c)] = base::IsIdentifierPart(static_cast<char>(c));
  return is;
}();

class Lexer {
 public:
  Lexer(const std::shared_ptr<const base::SourceText>& source, base::Diagnostics& diagnostics)
      : source_(source), text_(source->text()), diagnostics_(diagnostics) {}

  Tokens Run() {
    if (!CheckEncoding()) Cut();
    // Policies average six bytes a token.
    tokens_.reserve(text_.size() / 6 + 1);
    while (SkipSpaceAndComments()) LexToken();
    tokens_.push_back({cut_ ? TokenKind::kCut : TokenKind::kEnd, {Offset(), Offset()}});
    return std::move(tokens_);
  }

 private:
  void Cut() {
    position_ = text_.size();
    cut_ = true;
  }

  uint32_t Offset() const { return static_cast<uint32_t>(position_); }

  // Once for the whole text, so that comments and strings hold nothing else either.
  bool CheckEncoding() {
    const size_t invalid = base::FindInvalidUtf8(text_);
    if (invalid == std::string_view::npos) return true;
    const auto begin = static_cast<uint32_t>(invalid);
    Report(DiagnosticKind::kInvalidUtf8, {begin, begin + 1}, {});
    return false;
  }

  // False at the end of the text.
  bool SkipSpaceAndComments() {
    while (position_ < text_.size()) {
      const auto first = static_cast<uint8_t>(text_[position_]);
      if (kIsSpace[first]) {
        ++position_;
        continue;
      }
      if (first == '/' && text_.substr(position_).starts_with("//")) {
        while (position_ < text_.size() && text_[position_] != '\n' && text_[position_] != '\r') {
          ++position_;
        }
        continue;
      }
      if (first < 0x80) return true;
      size_t after = position_;
      const std::optional<char32_t> scalar = base::DecodeScalar(text_, &after);
      if (!scalar || !base::IsWhiteSpace(*scalar)) return true;
      position_ = after;
    }
    return false;
  }

  void LexToken() {
    const char first = text_[position_];
    if (base::IsIdentifierStart(first)) {
      Take(TokenKind::kWord, WordLength(position_));
    } else if (first >= '0' && first <= '9') {
      size_t length = 1;
      while (position_ + length < text_.size() && text_[position_ + length] >= '0' &&
             text_[position_ + length] <= '9') {
        ++length;
      }
      Take(TokenKind::kNumber, length);
    } else if (first == '"') {
      LexString();
    } else if (first == '?' && WordLength(position_ + 1) > 0) {
      Take(TokenKind::kSlot, 1 + WordLength(position_ + 1));
    } else {
      LexPunctuation();
    }
  }

  size_t WordLength(size_t from) const {
    if (from >= text_.size() || !base::IsIdentifierStart(text_[from])) return 0;
    size_t end = from + 1;
    while (end < text_.size() && kIsWordPart[static_cast<uint8_t>(text_[end])]) ++end;
    return end - from;
  }

  void Take(TokenKind kind, size_t length) {
    const uint32_t begin = Offset();
    position_ += length;
    tokens_.push_back({kind, {begin, Offset()}});
  }

  // A newline may stand in a string, but not behind a backslash.
  void LexString() {
    size_t end = position_ + 1;
    while (end < text_.size() && text_[end] != '"') {
      if (text_[end] == '\\') {
        ++end;
        if (end >= text_.size() || text_[end] == '\n') break;
      }
      ++end;
    }
    if (end < text_.size() && text_[end] == '"') {
      Take(TokenKind::kString, end + 1 - position_);
      return;
    }
    const base::Span line = source_->LineOf(Offset());
    Report(DiagnosticKind::kUnterminatedString, {Offset(), std::max(line.end, Offset() + 1)}, {});
    // The rest of the text could be inside the string or outside; more errors would be guesses.
    Cut();
  }

  void LexPunctuation() {
    for (const uint8_t row : kRowsByFirst[static_cast<uint8_t>(text_[position_])]) {
      if (row == kNoRow) break;
      const Punctuation& punctuation = kPunctuation[row];
      if (text_.substr(position_).starts_with(punctuation.spelling)) {
        Take(punctuation.kind, punctuation.spelling.size());
        return;
      }
    }
    ReportCharacter();
  }

  void ReportCharacter() {
    const uint32_t begin = Offset();
    const char32_t scalar = base::DecodeScalar(text_, &position_).value_or(0xFFFD);
    std::array<char, 12> name;
    std::snprintf(name.data(), name.size(), "U+%04X", static_cast<unsigned>(scalar));
    const Span span{begin, Offset()};
    if (scalar == 0xFEFF && begin == 0) {
      Report(DiagnosticKind::kByteOrderMark, span, {});
    } else {
      Report(DiagnosticKind::kUnexpectedCharacter, span,
             {base::Quote(source_->Slice(span)), name.data()});
    }
  }

  void Report(DiagnosticKind kind, Span span, std::initializer_list<std::string_view> arguments) {
    diagnostics_.Add(kind, source_, span, arguments);
  }

  const std::shared_ptr<const base::SourceText>& source_;
  std::string_view text_;
  base::Diagnostics& diagnostics_;
  size_t position_ = 0;
  bool cut_ = false;
  Tokens tokens_;
};

}  // namespace

std::string_view Describe(TokenKind kind) {
  switch (kind) {
    case TokenKind::kEnd:
    case TokenKind::kCut: return "the end of the text";
    case TokenKind::kWord: return "an identifier";
    case TokenKind::kNumber: return "a number";
    case TokenKind::kString: return "a string";
    case TokenKind::kSlot: return "a slot";
#define THUJA_PUNCTUATION(name, spelling) \
  case TokenKind::name: return "`" spelling "`";
#include "engine/lang/tokens.def"
#undef THUJA_PUNCTUATION
  }
  return "";
}

Tokens Lex(const std::shared_ptr<const base::SourceText>& source, base::Diagnostics& diagnostics) {
  return Lexer(source, diagnostics).Run();
}

}  // namespace thuja::lang
