// SPDX-License-Identifier: Apache-2.0
// Each check of the guard by itself, their order, and what comes between policies and answer.
#include "engine/decide/guard.h"

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "tests/support/decide_fixture.h"
#include "tests/unit/grants/grant_samples.h"

namespace thuja::decide {
namespace {

using base::ReasonCode;
using grants::Grant;
using grants::GrantId;
using grants::GrantState;
using grants::kSampleNow;
using grants::Scope;
using grants::ScopePattern;
using testing::MakeRequest;
using testing::MakeSnapshot;
using value::Request;

constexpr int64_t kSecond = 1'000'000'000;

// Two tenants with a tool each, tools of nobody, and classes of every strength.
constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Thuja::AgentClass", "id": "coder"},
   "attrs": {"effect": "write", "max_staleness": {"__extn": {"fn": "duration", "arg": "5s"}}},
   "parents": []},
  {"uid": {"type": "Thuja::AgentClass", "id": "reader"}, "attrs": {"effect": "read"},
   "parents": []},
  {"uid": {"type": "Thuja::Tenant", "id": "acme"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::Tenant", "id": "globex"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::Agent", "id": "of-acme"}, "attrs": {},
   "parents": [{"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Agent", "id": "of-globex"}, "attrs": {},
   "parents": [{"type": "Thuja::Tenant", "id": "globex"}]},
  {"uid": {"type": "Thuja::Tool", "id": "crm/search"}, "attrs": {"effect": "read"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/update"}, "attrs": {"effect": "write"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/delete"}, "attrs": {"effect": "destructive"},
   "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/odd"}, "attrs": {"effect": "harmless"}, "parents": []},
  {"uid": {"type": "Thuja::Tool", "id": "crm/acme"}, "attrs": {"effect": "read"},
   "parents": [{"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Tool", "id": "crm/globex"}, "attrs": {"effect": "read"},
   "parents": [{"type": "Thuja::Tenant", "id": "globex"}]},
  {"uid": {"type": "Thuja::Tool", "id": "crm/like-acme"}, "attrs": {"effect": "read"},
   "parents": [{"type": "Thuja::Toolset", "id": "acme"}]}
])";

constexpr std::string_view kPermitAll = "permit (principal, action, resource);";

struct Call {
  std::string type = "Thuja::Agent";
  std::string agent = "agent";
  std::string tool = "crm/search";
  std::string context = R"({"task": "task"})";
  int64_t now = kSampleNow;
};

class GuardTest : public ::testing::Test {
 protected:
  GrantId Insert(const Grant& grant, int64_t calls = 0,
                 const grants::CredentialDigest& credential = {}) {
    const absl::Status status = table.Insert(grant, credential, calls, kSampleNow);
    EXPECT_TRUE(status.ok()) << status;
    return grant.id;
  }

  // A grant like the sample's, changed.
  Grant Make(
      uint64_t number, const std::function<void(Grant&)>& change = [](Grant&) {}) {
    Grant grant = grants::SampleGrant(number);
    change(grant);
    return grant;
  }

  void Update(Grant grant, GrantState to) {
    grant.state = to;
    ASSERT_TRUE(table.Update(grant).ok());
  }

  Request RequestOf(const Call& call) {
    Request request =
        MakeRequest(R"({"principal": {"type": ")" + call.type + R"(", "id": ")" + call.agent +
                    R"("}, "action": {"type": "Thuja::Action", "id": "call_tool"},
            "resource": {"type": "Thuja::Tool", "id": ")" +
                    call.tool + "\"}, \"context\": " + call.context + "}");
    request.now = call.now;
    return request;
  }

  std::string Ask(const Call& call) {
    Request request = RequestOf(call);
    last = guard.Decide(*snapshot, request, caller, state, scratch);
    return std::string(base::ReasonCodeName(last.decision.code));
  }

  grants::GrantTable table{1000};
  Guard guard{*table.Register()};
  std::shared_ptr<const Snapshot> snapshot = MakeSnapshot(kPermitAll, kEntities);
  GuardedCaller caller;
  GrantsState state;
  Scratch scratch;
  GuardedDecision last;
};

