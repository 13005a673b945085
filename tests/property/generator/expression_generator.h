// SPDX-License-Identifier: Apache-2.0
// Random expressions as text, out of a recipe that can be repeated with one change.
//
// An expression is a function of its recipe: the same seed makes the same text. A change keeps the
// seed and bends one draw, so that a near-duplicate differs in one literal, one attribute or one
// entity and nowhere else; no text is searched and replaced for it.
#pragma once

#include <cstdint>
#include <string>

#include "engine/lang/ast.h"
#include "tests/property/generator/random.h"
#include "tests/property/generator/vocabulary.h"

namespace thuja::generator {

struct Recipe {
  enum class Change : uint8_t {
    kNone,
    kLiteral,    // another literal
    kAttribute,  // an attribute that nothing has
    kEntity,     // an entity that no store defines
  };

  uint64_t seed = 0;
  int depth = 3;
  Change change = Change::kNone;
  int position = 0;  // which literal, attribute or entity, in the order in which they are drawn
};

// A piece of policy text and how tightly it binds, which says where it needs brackets.
struct Text {
  std::string text;
  lang::Precedence precedence = lang::Precedence::kPrimary;
};

class ExpressionGenerator {
 public:
  explicit ExpressionGenerator(const Recipe& recipe) : recipe_(recipe), random_(recipe.seed) {}

  // An expression that gives a boolean, unless one of the few deliberate errors is in it.
  Text MakeCondition() { return Make({Type::kBool}, recipe_.depth); }

 private:
  Text Make(Shape shape, int depth);
  Text MakeLeaf(Shape shape, int depth);
  Text MakeBool(int depth);

  Text MakeLiteral(Shape shape, int depth);
  std::string MakeScalarLiteral(Type type);
  Text MakeConstruction(Type type, int depth);
  Text MakeSet(Shape shape, int depth);
  Text MakeRecord(RecordKind kind, int depth);
  Text MakeEntity(int depth);

  Text MakeAccess(Shape shape, int depth);
  Text MakeGuardedAccess(int depth);
  Text MakeChain(std::string_view spelling, lang::Precedence precedence, int depth);
  Text MakeIf(Shape shape, int depth);
  Text MakeUnary(char sign, Shape shape, int depth);
  Text MakeHas(int depth);
  Text MakeLike(int depth);
  Text MakeIs(int depth);
  Text MakeOperator(lang::ExprKind kind, int depth);
  Text MakeGetTag(Shape shape, int depth);
  Text MakeCall(Type result, int depth);

  // The chances for something that no test of types would let pass.
  Shape PickOtherShape();
  std::string PickFieldName(std::string_view name);
  std::string MakeTagName(std::string_view name, int depth);
  uint64_t DrawLiteralSeed();

  std::string Bracket(const Text& text, lang::Precedence needed);
  std::string Gap();

  Recipe recipe_;
  Random random_;
  int literals_ = 0;
  int attributes_ = 0;
  int entities_ = 0;
};

// `Type::"id"` as policies write it.
std::string PrintUid(const Uid& uid);

}  // namespace thuja::generator
