// SPDX-License-Identifier: Apache-2.0
// Printing.
//
// Tested by tests/unit/tree/decision_tree_test.cc and tests/unit/tree/lowering_test.cc.
#include "engine/tree/print.h"

#include <map>
#include <utility>
#include <vector>

#include "engine/base/names.h"
#include "engine/base/text.h"
#include "engine/func/function.h"

namespace thuja::tree {
namespace {

std::string_view Spelling(Op op) {
  switch (op) {
    case Op::kEqual: return "==";
    case Op::kLess: return "<";
    case Op::kLessEqual: return "<=";
    case Op::kGreater: return ">";
    case Op::kGreaterEqual: return ">=";
    case Op::kAdd: return "+";
    case Op::kSubtract: return "-";
    case Op::kMultiply: return "*";
    case Op::kIn: return "in";
    case Op::kContains: return "contains";
    case Op::kContainsAll: return "containsAll";
    case Op::kContainsAny: return "containsAny";
    case Op::kGetTag: return "getTag";
    case Op::kHasTag: return "hasTag";
    default: return "";
  }
}

std::string PrintName(std::string_view name) {
  return base::IsUnreservedIdentifier(name) ? std::string(name) : base::QuoteString(name);
}

std::string PrintPattern(std::span<const std::string> pieces) {
  std::string out;
  for (size_t i = 0; i < pieces.size(); ++i) {
    if (i > 0) out += '*';
    for (const char c : pieces[i]) out += c == '*' ? "\\*" : std::string(1, c);
  }
  return "\"" + out + "\"";
}

class ExpressionPrinter {
 public:
  explicit ExpressionPrinter(const Vocabulary& words) : words_(words) {}

  std::string Print(uint32_t id) const {
    const Expression& e = words_.expressions[id];
    switch (e.op) {
      case Op::kConstant: return value::Print(words_.constants[e.a]);
      case Op::kVariable: return std::string(lang::Spelling(static_cast<lang::Variable>(e.a)));
      case Op::kIf: {
        const auto parts = words_.Operands(e);
        return "(if " + Print(parts[0]) + " then " + Print(parts[1]) + " else " + Print(parts[2]) +
               ")";
      }
      case Op::kAnd: return "(" + Join(words_.Operands(e), " && ") + ")";
      case Op::kOr: return "(" + Join(words_.Operands(e), " || ") + ")";
      case Op::kNot: return "!" + Print(e.a);
      case Op::kNegate: return "-" + Print(e.a);
      case Op::kIsEmpty: return Print(e.a) + ".isEmpty()";
      case Op::kContains:
      case Op::kContainsAll:
      case Op::kContainsAny:
      case Op::kGetTag:
      case Op::kHasTag:
        return Print(e.a) + "." + std::string(Spelling(e.op)) + "(" + Print(e.b) + ")";
      case Op::kInSymbols: return Print(e.a) + " in " + PrintSymbols(e.b);
      case Op::kHas: return Print(e.a) + " has " + PrintName(words_.names[e.b]);
      case Op::kGetAttribute: {
        const std::string_view name = words_.names[e.b];
        return Print(e.a) + (base::IsUnreservedIdentifier(name)
                                 ? "." + std::string(name)
                                 : "[" + base::QuoteString(name) + "]");
      }
      case Op::kLike: return Print(e.a) + " like " + PrintPattern(words_.Pieces(e.b));
      case Op::kIs: return Print(e.a) + " is " + std::string(words_.names[e.b]);
      case Op::kSet: return "[" + Join(words_.Operands(e), ", ") + "]";
      case Op::kRecord: {
        const auto operands = words_.Operands(e);
        const size_t count = operands.size() / 2;
        std::string out;
        for (size_t i = 0; i < count; ++i) {
          out += (i == 0 ? "" : ", ") + PrintName(words_.names[operands[count + i]]) + ": " +
                 Print(operands[i]);
        }
        return "{" + out + "}";
      }
      case Op::kCall: {
        const func::Function& function = func::AllFunctions()[e.function];
        const auto operands = words_.Operands(e);
        const std::string name(function.name);
        if (function.style == func::CallStyle::kFunction) {
          return name + "(" + Join(operands, ", ") + ")";
        }
        return Print(operands[0]) + "." + name + "(" + Join(operands.subspan(1), ", ") + ")";
      }
      default: return "(" + Print(e.a) + " " + std::string(Spelling(e.op)) + " " + Print(e.b) + ")";
    }
  }

  std::string PrintSymbols(uint32_t list) const {
    const auto symbols = words_.Symbols(list);
    if (symbols.size() == 1) return value::Print(words_.symbols[symbols[0]]);
    std::string out;
    for (const uint32_t symbol : symbols) {
      out += (out.empty() ? "" : ", ") + value::Print(words_.symbols[symbol]);
    }
    return "[" + out + "]";
  }

 private:
  std::string Join(std::span<const uint32_t> operands, std::string_view between) const {
    std::string out;
    for (const uint32_t operand : operands) {
      if (!out.empty()) out += between;
      out += Print(operand);
    }
    return out;
  }