TEST_F(GuardTest, WithoutAGrantNothingIsAllowed) {
  EXPECT_EQ(Ask({}), "no_active_grant");
  EXPECT_FALSE(last.decision.allowed());
  EXPECT_EQ(last.grant, nullptr);
  EXPECT_EQ(last.decision.revision, snapshot->revision());
}

TEST_F(GuardTest, AGrantThatCoversTheCallAllowsWhatPoliciesPermit) {
  const GrantId id = Insert(Make(1));
  EXPECT_EQ(Ask({}), "permit");
  EXPECT_TRUE(last.decision.allowed());
  ASSERT_NE(last.grant, nullptr);
  EXPECT_EQ(last.grant->id(), id);
}

TEST_F(GuardTest, AGrantAllowsNothingByItself) {
  Insert(Make(1));
  snapshot = MakeSnapshot("", kEntities);
  EXPECT_EQ(Ask({}), "no_permit");
  snapshot =
      MakeSnapshot(std::string(kPermitAll) + "forbid (principal, action, resource);", kEntities);
  EXPECT_EQ(Ask({}), "forbid");
}

TEST_F(GuardTest, WhatTheRequestSaysMustBeWhatTheGrantIsBoundTo) {
  Insert(
      Make(1, [](Grant& grant) { grant.purpose = {"", "task", "w", "1", "staging", "sha256:1"}; }));
  const std::string rest = R"("environment": "staging", "deployment": "sha256:1"})";
  const std::string all = R"({"task": "task", "step": "1", )" + rest;
  EXPECT_EQ(Ask({.context = all}), "permit");
  EXPECT_EQ(Ask({.context = "{}"}), "task_required");
  EXPECT_EQ(Ask({.context = R"({"task": ""})"}), "task_required");
  EXPECT_EQ(Ask({.context = R"({"task": "other", "step": "1", )" + rest}), "no_active_grant");
  EXPECT_EQ(Ask({.context = R"({"task": "Task", "step": "1", )" + rest}), "no_active_grant");
  EXPECT_EQ(Ask({.agent = "other", .context = all}), "no_active_grant");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "step": "2", )" + rest}), "step_mismatch");
  EXPECT_EQ(Ask({.context = R"({"task": "task", )" + rest}), "step_mismatch");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "step": "1", "environment": "prod",
                               "deployment": "sha256:1"})"}),
            "environment_mismatch");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "step": "1", "deployment": "sha256:1"})"}),
            "environment_mismatch");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "step": "1", "environment": "staging",
                               "deployment": "sha256:2"})"}),
            "binding_mismatch");
}

TEST_F(GuardTest, TheEnforcementPointsOwnPlaceGoesBeforeWhatIsSaid) {
  Insert(Make(1, [](Grant& grant) { grant.purpose.environment = "staging"; }));
  caller.environment = "staging";
  EXPECT_EQ(Ask({}), "permit");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "environment": "prod"})"}), "environment_mismatch");
  caller.environment = "prod";
  EXPECT_EQ(Ask({}), "environment_mismatch");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "environment": "staging"})"}),
            "environment_mismatch");
  caller = {.deployment = "a"};
  EXPECT_EQ(Ask({.context = R"({"task": "task", "deployment": "b"})"}), "binding_mismatch");
  caller = {.tenant = "acme"};
  EXPECT_EQ(Ask({.context = R"({"task": "task", "tenant": "globex"})"}), "tenant_mismatch");
  Insert(Make(2, [](Grant& grant) { grant.purpose.tenant = grant.purpose.task = "globex"; }));
  for (const char* said : {R"({"task": "globex"})", R"({"task": "globex", "tenant": "globex"})"}) {
    EXPECT_EQ(Ask({.tool = "crm/globex", .context = said}), "tenant_mismatch") << said;
  }
  caller = {.tenant = "globex"};
  EXPECT_EQ(Ask({.tool = "crm/globex", .context = R"({"task": "globex"})"}), "permit");
}

