// SPDX-License-Identifier: Apache-2.0
// The canonical printer.
//
// Tested by tests/unit/lang/printer_test.cc and tests/property/properties_test.cc.
#include "engine/lang/printer.h"

#include <string_view>
#include <vector>

#include "engine/base/names.h"
#include "engine/base/text.h"

namespace thuja::lang {
namespace {

Precedence PrecedenceOf(const ExprNode& node) {
  switch (node.kind) {
    case ExprKind::kIf: return Precedence::kExpression;
    case ExprKind::kOr: return Precedence::kOr;
    case ExprKind::kAnd: return Precedence::kAnd;
    case ExprKind::kHas:
    case ExprKind::kLike:
    case ExprKind::kIs: return Precedence::kRelation;
    case ExprKind::kNot:
    case ExprKind::kNegate: return Precedence::kUnary;
    // A negative number is written with a sign, so it binds like one.
    case ExprKind::kLong: return node.number < 0 ? Precedence::kUnary : Precedence::kPrimary;
#define THUJA_BINARY(kind, spelling, precedence) \
  case ExprKind::kind: return Precedence::precedence;
#define THUJA_METHOD(kind, name, arguments) \
  case ExprKind::kind: return Precedence::kMember;
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
    case ExprKind::kGetAttribute:
    case ExprKind::kCall: return Precedence::kMember;
    default: return Precedence::kPrimary;
  }
}

Precedence Tighter(Precedence precedence) {
  return static_cast<Precedence>(static_cast<uint8_t>(precedence) + 1);
}

std::string PrintEntity(std::string_view type, std::string_view id) {
  return std::string(type) + "::" + base::QuoteString(id);
}

class ExpressionPrinter {
 public:
  explicit ExpressionPrinter(const ExprTree& tree) : tree_(tree) {}

  // Prints `id`, in brackets if it binds less tightly than its place needs.
  void Append(ExprId id, Precedence needed) {
    const bool brackets = PrecedenceOf(tree_[id]) < needed;
    if (brackets) out_ += '(';
    AppendNode(id);
    if (brackets) out_ += ')';
  }

  std::string Take() { return std::move(out_); }

 private:
  void AppendNode(ExprId id) {
    const ExprNode& node = tree_[id];
    switch (node.kind) {
      case ExprKind::kBool: out_ += node.number != 0 ? "true" : "false"; return;
      case ExprKind::kLong: out_ += std::to_string(node.number); return;
      case ExprKind::kString: out_ += base::QuoteString(tree_.Text(id)); return;
      case ExprKind::kEntity: out_ += PrintEntity(tree_.Text(id, 0), tree_.Text(id, 1)); return;
      case ExprKind::kVariable: out_ += Spelling(static_cast<Variable>(node.number)); return;
      case ExprKind::kIf: AppendIf(id); return;
      case ExprKind::kAnd: AppendChain(id, " && ", Precedence::kAnd); return;
      case ExprKind::kOr: AppendChain(id, " || ", Precedence::kOr); return;
      case ExprKind::kNot: AppendUnary(id, '!'); return;
      case ExprKind::kNegate: AppendUnary(id, '-'); return;
      case ExprKind::kHas: AppendHas(id); return;
      case ExprKind::kLike: AppendLike(id); return;
      case ExprKind::kIs: AppendIs(id); return;
      case ExprKind::kGetAttribute: AppendGetAttribute(id); return;
      case ExprKind::kSet: AppendList(tree_.Children(id), '[', ']'); return;
      case ExprKind::kRecord: AppendRecord(id); return;
      case ExprKind::kCall: AppendCall(id); return;
#define THUJA_BINARY(kind, spelling, precedence) \
  case ExprKind::kind: AppendBinary(id, " " spelling " ", Precedence::precedence); return;
#define THUJA_METHOD(kind, name, arguments) \
  case ExprKind::kind: AppendMethod(tree_.Children(id), name); return;
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
    }
  }

  void AppendIf(ExprId id) {
    static constexpr std::string_view kWords[] = {"if ", " then ", " else "};
    for (size_t i = 0; i < 3; ++i) {
      out_ += kWords[i];
      Append(tree_.Child(id, i), Precedence::kExpression);
    }
  }

