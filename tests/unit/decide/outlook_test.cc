// SPDX-License-Identifier: Apache-2.0
// What a holder is told it could do: each policy's shape, what the grant looks at, and that no
// decision ever says otherwise.
#include "engine/decide/outlook.h"

#include <gtest/gtest.h>

#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "engine/decide/guard.h"
#include "tests/support/decide_fixture.h"
#include "tests/unit/grants/grant_samples.h"

namespace thuja::decide {
namespace {

using grants::ArgumentConstraint;
using grants::Grant;
using grants::kSampleNow;
using grants::Scope;
using grants::ScopePattern;
using grants::ToolRule;
using testing::MakePolicies;
using testing::MakeRequest;
using testing::MakeSnapshot;

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Thuja::AgentClass", "id": "coder"}, "attrs": {"effect": "write"}, "parents": []},
  {"uid": {"type": "Thuja::AgentClass", "id": "reader"}, "attrs": {"effect": "read"}, "parents": []},
  {"uid": {"type": "Thuja::Tenant", "id": "acme"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::Agent", "id": "agent"}, "attrs": {"level": 3}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/search"}, "attrs": {"effect": "read"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/update"}, "attrs": {"effect": "write"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/delete"}, "attrs": {"effect": "destructive"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/unsaid"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/of-acme"}, "attrs": {"effect": "read"},
   "parents": [{"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Tool", "id": "files/read"}, "attrs": {"effect": "read"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "no tool"}, "attrs": {"effect": "read"}, "parents": []},
  {"uid": {"type": "Other", "id": "crm/other"}, "attrs": {"effect": "read"}, "parents": []}
])";

constexpr char kPermitAll[] = "permit (principal, action, resource);";

std::string Text(const Outlook& outlook) {
  std::string text;
  for (const ToolOutlook& tool : outlook.tools) {
    text += (text.empty() ? "" : ", ") + std::string(tool.tool) + " " +
            std::string(PermittedName(tool.permitted));
  }
  return text + (outlook.truncated ? ", ..." : "");
}

class OutlookTest : public ::testing::Test {
 protected:
  Grant Make(const std::function<void(Grant&)>& change = [](Grant&) {}) {
    Grant grant = grants::SampleGrant(++number_);
    change(grant);
    return grant;
  }

  const grants::GrantSlot& Insert(const Grant& grant) {
    EXPECT_TRUE(table.Insert(grant, {}, 0, kSampleNow).ok());
    return *table.Find(grant.id);
  }

  Outlook Of(const Grant& grant, std::string_view policies = kPermitAll, size_t most = 100,
             const DecideOptions& options = {.forbid_error = ForbidError::kDeny}) {
    snapshot = MakeSnapshot(policies, kEntities);
    return WhatCan(*snapshot, Insert(grant), kSampleNow, options, most);
  }

  // What the policies make of `crm/search`, as `always`, and why.
  std::string Of(std::string_view policies, ForbidError forbid_error = ForbidError::kDeny) {
    const Outlook outlook = Of(Make(), policies, 100, {.forbid_error = forbid_error});
    EXPECT_EQ(outlook.tools.size(), 2u);
    if (outlook.tools.empty()) return "";
    because = outlook.tools[0].because;
    return std::string(PermittedName(outlook.tools[0].permitted));
  }

  static Grant& WithScope(Grant& grant, Scope scope) {
    grant.scope = std::make_shared<const Scope>(std::move(scope));
    return grant;
  }

  grants::GrantTable table{1000};
  std::shared_ptr<const Snapshot> snapshot;
  std::string because;