TEST_F(GuardTest, TenantsShareNothing) {
  Insert(Make(1));
  Insert(Make(2, [](Grant& grant) {
    grant.purpose.task = "acme";
    grant.purpose.tenant = "acme";
  }));
  Insert(Make(3, [](Grant& grant) { grant.holder.id = "of-acme"; }));
  Insert(Make(4, [](Grant& grant) {
    grant.holder.id = "of-acme";
    grant.purpose.task = "globex";
    grant.purpose.tenant = "globex";
  }));
  // Of no tenant: what is no tenant's.
  EXPECT_EQ(Ask({.tool = "crm/search"}), "permit");
  EXPECT_EQ(Ask({.tool = "crm/acme"}), "tenant_mismatch");
  EXPECT_EQ(Ask({.context = R"({"task": "task", "tenant": "acme"})"}), "tenant_mismatch");
  // Of the grant's tenant.
  EXPECT_EQ(Ask({.tool = "crm/acme", .context = R"({"task": "acme"})"}), "permit");
  EXPECT_EQ(Ask({.tool = "crm/acme", .context = R"({"task": "acme", "tenant": "acme"})"}),
            "permit");
  EXPECT_EQ(Ask({.tool = "crm/acme", .context = R"({"task": "acme", "tenant": "globex"})"}),
            "tenant_mismatch");
  EXPECT_EQ(Ask({.tool = "crm/globex", .context = R"({"task": "acme"})"}), "tenant_mismatch");
  EXPECT_EQ(Ask({.tool = "crm/search", .context = R"({"task": "acme"})"}), "tenant_mismatch");
  EXPECT_EQ(Ask({.tool = "crm/like-acme", .context = R"({"task": "acme"})"}), "tenant_mismatch")
      << "what is above it is no tenant";
  // Of the principal's own.
  EXPECT_EQ(Ask({.agent = "of-acme", .tool = "crm/acme"}), "permit");
  EXPECT_EQ(Ask({.agent = "of-acme", .tool = "crm/globex"}), "tenant_mismatch");
  EXPECT_EQ(Ask({.agent = "of-acme", .tool = "crm/search"}), "tenant_mismatch");
  // A grant for one tenant does not make its holder one of it.
  EXPECT_EQ(Ask({.agent = "of-acme", .tool = "crm/globex", .context = R"({"task": "globex"})"}),
            "tenant_mismatch");
}

TEST_F(GuardTest, NothingIsDelegatedIntoATenantThatItDidNotReach) {
  const Grant of_none = Make(1, [](Grant& grant) { grant.purpose.task = "root"; });
  Insert(of_none);
  Insert(Make(2, [&](Grant& grant) {
    grant.parent = of_none.id;
    grant.depth = 1;
    grant.purpose.tenant = "acme";
  }));
  EXPECT_EQ(Ask({.tool = "crm/acme"}), "tenant_mismatch");
  const Grant of_holder = Make(3, [](Grant& grant) {
    grant.purpose.task = "root";
    grant.holder.id = "of-globex";
  });
  Insert(of_holder);
  Insert(Make(4, [&](Grant& grant) {
    grant.parent = of_holder.id;
    grant.depth = 1;
    grant.holder.id = "of-acme";
  }));
  EXPECT_EQ(Ask({.agent = "of-acme", .tool = "crm/acme"}), "tenant_mismatch");
}

TEST_F(GuardTest, StatesAndTimesEachHaveTheirReason) {
  const Grant grant = Make(1);
  Insert(grant);
  for (const auto& [was, why] : {std::pair{GrantState::kPending, "grant_pending"},
                                 {GrantState::kSuspended, "grant_suspended"},
                                 {GrantState::kCompleted, "grant_completed"},
                                 {GrantState::kFailed, "grant_failed"},
                                 {GrantState::kTimedOut, "grant_timed_out"},
                                 {GrantState::kRevoked, "grant_revoked"},
                                 {GrantState::kActive, "permit"}}) {
    Update(grant, was);
    EXPECT_EQ(Ask({}), why);
  }
  EXPECT_EQ(Ask({.now = kSampleNow + 600 * kSecond - 1}), "permit");
  EXPECT_EQ(Ask({.now = kSampleNow + 600 * kSecond}), "grant_expired");
  EXPECT_EQ(Ask({.now = kSampleNow - 1}), "grant_pending");
}

