// SPDX-License-Identifier: Apache-2.0
// Naming and linking of policies through the public headers.
#include "engine/policies.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <vector>

namespace thuja {
namespace {

using Sources = std::vector<std::shared_ptr<const SourceText>>;

std::shared_ptr<const SourceText> Text(std::string name, std::string text) {
  return std::make_shared<const SourceText>(std::move(name), std::move(text));
}

const std::string kPlain = "permit (principal, action, resource);\n";

// The ids of a set, or the codes of what is wrong.
std::string Ids(const std::vector<std::string>& texts, PolicyIds ids) {
  Sources sources;
  for (const std::string& text : texts) sources.push_back(Text("t", text));
  Diagnostics diagnostics;
  const std::optional<PolicySet> set = ParsePolicySet(sources, ids, diagnostics);
  std::string out;
  for (const Diagnostic& diagnostic : diagnostics.kept()) {
    out += "!" + std::string(DiagnosticCode(diagnostic.kind)) + " ";
  }
  if (set) {
    for (const auto& [id, policy] : set->policies()) out += id + " ";
  }
  return out;
}

TEST(ParsePolicySet, NamesByPositionOverAllTextsAndTemplates) {
  const std::string kTemplate = "permit (principal == ?principal, action, resource);";
  EXPECT_EQ(Ids({kPlain + kTemplate, "", "@id(\"x\")" + kPlain}, PolicyIds::kPosition),
            "policy0 policy1 policy2 ");
  EXPECT_EQ(Ids({}, PolicyIds::kPosition), "");
}

TEST(ParsePolicySet, NamesByAnnotationWhereThereIsOne) {
  EXPECT_EQ(Ids({"@id(\"x\")" + kPlain + kPlain + "@id " + kPlain}, PolicyIds::kAnnotation),
            "x policy1  ");
}

TEST(ParsePolicySet, RefusesTwoPoliciesOfOneName) {
  EXPECT_EQ(Ids({"@id(\"x\")" + kPlain, "@id(\"x\")" + kPlain}, PolicyIds::kAnnotation),
            "!duplicate-policy-id ");
  EXPECT_EQ(Ids({kPlain + "@id(\"policy0\")" + kPlain}, PolicyIds::kAnnotation),
            "!duplicate-policy-id ");
  EXPECT_EQ(Ids({"@id(\"x\")" + kPlain, "@id(\"x\")" + kPlain}, PolicyIds::kPosition),
            "policy0 policy1 ");
}

TEST(ParsePolicySet, ErrorsOfAllTextsNameTheirText) {
  Diagnostics diagnostics;
  const Sources sources = {Text("a.cedar", "permit ();"), Text("b.cedar", kPlain + "allow")};
  EXPECT_FALSE(ParsePolicySet(sources, PolicyIds::kPosition, diagnostics));
  const std::string report = Render(diagnostics);
  EXPECT_NE(report.find("a.cedar:1:9"), std::string::npos) << report;
  EXPECT_NE(report.find("b.cedar:2:1"), std::string::npos) << report;
}

// What a links file does to a set with one template, `policy0`, and one static policy.
std::string Linked(const std::string& links) {
  const Sources sources = {
      Text("t", "@id(\"share\") permit (principal == ?principal, action, resource);" + kPlain)};
  Diagnostics diagnostics;
  std::optional<PolicySet> set = ParsePolicySet(sources, PolicyIds::kPosition, diagnostics);
  if (!LinkPolicies(Text("links.json", links), *set, diagnostics)) {
    return "!" + std::string(DiagnosticCode(diagnostics.kept().front().kind));
  }
  std::string out;
  for (const lang::BoundPolicy& policy : set->bound()) {
    out += policy.id;
    if (policy.principal_slot) out += "=" + policy.principal_slot->id;
    out += " ";
  }
  return out;
}

TEST(LinkPolicies, TakesBothSpellingsOfLinkFiles) {
  EXPECT_EQ(Linked(R"([{"templateId": "policy0", "newId": "l",
                        "values": {"?principal": {"type": "User", "id": "a"}}}])"),
            "policy1 l=a ");
  EXPECT_EQ(Linked(R"([{"template_id": "share", "link_id": "l",
                        "args": {"?principal": "User::\"a\""}}])"),
            "policy1 l=a ");
  EXPECT_EQ(Linked("[]"), "policy1 ");
}

TEST(LinkPolicies, RefusesLinksThatAreNotExact) {
  const std::string start = R"([{"templateId": "policy0", "newId": "l", "values": )";
  EXPECT_EQ(Linked(start + "{}}]"), "!missing-slot-value");
  EXPECT_EQ(Linked(start + R"({"?principal": "U::\"a\"", "?resource": "U::\"a\""}}])"),
            "!extra-slot-value");
  EXPECT_EQ(Linked(start + R"({"principal": "U::\"a\""}}])"), "!missing-slot-value");
  EXPECT_EQ(Linked(start + R"({"?principal": "U"}}])"), "!json-expected");
  EXPECT_EQ(Linked(start + "[]}]"), "!json-expected");
  EXPECT_EQ(Linked(R"([{"templateId": "policy0", "values": {}}])"), "!json-missing-key");
  EXPECT_EQ(Linked("{}"), "!json-expected");
  EXPECT_EQ(Linked("[1]"), "!json-missing-key");
  EXPECT_EQ(Linked(R"([{"templateId": "policy1", "newId": "l", "values": {}}])"),
            "!not-a-template");
  EXPECT_EQ(Linked(R"([{"templateId": "policy0", "newId": "policy1",
                        "values": {"?principal": "U::\"a\""}}])"),
            "!duplicate-policy-id");
}

TEST(IsExtensionText, AsksTheConstructor) {
  EXPECT_TRUE(IsExtensionText("ip", "10.0.0.1"));
  EXPECT_FALSE(IsExtensionText("ip", "10.0.0.256"));
  EXPECT_TRUE(IsExtensionText("decimal", "1.5"));
  EXPECT_FALSE(IsExtensionText("isIpv4", "10.0.0.1"));
  EXPECT_FALSE(IsExtensionText("nothing", "10.0.0.1"));
}

}  // namespace
}  // namespace thuja
