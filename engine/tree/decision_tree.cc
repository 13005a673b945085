// SPDX-License-Identifier: Apache-2.0
// The decision tree.
//
// The idea. Lowering has made of each policy a list of tests, all of which must hold. Lists that
// begin with the same test go through one node for it, so that the policies form a trie over
// tests. Nodes that ask the same subject for different values go through one switch. What a request
// does not meet is cut off with everything below it. Take
//
//   permit (principal, action == Action::"call", resource == Tool::"mail") when { context.ttl < 60
//   }; permit (principal, action == Action::"call", resource == Tool::"mail") when { context.ttl <
//   90 }; permit (principal, action == Action::"call", resource == Tool::"wiki") when {
//   context.trusted };
//
// which become
//
//   switch resource ==
//     Tool::"mail": test action == Action::"call"
//                     test context.ttl < 60: satisfied 0
//                     test context.ttl < 90: satisfied 1
//     Tool::"wiki": test action == Action::"call"
//                     test context.trusted: satisfied 2
//
// A request for `Tool::"wiki"` looks at three tests, and would if there were a million tools.
//
// Order. The scope's tests cannot fail, nor can conjuncts of the same form that follow them, so
// they are free to be exchanged: each policy asks first what the fewest policies ask. That is why
// the tool stands above the action in the example. All other tests keep their order. A policy whose
// third test fails is an error in Cedar even where its fourth would not hold, and is none where its
// second does not hold; a trie over the given order has exactly these answers, and the policies
// below a test that failed are exactly those that Cedar reports.
//
// Each policy is one path, so the tree has no more nodes than the policies have tests. It never
// blows up; there is nothing to limit.
//
// What it cannot share. A test is found by a switch only as the next one on its path: policies that
// begin with conditions of their own, each on another subject, are walked one by one as the
// interpreter walks them, only faster. A negated test (`!=`, `unless { a == b }`) holds for all
// values but one and is evaluated. Two ranges of different subjects are two switches, one below the
// other, so that a policy which meets the first is looked at whatever the second says.
//
// The measured effect is in docs/performance.md.
//
// Tested by tests/unit/tree/decision_tree_test.cc and tests/property/agreement_test.cc.
#include "engine/tree/decision_tree.h"

#include <absl/container/flat_hash_map.h>

#include <algorithm>
#include <cstring>
#include <span>
#include <tuple>
#include <utility>

namespace thuja::tree {
namespace {

// With fewer cases than this it is as fast to evaluate each.
size_t SmallestSwitch(Family family) {
  switch (family) {
    case Family::kNone: return SIZE_MAX;
    case Family::kLike: return 12;
    case Family::kRange: return 6;
    default: return 4;
  }
}

class Builder {
 public:
  Builder(std::vector<TreePolicy> policies, Program& program)
      : policies_(std::move(policies)), program_(program) {}

  void Build() {
    OrderFreeTests();
    std::vector<uint32_t> all(policies_.size());
    for (uint32_t i = 0; i < all.size(); ++i) all[i] = i;
    const Cost cost = EmitBlock(all, 0);
    FindRepeated();
    for (const uint32_t at : tests_) Specialise(at);
    program_.blocks = static_cast<uint32_t>(cost.blocks + 1);
    program_.figures.worst_case_nodes = cost.nodes;
  }

 private:
  struct Cost {
    size_t nodes = 0;   // the most instructions that run
    size_t blocks = 0;  // the most blocks that are added
  };

  const Test& TestOf(uint32_t policy, size_t depth) const {
    return policies_[policy].lowered.tests[depth];
  }

  // Rarest first. REQUIRES: called once.
  void OrderFreeTests() {
    absl::flat_hash_map<uint64_t, uint32_t> uses;
    const auto key = [](const Test& test) {
      return uint64_t{test.expression} << 1 | uint64_t{test.negated};
    };
    for (const TreePolicy& policy : policies_) {
      for (size_t i = 0; i < policy.lowered.in_any_order; ++i) ++uses[key(policy.lowered.tests[i])];
    }
    for (TreePolicy& policy : policies_) {
      const auto free = std::span(policy.lowered.tests).first(policy.lowered.in_any_order);
      std::ranges::stable_sort(free, [&](const Test& a, const Test& b) {
        const uint32_t uses_a = uses[key(a)];
        const uint32_t uses_b = uses[key(b)];
        return uses_a != uses_b ? uses_a < uses_b : key(a) < key(b);
      });
    }
  }

  // Tests of one group can be one switch.
  static auto GroupOf(const Test& test) {
    const bool alone = test.family == Family::kNone;
    return std::tuple(test.family, test.ordered, alone ? 0 : test.subject);
  }

  uint32_t rank() const { return static_cast<uint32_t>(program_.entries.size()); }
  uint32_t here() const { return static_cast<uint32_t>(program_.code.size()); }

  // The code of policies whose first `depth` tests hold.
  Cost EmitBlock(std::span<uint32_t> policies, size_t depth) {
    Cost cost = EmitBody(policies, depth);
    program_.code.push_back(static_cast<uint32_t>(Instruction::kEnd));
    ++cost.nodes;
    return cost;
  }