TEST_F(GuardTest, WhatWasDelegatedEndsWithWhatItComesFrom) {
  const Grant root = Make(1, [](Grant& grant) { grant.purpose.task = "root"; });
  const Grant middle = Make(2, [&](Grant& grant) {
    grant.purpose.task = "middle";
    grant.parent = root.id;
    grant.depth = 1;
  });
  const Grant leaf = Make(3, [&](Grant& grant) {
    grant.parent = middle.id;
    grant.depth = 2;
  });
  Insert(root);
  Insert(middle);
  Insert(leaf);
  EXPECT_EQ(Ask({}), "permit");
  Update(root, GrantState::kSuspended);
  EXPECT_EQ(Ask({}), "grant_suspended");
  Update(root, GrantState::kRevoked);
  EXPECT_EQ(Ask({}), "ancestor_revoked");
  Update(root, GrantState::kActive);
  Update(middle, GrantState::kCompleted);
  EXPECT_EQ(Ask({}), "ancestor_revoked");
}

TEST_F(GuardTest, TheScopeIsTheLastOfTheChecks) {
  Scope scope;
  scope.tools.push_back(
      {.tools = ScopePattern::Segments("crm/search").value(),
       .arguments = grants::ToolRule::Arguments{{"q", grants::ArgumentConstraint::Any()}}});
  scope.resources = {ScopePattern::Segments("customers/*").value()};
  Insert(Make(1, [&](Grant& grant) { grant.scope = std::make_shared<Scope>(scope); }));
  const auto ask = [&](const std::string& rest, const std::string& tool = "crm/search") {
    return Ask({.tool = tool, .context = R"({"task": "task", )" + rest + "}"});
  };
  EXPECT_EQ(ask(R"("input": {"q": "x"}, "resources": ["customers/1"])"), "permit");
  EXPECT_EQ(ask(R"("input": {"q": "x"}, "resources": ["customers/1"])", "crm/update"),
            "tool_not_in_scope");
  EXPECT_EQ(ask(R"("input": {"q": "x"}, "resources": ["orders/1"])"), "resource_out_of_scope");
  EXPECT_EQ(ask(R"("input": {"q": "x"})"), "resource_out_of_scope");
  EXPECT_EQ(ask(R"("input": {}, "resources": ["customers/1"])"), "argument_out_of_scope");
  EXPECT_EQ(ask(R"("resources": ["customers/1"])"), "argument_out_of_scope");
  EXPECT_EQ(ask(R"("input": {"q": "x", "force": true}, "resources": ["customers/1"])"),
            "argument_out_of_scope");
}

TEST_F(GuardTest, NoClassGoesBeyondItsEffects) {
  Insert(Make(1));
  Insert(Make(2, [](Grant& grant) {
    grant.purpose.task = "reading";
    grant.agent_class = "reader";
  }));
  Insert(Make(3, [](Grant& grant) {
    grant.purpose.task = "gone";
    grant.agent_class = "no-such-class";
  }));
  const auto ask = [&](const char* task, const char* tool) {
    return Ask({.tool = tool, .context = std::string(R"({"task": ")") + task + "\"}"});
  };
  EXPECT_EQ(ask("task", "crm/update"), "permit");
  EXPECT_EQ(ask("task", "crm/delete"), "tool_not_in_scope");
  EXPECT_EQ(ask("reading", "crm/search"), "permit");
  EXPECT_EQ(ask("reading", "crm/update"), "tool_not_in_scope");
  EXPECT_EQ(ask("gone", "crm/search"), "tool_not_in_scope");
  // Of which nobody said what they do, in words that are known.
  EXPECT_EQ(ask("task", "crm/odd"), "tool_not_in_scope");
  EXPECT_EQ(ask("task", "crm/unknown"), "tool_not_in_scope");
}

