// SPDX-License-Identifier: Apache-2.0
// Building of expression trees, and the look-ups of their tables.
//
// Tested by tests/unit/lang/ast_test.cc.
#include "engine/lang/ast.h"

#include <algorithm>
#include <iterator>
#include <utility>

namespace thuja::lang {

std::string_view Spelling(Effect effect) { return effect == Effect::kPermit ? "permit" : "forbid"; }

std::string_view Spelling(Variable variable) {
  switch (variable) {
    case Variable::kPrincipal: return "principal";
    case Variable::kAction: return "action";
    case Variable::kResource: return "resource";
    case Variable::kContext: return "context";
  }
  return "";
}

std::string_view Spelling(Slot slot) {
  return slot == Slot::kPrincipal ? "?principal" : "?resource";
}

std::string_view OperatorSpelling(ExprKind kind) {
  switch (kind) {
#define THUJA_BINARY(kind, spelling, precedence) \
  case ExprKind::kind: return spelling;
#define THUJA_METHOD(kind, name, arguments) \
  case ExprKind::kind: return name;
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
    default: return "";
  }
}

std::optional<ExprKind> FindMethod(std::string_view name) {
#define THUJA_BINARY(kind, spelling, precedence)
#define THUJA_METHOD(kind, method, arguments) \
  if (name == method) return ExprKind::kind;
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
  return std::nullopt;
}

int MethodArguments(ExprKind kind) {
  switch (kind) {
#define THUJA_BINARY(kind, spelling, precedence)
#define THUJA_METHOD(kind, name, arguments) \
  case ExprKind::kind: return arguments;
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
    default: return 0;
  }
}

ExprId ExprTree::Add(ExprNode node, std::span<const ExprId> children,
                     std::vector<std::string> texts) {
  uint16_t height = 0;
  for (const ExprId child : children) height = std::max(height, nodes_[child.index].height);
  node.height = static_cast<uint16_t>(height + 1);
  node.first_child = static_cast<uint32_t>(children_.size());
  node.child_count = static_cast<uint32_t>(children.size());
  node.first_text = static_cast<uint32_t>(texts_.size());
  node.text_count = static_cast<uint32_t>(texts.size());
  children_.insert(children_.end(), children.begin(), children.end());
  std::move(texts.begin(), texts.end(), std::back_inserter(texts_));
  nodes_.push_back(node);
  return ExprId{static_cast<uint32_t>(nodes_.size() - 1)};
}

void ExprTree::Clear() {
  nodes_.clear();
  children_.clear();
  texts_.clear();
}

ExprTree ExprTree::Extract() {
  ExprTree extracted;
  extracted.nodes_.assign(nodes_.begin(), nodes_.end());
  extracted.children_.assign(children_.begin(), children_.end());
  extracted.texts_.assign(std::make_move_iterator(texts_.begin()),
                          std::make_move_iterator(texts_.end()));
  Clear();
  return extracted;
}

const Annotation* Policy::FindAnnotation(std::string_view key) const {
  const auto found = std::ranges::find(annotations, key, &Annotation::key);
  return found == annotations.end() ? nullptr : &*found;
}

}  // namespace thuja::lang