  Cost EmitBody(std::span<uint32_t> policies, size_t depth) {
    Cost cost;
    const auto unfinished = std::stable_partition(
        policies.begin(), policies.end(),
        [&](uint32_t p) { return policies_[p].lowered.tests.size() == depth; });
    const auto finished = policies.first(static_cast<size_t>(unfinished - policies.begin()));
    if (!finished.empty()) {
      program_.code.push_back(static_cast<uint32_t>(Instruction::kSatisfied));
      program_.code.push_back(static_cast<uint32_t>(finished.size()));
      for (const uint32_t policy : finished) {
        program_.code.push_back(policies_[policy].entry.word);
        program_.entries.push_back(policies_[policy].entry);
      }
      ++cost.nodes;
    }
    const auto rest = policies.subspan(finished.size());
    std::ranges::stable_sort(rest, [&](uint32_t a, uint32_t b) {
      const Test& x = TestOf(a, depth);
      const Test& y = TestOf(b, depth);
      return std::tuple(GroupOf(x), x.expression, x.negated) <
             std::tuple(GroupOf(y), y.expression, y.negated);
    });
    for (size_t begin = 0; begin < rest.size();) {
      size_t end = begin;
      size_t distinct = 0;
      for (; end < rest.size() &&
             GroupOf(TestOf(rest[end], depth)) == GroupOf(TestOf(rest[begin], depth));
           ++end) {
        distinct += end == begin || !SameTest(rest[end], rest[end - 1], depth);
      }
      const auto group = rest.subspan(begin, end - begin);
      const Cost added = distinct >= SmallestSwitch(TestOf(rest[begin], depth).family)
                             ? EmitSwitch(group, depth)
                             : EmitTests(group, depth);
      cost.nodes += added.nodes;
      cost.blocks += added.blocks;
      begin = end;
    }
    return cost;
  }

  bool SameTest(uint32_t a, uint32_t b, size_t depth) const {
    const Test& x = TestOf(a, depth);
    const Test& y = TestOf(b, depth);
    return x.expression == y.expression && x.negated == y.negated;
  }

  // Calls `each(policies)` for each run of policies whose test is the same.
  template <typename Each>
  void ForEachTest(std::span<uint32_t> group, size_t depth, const Each& each) {
    for (size_t begin = 0; begin < group.size();) {
      size_t end = begin + 1;
      while (end < group.size() && SameTest(group[begin], group[end], depth)) ++end;
      each(group.subspan(begin, end - begin));
      begin = end;
    }
  }

  Cost EmitTests(std::span<uint32_t> group, size_t depth) {
    Cost cost;
    ForEachTest(group, depth, [&](std::span<uint32_t> policies) {
      const Cost added = EmitTest(policies, depth);
      cost.nodes += added.nodes;
      cost.blocks += added.blocks;
    });
    return cost;
  }

  Cost EmitTest(std::span<uint32_t> policies, size_t depth) {
    const Test& test = TestOf(policies.front(), depth);
    const uint32_t at = here();
    program_.code.resize(at + kTestWords);
    tests_.push_back(at);
    ++program_.figures.tests;
    asked_.push_back(test.expression);
    TestCode code = {.instruction = static_cast<uint32_t>(Instruction::kTest),
                     .wanted = test.negated ? 0u : 1u,
                     .expression = test.expression,
                     .first_rank = rank()};
    Cost cost = EmitBody(policies, depth + 1);
    code.after = here();
    code.end_rank = rank();
    std::memcpy(&program_.code[at], &code, sizeof(code));
    ++cost.nodes;
    return cost;
  }

  Cost EmitSwitch(std::span<uint32_t> group, size_t depth) {
    const Test first = TestOf(group.front(), depth);
    Switch made;
    made.family = first.family;
    made.ordered = first.ordered;
    made.subject = first.subject;
    made.first_rank = rank();
    const uint32_t at = here();
    program_.code.resize(at + kSwitchWords);
    program_.code[at] = static_cast<uint32_t>(Instruction::kSwitch);
    asked_.push_back(first.subject);
    Cost sum;
    Cost most;
    std::vector<Case> cases;
    ForEachTest(group, depth, [&](std::span<uint32_t> policies) {
      const Test test = TestOf(policies.front(), depth);
      cases.push_back({test, here()});
      Cost cost;
      if (program_.words.expressions[test.expression].op == Op::kContainsAll) {
        // The switch has seen one element only.
        cost = EmitTest(policies, depth);
        program_.code.push_back(static_cast<uint32_t>(Instruction::kEnd));
        ++cost.nodes;
      } else {
        cost = EmitBlock(policies, depth + 1);
      }
      ++cost.blocks;
      sum.nodes += cost.nodes;
      sum.blocks += cost.blocks;
      most.nodes = std::max(most.nodes, cost.nodes);
      most.blocks = std::max(most.blocks, cost.blocks);
    });
    made.end_rank = rank();
    program_.code[at + 1] = here();
    program_.tables.Build(cases, program_.words, made, &program_.stamps);
    std::memcpy(&program_.code[at + kSwitchHeadWords], &made, sizeof(made));
    ++program_.figures.switches;
    // A value equals one constant, unless the same constant is a key of several cases.
    const bool exclusive = first.family == Family::kSymbol || first.family == Family::kIs;
    Cost cost = exclusive ? most : sum;
    ++cost.nodes;
    return cost;
  }

