// SPDX-License-Identifier: Apache-2.0
// The grammar of expressions.
//
// Cedar's grammar is stricter than it looks, and a table-driven precedence parser accepts too much:
// relations do not chain, `if` is no operand, `!` and `-` do not mix and stop at four, and the
// right sides of `has`, `like` and `is` are no expressions at all. Each level is a function, so
// that each of these rules has a place of its own.
//
// Tested by tests/unit/lang/parser_test.cc and the case files of tests/cases/parser.
#include "engine/lang/expression_parser.h"

#include <algorithm>
#include <array>
#include <charconv>
#include <optional>
#include <utility>

#include "engine/base/names.h"

namespace thuja::lang {
namespace {

using base::DiagnosticKind;
using base::Join;
using base::Span;

constexpr ExprId kNone{};
constexpr int kMaxUnaryOperators = 4;

// The binary operator of a precedence that a token spells.
std::optional<ExprKind> BinaryOperator(Precedence wanted, std::string_view text) {
#define THUJA_BINARY(kind, spelling, precedence) \
  if (wanted == Precedence::precedence && text == spelling) return ExprKind::kind;
#define THUJA_METHOD(kind, name, arguments)
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
  return std::nullopt;
}

std::optional<Variable> FindVariable(std::string_view word) {
  for (const Variable variable :
       {Variable::kPrincipal, Variable::kAction, Variable::kResource, Variable::kContext}) {
    if (Spelling(variable) == word) return variable;
  }
  return std::nullopt;
}

std::string CountArguments(size_t count) {
  if (count == 0) return "no arguments";
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

}  // namespace

ExprId ExpressionParser::Make(ExprNode node, std::span<const ExprId> children,
                              std::vector<std::string> texts) {
  const ExprId id = tree_.Add(node, children, std::move(texts));
  if (tree_[id].height <= kMaxExpressionHeight) return id;
  cursor_.Report(DiagnosticKind::kTooDeep, node.span, {std::to_string(kMaxExpressionHeight)});
  return kNone;
}

ExprId ExpressionParser::ParseExpression() {
  if (nesting_ >= kMaxNesting) {
    cursor_.Report(DiagnosticKind::kTooDeep, cursor_.Peek().span, {std::to_string(kMaxNesting)});
    return kNone;
  }
  ++nesting_;
  const ExprId result = cursor_.AtWord("if") ? ParseIf() : ParseOr();
  --nesting_;
  return result;
}

ExprId ExpressionParser::ParseIf() {
  const Span begin = cursor_.Take().span;
  const ExprId test = ParseExpression();
  if (!test.valid() || !cursor_.ExpectWord("then")) return kNone;
  const ExprId consequent = ParseExpression();
  if (!consequent.valid() || !cursor_.ExpectWord("else")) return kNone;
  const ExprId alternative = ParseExpression();
  if (!alternative.valid()) return kNone;
  return Make({.kind = ExprKind::kIf, .span = Join(begin, SpanOf(alternative))},
              std::array{test, consequent, alternative});
}

// `&&` and `||` are associative, so a chain is one node. Brackets at its left end say nothing new
// and are merged; elsewhere they stay, because a tree that is printed must parse to itself.
ExprId ExpressionParser::MakeChain(ExprKind kind, const std::vector<ExprId>& operands) {
  if (operands.size() == 1) return operands[0];
  const Span span = Join(SpanOf(operands.front()), SpanOf(operands.back()));
  if (tree_[operands[0]].kind != kind) return Make({.kind = kind, .span = span}, operands);
  const std::span<const ExprId> first = tree_.Children(operands[0]);
  std::vector<ExprId> merged(first.begin(), first.end());
  merged.insert(merged.end(), operands.begin() + 1, operands.end());
  return Make({.kind = kind, .span = span}, merged);
}

ExprId ExpressionParser::ParseOr() {
  std::vector<ExprId> operands;
  do {
    operands.push_back(ParseAnd());
    if (!operands.back().valid()) return kNone;
  } while (cursor_.TakeIf(TokenKind::kOrOr));
  return MakeChain(ExprKind::kOr, operands);
}

ExprId ExpressionParser::ParseAnd() {
  std::vector<ExprId> operands;
  do {
    operands.push_back(ParseRelation());
    if (!operands.back().valid()) return kNone;
  } while (cursor_.TakeIf(TokenKind::kAndAnd));
  return MakeChain(ExprKind::kAnd, operands);
}

ExprId ExpressionParser::ParseRelation() {
  ExprId result = ParseSum();
  bool first = true;
  while (result.valid()) {
    const std::string_view text = cursor_.Text(cursor_.Peek());
    const std::optional<ExprKind> relation = BinaryOperator(Precedence::kRelation, text);
    const bool single_equal = cursor_.PeekKind() == TokenKind::kEqualSign;
    const bool other =
        cursor_.PeekKind() == TokenKind::kWord && (text == "has" || text == "like" || text == "is");
    if (!relation && !single_equal && !other) return result;
    const Span operator_span = cursor_.Take().span;
    if (!first) cursor_.Report(DiagnosticKind::kChainedRelation, operator_span);
    if (single_equal) cursor_.Report(DiagnosticKind::kSingleEqual, operator_span);
    first = false;
    if (other) {
      result = text == "has"    ? ParseHas(result)
               : text == "like" ? ParseLike(result)
                                : ParseIs(result);
      continue;
    }
    const ExprId right = ParseSum();
    if (!right.valid()) return kNone;
    result = Make(
        {.kind = relation.value_or(ExprKind::kEqual), .span = Join(SpanOf(result), SpanOf(right))},
        std::array{result, right});
  }
  return kNone;
}

// `has` is followed by a string, or by identifiers joined by dots.
ExprId ExpressionParser::ParseHas(ExprId operand) {
  std::vector<std::string> path;
  if (cursor_.PeekKind() == TokenKind::kString) {
    path.push_back(cursor_.Unescape(cursor_.Take()));
  } else {
    do {
      if (cursor_.PeekKind() != TokenKind::kWord) {
        cursor_.FailExpected("an attribute name or a string behind `has`");
        return kNone;
      }
      const Token& word = cursor_.Take();
      cursor_.CheckUnreserved(word, "an attribute name; write it as a string");
      path.emplace_back(cursor_.Text(word));
    } while (cursor_.TakeIf(TokenKind::kDot));
  }
  return Make({.kind = ExprKind::kHas, .span = Join(SpanOf(operand), cursor_.last_span())},
              std::array{operand}, std::move(path));
}

ExprId ExpressionParser::ParseLike(ExprId operand) {
  if (cursor_.PeekKind() != TokenKind::kString) {
    cursor_.FailExpected("a string literal as the pattern behind `like`");
    return kNone;
  }
  std::vector<std::string> pieces = cursor_.UnescapePattern(cursor_.Take());
  return Make({.kind = ExprKind::kLike, .span = Join(SpanOf(operand), cursor_.last_span())},
              std::array{operand}, std::move(pieces));
}

ExprId ExpressionParser::ParseIs(ExprId operand) {
  if (cursor_.PeekKind() != TokenKind::kWord) {
    cursor_.FailExpected("an entity type behind `is`");
    return kNone;
  }
  ParsedName type = cursor_.TakeName();
  std::vector<ExprId> children = {operand};
  if (cursor_.TakeIfWord("in")) {
    children.push_back(ParseSum());
    if (!children.back().valid()) return kNone;
  }
  const Span end = children.size() == 1 ? type.span : SpanOf(children[1]);
  return Make({.kind = ExprKind::kIs, .span = Join(SpanOf(operand), end)}, children,
              {std::move(type.text)});
}

ExprId ExpressionParser::ParseSum() {
  ExprId result = ParseProduct();
  while (result.valid()) {
    const std::optional<ExprKind> kind =
        BinaryOperator(Precedence::kSum, cursor_.Text(cursor_.Peek()));
    if (!kind) return result;
    cursor_.Take();
    const ExprId right = ParseProduct();
    if (!right.valid()) return kNone;
    result = Make({.kind = *kind, .span = Join(SpanOf(result), SpanOf(right))},
                  std::array{result, right});
  }
  return kNone;
}

ExprId ExpressionParser::ParseProduct() {
  ExprId result = ParseUnary();
  while (result.valid()) {
    const TokenKind token = cursor_.PeekKind();
    const bool unsupported = token == TokenKind::kSlash || token == TokenKind::kPercent;
    if (token != TokenKind::kStar && !unsupported) return result;
    const Span operator_span = cursor_.Take().span;
    if (unsupported) {
      cursor_.Report(DiagnosticKind::kUnsupportedOperator, operator_span, {Describe(token)});
    }
    const ExprId right = ParseUnary();
    if (!right.valid()) return kNone;
    result = Make({.kind = ExprKind::kMultiply, .span = Join(SpanOf(result), SpanOf(right))},
                  std::array{result, right});
  }
  return kNone;
}

ExprId ExpressionParser::ParseUnary() {
  const TokenKind sign = cursor_.PeekKind();
  if (sign != TokenKind::kBang && sign != TokenKind::kMinus) return ParseMember();
  const Span first = cursor_.Peek().span;
  int count = 0;
  for (; cursor_.TakeIf(sign); ++count) {
  }
  const Span signs = Join(first, cursor_.last_span());
  const TokenKind next = cursor_.PeekKind();
  if (next == TokenKind::kBang || next == TokenKind::kMinus) {
    cursor_.Report(DiagnosticKind::kMixedUnary, cursor_.Peek().span);
    return kNone;
  }
  if (count > kMaxUnaryOperators) {
    cursor_.Report(DiagnosticKind::kTooManyUnary, signs, {Describe(sign)});
  }
  ExprId operand;
  const TokenKind behind = cursor_.PeekKind(1);
  const bool literal = next == TokenKind::kNumber && behind != TokenKind::kDot &&
                       behind != TokenKind::kLeftParen && behind != TokenKind::kLeftBracket;
  if (sign == TokenKind::kMinus && literal) {
    // The last sign belongs to the number, so that the smallest Long can be written.
    operand = ParseNumber(true, cursor_.last_span());
    --count;
  } else {
    operand = ParseMember();
  }
  const ExprKind kind = sign == TokenKind::kBang ? ExprKind::kNot : ExprKind::kNegate;
  for (int i = std::min(count, kMaxUnaryOperators); i > 0 && operand.valid(); --i) {
    operand = Make({.kind = kind, .span = Join(first, SpanOf(operand))}, std::array{operand});
  }
  return operand;
}

ExprId ExpressionParser::ParseMember() {
  ExprId result = ParsePrimary();
  while (result.valid()) {
    const TokenKind next = cursor_.PeekKind();
    if (next == TokenKind::kLeftParen) {
      cursor_.Report(DiagnosticKind::kNotCallable, SpanOf(result));
      return kNone;
    }
    if (next != TokenKind::kDot && next != TokenKind::kLeftBracket) return result;
    result = ParseAccess(result);
  }
  return kNone;
}

ExprId ExpressionParser::ParseAccess(ExprId operand) {
  std::string attribute;
  if (cursor_.TakeIf(TokenKind::kDot)) {
    if (cursor_.PeekKind() != TokenKind::kWord) {
      cursor_.FailExpected("an attribute or a method behind `.`");
      return kNone;
    }
    const Token& word = cursor_.Take();
    cursor_.CheckUnreserved(word, "an attribute name; write `[\"...\"]`");
    if (cursor_.PeekKind() == TokenKind::kLeftParen) return ParseMethodCall(operand, word);
    attribute = cursor_.Text(word);
  } else {
    cursor_.Take();
    if (cursor_.PeekKind() != TokenKind::kString) {
      cursor_.FailExpected("a string literal between `[` and `]`");
      return kNone;
    }
    attribute = cursor_.Unescape(cursor_.Take());
    if (!cursor_.Expect(TokenKind::kRightBracket)) return kNone;
  }
  return Make({.kind = ExprKind::kGetAttribute, .span = Join(SpanOf(operand), cursor_.last_span())},
              std::array{operand}, {std::move(attribute)});
}

ExprId ExpressionParser::ParseMethodCall(ExprId receiver, const Token& method) {
  const std::string name(cursor_.Text(method));
  cursor_.Take();
  std::vector<ExprId> children = {receiver};
  if (!ParseList(TokenKind::kRightParen, &children)) return kNone;
  const Span span = Join(SpanOf(receiver), cursor_.last_span());
  const std::optional<ExprKind> kind = FindMethod(name);
  if (!kind) {
    return Make({.kind = ExprKind::kCall, .method_style = true, .span = span}, children, {name});
  }
  const auto wanted = static_cast<size_t>(MethodArguments(*kind));
  if (children.size() != wanted + 1) {
    cursor_.Report(DiagnosticKind::kMethodArguments, Join(method.span, cursor_.last_span()),
                   {name, CountArguments(wanted), CountArguments(children.size() - 1)});
    children.resize(wanted + 1, receiver);
  }
  return Make({.kind = *kind, .span = span}, children);
}

ExprId ExpressionParser::ParsePrimary() {
  switch (cursor_.PeekKind()) {
    case TokenKind::kNumber: return ParseNumber(false, cursor_.Peek().span);
    case TokenKind::kString: {
      const Token& token = cursor_.Take();
      return Make({.kind = ExprKind::kString, .span = token.span}, {}, {cursor_.Unescape(token)});
    }
    case TokenKind::kWord: return ParseWord();
    case TokenKind::kSlot: return ParseSlot();
    case TokenKind::kLeftParen: return ParseBracketed();
    case TokenKind::kLeftBracket: return ParseSet();
    case TokenKind::kLeftBrace: return ParseRecord();
    default: cursor_.FailExpected("an expression"); return kNone;
  }
}

ExprId ExpressionParser::ParseNumber(bool negative, Span begin) {
  const Token& token = cursor_.Take();
  const std::string text = (negative ? "-" : "") + std::string(cursor_.Text(token));
  int64_t number = 0;
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), number);
  const Span span = Join(begin, token.span);
  if (error != std::errc()) {
    cursor_.Report(DiagnosticKind::kNumberTooLarge, span, {base::Quote(text)});
  }
  return Make({.kind = ExprKind::kLong, .span = span, .number = number}, {});
}

