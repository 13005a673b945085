// SPDX-License-Identifier: Apache-2.0
// Printing.
//
// Tested by tests/unit/tree/decision_tree_test.cc and tests/unit/tree/lowering_test.cc.
#include "engine/tree/print.h"

#include <algorithm>
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
      case Op::kIsSymbol:
        return "(" + Print(e.a) + " == " + value::Print(words_.symbols[e.b]) + ")";
      case Op::kHas: return Print(e.a) + " has " + PrintName(words_.names[e.b]);
      case Op::kHasPath: {
        const auto operands = words_.Operands(e);
        std::string path;
        for (const uint32_t name : operands.subspan(1)) {
          path += (path.empty() ? "" : ".") + PrintName(words_.names[name]);
        }
        return Print(operands[0]) + " has " + path;
      }
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

// A node of the tree as people see it: its parent is the last one before it with a smaller depth.
struct OutlineLine {
  enum class Kind : uint8_t { kTest, kSwitch, kCase, kPermit, kForbid };

  Kind kind = Kind::kTest;
  size_t depth = 0;
  uint32_t at = 0;  // in the code
  std::string text;
};
using Kind = OutlineLine::Kind;

// Walks the code once and says what is in it.
class Outliner {
 public:
  Outliner(const Program& program, const lang::PolicySet& policies)
      : program_(program), policies_(policies), expressions_(program.words) {}

  std::vector<OutlineLine> Outline() {
    PrintBlock(0, 0);
    return std::move(lines_);
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
          Line(entry.forbid() ? Kind::kForbid : Kind::kPermit, at, depth,
               std::string(entry.forbid() ? "forbid " : "permit ") +
                   policies_.bound()[entry.policy()].id);
        }
        return at + 2 + code[at + 1];
      case Instruction::kTest:
      case Instruction::kTestSymbol:
      case Instruction::kTestIn:
      case Instruction::kTestInAttribute:
      case Instruction::kTestEqual: {
        const TestCode& test = program_.TestAt(at);
        Line(Kind::kTest, at, depth,
             (test.wanted == 0 ? "unless " : "test ") + expressions_.Print(test.expression));
        uint32_t inner = at + kTestWords;
        while (inner < test.after) inner = PrintInstruction(inner, depth + 1);
        return test.after;
      }
      case Instruction::kSwitch: {
        const Switch& here = program_.SwitchAt(at);
        Line(Kind::kSwitch, at, depth,
             "switch " + expressions_.Print(here.subject) + " " +
                 std::string(FamilyVerb(here.family)));
        const std::map<uint32_t, std::string> keys = KeysOf(here);
        for (uint32_t inner = at + kSwitchWords; inner < code[at + 1];) {
          const auto key = keys.find(inner);
          Line(Kind::kCase, inner, depth + 1, (key == keys.end() ? "never" : key->second) + ":");
          inner = PrintBlock(inner, depth + 2);
        }
        return code[at + 1];
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
        add(interval.block, std::to_string(interval.low) + " to " + std::to_string(interval.high));
      }
    } else if (at.family == Family::kLike) {
      tables.patterns[at.table.first].ForEach([&](const PatternIndex::Candidate& candidate) {
        add(tables.branches[candidate.branch].block, PrintPattern(words.Pieces(candidate.pattern)));
      });
    } else {
      for (const Bucket& bucket :
           std::span(tables.buckets).subspan(at.table.first, at.table.count)) {
        const bool symbols = at.family == Family::kSymbol || at.family == Family::kIn;
        tables.ForEachBranch(bucket, [&](const Branch& branch) {
          add(branch.block, symbols                    ? value::Print(words.symbols[bucket.key])
                            : at.family == Family::kIs ? std::string(words.names[bucket.key])
                                                       : value::Print(words.constants[bucket.key]));
        });
      }
    }
    return keys;
  }

  void Line(Kind kind, uint32_t at, size_t depth, std::string text) {
    lines_.push_back({kind, depth, at, std::move(text)});
  }

  const Program& program_;
  const lang::PolicySet& policies_;
  const ExpressionPrinter expressions_;
  std::vector<OutlineLine> lines_;
};

std::string CountOf(const OutlineLine& line, std::span<const uint64_t> reached) {
  return reached.empty() ? "" : std::to_string(reached[line.at]);
}

std::string PrintText(std::span<const OutlineLine> lines, std::span<const uint64_t> reached) {
  constexpr size_t kColumn = 8;
  std::string out;
  for (const OutlineLine& line : lines) {
    if (!reached.empty()) {
      const std::string count = CountOf(line, reached);
      out += std::string(kColumn > count.size() ? kColumn - count.size() : 0, ' ') + count + "  ";
    }
    out += std::string(2 * line.depth, ' ') + line.text + "\n";
  }
  return out;
}

