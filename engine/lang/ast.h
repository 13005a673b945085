// SPDX-License-Identifier: Apache-2.0
// Policies as trees: what the parser makes and everything after it reads.
//
// The tree keeps what a reader would recognise (`!=` is not rewritten as `!(a == b)`, an extended
// `has` stays one node), so that the printer and the JSON form can give it back; the interpreter
// says what each node means. Nodes stand in a vector, children before their parents, and are
// addressed by ExprId. The structures have no behaviour beyond look-ups.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/base/source.h"

namespace thuja::lang {

// A tree may be this high and an expression nested this deep in brackets; beyond that the parser
// reports `too-deep`. Chains of `&&` and `||` are one node with many children, so their length has
// no bound. Cedar has no fixed bounds but those of its stack: its WASM build takes about 120
// brackets, and evaluates chains of 300 to 600 `+` or `.`. Parsing or printing the deepest
// policy takes less than 1 MiB of stack in a release build, and less than 5 MiB with g++'s address
// sanitizer.
inline constexpr uint16_t kMaxExpressionHeight = 1000;
inline constexpr int kMaxNesting = 500;

enum class Effect : uint8_t { kPermit, kForbid };
enum class Variable : uint8_t { kPrincipal, kAction, kResource, kContext };
enum class Slot : uint8_t { kPrincipal, kResource };

std::string_view Spelling(Effect effect);
std::string_view Spelling(Variable variable);
std::string_view Spelling(Slot slot);

enum class ExprKind : uint8_t {
  kBool,      // number: 0 or 1
  kLong,      // number
  kString,    // texts: the string
  kEntity,    // texts: type, id
  kVariable,  // number: Variable
  kIf,        // children: test, then, else
  kAnd,       // children: two or more; the first is never itself kAnd
  kOr,        // children: two or more; the first is never itself kOr
  kNot,       // children: operand
  kNegate,    // children: operand
#define THUJA_BINARY(kind, spelling, precedence) kind,  // children: left, right
#define THUJA_METHOD(kind, name, arguments) kind,       // children: receiver, arguments
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
  kHas,           // children: record or entity; texts: the path, one or more
  kLike,          // children: operand; texts: pieces between wildcards
  kIs,            // children: operand, and what it must be in, if given; texts: type
  kGetAttribute,  // children: record or entity; texts: attribute
  kSet,           // children: elements
  kRecord,        // children: values; texts: their keys, in ascending order
  kCall,          // children: arguments, of a method the receiver first; texts: name
};

enum class Precedence : uint8_t {
  kExpression,
  kOr,
  kAnd,
  kRelation,
  kSum,
  kProduct,
  kUnary,
  kMember,
  kPrimary
};

// The spelling and the precedence of a binary operator or method; empty for other kinds.
std::string_view OperatorSpelling(ExprKind kind);
std::optional<ExprKind> FindMethod(std::string_view name);
int MethodArguments(ExprKind kind);

struct ExprId {
  uint32_t index = UINT32_MAX;

  bool valid() const { return index != UINT32_MAX; }
  friend bool operator==(ExprId, ExprId) = default;
};

struct ExprNode {
  ExprKind kind;
  bool method_style = false;  // of kCall
  uint16_t height = 1;        // 1 for a leaf
  uint16_t function = 0;      // of kCall: func::FunctionId, once resolved
  base::Span span = {};
  uint32_t first_child = 0;
  uint32_t child_count = 0;
  uint32_t first_text = 0;
  uint32_t text_count = 0;
  int64_t number = 0;
};

// The expressions of one policy.
class ExprTree {
 public:
  ExprId Add(ExprNode node, std::span<const ExprId> children, std::vector<std::string> texts = {});

  // Both leave an empty tree that keeps its memory. What is extracted takes no more than it needs,
  // of which there is much where there are many policies.
  void Clear();
  ExprTree Extract();

  const ExprNode& operator[](ExprId id) const { return nodes_[id.index]; }
  ExprNode& Mutable(ExprId id) { return nodes_[id.index]; }
  size_t size() const { return nodes_.size(); }

  std::span<const ExprId> Children(ExprId id) const {
    return std::span(children_).subspan(nodes_[id.index].first_child, nodes_[id.index].child_count);
  }
  ExprId Child(ExprId id, size_t i) const { return children_[nodes_[id.index].first_child + i]; }

  std::span<const std::string> Texts(ExprId id) const {
    return std::span(texts_).subspan(nodes_[id.index].first_text, nodes_[id.index].text_count);
  }
  const std::string& Text(ExprId id, size_t i = 0) const {
    return texts_[nodes_[id.index].first_text + i];
  }

 private:
  std::vector<ExprNode> nodes_;
  std::vector<ExprId> children_;
  std::vector<std::string> texts_;
};

struct EntityLiteral {
  std::string type;
  std::string id;

  friend bool operator==(const EntityLiteral&, const EntityLiteral&) = default;
};

// What the scope says of the principal or the resource.
struct ScopeConstraint {
  enum class Kind : uint8_t { kAny, kEqual, kIn, kIs, kIsIn };

  Kind kind = Kind::kAny;
  bool slot = false;        // the entity is this position's slot; `entity` is empty
  EntityLiteral entity;     // of kEqual, kIn, kIsIn
  std::string entity_type;  // of kIs, kIsIn
};

struct ActionConstraint {
  enum class Kind : uint8_t { kAny, kEqual, kIn, kInSet };

  Kind kind = Kind::kAny;
  std::vector<EntityLiteral> entities;  // one of kEqual and kIn, any number of kInSet
};

struct Annotation {
  std::string key;
  std::optional<std::string> value;  // `@key` has none, which is not the same as `@key("")`
};

struct Condition {
  bool unless = false;
  ExprId body;
};

// A static policy, or a template if a slot stands in its scope.
struct Policy {
  Effect effect = Effect::kPermit;
  std::vector<Annotation> annotations;
  ScopeConstraint principal;
  ActionConstraint action;
  ScopeConstraint resource;
  std::vector<Condition> conditions;
  ExprTree expressions;
  std::shared_ptr<const base::SourceText> source;
  base::Span span = {};

  bool is_template() const { return principal.slot || resource.slot; }

  // Null if there is no such annotation.
  const Annotation* FindAnnotation(std::string_view key) const;
};

}  // namespace thuja::lang