ExprId ExpressionParser::ParseWord() {
  const Token& word = cursor_.Peek();
  const std::string_view text = cursor_.Text(word);
  const bool path = cursor_.PeekKind(1) == TokenKind::kPathSeparator;
  if (!path && (text == "true" || text == "false")) {
    cursor_.Take();
    return Make({.kind = ExprKind::kBool, .span = word.span, .number = text == "true"}, {});
  }
  if (!path && text == "if") {
    cursor_.Report(DiagnosticKind::kIfNeedsBrackets, word.span);
    return kNone;
  }
  const std::optional<Variable> variable = path ? std::nullopt : FindVariable(text);
  if (variable) {
    cursor_.Take();
    return Make(
        {.kind = ExprKind::kVariable, .span = word.span, .number = static_cast<int64_t>(*variable)},
        {});
  }
  if (!path && base::IsReservedWord(text)) {
    cursor_.FailExpected("an expression");
    return kNone;
  }
  const ParsedName name = cursor_.TakeName();
  if (cursor_.PeekKind() == TokenKind::kPathSeparator) {
    std::optional<EntityLiteral> entity = ParseEntityId(name);
    if (!entity) return kNone;
    return Make({.kind = ExprKind::kEntity, .span = Join(name.span, cursor_.last_span())}, {},
                {std::move(entity->type), std::move(entity->id)});
  }
  if (cursor_.TakeIf(TokenKind::kLeftParen)) {
    std::vector<ExprId> arguments;
    if (!ParseList(TokenKind::kRightParen, &arguments)) return kNone;
    return Make({.kind = ExprKind::kCall, .span = Join(name.span, cursor_.last_span())}, arguments,
                {name.text});
  }
  cursor_.Report(DiagnosticKind::kUnknownVariable, name.span, {name.text});
  return Make({.kind = ExprKind::kBool, .span = name.span}, {});
}

