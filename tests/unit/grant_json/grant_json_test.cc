// SPDX-License-Identifier: Apache-2.0
// Grants as JSON: which members there are, and when.
#include "server/grants/grant_json.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>

#include "engine/diagnostics.h"
#include "engine/json.h"

namespace thuja::server {
namespace {

using grants::Grant;
using grants::GrantState;

constexpr int64_t kSecond = 1'000'000'000;

std::shared_ptr<const grants::Scope> MakeScope(std::string_view text) {
  return ReadScope(text).value();
}

// What every grant has and nothing else.
Grant LeastGrant() {
  Grant grant;
  grant.id = {1, 2};
  grant.holder = {"Thuja::Agent", "fix-bot"};
  grant.agent_class = "coder";
  grant.purpose.task = "bug-1042";
  grant.scope = MakeScope(R"({"tools":["git/read"]})");
  grant.state = GrantState::kActive;
  grant.revision = 7;
  grant.issued = ParseTime("2026-03-02T09:00:00.25Z").value();
  grant.not_before = grant.issued;
  grant.expires = ParseTime("2026-03-02T09:10:00Z").value();
  grant.last_heartbeat = grant.not_before;
  return grant;
}

Grant FullGrant() {
  Grant grant = LeastGrant();
  grant.parent = {0, 255};
  grant.depth = 2;
  grant.purpose = {.tenant = "acme",
                   .task = "bug-1042",
                   .workflow = "bug-fixing",
                   .step = "patch",
                   .environment = "staging",
                   .deployment = "sha256:5f1c"};
  grant.scope = MakeScope(
      R"({"tools":[{"tool":"git/push","arguments":{"force":{"exact":false}}}],"resources":["r"]})");
  grant.state = GrantState::kRevoked;
  grant.ended = ParseTime("2026-03-02T09:05:00Z").value();
  grant.ended_because = "said \"stop\"\n";
  grant.heartbeat_timeout = 60 * kSecond;
  grant.last_heartbeat = ParseTime("2026-03-02T09:04:30Z").value();
  grant.calls = 100;
  grant.issued_by = "orchestrator";
  return grant;
}

std::string Write(const Grant& grant, const GrantView& view) {
  std::string text = "<";
  AppendGrant(grant, view, &text);
  EXPECT_EQ(text[0], '<') << "what was there is kept";
  return text.substr(1);
}

TEST(GrantJson, AGrantHasWhatAppliesToIt) {
  EXPECT_EQ(Write(LeastGrant(), {}),
            R"({"id":"00000000000000010000000000000002","depth":0,"revision":7,"state":"active",)"
            R"("in_force":true,"holder":{"type":"Thuja::Agent","id":"fix-bot"},"class":"coder",)"
            R"("task":"bug-1042","tools":["git/read"],"issued":"2026-03-02T09:00:00.25Z",)"
            R"("not_before":"2026-03-02T09:00:00.25Z","expires":"2026-03-02T09:10:00Z"})");
}

TEST(GrantJson, AGrantWithEverything) {
  EXPECT_EQ(
      Write(FullGrant(), {.why_not = ReasonCode::kGrantRevoked, .calls_left = 40}),
      R"({"id":"00000000000000010000000000000002","parent":"000000000000000000000000000000ff",)"
      R"("depth":2,"revision":7,"state":"revoked","in_force":false,"why_not":"grant_revoked",)"
      R"("holder":{"type":"Thuja::Agent","id":"fix-bot"},"class":"coder","task":"bug-1042",)"
      R"("tenant":"acme","workflow":"bug-fixing","step":"patch","environment":"staging",)"
      R"("deployment":"sha256:5f1c",)"
      R"("tools":[{"tool":"git/push","arguments":{"force":{"exact":false}}}],"resources":["r"],)"
      R"("issued":"2026-03-02T09:00:00.25Z","not_before":"2026-03-02T09:00:00.25Z",)"
      R"("expires":"2026-03-02T09:10:00Z","heartbeat":60,)"
      R"("last_heartbeat":"2026-03-02T09:04:30Z","ended":"2026-03-02T09:05:00Z",)"
      R"("ended_because":"said \"stop\"\n","calls":100,"calls_left":40,)"
      R"("issued_by":"orchestrator"})");
}

TEST(GrantJson, AnActiveGrantWhoseAncestorIsNoneIsNotInForce) {
  const std::string text = Write(LeastGrant(), {.why_not = ReasonCode::kAncestorRevoked});
  EXPECT_NE(text.find(R"("state":"active","in_force":false,"why_not":"ancestor_revoked")"),
            std::string::npos)
      << text;
}

TEST(GrantJson, HowItEndedIsSaidOnceItIsOver) {
  Grant grant = FullGrant();
  for (size_t i = 0; i < grants::kGrantStates; ++i) {
    grant.state = static_cast<GrantState>(i);
    const std::string text = Write(grant, {});
    EXPECT_EQ(text.find("\"ended\":") != std::string::npos, IsTerminal(grant.state)) << text;
    EXPECT_EQ(text.find("\"ended_because\":") != std::string::npos, IsTerminal(grant.state));
    EXPECT_NE(text.find("\"state\":\"" + std::string(GrantStateName(grant.state)) + "\""),
              std::string::npos);
  }
}

// What somebody wrote into a name must not become a member.
TEST(GrantJson, HostileTextsStayTexts) {
  const std::string hostile = "x\",\"in_force\":true,\"\\\n\xE2\x80\xA8</script>";
  Grant grant = FullGrant();
  grant.holder.id = hostile;
  grant.agent_class = hostile;
  grant.purpose.task = hostile;
  grant.ended_because = hostile;
  grant.issued_by = hostile;
  const std::string text = Write(grant, {.why_not = ReasonCode::kGrantRevoked});
  Diagnostics diagnostics;
  JsonDocument document;
  ASSERT_TRUE(document.Read(LentText("grant", text), diagnostics)) << Render(diagnostics);
  const Json& root = document.root();
  EXPECT_FALSE(root.Find("in_force")->boolean);
  EXPECT_EQ(root.Find("holder")->Find("id")->text, hostile);
  for (const char* key : {"class", "task", "ended_because", "issued_by"}) {
    EXPECT_EQ(root.Find(key)->text, hostile) << key;
  }
}

// The reference says that they are the same members.
TEST(GrantJson, WhatItSaysCanBeAskedForAgain) {
  const Grant grant = FullGrant();
  Diagnostics diagnostics;
  JsonDocument document;
  const std::string text = Write(grant, {});
  ASSERT_TRUE(document.Read(LentText("grant", text), diagnostics));
  std::string request = "{";
  for (const char* key : {"holder", "class", "task", "tenant", "workflow", "step", "environment",
                          "deployment", "tools", "resources", "not_before", "heartbeat", "calls"}) {
    const Json* member = document.root().Find(key);
    ASSERT_NE(member, nullptr) << key;
    request += (request.size() == 1 ? "" : ",") + QuoteJson(key) + ":" + WriteJson(*member);
  }
  const auto read = ReadGrantRequest(request + "}", "request", diagnostics);
  ASSERT_TRUE(read) << Render(diagnostics);
  EXPECT_EQ(read->issue.holder, grant.holder);
  EXPECT_EQ(read->issue.purpose, grant.purpose);
  EXPECT_TRUE(*read->issue.scope == *grant.scope);
  EXPECT_EQ(read->issue.not_before, grant.not_before);
  EXPECT_EQ(read->issue.heartbeat_timeout, grant.heartbeat_timeout);
  EXPECT_EQ(read->issue.calls, grant.calls);
}

}  // namespace
}  // namespace thuja::server
