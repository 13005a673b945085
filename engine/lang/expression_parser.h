// SPDX-License-Identifier: Apache-2.0
// Tokens to expressions, by recursive descent with one function a level of precedence.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "engine/lang/ast.h"
#include "engine/lang/token_cursor.h"

namespace thuja::lang {

// Parses the expressions of one policy into its tree. All functions that return an ExprId return an
// invalid one after a syntax error, which has been reported then.
class ExpressionParser {
 public:
  ExpressionParser(TokenCursor& cursor, ExprTree& tree) : cursor_(cursor), tree_(tree) {}

  ExprId ParseExpression();

  // The `::"id"` behind a type that has been taken; nothing after a syntax error.
  std::optional<EntityLiteral> ParseEntityId(const ParsedName& type);

 private:
  ExprId ParseIf();
  ExprId ParseOr();
  ExprId ParseAnd();
  ExprId ParseRelation();
  ExprId ParseHas(ExprId operand);
  ExprId ParseLike(ExprId operand);
  ExprId ParseIs(ExprId operand);
  ExprId ParseSum();
  ExprId ParseProduct();
  ExprId ParseUnary();
  ExprId ParseMember();
  ExprId ParseAccess(ExprId operand);
  ExprId ParseMethodCall(ExprId receiver, const Token& method);
  ExprId ParsePrimary();
  ExprId ParseNumber(bool negative, base::Span span);
  ExprId ParseWord();
  ExprId ParseSlot();
  ExprId ParseBracketed();
  ExprId ParseSet();
  ExprId ParseRecord();
  bool ParseRecordKey(std::string* key);

  // Expressions up to `close`, which is taken; a comma may stand behind the last.
  bool ParseList(TokenKind close, std::vector<ExprId>* elements);

  ExprId MakeChain(ExprKind kind, const std::vector<ExprId>& operands);
  ExprId Make(ExprNode node, std::span<const ExprId> children, std::vector<std::string> texts = {});
  base::Span SpanOf(ExprId id) const { return tree_[id].span; }

  TokenCursor& cursor_;
  ExprTree& tree_;
  int nesting_ = 0;
};

}  // namespace thuja::lang
