// SPDX-License-Identifier: Apache-2.0
// The weighted grammar of expressions.
//
// Operators come out of operators.def and functions out of func::AllFunctions(): an operator that
// is new there does not compile here until UseOf says what it is applied to, and a function is
// called by its signature without a line here.
#include "tests/property/generator/expression_generator.h"

#include <array>
#include <optional>
#include <span>
#include <string_view>
#include <vector>

#include "engine/base/names.h"
#include "engine/base/text.h"
#include "engine/func/function.h"

namespace thuja::generator {
namespace {

using lang::ExprKind;
using lang::Precedence;

// What an operator is applied to.
enum class Operands : uint8_t {
  kNone,
  kTwoAlike,  // of any shape, mostly the same
  kOrdered,   // of a type that has an order
  kLongs,
  kEntityAndGroup,
  kSetAndElement,
  kTwoSets,
  kSet,
  kEntityAndTag,
};

constexpr Operands UseOf(ExprKind kind) {
  switch (kind) {
    case ExprKind::kEqual:
    case ExprKind::kNotEqual: return Operands::kTwoAlike;
    case ExprKind::kLess:
    case ExprKind::kLessEqual:
    case ExprKind::kGreater:
    case ExprKind::kGreaterEqual: return Operands::kOrdered;
    case ExprKind::kAdd:
    case ExprKind::kSubtract:
    case ExprKind::kMultiply: return Operands::kLongs;
    case ExprKind::kIn: return Operands::kEntityAndGroup;
    case ExprKind::kContains: return Operands::kSetAndElement;
    case ExprKind::kContainsAll:
    case ExprKind::kContainsAny: return Operands::kTwoSets;
    case ExprKind::kIsEmpty: return Operands::kSet;
    case ExprKind::kGetTag:
    case ExprKind::kHasTag: return Operands::kEntityAndTag;
    default: return Operands::kNone;
  }
}

#define THUJA_BINARY(kind, spelling, precedence) \
  static_assert(UseOf(ExprKind::kind) != Operands::kNone, "what is " spelling " applied to?");
#define THUJA_METHOD(kind, name, arguments) \
  static_assert(UseOf(ExprKind::kind) != Operands::kNone, "what is " name " applied to?");
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD

constexpr ExprKind kOperators[] = {
#define THUJA_BINARY(kind, spelling, precedence) ExprKind::kind,
#define THUJA_METHOD(kind, name, arguments) ExprKind::kind,
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
};

std::optional<Precedence> BinaryPrecedence(ExprKind kind) {
  switch (kind) {
#define THUJA_BINARY(kind, spelling, precedence) \
  case ExprKind::kind: return Precedence::precedence;
#define THUJA_METHOD(kind, name, arguments)
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
    default: return std::nullopt;
  }
}

Precedence Tighter(Precedence precedence) {
  return static_cast<Precedence>(static_cast<uint8_t>(precedence) + 1);
}

// The operators whose result is this; what `getTag` gives is in the data, so it is left to
// MakeGetTag.
std::vector<ExprKind> OperatorsGiving(Type type) {
  std::vector<ExprKind> found;
  for (const ExprKind kind : kOperators) {
    if (kind == ExprKind::kGetTag) continue;
    const Type result = UseOf(kind) == Operands::kLongs ? Type::kLong : Type::kBool;
    if (result == type) found.push_back(kind);
  }
  return found;
}

std::vector<const func::Function*> FunctionsGiving(Type type) {
  std::vector<const func::Function*> found;
  for (const func::Function& function : func::AllFunctions()) {
    if (function.result == type) found.push_back(&function);
  }
  return found;
}

// The parts of a field's place: who has it, and what it is called.
struct Place {
  Shape holder;
  std::string_view name;
  Shape shape;
};

std::vector<Place> CollectPlaces() {
  std::vector<Place> places;
  const auto add = [&places](Shape holder, std::span<const Field> fields) {
    for (const Field& field : fields) places.push_back({holder, field.name, field.shape});
  };
  add({Type::kEntity}, EntityFields());
  for (const RecordKind kind : {RecordKind::kContext, RecordKind::kLimits, RecordKind::kWindow}) {
    add(RecordOf(kind), FieldsOf(kind));
  }
  return places;
}

const std::vector<Place>& AllPlaces() {
  static const auto& places = *new std::vector<Place>(CollectPlaces());
  return places;
}

std::vector<Place> PlacesOf(Shape shape) {
  std::vector<Place> found;
  for (const Place& place : AllPlaces()) {
    if (place.shape == shape) found.push_back(place);
  }
  return found;
}

Shape ShapeOf(Type type, Random& random) {
  if (type == Type::kSet) {
    constexpr Type kElements[] = {Type::kString, Type::kLong, Type::kEntity, Type::kIpaddr,
                                  Type::kSet};
    return SetOf(random.Pick(kElements));
  }
  if (type == Type::kRecord) {
    return RecordOf(random.Chance(60) ? RecordKind::kLimits : RecordKind::kWindow);
  }
  return {type};
}

Shape ElementOf(Shape set) {
  return set.element == Type::kSet ? SetOf(Type::kString) : Shape{set.element};
}

}  // namespace

std::string PrintUid(const Uid& uid) {
  return std::string(uid.type) + "::" + base::QuoteString(uid.id);
}

// One draw of the expression's own stream a literal, whatever the literal makes of it: so a changed
// literal leaves all others as they were.
uint64_t ExpressionGenerator::DrawLiteralSeed() {
  const bool changed = recipe_.change == Recipe::Change::kLiteral && literals_ == recipe_.position;
  ++literals_;
  return random_.Next() + (changed ? 1 : 0);
}

std::string ExpressionGenerator::PickFieldName(std::string_view name) {
  const bool changed =
      recipe_.change == Recipe::Change::kAttribute && attributes_ == recipe_.position;
  ++attributes_;
  const bool missing = random_.Chance(2);
  return std::string(changed || missing ? kMissingName : name);
}

Shape ExpressionGenerator::PickOtherShape() { return random_.Pick(AllShapes()); }

std::string ExpressionGenerator::Gap() {
  switch (random_.Below(40)) {
    case 0: return "\n    ";
    case 1: return " // \"a remark\" && more\n";
    case 2: return "\t";
    default: return " ";
  }
}

std::string ExpressionGenerator::Bracket(const Text& text, Precedence needed) {
  if (text.precedence >= needed && !random_.Chance(3)) return text.text;
  return "(" + text.text + ")";
}

Text ExpressionGenerator::Make(Shape shape, int depth) {
  if (random_.Below(250) == 0) shape = PickOtherShape();
  if (depth <= 0) return MakeLeaf(shape, depth);
  if (shape.type == Type::kBool) return MakeBool(depth);
  if (random_.Chance(6)) return MakeIf(shape, depth);
  if (random_.Chance(8)) {
    Text tag = MakeGetTag(shape, depth);
    if (!tag.text.empty()) return tag;
  }
  if (shape.type == Type::kLong && random_.Chance(40)) {
    if (random_.Chance(20)) return MakeUnary('-', shape, depth);
    return MakeOperator(random_.Pick(OperatorsGiving(Type::kLong)), depth);
  }
  if (random_.Chance(35) && !FunctionsGiving(shape.type).empty()) {
    return MakeCall(shape.type, depth);
  }
  return MakeLeaf(shape, depth);
}

Text ExpressionGenerator::MakeLeaf(Shape shape, int depth) {
  if (shape == RecordOf(RecordKind::kContext)) return {"context"};
  // Records hold numbers that are read out of records: somewhere that has to end.
  if (depth < -2 && shape.type == Type::kRecord) {
    const bool limits = shape.record == RecordKind::kLimits;
    return {limits ? "context.limits" : "context.limits.window", Precedence::kMember};
  }
  if (depth < -2) return MakeLiteral(shape, depth);
  if (shape.type == Type::kEntity && random_.Chance(75)) return MakeEntity(depth);
  if (random_.Chance(60) && !PlacesOf(shape).empty()) return MakeAccess(shape, depth);
  return MakeLiteral(shape, depth);
}

Text ExpressionGenerator::MakeBool(int depth) {
  switch (random_.Weighted(std::array{8, 7, 6, 3, 30, 7, 12, 6, 6, 12, 4, 1, 3})) {
    case 0: return MakeChain("&&", Precedence::kAnd, depth);
    case 1: return MakeChain("||", Precedence::kOr, depth);
    case 2: return MakeUnary('!', {Type::kBool}, depth);
    case 3: return MakeIf({Type::kBool}, depth);
    case 4: return MakeOperator(random_.Pick(OperatorsGiving(Type::kBool)), depth);
    case 5: return MakeHas(depth);
    case 6: return MakeGuardedAccess(depth);
    case 7: return MakeLike(depth);
    case 8: return MakeIs(depth);
    case 9: return MakeCall(Type::kBool, depth);
    case 10: return MakeAccess({Type::kBool}, depth);
    case 11: return MakeLiteral({Type::kBool}, depth);
    default: {
      Text tag = MakeGetTag({Type::kBool}, depth);
      return tag.text.empty() ? MakeHas(depth) : tag;
    }
  }
}

std::string ExpressionGenerator::MakeScalarLiteral(Type type) {
  Random literal(DrawLiteralSeed());
  switch (type) {
    case Type::kBool: return literal.Chance(50) ? "true" : "false";
    case Type::kLong: {
      // Small numbers are the rule, or nearly every sum would overflow.
      const std::span<const int64_t> numbers = Numbers();
      return std::to_string(literal.Chance(85) ? numbers[literal.Below(8)] : literal.Pick(numbers));
    }
    case Type::kString: return base::QuoteString(literal.Pick(Strings()));
    default: {
      const bool bad = literal.Below(16) == 0;
      return base::QuoteString(literal.Pick(bad ? BadTexts(type) : GoodTexts(type)));
    }
  }
}

Text ExpressionGenerator::MakeLiteral(Shape shape, int depth) {
  if (shape.type == Type::kEntity) {
    Random literal(DrawLiteralSeed());
    return {PrintUid(PickAny(literal))};
  }
  if (shape.type == Type::kSet) return MakeSet(shape, depth);
  if (shape.type == Type::kRecord) return MakeRecord(shape.record, depth);
  if (IsExtension(shape.type)) return MakeConstruction(shape.type, depth);
  std::string text = MakeScalarLiteral(shape.type);
  return {text, text[0] == '-' ? Precedence::kUnary : Precedence::kPrimary};
}

// Mostly of a literal; now and then of a text that the request brings, which seldom fits.
Text ExpressionGenerator::MakeConstruction(Type type, int depth) {
  const std::string argument =
      depth > 0 && random_.Chance(2) ? Make({Type::kString}, 0).text : MakeScalarLiteral(type);
  return {std::string(ConstructorOf(type)) + "(" + argument + ")", Precedence::kMember};
}

Text ExpressionGenerator::MakeSet(Shape shape, int depth) {
  const size_t count = random_.Weighted(std::array{10, 25, 35, 20, 10});
  std::string text = "[";
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += "," + Gap();
    text += Make(random_.Below(100) == 0 ? PickOtherShape() : ElementOf(shape), depth - 1).text;
  }
  if (count > 0 && random_.Chance(4)) text += ",";
  return {text + "]"};
}