TEST_F(GuardTest, AChildIsBoundByTheClassesOfAllItComesFrom) {
  const Grant root = Make(1, [](Grant& grant) {
    grant.purpose.task = "root";
    grant.agent_class = "reader";
  });
  Insert(root);
  Insert(Make(2, [&](Grant& grant) {
    grant.parent = root.id;
    grant.depth = 1;
  }));
  Grant stronger = Make(3, [](Grant& grant) { grant.purpose.task = "stronger"; });
  Insert(stronger);
  Insert(Make(4, [&](Grant& grant) {
    grant.parent = stronger.id;
    grant.depth = 1;
    grant.purpose.task = "weaker";
    grant.agent_class = "reader";
  }));
  for (const char* task : {"task", "weaker"}) {
    const std::string context = std::string(R"({"task": ")") + task + "\"}";
    state.age = 5 * kSecond;
    EXPECT_EQ(Ask({.tool = "crm/search", .context = context}), "permit");
    EXPECT_EQ(Ask({.tool = "crm/update", .context = context}), "tool_not_in_scope");
    ++state.age;
    EXPECT_EQ(Ask({.tool = "crm/search", .context = context}), "stale_state");
  }
}

TEST_F(GuardTest, LimitsOfClassesAreThoseOfTheSnapshot) {
  Insert(Make(1));
  EXPECT_EQ(Ask({.tool = "crm/update"}), "permit");
  std::string entities(kEntities);
  entities.replace(entities.find("\"write\""), 7, "\"read\"");
  snapshot = MakeSnapshot(kPermitAll, entities);
  EXPECT_EQ(Ask({.tool = "crm/update"}), "tool_not_in_scope");
}

TEST_F(GuardTest, OfSeveralGrantsForOneTaskTheFirstThatCoversCounts) {
  const auto with_tool = [](const char* tool) {
    return [tool](Grant& grant) {
      Scope scope;
      scope.tools.push_back({.tools = ScopePattern::Segments(tool).value()});
      grant.scope = std::make_shared<Scope>(scope);
    };
  };
  const Grant searching = Make(1, with_tool("crm/search"));
  Insert(searching);
  Insert(Make(2, with_tool("crm/update")));
  EXPECT_EQ(Ask({.tool = "crm/search"}), "permit");
  EXPECT_EQ(Ask({.tool = "crm/update"}), "permit");
  EXPECT_EQ(Ask({.tool = "crm/acme"}), "tenant_mismatch");
  EXPECT_EQ(Ask({.tool = "crm/delete"}), "tool_not_in_scope");
  Update(searching, GrantState::kRevoked);
  // The one that lives came further than those that do not, wherever it stands.
  EXPECT_EQ(Ask({.tool = "crm/search"}), "tool_not_in_scope");
  const Grant another = Make(3, with_tool("crm/search"));
  Insert(another);
  Update(another, GrantState::kRevoked);
  EXPECT_EQ(Ask({.tool = "crm/search"}), "tool_not_in_scope");
}

TEST_F(GuardTest, ACredentialIsBoundToOneGrant) {
  grants::CredentialDigest secret;
  secret.bytes.fill(7);
  const GrantId id = Insert(Make(1), 0, secret);
  Insert(Make(2, [](Grant& grant) { grant.purpose.task = "second"; }));
  EXPECT_EQ(Ask({}), "token_missing");
  caller.credential = secret;
  EXPECT_EQ(Ask({}), "permit");
  EXPECT_EQ(last.grant->id(), id);
  EXPECT_EQ(Ask({.context = "{}"}), "permit");
  EXPECT_EQ(Ask({.context = R"({"task": "second"})"}), "task_mismatch");
  EXPECT_EQ(Ask({.agent = "other"}), "holder_mismatch");
  EXPECT_EQ(Ask({.type = "Thuja::User"}), "holder_mismatch");
  caller.credential.bytes.fill(8);
  EXPECT_EQ(Ask({}), "no_active_grant");
  EXPECT_EQ(Ask({.context = R"({"task": "second"})"}), "no_active_grant");
}

