// SPDX-License-Identifier: Apache-2.0
// The grammar of policies: annotations, effect, scope, conditions.
//
// Tested by tests/unit/lang/parser_test.cc and the case files of tests/cases/parser.
#include "engine/lang/parser.h"

#include <algorithm>
#include <array>
#include <string>
#include <string_view>
#include <unordered_set>
#include <utility>

#include "engine/base/names.h"
#include "engine/lang/expression_parser.h"
#include "engine/lang/token_cursor.h"

namespace thuja::lang {
namespace {

using base::DiagnosticKind;
using base::Join;
using base::Span;

// Bytes of `permit(principal,action,resource);`.
constexpr size_t kShortestPolicy = 34;

// What a scope position may refer to.
struct ScopeReference {
  bool slot = false;
  bool set = false;
  std::vector<EntityLiteral> entities;
};

class PolicyParser {
 public:
  // `tree` is empty, and is left with its memory for the next policy.
  PolicyParser(TokenCursor& cursor, ExprTree& tree)
      : cursor_(cursor), tree_(tree), expressions_(cursor, tree) {}

  // Nothing after a syntax error.
  std::optional<Policy> Parse() {
    const Span begin = cursor_.Peek().span;
    if (!ParseAnnotations() || !ParseEffect() || !ParseScope() || !ParseConditions()) {
      return std::nullopt;
    }
    policy_.expressions = tree_.Extract();
    policy_.source = cursor_.source();
    policy_.span = Join(begin, cursor_.last_span());
    return std::move(policy_);
  }

 private:
  bool ParseAnnotations() {
    std::unordered_set<std::string_view> seen;
    while (cursor_.PeekKind() == TokenKind::kAt) {
      const Span begin = cursor_.Take().span;
      if (cursor_.PeekKind() != TokenKind::kWord) {
        return cursor_.FailExpected("an identifier as the annotation's name");
      }
      const std::string_view key = cursor_.Text(cursor_.Take());
      Annotation annotation{std::string(key), std::nullopt};
      if (cursor_.TakeIf(TokenKind::kLeftParen)) {
        if (cursor_.PeekKind() != TokenKind::kString) {
          return cursor_.FailExpected("a string as the annotation's value");
        }
        annotation.value = cursor_.Unescape(cursor_.Take());
        if (!cursor_.Expect(TokenKind::kRightParen)) return false;
      }
      if (!seen.insert(key).second) {
        cursor_.Report(DiagnosticKind::kDuplicateAnnotation, Join(begin, cursor_.last_span()),
                       {key});
      }
      policy_.annotations.push_back(std::move(annotation));
    }
    return true;
  }

  bool ParseEffect() {
    if (cursor_.PeekKind() != TokenKind::kWord) {
      return cursor_.FailExpected("`permit` or `forbid`");
    }
    const Token& word = cursor_.Take();
    const std::string_view text = cursor_.Text(word);
    if (text == Spelling(Effect::kForbid)) {
      policy_.effect = Effect::kForbid;
    } else if (text != Spelling(Effect::kPermit)) {
      cursor_.Report(DiagnosticKind::kNotAnEffect, word.span, {text});
    }
    return cursor_.Expect(TokenKind::kLeftParen);
  }

  bool ParseScope() {
    static constexpr std::array kVariables = {Variable::kPrincipal, Variable::kAction,
                                              Variable::kResource};
    for (const Variable variable : kVariables) {
      if (cursor_.PeekKind() == TokenKind::kRightParen) {
        cursor_.Report(DiagnosticKind::kMissingScopeElement, cursor_.Peek().span,
                       {Spelling(variable)});
        break;
      }
      if (!ParseScopeElement(variable)) return false;
      if (!cursor_.TakeIf(TokenKind::kComma) && cursor_.PeekKind() != TokenKind::kRightParen) {
        return cursor_.FailExpected("`,` or `)`");
      }
    }
    if (cursor_.PeekKind() == TokenKind::kWord) {
      cursor_.Report(DiagnosticKind::kExtraScopeElement, cursor_.Peek().span,
                     {cursor_.Text(cursor_.Peek())});
      return false;
    }
    return cursor_.Expect(TokenKind::kRightParen);
  }