  void AppendChain(ExprId id, std::string_view separator, Precedence precedence) {
    const std::span<const ExprId> operands = tree_.Children(id);
    for (size_t i = 0; i < operands.size(); ++i) {
      if (i > 0) out_ += separator;
      Append(operands[i], Tighter(precedence));
    }
  }

  // Sums and products lean to the left; relations do not chain at all.
  void AppendBinary(ExprId id, std::string_view spelling, Precedence precedence) {
    const bool chains = precedence != Precedence::kRelation;
    Append(tree_.Child(id, 0), chains ? precedence : Tighter(precedence));
    out_ += spelling;
    Append(tree_.Child(id, 1), Tighter(precedence));
  }

  void AppendUnary(ExprId id, char sign) {
    // Up to four equal signs may follow each other, but a negated number must keep its own sign
    // apart: `-(-1)` negates the number -1, while `--1` negates it too and `-(1)` negates 1.
    const ExprId operand = tree_.Child(id, 0);
    out_ += sign;
    if (tree_[operand].kind == ExprKind::kLong) {
      out_ += '(';
      AppendNode(operand);
      out_ += ')';
    } else {
      Append(operand, Precedence::kMember);
    }
  }

  void AppendHas(ExprId id) {
    Append(tree_.Child(id, 0), Tighter(Precedence::kRelation));
    out_ += " has ";
    const std::span<const std::string> path = tree_.Texts(id);
    if (path.size() == 1 && !base::IsUnreservedIdentifier(path[0])) {
      out_ += base::QuoteString(path[0]);
      return;
    }
    for (size_t i = 0; i < path.size(); ++i) {
      if (i > 0) out_ += '.';
      out_ += path[i];
    }
  }

  void AppendLike(ExprId id) {
    Append(tree_.Child(id, 0), Tighter(Precedence::kRelation));
    const std::span<const std::string> pieces = tree_.Texts(id);
    out_ += " like ";
    out_ += base::QuotePattern(std::vector<std::string_view>(pieces.begin(), pieces.end()));
  }

  void AppendIs(ExprId id) {
    Append(tree_.Child(id, 0), Tighter(Precedence::kRelation));
    out_ += " is " + tree_.Text(id);
    if (tree_[id].child_count == 1) return;
    out_ += " in ";
    Append(tree_.Child(id, 1), Tighter(Precedence::kRelation));
  }

  void AppendGetAttribute(ExprId id) {
    Append(tree_.Child(id, 0), Precedence::kMember);
    const std::string& attribute = tree_.Text(id);
    if (base::IsUnreservedIdentifier(attribute)) {
      out_ += '.' + attribute;
    } else {
      out_ += '[' + base::QuoteString(attribute) + ']';
    }
  }

  void AppendMethod(std::span<const ExprId> children, std::string_view name) {
    Append(children[0], Precedence::kMember);
    out_ += '.';
    out_ += name;
    AppendList(children.subspan(1), '(', ')');
  }

  void AppendCall(ExprId id) {
    if (tree_[id].method_style) {
      AppendMethod(tree_.Children(id), tree_.Text(id));
      return;
    }
    out_ += tree_.Text(id);
    AppendList(tree_.Children(id), '(', ')');
  }

  void AppendList(std::span<const ExprId> elements, char open, char close) {
    out_ += open;
    for (size_t i = 0; i < elements.size(); ++i) {
      if (i > 0) out_ += ", ";
      Append(elements[i], Precedence::kExpression);
    }
    out_ += close;
  }

  void AppendRecord(ExprId id) {
    const std::span<const std::string> keys = tree_.Texts(id);
    out_ += '{';
    for (size_t i = 0; i < keys.size(); ++i) {
      if (i > 0) out_ += ", ";
      out_ += base::IsUnreservedIdentifier(keys[i]) ? keys[i] : base::QuoteString(keys[i]);
      out_ += ": ";
      Append(tree_.Child(id, i), Precedence::kExpression);
    }
    out_ += '}';
  }