  const Vocabulary& words_;
};

std::string_view FamilyVerb(Family family) {
  switch (family) {
    case Family::kNone: return "";
    case Family::kSymbol:
    case Family::kEqual: return "==";
    case Family::kIn: return "in";
    case Family::kIs: return "is";
    case Family::kRange: return "in an interval";
    case Family::kLike: return "like";
    case Family::kContains: return "contains";
    case Family::kInRange: return "isInRange";
  }
  return "";
}

class ProgramPrinter {
 public:
  ProgramPrinter(const Program& program, const lang::PolicySet& policies,
                 std::span<const uint64_t> reached)
      : program_(program), policies_(policies), reached_(reached), expressions_(program.words) {}

  std::string Print() {
    PrintBlock(0, 0);
    return std::move(out_);
  }

 private:
  // Returns the place behind the block.
  uint32_t PrintBlock(uint32_t at, size_t depth) {
    while (program_.code[at] != static_cast<uint32_t>(Instruction::kEnd)) {
      at = PrintInstruction(at, depth);
    }
    return at + 1;
  }

  uint32_t PrintInstruction(uint32_t at, size_t depth) {
    const std::vector<uint32_t>& code = program_.code;
    switch (static_cast<Instruction>(code[at])) {
      case Instruction::kEnd: return at + 1;
      case Instruction::kSatisfied:
        for (uint32_t i = 0; i < code[at + 1]; ++i) {
          const Entry entry = {code[at + 2 + i]};
          Line(at, depth,
               std::string(entry.forbid() ? "forbid " : "permit ") +
                   policies_.bound()[entry.policy()].id);
        }
        return at + 2 + code[at + 1];
      case Instruction::kTest:
      case Instruction::kTestNot: {
        const bool negated = code[at] == static_cast<uint32_t>(Instruction::kTestNot);
        Line(at, depth, (negated ? "unless " : "test ") + expressions_.Print(code[at + 1]));
        uint32_t inner = at + kTestWords;
        while (inner < code[at + 2]) inner = PrintInstruction(inner, depth + 1);
        return code[at + 2];
      }
      case Instruction::kSwitch: {
        const Switch& here = program_.switches[code[at + 1]];
        Line(at, depth,
             "switch " + expressions_.Print(here.subject) + " " +
                 std::string(FamilyVerb(here.family)));
        const std::map<uint32_t, std::string> keys = KeysOf(here);
        for (uint32_t inner = at + kSwitchWords; inner < code[at + 2];) {
          const auto key = keys.find(inner);
          Line(inner, depth + 1, (key == keys.end() ? "never" : key->second) + ":");
          inner = PrintBlock(inner, depth + 2);
        }
        return code[at + 2];
      }
    }
    return at + 1;
  }

  // What leads to each block of a switch.
  std::map<uint32_t, std::string> KeysOf(const Switch& at) const {
    std::map<uint32_t, std::string> keys;
    const auto add = [&](uint32_t block, const std::string& key) {
      std::string& all = keys[block];
      all += (all.empty() ? "" : ", ") + key;
    };
    const SwitchTables& tables = program_.tables;
    const Vocabulary& words = program_.words;
    if (at.family == Family::kRange) {
      for (const Interval& interval :
           std::span(tables.intervals).subspan(at.table.first, at.table.count)) {
        add(tables.branches[interval.branch].block,
            std::to_string(interval.low) + " to " + std::to_string(interval.high));
      }
    } else if (at.family == Family::kLike) {
      tables.patterns[at.table.first].ForEach([&](const PatternIndex::Candidate& candidate) {
        add(tables.branches[candidate.branch].block, PrintPattern(words.Pieces(candidate.pattern)));
      });
    } else {
      for (const Bucket& bucket :
           std::span(tables.buckets).subspan(at.table.first, at.table.count)) {
        const bool symbols = at.family == Family::kSymbol || at.family == Family::kIn;
        for (uint32_t i = 0; i < bucket.branch_count; ++i) {
          add(tables.branches[bucket.first_branch + i].block,
              symbols                    ? value::Print(words.symbols[bucket.key])
              : at.family == Family::kIs ? std::string(words.names[bucket.key])
                                         : value::Print(words.constants[bucket.key]));
        }
      }
    }
    return keys;
  }

  void Line(uint32_t at, size_t depth, const std::string& text) {
    if (!reached_.empty()) {
      std::string count = std::to_string(reached_[at]);
      out_ += std::string(count.size() < 8 ? 8 - count.size() : 0, ' ') + count + "  ";
    }
    out_ += std::string(2 * depth, ' ') + text + "\n";
  }

  const Program& program_;
  const lang::PolicySet& policies_;
  const std::span<const uint64_t> reached_;
  const ExpressionPrinter expressions_;
  std::string out_;
};

}  // namespace

std::string Print(const Vocabulary& words, uint32_t expression) {
  return ExpressionPrinter(words).Print(expression);
}

std::string Print(const Program& program, const lang::PolicySet& policies,
                  std::span<const uint64_t> reached) {
  return ProgramPrinter(program, policies, reached).Print();
}

}  // namespace thuja::tree
