// SPDX-License-Identifier: Apache-2.0
// Grants as people read them.
#include "cli/grants/grant_text.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>

#include "cli/grants/scope_text.h"
#include "engine/diagnostics.h"

namespace thuja::cli {
namespace {

constexpr const char* kGrant = R"({
  "id": "0123456789abcdef0123456789abcdef", "depth": 0, "state": "active", "revision": 12,
  "holder": {"type": "Thuja::Agent", "id": "fix-bot"}, "class": "coder", "task": "bug-1042",
  "tenant": "acme", "tools": ["git/read"], "resources": ["repos/acme/**", "docs/*"],
  "issued": "2026-03-02T09:00:00Z", "issued_by": "orchestrator",
  "not_before": "2026-03-02T09:00:00Z", "expires": "2026-03-02T09:10:00Z", "heartbeat": 60,
  "last_heartbeat": "2026-03-02T09:01:00Z", "calls": 100, "calls_left": 97, "in_force": true
})";

JsonDocument Read(const std::string& text) {
  Diagnostics diagnostics;
  auto document = ReadJson(std::make_shared<const SourceText>("test", text), diagnostics);
  EXPECT_TRUE(diagnostics.empty()) << Render(diagnostics);
  return std::move(document).value_or(JsonDocument());
}

TEST(GrantText, HasALineForEachThingThatTheGrantHas) {
  EXPECT_EQ(GrantText(Read(kGrant).root()),
            "grant       0123456789abcdef0123456789abcdef\n"
            "state       active\n"
            "in force    yes\n"
            "holder      Thuja::Agent::\"fix-bot\"\n"
            "class       coder\n"
            "task        bug-1042\n"
            "tenant      acme\n"
            "issued      2026-03-02T09:00:00Z by orchestrator\n"
            "not before  2026-03-02T09:00:00Z\n"
            "expires     2026-03-02T09:10:00Z\n"
            "heartbeat   every 60s, last 2026-03-02T09:01:00Z\n"
            "calls       97 of 100 left\n"
            "resources   repos/acme/**, docs/*\n"
            "revision    12\n"
            "\n"
            "TOOL      ARGUMENTS\n"
            "git/read  not looked at\n");
}

TEST(GrantText, SaysHowADelegatedGrantEnded) {
  const std::string text = GrantText(
      Read(R"({"id": "1", "state": "revoked", "parent": "2", "depth": 1, "in_force": false,
               "why_not": "grant_revoked", "ended": "2026-03-02T09:05:00Z",
               "ended_because": "no longer\nneeded", "resources": [], "tools": []})")
          .root());
  EXPECT_NE(text.find("in force   grant_revoked\n"), std::string::npos) << text;
  EXPECT_NE(text.find("parent     2, depth 1\n"), std::string::npos) << text;
  EXPECT_NE(text.find("ended      2026-03-02T09:05:00Z: no longer\\u{a}needed\n"),
            std::string::npos)
      << text;
  EXPECT_NE(text.find("calls      no limit\n"), std::string::npos) << text;
  EXPECT_NE(text.find("resources  none\n"), std::string::npos) << text;
  EXPECT_EQ(text.find("tenant"), std::string::npos) << text;
}

TEST(GrantText, ShowsWhatItDoesNotUnderstand) {
  for (const char* text : {"{}", R"({"holder": "x", "tools": {"a": 1}, "resources": 5})",
                           R"({"holder": {}, "tools": [5, null, {"tool": {}}, {"open": true}],
                               "heartbeat": "soon", "calls_left": 3, "in_force": "maybe"})"}) {
    EXPECT_NE(GrantText(Read(text).root()).find("TOOL"), std::string::npos) << text;
    EXPECT_NE(GrantLine(Read(text).root()), "") << text;
  }
}

TEST(GrantText, OneLineOfAGrantSaysUntilWhen) {
  EXPECT_EQ(GrantLine(Read(kGrant).root()),
            "0123456789abcdef0123456789abcdef active, expires 2026-03-02T09:10:00Z\n");
  EXPECT_EQ(GrantLine(Read(R"({"id": "1", "state": "completed", "expires": "2026-03-02T09:10:00Z",
                               "ended": "2026-03-02T09:05:00Z"})")
                          .root()),
            "1 completed\n");
}

TEST(GrantText, ListsGrantsInOneTable) {
  Table table = GrantTable();
  AddGrant(Read(kGrant).root(), table);
  AddGrant(Read(R"({"id": "1", "state": "suspended", "in_force": false, "why_not":
                    "grant_suspended"})")
               .root(),
           table);
  EXPECT_EQ(
      table.ToString(),
      "GRANT                             STATE      IN FORCE         HOLDER                   "
      "CLASS  TASK      EXPIRES               CALLS\n"
      "0123456789abcdef0123456789abcdef  active     yes              "
      "Thuja::Agent::\"fix-bot\"  coder  bug-1042  2026-03-02T09:10:00Z  97 of 100 left\n"
      "1                                 suspended  grant_suspended  -                        "
      "-      -         -                     no limit\n");
}

