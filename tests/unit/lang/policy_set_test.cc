// SPDX-License-Identifier: Apache-2.0
// Ids and links of a policy set.
#include "engine/lang/policy_set.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "tests/unit/lang/parse_text.h"

namespace thuja::lang {
namespace {

using LinkError = PolicySet::LinkError;

Policy One(const std::string& text) { return std::move(ParseText(text).policies.at(0)); }

const char* const kStatic = "permit (principal, action, resource);";
const char* const kOneSlot = "@id(\"share\") permit (principal == ?principal, action, resource);";
const char* const kTwoSlots =
    "permit (principal in ?principal, action, resource is A in ?resource);";

TEST(PolicySet, ATemplateDecidesNothingUntilItIsLinked) {
  PolicySet set;
  EXPECT_TRUE(set.Add("t", One(kOneSlot)));
  EXPECT_TRUE(set.bound().empty());
  EXPECT_EQ(set.Link("t", "a", {{"?principal", {"User", "alice"}}}), LinkError::kNone);
  ASSERT_EQ(set.bound().size(), 1u);
  EXPECT_EQ(set.bound()[0].id, "a");
  EXPECT_EQ(set.bound()[0].principal_slot->id, "alice");
  EXPECT_FALSE(set.bound()[0].resource_slot);
  EXPECT_EQ(set.template_count(), 1u);
}

TEST(PolicySet, PoliciesTemplatesAndLinksShareTheirIds) {
  PolicySet set;
  EXPECT_TRUE(set.Add("p", One(kStatic)));
  EXPECT_FALSE(set.Add("p", One(kStatic)));
  EXPECT_FALSE(set.Add("p", One(kOneSlot)));
  EXPECT_TRUE(set.Add("t", One(kOneSlot)));
  for (const char* taken : {"p", "t"}) {
    EXPECT_EQ(set.Link("t", taken, {{"?principal", {"User", "a"}}}), LinkError::kDuplicateId);
  }
  EXPECT_EQ(set.bound().size(), 1u);
}

TEST(PolicySet, ValuesMustCoverExactlyTheSlots) {
  PolicySet set;
  set.Add("t", One(kTwoSlots));
  const EntityLiteral user{"User", "a"};
  EXPECT_EQ(set.Link("t", "a", {}), LinkError::kMissingValue);
  EXPECT_EQ(set.Link("t", "a", {{"?principal", user}}), LinkError::kMissingValue);
  EXPECT_EQ(set.Link("t", "a", {{"?principal", user}, {"?resource", user}, {"?x", user}}),
            LinkError::kExtraValue);
  EXPECT_TRUE(set.bound().empty());
  EXPECT_EQ(set.Link("t", "a", {{"?principal", user}, {"?resource", user}}), LinkError::kNone);
}

TEST(PolicySet, OnlyTemplatesAreLinked) {
  PolicySet set;
  set.Add("p", One(kStatic));
  EXPECT_EQ(set.Link("p", "a", {}), LinkError::kNotATemplate);
  EXPECT_EQ(set.Link("q", "a", {}), LinkError::kNoSuchTemplate);
}

TEST(PolicySet, ATemplateMayBeNamedByItsAnnotationIfThatIsClear) {
  PolicySet set;
  set.Add("policy0", One(kOneSlot));
  EXPECT_EQ(set.Link("share", "a", {{"?principal", {"User", "a"}}}), LinkError::kNone);
  set.Add("policy1", One(kOneSlot));  // now two have that annotation
  EXPECT_EQ(set.Link("share", "b", {{"?principal", {"User", "b"}}}), LinkError::kNoSuchTemplate);
  set.Add("share", One(kTwoSlots));  // an id comes before all annotations
  EXPECT_EQ(set.Link("share", "c", {{"?principal", {"User", "c"}}}), LinkError::kMissingValue);
}

TEST(PolicySet, KeepsItsOrderAndItsPoliciesWhenItMoves) {
  PolicySet set;
  for (int i = 0; i < 100; ++i) set.Add("p" + std::to_string(i), One(kStatic));
  const Policy* const first = set.Find("p0");
  const PolicySet moved = std::move(set);
  EXPECT_EQ(moved.Find("p0"), first);
  EXPECT_EQ(moved.bound()[42].id, "p42");
  EXPECT_EQ(moved.Find("p100"), nullptr);
}

}  // namespace
}  // namespace thuja::lang