Text ExpressionGenerator::MakeRecord(RecordKind kind, int depth) {
  const std::span<const Field> known = FieldsOf(kind);
  std::vector<Field> fields;
  for (const Field& field : known) {
    if (random_.Chance(90)) fields.push_back(field);
  }
  random_.Shuffle(std::span(fields));
  std::string text = "{";
  for (const Field& field : fields) {
    if (text.size() > 1) text += "," + Gap();
    const bool bare = base::IsUnreservedIdentifier(field.name) && random_.Chance(80);
    text += bare ? std::string(field.name) : base::QuoteString(field.name);
    text += ": " + Make(field.shape, depth - 1).text;
  }
  if (!fields.empty() && random_.Chance(4)) text += ",";
  return {text + "}"};
}

Text ExpressionGenerator::MakeEntity(int depth) {
  const bool changed = recipe_.change == Recipe::Change::kEntity && entities_ == recipe_.position;
  ++entities_;
  const size_t choice = random_.Weighted(std::array{40, 30, 8, 14, 8});
  if (changed) return {PrintUid(GhostUids()[0])};
  switch (choice) {
    case 0: return {"principal"};
    case 1: return {"resource"};
    case 2: return {"action"};
    case 3: return MakeLiteral({Type::kEntity}, depth);
    default: return MakeAccess({Type::kEntity}, depth);
  }
}

