// SPDX-License-Identifier: Apache-2.0
// The words that generated policies, entities and requests are made of.
//
// They are few, so that tests collide: two policies of one set often ask the same question of the
// same attribute, compare it with neighbouring numbers, or match patterns with a common prefix.
// Every attribute has one shape wherever it occurs, so that most expressions fit the data.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "engine/value/value.h"
#include "tests/property/generator/random.h"

namespace thuja::generator {

using value::Type;

// The records that occur; each has the fields that FieldsOf lists.
enum class RecordKind : uint8_t { kNone, kContext, kLimits, kWindow };

// What an expression is wanted to give: a type, of sets with that of the elements.
struct Shape {
  Type type = Type::kBool;
  Type element = Type::kBool;             // of a set
  RecordKind record = RecordKind::kNone;  // of a record

  friend bool operator==(const Shape&, const Shape&) = default;
};

constexpr Shape SetOf(Type element) { return {Type::kSet, element, RecordKind::kNone}; }
constexpr Shape RecordOf(RecordKind kind) { return {Type::kRecord, Type::kBool, kind}; }

// Every shape that the generator makes.
std::span<const Shape> AllShapes();

struct Field {
  std::string_view name;
  Shape shape;
  std::string_view never_on = {};  // an entity type that has no such attribute
};

// What entities have, as attributes and as tags, and what a record has.
std::span<const Field> EntityFields();
std::span<const Field> TagFields();
std::span<const Field> FieldsOf(RecordKind kind);

// An attribute and tag that no entity, record or context has.
inline constexpr std::string_view kMissingName = "nowhere";

struct Uid {
  std::string_view type;
  std::string_view id;

  friend bool operator==(const Uid&, const Uid&) = default;
};

// Every uid that a store may define, so ordered that the parents of one stand behind it.
std::span<const Uid> StoredUids();
// Uids that no store defines; they may be parents there.
std::span<const Uid> GhostUids();
// Uids that no store mentions, kept for the entities that requests bring along.
std::span<const Uid> VisitorUids();
std::span<const Uid> ActionUids();

std::span<const std::string_view> EntityTypes();

// A uid as principals and resources mostly are; a few of any other type.
Uid PickPrincipal(Random& random);
Uid PickResource(Random& random);
Uid PickAction(Random& random);
Uid PickAny(Random& random);

std::span<const int64_t> Numbers();
std::span<const std::string_view> Strings();
// As they stand between the quotes of a `like`.
std::span<const std::string_view> Patterns();
// What stands behind `has`: names, paths and quoted names, of fields that are and are not there.
std::span<const std::string_view> HasPaths();

// Arguments of the constructor of an extension type. REQUIRES: `type` is one.
std::span<const std::string_view> GoodTexts(Type type);
std::span<const std::string_view> BadTexts(Type type);

bool IsExtension(Type type);

// The function that makes values of an extension type out of a text, found by its signature.
std::string_view ConstructorOf(Type type);

}  // namespace thuja::generator
