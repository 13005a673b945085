// SPDX-License-Identifier: Apache-2.0
// Calls tied to functions. The exact reports are in tests/cases/parser.
#include "engine/func/resolve.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

#include "engine/func/function.h"
#include "engine/lang/parser.h"

namespace thuja::func {
namespace {

// The functions that a condition calls, or the codes of what is wrong.
std::string Resolved(const std::string& condition) {
  const auto source = std::make_shared<const base::SourceText>(
      "t", "permit (principal, action, resource) when { " + condition + " };");
  base::Diagnostics diagnostics;
  std::vector<lang::Policy> policies = lang::ParsePolicies(source, diagnostics);
  if (policies.empty()) return "no policy";
  ResolveCalls(policies.front(), diagnostics);
  std::string out;
  for (const base::Diagnostic& diagnostic : diagnostics.kept()) {
    out += std::string(base::DiagnosticCode(diagnostic.kind)) + " ";
  }
  if (!out.empty()) return out;
  const lang::ExprTree& tree = policies.front().expressions;
  for (uint32_t i = 0; i < tree.size(); ++i) {
    const lang::ExprNode& node = tree[lang::ExprId{i}];
    if (node.kind == lang::ExprKind::kCall) {
      out += std::string(AllFunctions()[node.function].name) + " ";
    }
  }
  return out;
}

TEST(ResolveCalls, FindsEveryFunctionInItsStyleOnly) {
  for (const Function& function : AllFunctions()) {
    const std::string name(function.name);
    const bool method = function.style == CallStyle::kMethod;
    EXPECT_EQ(Resolved(method ? "context." + name + "()" : name + "()"), name + " ");
    EXPECT_EQ(Resolved(method ? name + "()" : "context." + name + "()"),
              method ? "method-as-function " : "function-as-method ");
  }
}

TEST(ResolveCalls, RefusesNamesThatAreNone) {
  EXPECT_EQ(Resolved("foo()"), "unknown-function ");
  EXPECT_EQ(Resolved("context.foo()"), "unknown-method ");
  EXPECT_EQ(Resolved("IP(\"1.1.1.1\")"), "unknown-function ");
  EXPECT_EQ(Resolved("a::ip(\"1.1.1.1\")"), "unknown-function ");
  EXPECT_EQ(Resolved("contains([1], 1)"), "method-as-function ");
  EXPECT_EQ(Resolved("unknown(\"x\")"), "unknown-function ");
  EXPECT_EQ(Resolved(std::string(100'000, 'f') + "()"), "unknown-function ");
}

TEST(ResolveCalls, LooksIntoNestedCallsAndReportsEach) {
  EXPECT_EQ(Resolved("ip(\"a\").isInRange(ip(\"b\"))"), "ip ip isInRange ");
  EXPECT_EQ(Resolved("[foo(bar())].contains(1)"), "unknown-function unknown-function ");
}

}  // namespace
}  // namespace thuja::func
