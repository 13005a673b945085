// SPDX-License-Identifier: Apache-2.0
// What becomes a grant, what does not, and what a delegation cannot widen.
#include "engine/grants/issue.h"

#include <gtest/gtest.h>

#include <functional>
#include <limits>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "engine/grants/lifecycle.h"
#include "tests/support/decide_fixture.h"

namespace thuja::grants {
namespace {

using base::ReasonCode;
using base::ReasonCodeName;

constexpr int64_t kSecond = 1'000'000'000;
constexpr int64_t kNow = 1'000'000 * kSecond;
constexpr GrantId kId = {1, 2};
constexpr GrantId kChildId = {1, 3};

// Tools are given as patterns; arguments are not looked at.
std::shared_ptr<const Scope> ScopeOf(const std::vector<std::string>& tools) {
  auto scope = std::make_shared<Scope>();
  for (const std::string& tool : tools) {
    scope->tools.push_back({.tools = ScopePattern::Segments(tool).value()});
  }
  return scope;
}

class IssueTest : public ::testing::Test {
 protected:
  IssueTest() {
    request.holder = {"Thuja::Agent", "coder-7"};
    request.agent_class = "coder";
    request.purpose.task = "T1";
    request.scope = ScopeOf({"git/push", "git/log", "crm/*"});
    request.ttl = 600 * kSecond;
    child.holder = {"Thuja::Agent", "helper-1"};
    child.agent_class = "summarizer";
  }

  std::string Try() {
    const auto refusal = Issue(request, kId, kNow, entities, grant);
    return refusal ? std::string(ReasonCodeName(refusal->code)) : "issued";
  }

  std::string TryDelegating(int64_t now = kNow) {
    const auto refusal = Delegate(child, kChildId, grant, now, entities, delegated);
    return refusal ? std::string(ReasonCodeName(refusal->code)) : "issued";
  }