std::optional<EntityLiteral> ExpressionParser::ParseEntityId(const ParsedName& type) {
  if (!cursor_.TakeIf(TokenKind::kPathSeparator)) {
    cursor_.FailExpected("`::` and the entity's id, as in `" + type.text + "::\"id\"`");
    return std::nullopt;
  }
  if (cursor_.PeekKind() != TokenKind::kString) {
    cursor_.FailExpected("an identifier, or the entity's id as a string, behind `::`");
    return std::nullopt;
  }
  return EntityLiteral{type.text, cursor_.Unescape(cursor_.Take())};
}

ExprId ExpressionParser::ParseSlot() {
  const Token& token = cursor_.Take();
  cursor_.Report(DiagnosticKind::kSlotOutsideScope, token.span, {cursor_.Text(token)});
  return Make({.kind = ExprKind::kBool, .span = token.span}, {});
}

ExprId ExpressionParser::ParseBracketed() {
  cursor_.Take();
  const ExprId inner = ParseExpression();
  if (!inner.valid() || !cursor_.Expect(TokenKind::kRightParen)) return kNone;
  return inner;
}

ExprId ExpressionParser::ParseSet() {
  const Span begin = cursor_.Take().span;
  std::vector<ExprId> elements;
  if (!ParseList(TokenKind::kRightBracket, &elements)) return kNone;
  return Make({.kind = ExprKind::kSet, .span = Join(begin, cursor_.last_span())}, elements);
}