TEST_F(GuardTest, CallsAreTakenOnlyByWhatIsAllowed) {
  Insert(Make(1, [](Grant& grant) { grant.calls = 2; }), 2);
  EXPECT_EQ(Ask({.tool = "crm/delete"}), "tool_not_in_scope");
  EXPECT_EQ(Ask({}), "permit");
  snapshot = MakeSnapshot("", kEntities);
  EXPECT_EQ(Ask({}), "no_permit");
  snapshot = MakeSnapshot(kPermitAll, kEntities);
  EXPECT_EQ(Ask({}), "permit");
  EXPECT_TRUE(last.wants_calls);
  EXPECT_EQ(Ask({}), "budget_exhausted");
  EXPECT_FALSE(last.decision.allowed());
  EXPECT_TRUE(last.decision.reasons.empty());
  EXPECT_FALSE(last.wants_calls) << "it was said already";
  table.HeardOfCalls(grants::SampleGrant(1).id);
  EXPECT_EQ(Ask({}), "budget_exhausted");
  EXPECT_TRUE(last.wants_calls) << "and is said again";
  ASSERT_TRUE(table.AddCalls(grants::SampleGrant(1).id, 1).ok());
  EXPECT_EQ(Ask({}), "permit");
  EXPECT_EQ(Ask({}), "budget_exhausted");
}

// What comes between a question to the policies and their answer.
TEST_F(GuardTest, WhatIsRevokedWhileThePoliciesAreAskedAllowsNothing) {
  const Grant root = Make(1, [](Grant& grant) { grant.purpose.task = "root"; });
  const Grant leaf = Make(2, [&](Grant& grant) {
    grant.parent = root.id;
    grant.depth = 1;
    grant.calls = 1;
  });
  Insert(root);
  Insert(leaf, 1);
  for (const auto& [changed, to, why] : {std::tuple{leaf, GrantState::kRevoked, "grant_revoked"},
                                         {leaf, GrantState::kCompleted, "grant_completed"},
                                         {leaf, GrantState::kSuspended, "grant_suspended"},
                                         {root, GrantState::kRevoked, "ancestor_revoked"},
                                         {root, GrantState::kSuspended, "grant_suspended"},
                                         {root, GrantState::kActive, "permit"}}) {
    Request request = RequestOf({});
    ASSERT_EQ(guard.Admit(*snapshot, request, caller, state), std::nullopt);
    const Decision said = Decide(*snapshot, request, scratch);
    ASSERT_TRUE(said.allowed());
    Update(changed, to);
    EXPECT_EQ(base::ReasonCodeName(guard.Settle(said, request).decision.code), why);
    Update(changed, GrantState::kActive);
  }
  EXPECT_EQ(Ask({}), "budget_exhausted") << "only the last one was allowed, and took the call";
}

TEST_F(GuardTest, StateThatIsTooOldDecidesNothing) {
  Insert(Make(1));
  state = {.revision = 41, .wanted_revision = 41};
  EXPECT_EQ(Ask({}), "permit");
  state.wanted_revision = 42;
  EXPECT_EQ(Ask({}), "stale_state");
  state.revision = 42;
  state.age = 5 * kSecond;
  EXPECT_EQ(Ask({}), "permit");
  state.age = 5 * kSecond + 1;
  EXPECT_EQ(Ask({}), "stale_state");
}

TEST_F(GuardTest, WhatIsMalformedNeverComesToTheGrants) {
  Insert(Make(1));
  EXPECT_EQ(Ask({.context = R"({"task": "task", "pdp": {}})"}), "reserved_key");
  EXPECT_EQ(Ask({.context = R"({"task": 1})"}), "malformed_request");
  EXPECT_EQ(Ask({.tool = "crm"}), "invalid_tool_name");
}

