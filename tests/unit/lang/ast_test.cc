// SPDX-License-Identifier: Apache-2.0
// Expression trees and the tables of operators.
#include "engine/lang/ast.h"

#include <gtest/gtest.h>

#include <array>
#include <set>

namespace thuja::lang {
namespace {

TEST(ExprTree, ANodeKnowsItsChildrenTextsAndHeight) {
  ExprTree tree;
  const ExprId one = tree.Add({.kind = ExprKind::kLong, .number = 1}, {});
  const ExprId text = tree.Add({.kind = ExprKind::kString}, {}, {"x"});
  const ExprId sum = tree.Add({.kind = ExprKind::kAdd}, std::array{one, text});
  const ExprId attribute = tree.Add({.kind = ExprKind::kGetAttribute}, std::array{sum}, {"a"});
  EXPECT_EQ(tree[one].height, 1);
  EXPECT_EQ(tree[attribute].height, 3);
  EXPECT_EQ(tree.Child(sum, 1), text);
  EXPECT_EQ(tree.Text(attribute), "a");
  EXPECT_EQ(tree.Text(text), "x");
  EXPECT_EQ(tree.size(), 4u);
}

TEST(ExprTree, WhatIsExtractedIsTheWholeAndLeavesNothing) {
  ExprTree tree;
  const ExprId text = tree.Add({.kind = ExprKind::kString}, {}, {"x"});
  const ExprId attribute = tree.Add({.kind = ExprKind::kGetAttribute}, std::array{text}, {"a"});
  const ExprTree extracted = tree.Extract();
  EXPECT_EQ(extracted.size(), 2u);
  EXPECT_EQ(extracted.Text(attribute), "a");
  EXPECT_EQ(extracted.Text(extracted.Child(attribute, 0)), "x");
  EXPECT_EQ(tree.size(), 0u);
  EXPECT_EQ(tree.Text(tree.Add({.kind = ExprKind::kString}, {}, {"y"})), "y");
}

TEST(Operators, HaveDistinctSpellings) {
  std::set<std::string_view> spellings;
#define THUJA_BINARY(kind, spelling, precedence)         \
  EXPECT_EQ(OperatorSpelling(ExprKind::kind), spelling); \
  EXPECT_TRUE(spellings.insert(spelling).second) << spelling;
#define THUJA_METHOD(kind, name, arguments)              \
  EXPECT_EQ(FindMethod(name), ExprKind::kind);           \
  EXPECT_EQ(MethodArguments(ExprKind::kind), arguments); \
  EXPECT_TRUE(spellings.insert(name).second) << name;
#include "engine/lang/operators.def"
#undef THUJA_BINARY
#undef THUJA_METHOD
  EXPECT_EQ(spellings.size(), 16u);
  EXPECT_FALSE(FindMethod("isIpv4"));
  EXPECT_EQ(OperatorSpelling(ExprKind::kIf), "");
}

TEST(Policy, FindsItsAnnotations) {
  Policy policy;
  policy.annotations = {{"id", "a"}, {"marked", std::nullopt}};
  ASSERT_NE(policy.FindAnnotation("marked"), nullptr);
  EXPECT_FALSE(policy.FindAnnotation("marked")->value);
  EXPECT_EQ(policy.FindAnnotation("owner"), nullptr);
}

}  // namespace
}  // namespace thuja::lang