// REQUIRES: some field has the shape.
Text ExpressionGenerator::MakeAccess(Shape shape, int depth) {
  const Place place = random_.Pick(PlacesOf(shape));
  // The holder of a holder ends at a variable, however deep the place lies.
  const Text holder = place.holder.type == Type::kEntity && depth <= 0
                          ? Text{random_.Chance(60) ? "principal" : "resource"}
                          : Make(place.holder, depth - 1);
  const std::string name = PickFieldName(place.name);
  const bool dot = base::IsUnreservedIdentifier(name) && random_.Chance(85);
  return {Bracket(holder, Precedence::kMember) +
              (dot ? "." + name : "[" + base::QuoteString(name) + "]"),
          Precedence::kMember};
}

// `e has x && e.x == y`, as careful authors write it, so that evaluation gets past the test.
Text ExpressionGenerator::MakeGuardedAccess(int depth) {
  const Place place = random_.Pick(AllPlaces());
  const std::string holder = place.holder.type == Type::kEntity
                                 ? Bracket(MakeEntity(0), Precedence::kMember)
                                 : Bracket(MakeLeaf(place.holder, 0), Precedence::kMember);
  const std::string name(PickFieldName(place.name));
  const bool bare = base::IsUnreservedIdentifier(name);
  const std::string guard = holder + " has " + (bare ? name : base::QuoteString(name));
  const std::string access = holder + (bare ? "." + name : "[" + base::QuoteString(name) + "]");
  const std::string test = place.shape.type == Type::kBool
                               ? access
                               : access + (random_.Chance(70) ? " == " : " != ") +
                                     Bracket(Make(place.shape, depth - 2), Precedence::kSum);
  return {guard + Gap() + "&& " + test, Precedence::kAnd};
}