  const ExprTree& tree_;
  std::string out_;
};

std::string PrintConstraint(Variable variable, const ScopeConstraint& constraint) {
  using Kind = ScopeConstraint::Kind;
  std::string out(Spelling(variable));
  const Slot slot = variable == Variable::kPrincipal ? Slot::kPrincipal : Slot::kResource;
  const std::string reference = constraint.slot
                                    ? std::string(Spelling(slot))
                                    : PrintEntity(constraint.entity.type, constraint.entity.id);
  switch (constraint.kind) {
    case Kind::kAny: return out;
    case Kind::kEqual: return out + " == " + reference;
    case Kind::kIn: return out + " in " + reference;
    case Kind::kIs: return out + " is " + constraint.entity_type;
    case Kind::kIsIn: return out + " is " + constraint.entity_type + " in " + reference;
  }
  return out;
}

std::string PrintConstraint(const ActionConstraint& constraint) {
  using Kind = ActionConstraint::Kind;
  if (constraint.kind == Kind::kAny) return "action";
  std::string out = constraint.kind == Kind::kEqual ? "action == " : "action in ";
  if (constraint.kind == Kind::kInSet) out += '[';
  for (size_t i = 0; i < constraint.entities.size(); ++i) {
    if (i > 0) out += ", ";
    out += PrintEntity(constraint.entities[i].type, constraint.entities[i].id);
  }
  if (constraint.kind == Kind::kInSet) out += ']';
  return out;
}

std::string PrintAnnotations(const Policy& policy) {
  std::string out;
  for (const Annotation& annotation : policy.annotations) {
    out += '@' + annotation.key;
    if (annotation.value) out += '(' + base::QuoteString(*annotation.value) + ')';
    out += '\n';
  }
  return out;
}

class Dumper {
 public:
  explicit Dumper(const ExprTree& tree) : tree_(tree) {}

  void Append(ExprId id, std::string* out) const {
    const ExprNode& node = tree_[id];
    *out += '(';
    *out += std::to_string(static_cast<int>(node.kind));
    *out += NameOf(node);
    if (node.kind == ExprKind::kLong || node.kind == ExprKind::kBool) {
      *out += ' ' + std::to_string(node.number);
    }
    for (const std::string& text : tree_.Texts(id)) *out += ' ' + base::QuoteString(text);
    for (const ExprId child : tree_.Children(id)) {
      *out += ' ';
      Append(child, out);
    }
    *out += ')';
  }

 private:
  static std::string NameOf(const ExprNode& node) {
    if (node.kind == ExprKind::kVariable) {
      return ":" + std::string(Spelling(static_cast<Variable>(node.number)));
    }
    if (node.kind == ExprKind::kCall) return node.method_style ? ":method" : ":function";
    return ":" + std::string(OperatorSpelling(node.kind));
  }

  const ExprTree& tree_;
};

}  // namespace

std::string Print(const ExprTree& tree, ExprId id) {
  ExpressionPrinter printer(tree);
  printer.Append(id, Precedence::kExpression);
  return printer.Take();
}

std::string Print(const Policy& policy) {
  std::string out = PrintAnnotations(policy);
  out += std::string(Spelling(policy.effect)) + " (\n";
  out += "  " + PrintConstraint(Variable::kPrincipal, policy.principal) + ",\n";
  out += "  " + PrintConstraint(policy.action) + ",\n";
  out += "  " + PrintConstraint(Variable::kResource, policy.resource) + "\n)";
  for (const Condition& condition : policy.conditions) {
    out += condition.unless ? "\nunless { " : "\nwhen { ";
    out += Print(policy.expressions, condition.body) + " }";
  }
  return out + ";\n";
}

std::string Dump(const Policy& policy) {
  std::string out = PrintAnnotations(policy) + std::string(Spelling(policy.effect)) + ' ' +
                    PrintConstraint(Variable::kPrincipal, policy.principal) + ", " +
                    PrintConstraint(policy.action) + ", " +
                    PrintConstraint(Variable::kResource, policy.resource) + '\n';
  for (const Condition& condition : policy.conditions) {
    out += condition.unless ? "unless " : "when ";
    Dumper(policy.expressions).Append(condition.body, &out);
    out += '\n';
  }
  return out;
}

}  // namespace thuja::lang