TEST(ScopeText, SaysOfEachConstraintWhatItAccepts) {
  const std::pair<const char*, const char*> kRows[] = {
      {R"("any")", "a any"},
      {R"({"exact": false})", "a = false"},
      {R"({"exact": "x"})", "a = \"x\""},
      {R"({"exact": {"decimal": "9.99"}})", "a = 9.99"},
      {R"({"exact": [1, 2]})", "a = [1,2]"},
      {R"({"one_of": [1, "b", true]})", "a one of 1, \"b\", true"},
      {R"({"one_of": []})", "a one of none"},
      {R"({"range": {"min": 1, "max": 5}})", "a from 1 to 5"},
      {R"({"range": {"min": {"decimal": "0.5"}}})", "a at least 0.5"},
      {R"({"range": {"max": 5}})", "a at most 5"},
      {R"({"range": {}})", "a {}"},
      {R"({"path": "/data/a"})", "a within /data/a"},
      {R"({"host": ["api.acme.test", "*.acme.test"]})", "a on api.acme.test, *.acme.test"},
      {R"({"cidr": ["10.0.0.0/8"]})", "a in 10.0.0.0/8"},
      {R"({"regex": "agent/[a-z]+"})", "a matches agent/[a-z]+"},
      {R"({"later": 1})", "a {\"later\":1}"},
      {R"(5)", "a 5"},
  };
  for (const auto& [constraint, text] : kRows) {
    const std::string grant =
        R"({"tools": [{"tool": "t", "arguments": {"a": )" + std::string(constraint) + "}}]}";
    EXPECT_EQ(ToolsText(Read(grant).root()), "TOOL  ARGUMENTS\nt     " + std::string(text) + "\n");
  }
}

TEST(ScopeText, SaysWhetherOtherArgumentsMayBeThere) {
  EXPECT_EQ(ToolsText(Read(R"({"tools": [
              "git/read",
              {"tool": "git/push", "arguments": {"branch": {"regex": "a.*"}, "n": "any"}},
              {"tool": "git/log", "open": true, "arguments": {"n": "any"}},
              {"tool": "git/gc", "arguments": {}},
              {"tool_regex": "ci/[a-z]+", "open": true, "arguments": {}},
              {"tool": "git/all"}]})")
                          .root()),
            "TOOL               ARGUMENTS\n"
            "git/read           not looked at\n"
            "git/push           branch matches a.*; n any\n"
            "git/log            n any; any others\n"
            "git/gc             none\n"
            "matches ci/[a-z]+  any\n"
            "git/all            not looked at\n");
}

TEST(ScopeText, TellsNoResourcesFromThoseThatAreNotLookedAt) {
  const std::pair<const char*, const char*> kRows[] = {
      {"{}", "not looked at"},
      {R"({"resources": []})", "none"},
      {R"({"resources": ["a/*", {"regex": "b|c"}]})", "a/*, matches b|c"},
      {R"({"resources": [{"later": 1}]})", "{\"later\":1}"},
  };
  for (const auto& [grant, text] : kRows) EXPECT_EQ(ResourcesText(Read(grant).root()), text);
}

TEST(WhatCan, ShowsTheGrantItsToolsAndWhatThePoliciesSay) {
  const std::string answer = R"({"revision": 12, "grant": )" + std::string(kGrant) +
                             R"(, "tools": [
                                 {"tool": "git/read", "permitted": "always"},
                                 {"tool": "git/push", "permitted": "depends",
                                  "because": ["policy1", "policy2"]},
                                 {"tool": "git/rm", "permitted": "never", "because": "no-rm"}]})";
  EXPECT_EQ(WhatCanText(Read(answer).root()),
            "grant      0123456789abcdef0123456789abcdef\n"
            "holder     Thuja::Agent::\"fix-bot\"\n"
            "in force   yes\n"
            "expires    2026-03-02T09:10:00Z\n"
            "calls      97 of 100 left\n"
            "resources  repos/acme/**, docs/*\n"
            "\n"
            "TOOL      ARGUMENTS\n"
            "git/read  not looked at\n"
            "\n"
            "WITHIN REACH  PERMITTED  BECAUSE\n"
            "git/read      always     -\n"
            "git/push      depends    policy1, policy2\n"
            "git/rm        never      no-rm\n");
}

TEST(WhatCan, SaysWhyAGrantIsNotInForce) {
  const std::string text =
      WhatCanText(Read(R"({"grant": {"id": "1", "in_force": false, "why_not": "parent_not_active"},
                           "tools": []})")
                      .root());
  EXPECT_NE(text.find("in force   parent_not_active\n"), std::string::npos) << text;
  EXPECT_NE(text.find("No tool that the policies' entities name is within its reach.\n"),
            std::string::npos)
      << text;
}

}  // namespace
}  // namespace thuja::cli