TEST_F(GuardTest, WhatIsExemptIsUpToThePolicies) {
  caller = {.name = "gateway", .is_exempt = true};
  snapshot = MakeSnapshot(
      R"(permit (principal, action, resource)
         when { context.pdp.credential.pep == "gateway" && !(context.pdp has task) };)",
      kEntities);
  EXPECT_EQ(Ask({.tool = "any thing", .context = "{}"}), "permit");
  EXPECT_EQ(Ask({.context = R"({"pdp": {"credential": {"pep": "gateway"}}})"}), "reserved_key");
  caller.name = "other";
  EXPECT_EQ(Ask({.context = "{}"}), "no_permit");
  // A credential that nobody looked at says nothing.
  caller = {.name = "gateway", .is_exempt = true};
  caller.credential.bytes.fill(1);
  snapshot = MakeSnapshot(
      R"(permit (principal, action, resource) when { context.pdp.credential.kind == "task" };)",
      kEntities);
  EXPECT_EQ(Ask({.context = "{}"}), "no_permit");
}

TEST_F(GuardTest, PoliciesAreToldWhatTheDecisionPointKnows) {
  const Grant root = Make(1, [](Grant& grant) {
    grant.holder.id = "boss";
    grant.purpose.tenant = "acme";
  });
  Insert(root);
  Insert(Make(2, [&](Grant& grant) {
    grant.parent = root.id;
    grant.depth = 1;
    grant.purpose = {"acme", "task", "w", "s", "e", "d"};
  }));
  Insert(Make(3, [](Grant& grant) { grant.purpose.task = "plain"; }));
  Insert(Make(4, [&](Grant& grant) {
    grant.parent = Make(2).id;
    grant.depth = 2;
    grant.purpose.tenant = "acme";
    grant.purpose.task = "deep";
  }));
  caller.name = "gateway";
  const std::string context =
      R"({"task": "task", "step": "s", "environment": "e", "deployment": "d", "zebra": 1})";
  const auto holds = [&](const std::string& condition, const std::string& with) {
    snapshot =
        MakeSnapshot("permit (principal, action, resource) when { " + condition + " };", kEntities);
    const bool is_plain = with == R"({"task": "plain"})";
    return Ask({.tool = is_plain ? "crm/search" : "crm/acme", .context = with});
  };
  for (const char* condition : {
           R"(context.pdp.now == datetime("1970-01-12T13:46:40Z"))",
           R"(context.pdp.task.id == "task" && context.pdp.task.class == "coder")",
           R"(context.pdp.task.holder == principal && context.pdp.task.depth == 1)",
           R"(context.pdp.task.expires == datetime("1970-01-12T13:56:40Z"))",
           R"(context.pdp.task.grant == "000000000000002a0000000000000003")",
           R"(context.pdp.task.tenant == "acme" && context.pdp.task.workflow == "w")",
           R"(context.pdp.task.step == "s" && context.pdp.task.environment == "e")",
           R"(context.pdp.task.deployment == "d")",
           R"(context.pdp.credential == {"kind": "pep", "pep": "gateway"})",
           R"(context.pdp.delegation == {"depth": 1, "origin": Thuja::Agent::"boss"})",
           R"(context.task == "task" && context.zebra == 1)",
       }) {
    EXPECT_EQ(holds(condition, context), "permit") << condition;
  }
  EXPECT_EQ(holds(R"(context.pdp.delegation == {"depth": 2, "origin": Thuja::Agent::"boss"})",
                  R"({"task": "deep"})"),
            "permit");
  const std::string plain = R"({"task": "plain"})";
  for (
      const char* condition : {
          "!(context.pdp has delegation)",
          R"(context.pdp.task == {"class": "coder", "depth": 0, "expires": context.pdp.task.expires,
              "grant": context.pdp.task.grant, "holder": principal, "id": "plain"})",
      }) {
    EXPECT_EQ(holds(condition, plain), "permit") << condition;
  }
}

TEST_F(GuardTest, BothEvaluatorsSeeTheSameContext) {
  Insert(Make(1));
  snapshot = MakeSnapshot(
      R"(permit (principal, action, resource)
         when { context.pdp.task.holder == principal && context.pdp.now < context.pdp.task.expires };)",
      kEntities);
  for (const EvaluatorKind kind : {EvaluatorKind::kTree, EvaluatorKind::kInterpreter}) {
    Request request = RequestOf({});
    EXPECT_TRUE(guard.Decide(*snapshot, request, caller, state, scratch, {.evaluator = kind})
                    .decision.allowed());
  }
}

}  // namespace
}  // namespace thuja::decide