  bool ParseScopeElement(Variable expected) {
    if (cursor_.PeekKind() != TokenKind::kWord) {
      return cursor_.FailExpected("`" + std::string(Spelling(expected)) + "`");
    }
    const Token& word = cursor_.Take();
    if (cursor_.Text(word) != Spelling(expected)) {
      cursor_.Report(DiagnosticKind::kWrongScopeVariable, word.span,
                     {Spelling(expected), cursor_.Text(word)});
    }
    if (cursor_.PeekKind() == TokenKind::kColon) {
      cursor_.Report(DiagnosticKind::kScopeTypeColon, cursor_.Peek().span);
      return false;
    }
    if (expected == Variable::kAction) return ParseActionConstraint();
    return ParseConstraint(expected == Variable::kPrincipal ? Slot::kPrincipal : Slot::kResource,
                           expected == Variable::kPrincipal ? policy_.principal : policy_.resource);
  }

  // REQUIRES: the next token is no comma and no `)`. Takes `==` or `in`; reports others.
  bool TakeScopeOperator(bool* equal) {
    const Token& token = cursor_.Peek();
    const std::string_view text = cursor_.Text(token);
    *equal = token.kind == TokenKind::kEqualEqual;
    if (*equal || cursor_.AtWord("in")) {
      cursor_.Take();
      return true;
    }
    if (token.kind == TokenKind::kEqualSign) {
      cursor_.Report(DiagnosticKind::kSingleEqual, token.span);
    } else if (token.kind == TokenKind::kWord || cursor_.AtEnd()) {
      cursor_.FailExpected("`,`, `)`, `==`, `in` or `is`");
    } else {
      cursor_.Report(DiagnosticKind::kScopeOperator, token.span, {base::Quote(text)});
    }
    return false;
  }

  bool AtConstraintEnd() const {
    const TokenKind next = cursor_.PeekKind();
    return next == TokenKind::kComma || next == TokenKind::kRightParen;
  }

  bool ParseConstraint(Slot slot, ScopeConstraint& constraint) {
    using Kind = ScopeConstraint::Kind;
    if (AtConstraintEnd()) return true;
    const bool is = cursor_.TakeIfWord("is");
    if (is) {
      if (cursor_.PeekKind() != TokenKind::kWord) {
        return cursor_.FailExpected("an entity type behind `is`");
      }
      constraint.kind = Kind::kIs;
      constraint.entity_type = cursor_.TakeName().text;
      if (AtConstraintEnd()) return true;
    }
    const Span operator_span = cursor_.Peek().span;
    bool equal = false;
    if (!TakeScopeOperator(&equal)) return false;
    if (is && equal) cursor_.Report(DiagnosticKind::kIsWithEqual, operator_span);
    constraint.kind = is ? Kind::kIsIn : equal ? Kind::kEqual : Kind::kIn;
    ScopeReference reference;
    if (!ParseReference(slot, &reference)) return false;
    if (cursor_.AtWord("is")) {
      cursor_.Report(DiagnosticKind::kIsBehindIn, cursor_.Peek().span);
      return false;
    }
    constraint.slot = reference.slot;
    if (!reference.slot) constraint.entity = std::move(reference.entities.front());
    return true;
  }

  bool ParseActionConstraint() {
    using Kind = ActionConstraint::Kind;
    ActionConstraint& constraint = policy_.action;
    if (AtConstraintEnd()) return true;
    if (cursor_.AtWord("is")) {
      cursor_.Report(DiagnosticKind::kIsInActionScope, cursor_.Peek().span);
      return false;
    }
    bool equal = false;
    if (!TakeScopeOperator(&equal)) return false;
    ScopeReference reference;
    const Span begin = cursor_.Peek().span;
    if (!ParseReference(std::nullopt, &reference)) return false;
    const Span span = Join(begin, cursor_.last_span());
    if (equal && reference.set) cursor_.Report(DiagnosticKind::kSetBehindEqual, span);
    constraint.kind = equal ? Kind::kEqual : reference.set ? Kind::kInSet : Kind::kIn;
    constraint.entities = std::move(reference.entities);
    for (const EntityLiteral& entity : constraint.entities) {
      if (base::IsActionType(entity.type)) continue;
      cursor_.Report(DiagnosticKind::kNotAnActionType, span, {entity.type});
    }
    return true;
  }

