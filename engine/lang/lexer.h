// SPDX-License-Identifier: Apache-2.0
// Cedar text to tokens.
//
// White space is Unicode's; comments run from `//` to the end of the line. Words are not told from
// keywords here: most of Cedar's keywords may be attribute names, so the parser decides by place.
#pragma once

#include <cstdint>
#include <memory>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/base/large_memory.h"
#include "engine/base/source.h"

namespace thuja::lang {

enum class TokenKind : uint8_t {
  kEnd,
  kCut,     // the end, because the lexer could not go on and has said so
  kWord,    // an identifier or keyword
  kNumber,  // [0-9]+
  kString,  // with its quotes, escapes not yet undone
  kSlot,    // ?word
#define THUJA_PUNCTUATION(name, spelling) name,
#include "engine/lang/tokens.def"
#undef THUJA_PUNCTUATION
};

// How messages call the kind: the spelling in backticks, or what it is.
std::string_view Describe(TokenKind kind);

struct Token {
  TokenKind kind;
  base::Span span;
};

// Twice as large as their text.
using Tokens = std::vector<Token, base::LargeAllocator<Token>>;

// All tokens of the text, the last one kEnd or kCut. What cannot begin a token is reported and
// skipped.
Tokens Lex(const std::shared_ptr<const base::SourceText>& source, base::Diagnostics& diagnostics);

}  // namespace thuja::lang