bool ExpressionParser::ParseList(TokenKind close, std::vector<ExprId>* elements) {
  while (!cursor_.TakeIf(close)) {
    elements->push_back(ParseExpression());
    if (!elements->back().valid()) return false;
    if (cursor_.TakeIf(TokenKind::kComma)) continue;
    if (cursor_.TakeIf(close)) return true;
    return cursor_.FailExpected(std::string(Describe(TokenKind::kComma)) + " or " +
                                std::string(Describe(close)));
  }
  return true;
}

bool ExpressionParser::ParseRecordKey(std::string* key) {
  if (cursor_.PeekKind() == TokenKind::kString) {
    *key = cursor_.Unescape(cursor_.Take());
    return true;
  }
  if (cursor_.PeekKind() != TokenKind::kWord) {
    return cursor_.FailExpected("an identifier or a string as the record's key");
  }
  const Token& word = cursor_.Take();
  cursor_.CheckUnreserved(word, "a record's key; write it as a string");
  *key = cursor_.Text(word);
  return true;
}

ExprId ExpressionParser::ParseRecord() {
  struct Entry {
    std::string key;
    Span key_span;
    ExprId value;
  };
  const Span begin = cursor_.Take().span;
  std::vector<Entry> entries;
  while (!cursor_.TakeIf(TokenKind::kRightBrace)) {
    Entry entry;
    entry.key_span = cursor_.Peek().span;
    if (!ParseRecordKey(&entry.key) || !cursor_.Expect(TokenKind::kColon)) return kNone;
    entry.value = ParseExpression();
    if (!entry.value.valid()) return kNone;
    entries.push_back(std::move(entry));
    if (cursor_.TakeIf(TokenKind::kComma)) continue;
    if (cursor_.TakeIf(TokenKind::kRightBrace)) break;
    cursor_.FailExpected("`,` or `}`");
    return kNone;
  }
  // Cedar evaluates a record's values in the order of its keys, which decides what error it gives.
  std::ranges::stable_sort(entries, {}, &Entry::key);
  std::vector<ExprId> values;
  std::vector<std::string> keys;
  for (Entry& entry : entries) {
    if (!keys.empty() && keys.back() == entry.key) {
      cursor_.Report(DiagnosticKind::kDuplicateKey, entry.key_span, {base::Quote(entry.key)});
    }
    values.push_back(entry.value);
    keys.push_back(std::move(entry.key));
  }
  return Make({.kind = ExprKind::kRecord, .span = Join(begin, cursor_.last_span())}, values,
              std::move(keys));
}

}  // namespace thuja::lang