Text ExpressionGenerator::MakeChain(std::string_view spelling, Precedence precedence, int depth) {
  const size_t count = 2 + random_.Weighted(std::array{60, 25, 10, 5});
  std::string text;
  for (size_t i = 0; i < count; ++i) {
    if (i > 0) text += Gap() + std::string(spelling) + Gap();
    text += Bracket(Make({Type::kBool}, depth - 1), Tighter(precedence));
  }
  return {text, precedence};
}

Text ExpressionGenerator::MakeIf(Shape shape, int depth) {
  const std::string test = Make({Type::kBool}, depth - 1).text;
  const std::string consequent = Make(shape, depth - 1).text;
  const std::string alternative = Make(shape, depth - 1).text;
  return {"if " + test + " then" + Gap() + consequent + " else " + alternative,
          Precedence::kExpression};
}

Text ExpressionGenerator::MakeUnary(char sign, Shape shape, int depth) {
  const size_t count = 1 + random_.Weighted(std::array{85, 10, 3, 2});
  return {std::string(count, sign) + Bracket(Make(shape, depth - 1), Precedence::kMember),
          Precedence::kUnary};
}

Text ExpressionGenerator::MakeHas(int depth) {
  const Shape holder = random_.Chance(70) ? Shape{Type::kEntity}
                                          : RecordOf(random_.Chance(70) ? RecordKind::kContext
                                                                        : RecordKind::kLimits);
  const std::string text = Bracket(Make(holder, depth - 1), Precedence::kSum);
  return {text + " has" + Gap() + std::string(random_.Pick(HasPaths())), Precedence::kRelation};
}

Text ExpressionGenerator::MakeLike(int depth) {
  const std::string text = Bracket(Make({Type::kString}, depth - 1), Precedence::kSum);
  Random literal(DrawLiteralSeed());
  return {text + " like \"" + std::string(literal.Pick(Patterns())) + "\"", Precedence::kRelation};
}

Text ExpressionGenerator::MakeIs(int depth) {
  std::string text = Bracket(Make({Type::kEntity}, depth - 1), Precedence::kSum);
  Random literal(DrawLiteralSeed());
  // Agents and tools come first among the types, and are what requests are mostly about.
  const auto types = EntityTypes();
  text += " is " + std::string(literal.Chance(60) ? types[literal.Below(2)] : literal.Pick(types));
  if (random_.Chance(40)) {
    const Shape group = random_.Chance(70) ? Shape{Type::kEntity} : SetOf(Type::kEntity);
    text += " in " + Bracket(Make(group, depth - 1), Precedence::kSum);
  }
  return {text, Precedence::kRelation};
}

