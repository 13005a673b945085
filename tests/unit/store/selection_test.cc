// SPDX-License-Identifier: Apache-2.0
// Which grants selectors and filters mean, and when stored grants are equal.
#include <gtest/gtest.h>

#include <functional>

#include "server/store/grant_backend.h"

namespace thuja::server {
namespace {

using grants::Grant;
using grants::GrantState;

StoredGrant Sample() {
  StoredGrant stored;
  Grant& grant = stored.grant;
  grant.id = {1, 2};
  grant.parent = {3, 4};
  grant.depth = 1;
  grant.holder = {"Agent", "a"};
  grant.agent_class = "coder";
  grant.purpose.tenant = "acme";
  grant.purpose.task = "t";
  grant.purpose.workflow = "w";
  grant.purpose.step = "s";
  grants::Scope scope;
  scope.tools.push_back({.tools = grants::ScopePattern::Segments("crm/*").value()});
  grant.scope = std::make_shared<grants::Scope>(scope);
  grant.state = GrantState::kActive;
  return stored;
}

using Kind = GrantSelector::Kind;

TEST(GrantSelector, SelectsByOneThing) {
  const Grant grant = Sample().grant;
  const struct {
    const char* name;
    GrantSelector selector;
    bool selects;
  } kCases[] = {
      {"everything", {}, true},
      {"its holder", {.kind = Kind::kHolder, .holder = {"Agent", "a"}}, true},
      {"another holder", {.kind = Kind::kHolder, .holder = {"Agent", "b"}}, false},
      {"a holder of another type", {.kind = Kind::kHolder, .holder = {"User", "a"}}, false},
      {"no holder", {.kind = Kind::kHolder}, false},
      {"its class", {.kind = Kind::kClass, .agent_class = "coder"}, true},
      {"another class", {.kind = Kind::kClass, .agent_class = "code"}, false},
      {"its task", {.kind = Kind::kTask, .tenant = "acme", .task = "t"}, true},
      {"the task of another tenant", {.kind = Kind::kTask, .tenant = "acm", .task = "t"}, false},
      {"its task, of whatever tenant", {.kind = Kind::kTask, .task = "t"}, true},
      {"another task", {.kind = Kind::kTask, .tenant = "acme", .task = "T"}, false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Selects(test.selector, grant), test.selects) << test.name;
  }
}

TEST(GrantFilter, PassesWhatAgreesWithAllItsParts) {
  const Grant grant = Sample().grant;
  const struct {
    const char* name;
    GrantFilter filter;
    bool passes;
  } kCases[] = {
      {"nothing asked", {}, true},
      {"holder", {.holder = EntityUid{"Agent", "a"}}, true},
      {"another holder", {.holder = EntityUid{"Agent", "b"}}, false},
      {"class", {.agent_class = "coder"}, true},
      {"another class", {.agent_class = ""}, false},
      {"tenant", {.tenant = "acme"}, true},
      {"no tenant", {.tenant = ""}, false},
      {"task", {.task = "t"}, true},
      {"another task", {.task = "u"}, false},
      {"parent", {.parent = grants::GrantId{3, 4}}, true},
      {"no parent", {.parent = grants::GrantId{}}, false},
      {"state", {.state = GrantState::kActive}, true},
      {"another state", {.state = GrantState::kPending}, false},
      {"two that agree", {.task = "t", .state = GrantState::kActive}, true},
      {"one of two that agrees", {.task = "t", .state = GrantState::kRevoked}, false},
  };
  for (const auto& test : kCases) {
    EXPECT_EQ(Passes(test.filter, grant), test.passes) << test.name;
  }
}

TEST(StoredGrant, EqualsOneWithAnEqualScope) {
  EXPECT_EQ(Sample(), Sample());
  EXPECT_NE(Sample().grant.scope, Sample().grant.scope);
}

TEST(StoredGrant, DiffersInEachOfItsFields) {
  const std::function<void(StoredGrant&)> kChanges[] = {
      [](StoredGrant& g) { g.grant.id.low = 9; },
      [](StoredGrant& g) { g.grant.parent.high = 9; },
      [](StoredGrant& g) { g.grant.depth = 2; },
      [](StoredGrant& g) { g.grant.holder.type = "User"; },
      [](StoredGrant& g) { g.grant.holder.id = "b"; },
      [](StoredGrant& g) { g.grant.agent_class = "b"; },
      [](StoredGrant& g) { g.grant.purpose.tenant = "b"; },
      [](StoredGrant& g) { g.grant.purpose.task = "b"; },
      [](StoredGrant& g) { g.grant.purpose.workflow = "b"; },
      [](StoredGrant& g) { g.grant.purpose.step = "b"; },
      [](StoredGrant& g) { g.grant.purpose.environment = "b"; },
      [](StoredGrant& g) { g.grant.purpose.deployment = "b"; },
      [](StoredGrant& g) { g.grant.scope = std::make_shared<grants::Scope>(); },
      [](StoredGrant& g) { g.grant.scope = nullptr; },
      [](StoredGrant& g) { g.grant.state = GrantState::kFailed; },
      [](StoredGrant& g) { g.grant.revision = 9; },
      [](StoredGrant& g) { g.grant.issued = 9; },
      [](StoredGrant& g) { g.grant.not_before = 9; },
      [](StoredGrant& g) { g.grant.expires = 9; },
      [](StoredGrant& g) { g.grant.ended = 9; },
      [](StoredGrant& g) { g.grant.heartbeat_timeout = 9; },
      [](StoredGrant& g) { g.grant.last_heartbeat = 9; },
      [](StoredGrant& g) { g.grant.calls = 0; },
      [](StoredGrant& g) { g.grant.issued_by = "b"; },
      [](StoredGrant& g) { g.grant.ended_because = "b"; },
      [](StoredGrant& g) { g.credential.bytes[31] = 1; },
      [](StoredGrant& g) { g.calls_given = 1; },
      [](StoredGrant& g) { g.calls_since = 1; },
  };
  for (size_t i = 0; i < std::size(kChanges); ++i) {
    StoredGrant changed = Sample();
    kChanges[i](changed);
    EXPECT_FALSE(changed == Sample()) << "change " << i;
  }
}

}  // namespace
}  // namespace thuja::server