// The position of every line's parent; lines without one have their own.
std::vector<size_t> ParentsOf(std::span<const OutlineLine> lines) {
  std::vector<size_t> parents(lines.size());
  std::vector<size_t> path;  // the last line of each depth
  for (size_t i = 0; i < lines.size(); ++i) {
    path.resize(lines[i].depth);
    parents[i] = path.empty() ? i : path.back();
    path.push_back(i);
  }
  return parents;
}

std::string_view ColorOf(Kind kind) {
  switch (kind) {
    case Kind::kTest: return "#eef2f7";
    case Kind::kSwitch: return "#fdf3d7";
    case Kind::kCase: return "#ffffff";
    case Kind::kPermit: return "#dff3e3";
    case Kind::kForbid: return "#f9dedc";
  }
  return "";
}

std::string PrintDot(std::span<const OutlineLine> lines, std::span<const uint64_t> reached) {
  const auto quote = [](const std::string& text) {
    std::string out = "\"";
    for (const char c : text) {
      if (c == '"' || c == '\\') out += '\\';
      out += c;
    }
    return out + "\"";
  };
  std::string out =
      "digraph policies {\n  rankdir=LR;\n  node [shape=box, style=filled, fontname=monospace];\n";
  const std::vector<size_t> parents = ParentsOf(lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string count = CountOf(lines[i], reached);
    const std::string text = lines[i].text + (count.empty() ? "" : " (" + count + ")");
    out += "  n" + std::to_string(i) + " [label=" + quote(text) + ", fillcolor=\"" +
           std::string(ColorOf(lines[i].kind)) + "\"];\n";
    if (parents[i] != i) {
      out += "  n" + std::to_string(parents[i]) + " -> n" + std::to_string(i) + ";\n";
    }
  }
  return out + "}\n";
}

std::string PrintSvg(std::span<const OutlineLine> lines, std::span<const uint64_t> reached) {
  constexpr size_t kRow = 24;
  constexpr size_t kIndent = 20;
  constexpr size_t kLetter = 8;  // wide enough for any monospace font of 13 pixels
  constexpr size_t kMargin = 10;
  const auto escape = [](const std::string& text) {
    std::string out;
    for (const char c : text) {
      switch (c) {
        case '&': out += "&amp;"; break;
        case '<': out += "&lt;"; break;
        case '>': out += "&gt;"; break;
        default: out += static_cast<uint8_t>(c) < 0x20 ? ' ' : c;
      }
    }
    return out;
  };
  const auto number = [](size_t value) { return std::to_string(value); };
  size_t width = 0;
  std::string body;
  const std::vector<size_t> parents = ParentsOf(lines);
  for (size_t i = 0; i < lines.size(); ++i) {
    const std::string count = CountOf(lines[i], reached);
    const std::string text = lines[i].text + (count.empty() ? "" : "  " + count);
    const size_t x = kMargin + lines[i].depth * kIndent;
    const size_t y = kMargin + i * kRow;
    const size_t box = text.size() * kLetter + 2 * kLetter;
    width = std::max(width, x + box + kMargin);
    if (parents[i] != i) {
      const size_t from = kMargin + parents[i] * kRow + kRow - 4;
      body += "<path d=\"M" + number(x - kIndent / 2) + " " + number(from) + " V" +
              number(y + kRow / 2) + " H" + number(x) + "\" fill=\"none\" stroke=\"#999\"/>\n";
    }
    body += "<rect x=\"" + number(x) + "\" y=\"" + number(y) + "\" width=\"" + number(box) +
            "\" height=\"" + number(kRow - 4) + "\" rx=\"3\" fill=\"" +
            std::string(ColorOf(lines[i].kind)) + "\" stroke=\"#999\"/>\n<text x=\"" +
            number(x + kLetter) + "\" y=\"" + number(y + 15) + "\">" + escape(text) + "</text>\n";
  }
  return "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"" + number(width) + "\" height=\"" +
         number(2 * kMargin + lines.size() * kRow) +
         "\" font-family=\"monospace\" font-size=\"13\">\n" + body + "</svg>\n";
}

}  // namespace

std::string Print(const Vocabulary& words, uint32_t expression) {
  return ExpressionPrinter(words).Print(expression);
}

std::string Print(const Program& program, const lang::PolicySet& policies, TreeFormat format,
                  std::span<const uint64_t> reached) {
  const std::vector<OutlineLine> lines = Outliner(program, policies).Outline();
  switch (format) {
    case TreeFormat::kText: return PrintText(lines, reached);
    case TreeFormat::kDot: return PrintDot(lines, reached);
    case TreeFormat::kSvg: return PrintSvg(lines, reached);
  }
  return "";
}

}  // namespace thuja::tree