Text ExpressionGenerator::MakeOperator(ExprKind kind, int depth) {
  constexpr Type kOrderedTypes[] = {Type::kLong, Type::kLong, Type::kDatetime, Type::kDuration};
  Shape left;
  std::optional<Shape> right;
  switch (UseOf(kind)) {
    case Operands::kNone: break;
    case Operands::kTwoAlike:
      left = random_.Pick(AllShapes());
      right = random_.Chance(94) ? left : PickOtherShape();
      break;
    case Operands::kOrdered: right = left = {random_.Pick(kOrderedTypes)}; break;
    case Operands::kLongs: right = left = {Type::kLong}; break;
    case Operands::kEntityAndGroup:
      left = {Type::kEntity};
      right = random_.Chance(65) ? left : SetOf(Type::kEntity);
      break;
    case Operands::kSetAndElement:
      left = ShapeOf(Type::kSet, random_);
      right = ElementOf(left);
      break;
    case Operands::kTwoSets: right = left = ShapeOf(Type::kSet, random_); break;
    case Operands::kSet: left = ShapeOf(Type::kSet, random_); break;
    case Operands::kEntityAndTag: left = {Type::kEntity}; break;
  }
  const Text a = Make(left, depth - 1);
  if (const auto precedence = BinaryPrecedence(kind)) {
    const bool chains = *precedence != Precedence::kRelation;
    return {Bracket(a, chains ? *precedence : Tighter(*precedence)) + " " +
                std::string(lang::OperatorSpelling(kind)) + Gap() +
                Bracket(Make(*right, depth - 1), Tighter(*precedence)),
            *precedence};
  }
  std::string argument;
  if (UseOf(kind) == Operands::kEntityAndTag) {
    argument = MakeTagName(random_.Pick(TagFields()).name, depth);
  } else if (right) {
    argument = Make(*right, depth - 1).text;
  }
  return {Bracket(a, Precedence::kMember) + "." + std::string(lang::OperatorSpelling(kind)) + "(" +
              argument + ")",
          Precedence::kMember};
}

// A literal, or a key that the request gives.
std::string ExpressionGenerator::MakeTagName(std::string_view name, int depth) {
  if (random_.Chance(6)) return Make({Type::kString}, depth - 1).text;
  return base::QuoteString(PickFieldName(name));
}

// Empty if no tag has the shape. Guarded half of the time.
Text ExpressionGenerator::MakeGetTag(Shape shape, int depth) {
  std::vector<std::string_view> names;
  for (const Field& field : TagFields()) {
    if (field.shape == shape) names.push_back(field.name);
  }
  if (names.empty()) return {};
  const std::string entity = Bracket(Make({Type::kEntity}, 0), Precedence::kMember);
  const std::string name = MakeTagName(random_.Pick(names), depth);
  const std::string access = entity + ".getTag(" + name + ")";
  if (random_.Chance(50)) return {access, Precedence::kMember};
  return {"if " + entity + ".hasTag(" + name + ") then " + access + " else " +
              Make(shape, depth - 1).text,
          Precedence::kExpression};
}

// REQUIRES: some function gives the type.
Text ExpressionGenerator::MakeCall(Type result, int depth) {
  const func::Function& function = *random_.Pick(FunctionsGiving(result));
  const std::span<const Type> parameters = function.parameters;
  if (ConstructorOf(result) == function.name && random_.Chance(97)) {
    return MakeConstruction(result, depth);
  }
  const bool method = function.style == func::CallStyle::kMethod;
  std::vector<std::string> arguments;
  for (const Type parameter : parameters) {
    const Text argument = Make(ShapeOf(parameter, random_), depth - 1);
    const bool receiver = method && arguments.empty();
    arguments.push_back(receiver ? Bracket(argument, Precedence::kMember) : argument.text);
  }
  // One too many or one too few parses, and fails when it is evaluated.
  const size_t kept = method ? 1 : 0;
  if (random_.Below(80) == 0) arguments.push_back(Make({Type::kLong}, 0).text);
  if (random_.Below(80) == 0 && arguments.size() > kept) arguments.pop_back();
  std::string text = (method ? arguments[0] + "." : "") + std::string(function.name) + "(";
  for (size_t i = kept; i < arguments.size(); ++i) text += (i > kept ? ", " : "") + arguments[i];
  return {text + ")", Precedence::kMember};
}

}  // namespace thuja::generator