  // Puts what a test of a common form asks behind it. An answer that is remembered is asked for as
  // any other, but what a variable is, or is in, is known without.
  void Specialise(uint32_t at) {
    const Vocabulary& words = program_.words;
    TestCode code = program_.TestAt(at);
    const Expression& test = words.expressions[code.expression];
    const auto become = [&](Instruction instruction, uint32_t subject, uint32_t key) {
      code.instruction = static_cast<uint32_t>(instruction);
      code.subject = subject;
      code.key = key;
    };
    if (test.op == Op::kIsSymbol) {
      become(Instruction::kTestSymbol, words.expressions[test.a].a, test.b);
    } else if (IsInOfVariable(test) && words.Symbols(test.b).size() == 1) {
      become(Instruction::kTestIn, words.expressions[test.a].a, words.Symbols(test.b).front());
    } else if (test.op == Op::kIn && test.slot == kNoIndex && IsEntityVariable(test.a) &&
               IsUnrememberedAttribute(test.b)) {
      const Expression& attribute = words.expressions[test.b];
      become(Instruction::kTestInAttribute,
             TestCode::OfTwo(words.expressions[test.a].a, words.expressions[attribute.a].a),
             attribute.b);
    } else if (test.op == Op::kEqual && test.slot == kNoIndex && words.IsConstant(test.b)) {
      become(Instruction::kTestEqual, test.a, words.expressions[test.b].a);
    }
    std::memcpy(&program_.code[at], &code, sizeof(code));
  }

  bool IsEntityVariable(uint32_t id) const {
    const Expression& expression = program_.words.expressions[id];
    return expression.op == Op::kVariable &&
           static_cast<lang::Variable>(expression.a) != lang::Variable::kContext;
  }
  bool IsInOfVariable(const Expression& expression) const {
    return expression.op == Op::kInSymbols && IsEntityVariable(expression.a);
  }
  // Of principal, action or resource.
  bool IsUnrememberedAttribute(uint32_t id) const {
    const Expression& expression = program_.words.expressions[id];
    return expression.op == Op::kGetAttribute && expression.slot == kNoIndex &&
           IsEntityVariable(expression.a);
  }

  // Gives a slot to every expression that is asked from more than one place.
  void FindRepeated() {
    std::vector<Expression>& expressions = program_.words.expressions;
    std::vector<uint32_t> uses(expressions.size());
    std::vector<bool> reached(expressions.size());
    std::vector<uint32_t> waiting = asked_;
    for (const uint32_t asked : asked_) ++uses[asked];
    while (!waiting.empty()) {
      const uint32_t at = waiting.back();
      waiting.pop_back();
      if (reached[at]) continue;
      reached[at] = true;
      ForEachOperand(expressions[at], [&](uint32_t operand) {
        ++uses[operand];
        waiting.push_back(operand);
      });
    }
    for (uint32_t i = 0; i < expressions.size(); ++i) {
      const Op op = expressions[i].op;
      if (uses[i] < 2 || op == Op::kConstant || op == Op::kVariable || op == Op::kIsSymbol ||
          IsInOfVariable(expressions[i])) {
        continue;
      }
      expressions[i].slot = program_.slots++;
    }
  }

  template <typename Each>
  void ForEachOperand(const Expression& expression, const Each& each) const {
    if (expression.has_operands) {
      const std::span<const uint32_t> operands = program_.words.Operands(expression);
      // The others are names.
      const size_t count = expression.op == Op::kRecord    ? operands.size() / 2
                           : expression.op == Op::kHasPath ? 1
                                                           : operands.size();
      for (const uint32_t operand : operands.first(count)) each(operand);
      return;
    }
    if (expression.op == Op::kConstant || expression.op == Op::kVariable) return;
    each(expression.a);
    switch (expression.op) {
      case Op::kNot:
      case Op::kNegate:
      case Op::kIsEmpty:
      case Op::kInSymbols:
      case Op::kIsSymbol:
      case Op::kHas:
      case Op::kGetAttribute:
      case Op::kLike:
      case Op::kIs: return;
      default: each(expression.b);
    }
  }

  std::vector<TreePolicy> policies_;
  Program& program_;
  std::vector<uint32_t> tests_;  // where they stand in the code
  std::vector<uint32_t> asked_;  // expressions that code or switches name, once for each time
};

}  // namespace

void BuildTree(std::vector<TreePolicy> policies, Program& program) {
  Builder(std::move(policies), program).Build();
}

}  // namespace thuja::tree