  EntityStore entities = thuja::testing::MakeEntities(R"([
      {"uid": {"type": "Thuja::AgentClass", "id": "coder"}, "parents": [],
       "attrs": {"max_ttl": {"__extn": {"fn": "duration", "arg": "10m"}}, "effect": "write"}},
      {"uid": {"type": "Thuja::AgentClass", "id": "summarizer"}, "parents": [],
       "attrs": {"max_ttl": {"__extn": {"fn": "duration", "arg": "5m"}}}},
      {"uid": {"type": "Thuja::AgentClass", "id": "closed"}, "parents": [],
       "attrs": {"max_ttl": {"__extn": {"fn": "duration", "arg": "0s"}}}},
      {"uid": {"type": "Thuja::Agent", "id": "known"}, "attrs": {},
       "parents": [{"type": "Thuja::AgentClass", "id": "summarizer"}]}])");
  IssueRequest request;
  IssueRequest child;
  Grant grant;
  Grant delegated;
};

TEST_F(IssueTest, AGrantIsWhatWasAskedFor) {
  request.purpose = {"acme", "T1", "W", "build", "staging", "sha256:1"};
  request.heartbeat_timeout = 30 * kSecond;
  request.calls = 10;
  request.issued_by = "orchestrator";
  ASSERT_EQ(Try(), "issued");
  EXPECT_EQ(grant.id, kId);
  EXPECT_FALSE(grant.parent);
  EXPECT_EQ(grant.depth, 0);
  EXPECT_EQ(grant.holder, request.holder);
  EXPECT_EQ(grant.agent_class, "coder");
  EXPECT_EQ(grant.purpose, request.purpose);
  EXPECT_EQ(grant.scope, request.scope);
  EXPECT_EQ(grant.state, GrantState::kActive);
  EXPECT_EQ(grant.issued, kNow);
  EXPECT_EQ(grant.not_before, kNow);
  EXPECT_EQ(grant.expires, kNow + 600 * kSecond);
  EXPECT_EQ(grant.heartbeat_timeout, 30 * kSecond);
  EXPECT_EQ(grant.last_heartbeat, kNow);
  EXPECT_EQ(grant.calls, 10u);
  EXPECT_EQ(grant.issued_by, "orchestrator");
}

TEST_F(IssueTest, AGrantCanWaitToBeActivatedOrForItsTime) {
  request.pending = true;
  request.not_before = kNow + 60 * kSecond;
  ASSERT_EQ(Try(), "issued");
  EXPECT_EQ(grant.state, GrantState::kPending);
  EXPECT_EQ(grant.not_before, kNow + 60 * kSecond);
  EXPECT_EQ(grant.expires, kNow + 660 * kSecond);
  // What lies in the past is now: it makes no grant older than it is.
  request.not_before = kNow - 60 * kSecond;
  ASSERT_EQ(Try(), "issued");
  EXPECT_EQ(grant.not_before, kNow);
}

TEST_F(IssueTest, AStandingGrantIsRefusedWhenItIsAskedFor) {
  request.ttl = 600 * kSecond + 1;
  EXPECT_EQ(Try(), "ttl_above_class_max");
  request.ttl = int64_t{30} * 86'400 * kSecond;
  EXPECT_EQ(Try(), "ttl_above_class_max");
  request.agent_class = "closed";
  request.ttl = 0;
  EXPECT_EQ(Try(), "ttl_above_class_max");
}

TEST_F(IssueTest, WithoutATtlAGrantLastsAsLongAsItsClassAllows) {
  request.ttl = 0;
  ASSERT_EQ(Try(), "issued");
  EXPECT_EQ(grant.expires, kNow + 600 * kSecond);
}

TEST_F(IssueTest, TimesThatCannotBeAreRefused) {
  constexpr int64_t kLargest = std::numeric_limits<int64_t>::max();
  constexpr int64_t kSmallest = std::numeric_limits<int64_t>::min();
  for (const int64_t odd : {int64_t{-1}, kLargest, kSmallest, kLastTime + 1}) {
    const IssueRequest good = request;
    request.ttl = odd;
    EXPECT_EQ(Try(), "malformed_request") << odd;
    request = good;
    request.not_before = odd;
    EXPECT_EQ(Try(), "malformed_request") << odd;
    request = good;
    request.heartbeat_timeout = odd;
    EXPECT_EQ(Try(), "malformed_request") << odd;
    request = good;
    EXPECT_TRUE(Issue(request, kId, odd, entities, grant)) << odd;
  }
  request.not_before = kLastTime;
  EXPECT_EQ(Try(), "malformed_request");
}

TEST_F(IssueTest, WhatIsNeededMustBeThere) {
  const std::vector<std::pair<const char*, std::function<void(IssueRequest&)>>> kOmissions = {
      {"holder", [](IssueRequest& r) { r.holder.id.clear(); }},
      {"type", [](IssueRequest& r) { r.holder.type.clear(); }},
      {"class", [](IssueRequest& r) { r.agent_class.clear(); }},
      {"task", [](IssueRequest& r) { r.purpose.task.clear(); }},
      {"scope", [](IssueRequest& r) { r.scope = nullptr; }},
      {"step of a workflow", [](IssueRequest& r) { r.purpose.workflow = "W"; }},
      {"workflow of a step", [](IssueRequest& r) { r.purpose.step = "build"; }},
  };
  for (const auto& [what, omit] : kOmissions) {
    const IssueRequest good = request;
    omit(request);
    EXPECT_EQ(Try(), "malformed_request") << what;
    request = good;
  }
  EXPECT_TRUE(Issue(request, GrantId{}, kNow, entities, grant));
  EXPECT_EQ(Try(), "issued");
}

TEST_F(IssueTest, NamesThatNobodyCouldReadAreRefused) {
  for (const std::string& text :
       {std::string("a\nb"), std::string("a\0b", 3), std::string("\xff"), std::string("a\u202eb"),
        std::string("a\u200bb"), std::string(kMostTextBytes + 1, 'a')}) {
    for (std::string Purpose::*const member :
         {&Purpose::tenant, &Purpose::task, &Purpose::environment, &Purpose::deployment}) {
      const IssueRequest good = request;
      request.purpose.*member = text;
      EXPECT_EQ(Try(), "malformed_request") << text;
      request = good;
    }
    const IssueRequest good = request;
    request.holder.id = text;
    EXPECT_EQ(Try(), "malformed_request") << text;
    request = good;
  }
}

TEST_F(IssueTest, TheClassMustBeOneAndTheHolderOfIt) {
  request.agent_class = "admin";
  EXPECT_EQ(Try(), "malformed_request");
  request.agent_class = "coder";
  request.holder.id = "known";  // a summarizer, says the store
  EXPECT_EQ(Try(), "holder_mismatch");
  request.agent_class = "summarizer";
  request.ttl = 60 * kSecond;
  EXPECT_EQ(Try(), "issued");
}

TEST_F(IssueTest, ARefusalLeavesTheGrantAsItWas) {
  ASSERT_EQ(Try(), "issued");
  request.purpose.task = "T2";
  request.ttl = 601 * kSecond;
  ASSERT_EQ(Try(), "ttl_above_class_max");
  EXPECT_EQ(grant.purpose.task, "T1");
}

TEST_F(IssueTest, ADelegatedGrantHasWhatItsParentHas) {
  request.purpose = {"acme", "T1", "W", "build", "staging", "sha256:1"};
  ASSERT_EQ(Try(), "issued");
  ASSERT_EQ(TryDelegating(kNow + kSecond), "issued");
  EXPECT_EQ(delegated.parent, kId);
  EXPECT_EQ(delegated.depth, 1);
  EXPECT_EQ(delegated.holder.id, "helper-1");
  EXPECT_EQ(delegated.agent_class, "summarizer");
  EXPECT_EQ(delegated.scope, grant.scope);
  // Whoever it was delegated to runs another build.
  EXPECT_EQ(delegated.purpose, (Purpose{"acme", "T1", "W", "build", "staging", ""}));
  EXPECT_EQ(delegated.expires, kNow + 301 * kSecond) << "as long as its class allows";
}

TEST_F(IssueTest, ADelegatedGrantEndsWithItsParentAtTheLatest) {
  ASSERT_EQ(Try(), "issued");
  const int64_t late = kNow + 500 * kSecond;
  ASSERT_EQ(TryDelegating(late), "issued");
  EXPECT_EQ(delegated.expires, grant.expires);
  child.ttl = 100 * kSecond;
  EXPECT_EQ(TryDelegating(late), "issued");
  child.ttl += 1 * kSecond;
  EXPECT_EQ(TryDelegating(late), "attenuation") << "one second past the parent's";
  child.ttl = 0;
  child.not_before = grant.expires;
  EXPECT_EQ(TryDelegating(late), "attenuation");
}

TEST_F(IssueTest, ADelegatedGrantIsBoundByItsOwnClassToo) {
  ASSERT_EQ(Try(), "issued");
  child.ttl = 301 * kSecond;
  EXPECT_EQ(TryDelegating(), "ttl_above_class_max");
}

TEST_F(IssueTest, ADelegationWidensNothing) {
  request.purpose.tenant = "acme";
  request.purpose.environment = "staging";
  request.purpose.workflow = "W";
  request.purpose.step = "build";
  request.calls = 10;
  ASSERT_EQ(Try(), "issued");
  child.calls = 5;
  ASSERT_EQ(TryDelegating(), "issued");
  const std::vector<std::pair<const char*, std::function<void(IssueRequest&)>>> kWider = {
      {"a tool",
       [](IssueRequest& r) {
         r.scope = ScopeOf({"git/push", "mail/send"});
       }},
      {"all tools of a server", [](IssueRequest& r) { r.scope = ScopeOf({"git/*"}); }},
      {"everything", [](IssueRequest& r) { r.scope = ScopeOf({"**"}); }},
      {"tenant", [](IssueRequest& r) { r.purpose.tenant = "other"; }},
      {"environment", [](IssueRequest& r) { r.purpose.environment = "prod"; }},
      {"workflow", [](IssueRequest& r) { r.purpose.workflow = "V", r.purpose.step = "s"; }},
      {"calls without limit", [](IssueRequest& r) { r.calls.reset(); }},
  };
  for (const auto& [what, widen] : kWider) {
    const IssueRequest good = child;
    widen(child);
    EXPECT_EQ(TryDelegating(), "attenuation") << what;
    child = good;
  }
}

TEST_F(IssueTest, ADelegationMayNarrow) {
  ASSERT_EQ(Try(), "issued");
  child.scope = ScopeOf({"git/log", "crm/search"});
  child.purpose = {"acme", "T1.2", "W", "review", "staging", "sha256:2"};
  child.calls = 3;
  ASSERT_EQ(TryDelegating(), "issued");
  EXPECT_EQ(delegated.purpose, child.purpose);
  EXPECT_EQ(delegated.calls, 3u);
}

TEST_F(IssueTest, NobodyDelegatesWhatIsNotInForce) {
  ASSERT_EQ(Try(), "issued");
  EXPECT_EQ(TryDelegating(grant.expires), "parent_not_active");
  for (const GrantState state :
       {GrantState::kPending, GrantState::kSuspended, GrantState::kCompleted, GrantState::kFailed,
        GrantState::kTimedOut, GrantState::kRevoked}) {
    grant.state = state;
    EXPECT_EQ(TryDelegating(), "parent_not_active") << GrantStateName(state);
  }
}

TEST_F(IssueTest, DelegationGoesEightGrantsDeep) {
  ASSERT_EQ(Try(), "issued");
  child.agent_class = "coder";
  for (uint8_t depth = 1; depth <= kMostDepth; ++depth) {
    ASSERT_EQ(TryDelegating(), "issued") << int{depth};
    EXPECT_EQ(delegated.depth, depth);
    grant = delegated;
  }
  EXPECT_EQ(TryDelegating(), "depth_exceeded");
}

}  // namespace
}  // namespace thuja::grants