  // An entity literal or the position's slot; where there is no slot, the action, also a set of
  // entity literals. Brackets may stand around any of them.
  bool ParseReference(std::optional<Slot> slot, ScopeReference* reference) {
    int brackets = 0;
    while (cursor_.TakeIf(TokenKind::kLeftParen)) ++brackets;
    const TokenKind next = cursor_.PeekKind();
    if (next == TokenKind::kSlot && slot) {
      const Token& token = cursor_.Take();
      if (cursor_.Text(token) != Spelling(*slot)) {
        cursor_.Report(DiagnosticKind::kWrongSlot, token.span,
                       {cursor_.Text(token), Spelling(*slot)});
      }
      reference->slot = true;
    } else if (next == TokenKind::kLeftBracket && !slot) {
      cursor_.Take();
      reference->set = true;
      if (!ParseReferenceList(&reference->entities)) return false;
    } else if (next == TokenKind::kWord) {
      std::optional<EntityLiteral> entity = expressions_.ParseEntityId(cursor_.TakeName());
      if (!entity) return false;
      reference->entities.push_back(std::move(*entity));
    } else {
      return cursor_.FailExpected(!slot ? "an entity such as `Action::\"read\"`, or a set of them"
                                        : "an entity such as `Type::\"id\"`, or `" +
                                              std::string(Spelling(*slot)) + "`");
    }
    for (; brackets > 0; --brackets) {
      if (!cursor_.Expect(TokenKind::kRightParen)) return false;
    }
    return true;
  }

  bool ParseReferenceList(std::vector<EntityLiteral>* entities) {
    while (!cursor_.TakeIf(TokenKind::kRightBracket)) {
      int brackets = 0;
      while (cursor_.TakeIf(TokenKind::kLeftParen)) ++brackets;
      if (cursor_.PeekKind() != TokenKind::kWord) {
        return cursor_.FailExpected("an entity such as `Action::\"read\"`");
      }
      std::optional<EntityLiteral> entity = expressions_.ParseEntityId(cursor_.TakeName());
      if (!entity) return false;
      entities->push_back(std::move(*entity));
      for (; brackets > 0; --brackets) {
        if (!cursor_.Expect(TokenKind::kRightParen)) return false;
      }
      if (cursor_.TakeIf(TokenKind::kComma)) continue;
      if (cursor_.TakeIf(TokenKind::kRightBracket)) return true;
      return cursor_.FailExpected("`,` or `]`");
    }
    return true;
  }

  bool ParseConditions() {
    while (!cursor_.TakeIf(TokenKind::kSemicolon)) {
      if (cursor_.PeekKind() != TokenKind::kWord) {
        return cursor_.FailExpected("`when`, `unless` or `;`");
      }
      const Token& word = cursor_.Take();
      const std::string_view text = cursor_.Text(word);
      if (text != "when" && text != "unless") {
        cursor_.Report(DiagnosticKind::kNotACondition, word.span, {text});
        if (cursor_.PeekKind() != TokenKind::kLeftBrace) return false;
      }
      if (!cursor_.Expect(TokenKind::kLeftBrace)) return false;
      if (cursor_.PeekKind() == TokenKind::kRightBrace) {
        cursor_.Report(DiagnosticKind::kEmptyCondition, Join(word.span, cursor_.Take().span),
                       {text});
        continue;
      }
      const ExprId body = expressions_.ParseExpression();
      if (!body.valid() || !cursor_.Expect(TokenKind::kRightBrace)) return false;
      policy_.conditions.push_back({text == "unless", body});
    }
    return true;
  }

  TokenCursor& cursor_;
  ExprTree& tree_;
  Policy policy_;
  ExpressionParser expressions_;
};

}  // namespace

std::vector<Policy> ParsePolicies(const std::shared_ptr<const base::SourceText>& source,
                                  base::Diagnostics& diagnostics) {
  Tokens tokens = Lex(source, diagnostics);
  std::vector<Policy> policies;
  policies.reserve(
      std::min(static_cast<size_t>(std::ranges::count(tokens, TokenKind::kSemicolon, &Token::kind)),
               source->text().size() / kShortestPolicy));
  TokenCursor cursor(source, std::move(tokens), diagnostics);
  ExprTree tree;
  while (!cursor.AtEnd()) {
    tree.Clear();
    std::optional<Policy> policy = PolicyParser(cursor, tree).Parse();
    if (policy) {
      policies.push_back(std::move(*policy));
    } else {
      cursor.SkipPolicy();
    }
  }
  return policies;
}

std::optional<EntityLiteral> ParseEntityLiteral(
    const std::shared_ptr<const base::SourceText>& source, base::Diagnostics& diagnostics) {
  TokenCursor cursor(source, Lex(source, diagnostics), diagnostics);
  const size_t errors_before = diagnostics.count();
  if (cursor.PeekKind() != TokenKind::kWord) {
    cursor.FailExpected("an entity such as `Type::\"id\"`");
    return std::nullopt;
  }
  ExprTree unused;
  const ParsedName type = cursor.TakeName();
  std::optional<EntityLiteral> entity = ExpressionParser(cursor, unused).ParseEntityId(type);
  if (!entity || !cursor.Expect(TokenKind::kEnd) || diagnostics.count() != errors_before) {
    return std::nullopt;
  }
  return entity;
}

}  // namespace thuja::lang