 private:
  uint64_t number_ = 0;
};

TEST_F(OutlookTest, ToolsAreThoseThatPatternsClassesAndTenantReach) {
  EXPECT_EQ(Text(Of(Make())), "crm/search always, crm/update always");
  EXPECT_EQ(Text(Of(Make([](Grant& grant) { grant.agent_class = "reader"; }))),
            "crm/search always");
  EXPECT_EQ(Text(Of(Make([](Grant& grant) { grant.agent_class = "unknown"; }))), "");
  EXPECT_EQ(Text(Of(Make([](Grant& grant) { grant.purpose.tenant = "acme"; }))),
            "crm/of-acme always");
  EXPECT_EQ(Text(Of(Make([](Grant& grant) { grant.purpose.tenant = "globex"; }))), "");
  EXPECT_EQ(Text(Of(Make([](Grant& grant) {
              WithScope(grant, {.tools = {{.tools = ScopePattern::Segments("files/**").value()},
                                          {.tools = ScopePattern::Regex("crm/s.*").value()}}});
            }))),
            "crm/search always, files/read always");
}

TEST_F(OutlookTest, AnEmptyListReachesNothing) {
  EXPECT_EQ(Text(Of(Make([](Grant& grant) { WithScope(grant, {}); }))), "");
  EXPECT_EQ(Text(Of(Make([](Grant& grant) {
              WithScope(grant, {.tools = grants::SampleScope()->tools,
                                .resources = std::vector<ScopePattern>()});
            }))),
            "");
}

// A delegated grant is bound by the classes of all who delegated it.
TEST_F(OutlookTest, TheTightestClassOfThePathCounts) {
  const Grant parent = Make([](Grant& grant) { grant.agent_class = "reader"; });
  Insert(parent);
  EXPECT_EQ(Text(Of(Make([&](Grant& grant) {
              grant.parent = parent.id;
              grant.depth = 1;
            }))),
            "crm/search always");
}

TEST_F(OutlookTest, TheFirstByNameAreListed) {
  EXPECT_EQ(Text(Of(Make(), kPermitAll, 1)), "crm/search always, ...");
  EXPECT_EQ(Text(Of(Make(), kPermitAll, 2)), "crm/search always, crm/update always");
  EXPECT_EQ(Text(Of(Make(), kPermitAll, 0)), ", ...");
}

TEST_F(OutlookTest, WhatNoPolicyLooksAtTheCallForIsCertain) {
  EXPECT_EQ(Of(kPermitAll), "always");
  EXPECT_EQ(because, "it is permitted by `policy0`");
  EXPECT_EQ(Of(""), "never");
  EXPECT_EQ(because, "no policy permits it");
  EXPECT_EQ(Of("permit (principal, action, resource) when { principal.level > 2 };"), "always");
  EXPECT_EQ(Of("permit (principal, action, resource) when { principal.level > 3 };"), "never");
  EXPECT_EQ(Of("permit (principal, action, resource) when { principal.missing };"), "never");
  EXPECT_EQ(Of("permit (principal, action, resource == Thuja::Tool::\"crm/update\");"), "never");
  EXPECT_EQ(Of("permit (principal, action == Thuja::Action::\"call_tool\", resource);"), "always");
  EXPECT_EQ(Of("permit (principal, action == Thuja::Action::\"other\", resource);"), "never");
  EXPECT_EQ(Of(std::string(kPermitAll) + "forbid (principal, action, resource);"), "never");
  EXPECT_EQ(because, "it is forbidden by `policy1`");
}

// What the decision point fills in is known.
TEST_F(OutlookTest, ThePdpsOwnContextIsNoPartOfTheCall) {
  for (const char* condition :
       {"context.pdp.task.class == \"coder\"", "context.pdp.task.id == \"task\"", "context has pdp",
        "context.pdp has task", "context has pdp.task.grant", "!(context.pdp has delegation)",
        "context.pdp.now < context.pdp.task.expires", "context.pdp.credential has pep"}) {
    EXPECT_EQ(Of("permit (principal, action, resource) when { " + std::string(condition) + " };"),
              "always")
        << condition;
  }
  EXPECT_EQ(Of("permit (principal, action, resource) when { context.pdp.task.class == \"x\" };"),
            "never");
}

TEST_F(OutlookTest, WhatLooksAtTheCallIsOpenWhateverItSaysOfNone) {
  for (const char* condition :
       {"context.input.amount < 5", "context has input && context.input.amount < 5",
        "!(context has input)", "context has input.amount", "context.task == \"task\"",
        "context == {}", "{a: context}.a has b", "context.pdp == {}", "[context.pdp].isEmpty()",
        "context.pdp.credential.pep == \"gateway\"", "context.pdp.credential.kind == \"pep\"",
        "true || context.x", "if context has input then true else true",
        "principal.level > 2 && resource in context.group"}) {
    const std::string when = " when { " + std::string(condition) + " };";
    EXPECT_EQ(Of("permit (principal, action, resource)" + when), "depends") << condition;
    EXPECT_EQ(because, "it may be permitted by `policy0`") << condition;
    EXPECT_EQ(Of(kPermitAll + ("forbid (principal, action, resource)" + when)), "depends")
        << condition;
    EXPECT_EQ(because, "it may be forbidden by `policy1`") << condition;
    const std::string unless = " unless { " + std::string(condition) + " };";
    EXPECT_EQ(Of(kPermitAll + ("forbid (principal, action, resource)" + unless)), "depends")
        << condition;
  }
}

TEST_F(OutlookTest, WhatLooksAtTheCallOfSomethingElseDoesNotCount) {
  const std::string when = " when { context.input.amount < 5 };";
  for (const char* scope : {"principal == Thuja::Agent::\"other\", action, resource",
                            "principal, action == Thuja::Action::\"other\", resource",
                            "principal, action, resource == Thuja::Tool::\"crm/update\"",
                            "principal is Other, action, resource",
                            "principal, action, resource in Thuja::Tenant::\"acme\""}) {
    EXPECT_EQ(Of(kPermitAll + ("forbid (" + std::string(scope) + ")" + when)), "always") << scope;
    EXPECT_EQ(Of("permit (" + std::string(scope) + ")" + when), "never") << scope;
  }
}

TEST_F(OutlookTest, ACertainForbidBeatsWhatIsOpen) {
  const std::string open = "permit (principal, action, resource) when { context.input.a };";
  EXPECT_EQ(Of(open + "forbid (principal, action, resource) when { principal.level == 3 };"),
            "never");
  EXPECT_EQ(because, "it is forbidden by `policy1`");
  EXPECT_EQ(Of(open + kPermitAll), "always");
  EXPECT_EQ(because, "it is permitted by `policy1`");
}

TEST_F(OutlookTest, AForbidThatFailsForbidsWhereThatIsTheRule) {
  const std::string policies =
      std::string(kPermitAll) + "forbid (principal, action, resource) when { principal.missing };";
  EXPECT_EQ(Of(policies, ForbidError::kDeny), "never");
  EXPECT_EQ(because, "it is forbidden by `policy1`");
  EXPECT_EQ(Of(policies, ForbidError::kSkip), "always");
}

TEST_F(OutlookTest, ManyPoliciesAreNotAllNamed) {
  std::string policies;
  for (int i = 0; i < 8; ++i) policies += kPermitAll;
  EXPECT_EQ(Of(policies), "always");
  EXPECT_EQ(because,
            "it is permitted by `policy0`, `policy1`, `policy2`, `policy3`, `policy4` and 3 more");
}

TEST_F(OutlookTest, WhatTheGrantLooksAtIsOpenToo) {
  const auto with = [&](std::optional<ToolRule::Arguments> arguments, bool open,
                        std::optional<std::vector<ScopePattern>> resources = std::nullopt) {
    const Outlook outlook = Of(Make([&](Grant& grant) {
      WithScope(grant, {.tools = {{.tools = ScopePattern::Segments("crm/search").value(),
                                   .arguments = arguments,
                                   .open = open}},
                        .resources = resources});
    }));
    because = outlook.tools.at(0).because;
    return std::string(PermittedName(outlook.tools.at(0).permitted));
  };
  const ToolRule::Arguments one = {{"a", ArgumentConstraint::Any()}};
  EXPECT_EQ(with(std::nullopt, false), "always");
  EXPECT_EQ(with(ToolRule::Arguments(), true), "always");
  EXPECT_EQ(with(ToolRule::Arguments(), false), "depends");
  EXPECT_EQ(with(one, false), "depends");
  EXPECT_EQ(with(one, true), "depends");
  EXPECT_EQ(because, "the grant looks at the arguments");
  EXPECT_EQ(with(std::nullopt, false, std::vector{ScopePattern::Segments("**").value()}),
            "depends");
  EXPECT_EQ(because, "the grant looks at what the call is about");
}

// The guard itself, asked with calls of every kind: what is said always is never denied, and what
// is said never is never permitted.
TEST_F(OutlookTest, TheGuardNeverSaysOtherwise) {
  const std::vector<std::string> kPolicies = {
      kPermitAll,
      "permit (principal, action, resource) when { context.input.a == 1 };",
      "permit (principal, action, resource == Thuja::Tool::\"crm/search\");",
      "permit (principal, action, resource) when { resource.effect == \"read\" };",
      "forbid (principal, action, resource) when { context has input.b };",
      "forbid (principal, action, resource == Thuja::Tool::\"crm/update\") when { context.input.a "
      "== 2 };",
      "forbid (principal, action, resource) when { context.pdp.task.class == \"reader\" };",
      "forbid (principal, action, resource) unless { context has input };",
      "forbid (principal, action, resource) when { principal.missing == 1 };",
      "forbid (principal, action, resource in Thuja::Tenant::\"acme\");",
  };
  const std::vector<std::string> kInputs = {
      "", R"({})", R"({"a": 1})", R"({"a": 2})", R"({"b": 1})", R"({"a": 1, "b": 1})"};
  const std::vector<std::function<void(Grant&)>> kGrants = {
      [](Grant&) {}, [](Grant& grant) { grant.agent_class = "reader"; },
      [](Grant& grant) { grant.purpose.tenant = "acme"; },
      [](Grant& grant) {
        WithScope(
            grant,
            {.tools = {{.tools = ScopePattern::Segments("crm/*").value(),
                        .arguments = ToolRule::Arguments{{"a", ArgumentConstraint::Any()}}}}});
      }};
  std::map<std::string, int> seen;
  for (uint32_t chosen = 1; chosen < 1U << kPolicies.size(); chosen += 3) {
    std::string text;
    for (size_t i = 0; i < kPolicies.size(); ++i) {
      if ((chosen >> i & 1) != 0) text += kPolicies[i] + "\n";
    }
    const Grant grant = Make([&](Grant& made) {
      kGrants[chosen % kGrants.size()](made);
      made.purpose.task = "task-" + std::to_string(chosen);
    });
    const DecideOptions options = {.forbid_error =
                                       chosen % 2 == 0 ? ForbidError::kDeny : ForbidError::kSkip};
    const Outlook outlook = Of(grant, text, 100, options);
    Guard guard(*table.Register());
    Scratch scratch;
    for (const ToolOutlook& tool : outlook.tools) {
      ++seen[std::string(PermittedName(tool.permitted))];
      for (const std::string& input : kInputs) {
        value::Request request = MakeRequest(
            R"({"principal": "Thuja::Agent::\"agent\"", "action": "Thuja::Action::\"call_tool\"",
                "resource": {"type": "Thuja::Tool", "id": ")" +
            std::string(tool.tool) + R"("}, "context": {"task": ")" + grant.purpose.task + "\"" +
            (input.empty() ? "" : ", \"input\": " + input) + "}}");
        request.now = kSampleNow;
        const bool allowed =
            guard.Decide(*snapshot, request, {}, {}, scratch, options).decision.allowed();
        const bool contradicts =
            allowed ? tool.permitted == Permitted::kNever : tool.permitted == Permitted::kAlways;
        EXPECT_FALSE(contradicts) << text << tool.tool << " " << input;
      }
    }
  }
  EXPECT_EQ(seen.size(), 3u) << "each of the three has to be said";
}

}  // namespace
}  // namespace thuja::decide
