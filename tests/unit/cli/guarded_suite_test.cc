// SPDX-License-Identifier: Apache-2.0
// Suites under the guard: grants as fixtures, what a case says of them, and what is refused.
#include <gtest/gtest.h>

#include <fstream>
#include <regex>
#include <sstream>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::ProgramResult;
using testing::RunThuja;

constexpr const char* kPolicies =
    "@id(\"tools\") permit (principal, action == Thuja::Action::\"call_tool\", resource);\n"
    "@id(\"closed\") forbid (principal, action, resource) when { context has closed };\n"
    "@id(\"deep\") forbid (principal, action, resource)\n"
    "  when { context.pdp has delegation && context.pdp.delegation.depth > 1 };\n"
    "@id(\"odd\") forbid (principal, action, resource)\n"
    "  when { context has odd && context.odd.none };\n";

// An agent of one class, and a tool of each strength, in one tenant.
constexpr const char* kEntities = R"([
  {"uid": {"type": "Thuja::Tenant", "id": "acme"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::AgentClass", "id": "coder"},
   "attrs": {"effect": "write", "max_ttl": {"__extn": {"fn": "duration", "arg": "10m"}}},
   "parents": []},
  {"uid": {"type": "Thuja::Agent", "id": "bot"}, "attrs": {},
   "parents": [{"type": "Thuja::AgentClass", "id": "coder"}, {"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Tool", "id": "git/read"}, "attrs": {"effect": "read"},
   "parents": [{"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Tool", "id": "git/push"}, "attrs": {"effect": "write"},
   "parents": [{"type": "Thuja::Tenant", "id": "acme"}]}
])";

constexpr const char* kStart =
    "version: 1\n"
    "policies: p.cedar\n"
    "entities: e.json\n"
    "ids: annotation\n"
    "guard: agents\n"
    "now: 2026-03-02T09:05:00Z\n"
    "fixtures:\n"
    "  requests:\n"
    "    read: {principal: 'Thuja::Agent::\"bot\"', action: 'Thuja::Action::\"call_tool\"',\n"
    "           resource: 'Thuja::Tool::\"git/read\"', context: {task: t}}\n";

// Of the agent `bot`, for the task `t`.
constexpr const char* kGrants =
    "grants:\n"
    "  plain: {holder: 'Thuja::Agent::\"bot\"', class: coder, task: t, tools: [git/read]}\n";

constexpr const char* kRead = "  - {name: read, request: read, decision: allow, code: permit}\n";

class GuardedSuiteTest : public ::testing::Test {
 protected:
  GuardedSuiteTest() {
    Write("p.cedar", kPolicies);
    Write("e.json", kEntities);
  }

  std::string Write(const std::string& name, const std::string& text) {
    return testing::WriteFile((folder_.path() / name).string(), text);
  }

  ProgramResult Run(const std::string& suite, const std::vector<std::string>& more = {}) {
    std::vector<std::string> arguments = {"test", Write("s.test.yaml", suite)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunThuja(arguments);
  }

  // A suite of grants, one a line as `name: {...}`, and of cases, one a line as `{...}`.
  ProgramResult RunCases(const std::vector<std::string>& grants,
                         const std::vector<std::string>& cases,
                         const std::vector<std::string>& more = {}) {
    std::string suite = std::string(kStart) + "grants:\n";
    for (const std::string& grant : grants) suite += "  " + grant + "\n";
    suite += "cases:\n";
    for (const std::string& test : cases) suite += "  - " + test + "\n";
    return Run(suite, more);
  }

  testing::TemporaryFolder folder_;
};

// A grant of `bot` that reads, with these members besides.
std::string Grant(const std::string& name, const std::string& members) {
  return name +
         ": {holder: 'Thuja::Agent::\"bot\"', class: coder, tenant: acme, tools: [git/read], " +
         members + "}";
}

// A case that reads for a task, and the code that it expects.
std::string Read(const std::string& task, const std::string& code, const std::string& more = "") {
  return "{name: \"" + task + " " + code + " " + more +
         "\", request: {extends: read, context: {task: " + task +
         "}}, decision: " + (code == "permit" ? "allow" : "deny") + ", code: " + code +
         (more.empty() ? "" : ", " + more) + "}";
}

TEST_F(GuardedSuiteTest, AGrantAllowsAndWithoutOneNothingIs) {
  const ProgramResult result =
      RunCases({Grant("one", "task: t")},
               {Read("t", "permit"), Read("other", "no_active_grant"),
                Read("t", "no_active_grant", "grants: []"), Read("t", "permit", "grants: [one]"),
                "{name: server, decision: allow, code: permit, request: {extends: read, action: "
                "'Thuja::Action::\"read\"', resource: 'Thuja::Server::\"git\"'}}",
                "{name: tool, decision: deny, code: tool_not_in_scope, request: {extends: read, "
                "resource: 'Thuja::Tool::\"git/push\"'}}",
                "{name: closed, decision: deny, code: forbid, reasons: closed, request: {extends: "
                "read, context: {task: t, closed: true}}}"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  EXPECT_EQ(result.out, "7 passed, 0 failed\n");
}

TEST_F(GuardedSuiteTest, AHolderIsTextOrARecord) {
  const ProgramResult result = RunCases(
      {Grant("one", "task: a"),
       "two: {holder: {type: Thuja::Agent, id: bot}, class: coder, task: b, tools: [git/read]}",
       "three: {holder: 'Thuja::Agent::\"7\"', class: coder, tenant: acme, task: c, tools: "
       "[git/read]}"},
      {Read("a", "permit"), Read("b", "permit"),
       "{name: c, decision: allow, request: {extends: read, principal: 'Thuja::Agent::\"7\"', "
       "context: {task: c}}}"});
  EXPECT_EQ(result.out, "3 passed, 0 failed\n") << result.err;
}

TEST_F(GuardedSuiteTest, WhatBecameOfAGrantIsItsReason) {
  const ProgramResult result = RunCases(
      {Grant("active", "task: active, state: active"),
       Grant("pending", "task: pending, state: pending"),
       Grant("waiting", "task: waiting, pending: true"),
       Grant("begun", "task: begun, pending: true, state: active"),
       Grant("suspended", "task: suspended, state: suspended"),
       Grant("completed", "task: completed, state: completed"),
       Grant("failed", "task: failed, state: failed"),
       Grant("timed_out", "task: timed-out, state: timed_out"),
       Grant("revoked", "task: revoked, state: revoked")},
      {Read("active", "permit"), Read("pending", "grant_pending"), Read("waiting", "grant_pending"),
       Read("begun", "permit"), Read("suspended", "grant_suspended"),
       Read("completed", "grant_completed"), Read("failed", "grant_failed"),
       Read("timed-out", "grant_timed_out"), Read("revoked", "grant_revoked")});
  EXPECT_EQ(result.out, "9 passed, 0 failed\n") << result.err;
}

TEST_F(GuardedSuiteTest, TheClockIsTheSuitesOrTheCases) {
  const ProgramResult result = RunCases(
      {Grant("now", "task: t"), Grant("early", "task: early, issued: '2026-03-02T08:56:00Z'"),
       Grant("short", "task: short, ttl: 60"), Grant("heart", "task: heart, heartbeat: 30")},
      {Read("t", "permit", "now: '2026-03-02T09:14:59Z'"),
       Read("t", "grant_expired", "now: '2026-03-02T09:15:00Z'"),
       Read("t", "grant_pending", "now: '2026-03-02T09:04:59Z'"), Read("early", "permit"),
       Read("early", "grant_expired", "now: '2026-03-02T09:06:00Z'"),
       Read("short", "grant_expired", "now: '2026-03-02T09:06:00Z'"), Read("heart", "permit"),
       Read("heart", "grant_timed_out", "now: '2026-03-02T09:05:30Z'")});
  EXPECT_EQ(result.out, "8 passed, 0 failed\n") << result.err;
}

TEST_F(GuardedSuiteTest, CredentialsAndEnforcementPointsComeWithTheRequest) {
  const ProgramResult result = RunCases(
      {Grant("one", "task: one, credential: true"), Grant("two", "task: two, credential: true"),
       Grant("acme", "task: acme, environment: staging")},
      {Read("one", "permit", "credential: one"), Read("one", "token_missing"),
       Read("one", "task_mismatch", "credential: two"),
       Read("one", "no_active_grant", "credential: two, grants: [one]"),
       "{name: alone, credential: one, decision: allow, request: {extends: read, context: {}}}",
       Read("acme", "environment_mismatch"),
       Read("acme", "permit", "enforcement_point: {name: e, tenant: acme, environment: staging}"),
       Read("acme", "tenant_mismatch", "enforcement_point: {tenant: globex}"),
       "{name: exempt, exempt: true, decision: allow, request: {extends: read, context: {}}}",
       "{name: reserved, decision: deny, code: reserved_key, request: {extends: read, context: "
       "{task: one, pdp: {}}}}",
       "{name: malformed, decision: deny, code: malformed_request, request: {extends: read, "
       "context: {task: 1}}}"});
  EXPECT_EQ(result.out, "11 passed, 0 failed\n") << result.err;
}

TEST_F(GuardedSuiteTest, WhatIsDelegatedHangsOnWhatItComesFrom) {
  const ProgramResult result =
      RunCases({Grant("root", "task: t"), Grant("ended", "task: e, state: completed"),
                "child: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder}",
                "grandchild: {parent: child, holder: 'Thuja::Agent::\"g\"', class: coder}",
                "orphan: {parent: ended, holder: 'Thuja::Agent::\"c\"', class: coder}"},
               {"{name: child, grants: [child], decision: allow, code: permit, request: {extends: "
                "read, principal: 'Thuja::Agent::\"c\"'}}",
                "{name: grandchild, decision: deny, reasons: deep, request: {extends: read, "
                "principal: 'Thuja::Agent::\"g\"'}}",
                "{name: orphan, decision: deny, code: ancestor_revoked, request: {extends: read, "
                "principal: 'Thuja::Agent::\"c\"', context: {task: e}}}"});
  EXPECT_EQ(result.out, "3 passed, 0 failed\n") << result.err;
}

TEST_F(GuardedSuiteTest, CallsAreCountedAnewForEachCase) {
  const ProgramResult result = RunCases(
      {Grant("one", "task: one, calls: 1"), Grant("none", "task: none, calls: 5, calls_left: 0"),
       Grant("root", "task: root, calls: 4"),
       "child: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder, calls: 4}"},
      {Read("one", "permit"), Read("one", "permit", "now: '2026-03-02T09:05:01Z'"),
       Read("none", "budget_exhausted"), Read("root", "budget_exhausted"),
       "{name: child, decision: allow, request: {extends: read, principal: 'Thuja::Agent::\"c\"', "
       "context: {task: root}}}"});
  EXPECT_EQ(result.out, "5 passed, 0 failed\n") << result.err;
}

TEST_F(GuardedSuiteTest, AFailureNamesTheReasonThatItGot) {
  const ProgramResult result =
      RunCases({Grant("old", "task: t, state: completed")},
               {"{name: a, request: read, decision: allow}",
                "{name: b, request: read, decision: deny, code: grant_failed}",
                "{name: c, request: {extends: read, context: {task: 1}}, decision: deny}"});
  EXPECT_EQ(result.status, 3);
  for (const char* part :
       {"decision: expected allow, got deny\n", "code: grant_completed, the task of the grant is",
        "code: expected grant_failed, got grant_completed\n",
        "the request was refused: malformed_request", "0 passed, 3 failed\n"}) {
    EXPECT_NE(result.out.find(part), std::string::npos) << part << "\n" << result.out;
  }
}

// What is shown of a policy that failed stands on the grants of the case.
TEST_F(GuardedSuiteTest, AFailureOfAPolicyIsExplained) {
  const std::string odd =
      "{name: odd, decision: deny, code: CODE, request: {extends: read, context: {task: t, odd: "
      "{}}}}";
  const auto with = [&](const std::string& code) {
    return std::string(odd).replace(odd.find("CODE"), 4, code);
  };
  EXPECT_NE(RunCases({Grant("one", "task: t")}, {with("forbid_error")})
                .out.find("decision: expected deny, got allow\n"),
            std::string::npos);
  const std::string suite = std::string(kStart) + kGrants + "cases:\n  - " + with("forbid");
  const ProgramResult strict = Run("forbid_error: deny\n" + suite);
  EXPECT_EQ(strict.status, 3);
  EXPECT_NE(strict.out.find("code: expected forbid, got forbid_error\n"), std::string::npos)
      << strict.out << strict.err;
  EXPECT_NE(strict.out.find("forbid odd ("), std::string::npos) << strict.out;
}

TEST_F(GuardedSuiteTest, JsonNamesTheCode) {
  const ProgramResult result =
      RunCases({Grant("one", "task: t")}, {Read("x", "no_active_grant")}, {"--format", "json"});
  EXPECT_NE(result.out.find("\"code\":\"no_active_grant\",\"answer\":{\"decision\":\"deny\""),
            std::string::npos)
      << result.out;
}

TEST_F(GuardedSuiteTest, WhatNoStoreWouldIssueIsAnErrorWithItsPlace) {
  const std::string root = Grant("root", "task: t, calls: 2");
  const std::pair<std::vector<std::string>, const char*> kRows[] = {
      {{Grant("g", "task: t, ttl: 601")},
       "s.test.yaml:12:3: error: no store would have the grant `g`: ttl_above_class_max"},
      {{Grant("g", "calls: 1")}, "names no task"},
      {{Grant("g", "task: t, workflow: w")}, "step of the workflow"},
      {{"g: {holder: 'Thuja::Agent::\"bot\"', class: none, task: t, tools: [git/read]}"},
       "no class `none`"},
      {{root,
        "g: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder, calls: 1, tools: "
        "[git/push]}"},
       "s.test.yaml:13:3: error: no store would have the grant `g`: attenuation"},
      {{root,
        "g: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder, calls: 1, ttl: 600, "
        "issued: '2026-03-02T09:05:01Z'}"},
       "outlive"},
      {{root, "g: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder, calls: 3}"},
       "budget_exhausted"},
      {{root,
        "g: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder, calls: 1, issued: "
        "'2026-03-02T09:15:00Z'}"},
       "parent_not_active"},
      {{Grant("root", "task: t"),
        "mid: {parent: root, holder: 'Thuja::Agent::\"c\"', class: coder, issued: "
        "'2026-03-02T09:05:00Z', pending: true}",
        "g: {parent: mid, holder: 'Thuja::Agent::\"d\"', class: coder}"},
       "parent_not_active"},
      {{Grant("g", "task: t, calls_left: 1")}, "`calls_left` of a grant without `calls`"},
      {{Grant("g", "task: t, calls: 3, calls_left: 4")}, "at most 3 calls can be left"},
      // What is no grant request at all.
      {{Grant("g", "task: t, tool: git/read")}, "tool"},
      {{Grant("g", "task: 7")}, "s.test.yaml:12 as JSON"},
  };
  for (const auto& [grants, message] : kRows) {
    const ProgramResult result = RunCases(grants, {Read("t", "permit")});
    EXPECT_EQ(result.status, 1) << grants.back() << result.out;
    EXPECT_NE(result.err.find(message), std::string::npos) << grants.back() << "\n" << result.err;
  }
}

TEST_F(GuardedSuiteTest, WhatCannotBeReadIsAnErrorWithItsPlace) {
  const std::string cases = std::string("cases:\n") + kRead;
  const auto start = [](const std::string& wrong) { return std::string(kStart) + wrong; };
  const auto in_case = [&](const std::string& wrong) {
    return start(kGrants) + "cases:\n  - {name: a, request: read, decision: deny, " + wrong + "}\n";
  };
  const std::pair<std::string, const char*> kRows[] = {
      {start("grants: []\n") + cases, "s.test.yaml:11:9: error: grants are named"},
      {start("grants: {g: 7}\n") + cases, "a grant must be a map"},
      {start("grants: {g: {holder: bot}}\n") + cases, "`holder` is an entity such as"},
      {start("grants: {g: {state: over}}\n") + cases, "no state `over`"},
      {start("grants: {g: {issued: today}}\n") + cases, "`issued` must be a time"},
      {start("grants: {g: {parent: h}, h: {}}\n") + cases, "no grant `h` stands before"},
      {start("grants: {g: {calls_left: -1}}\n") + cases, "`calls_left` must be a whole number"},
      {start("grants: {g: {credential: yes}}\n") + cases, "`credential` is true or false"},
      {start("guard: off\n") + cases, "the key `guard` stands twice"},
      {std::regex_replace(start(cases), std::regex("guard: agents"), "guard: maybe"),
       "`guard` is off or agents"},
      {std::regex_replace(start(cases), std::regex("guard: agents"), "guard: off"),
       "only a suite with `guard: agents` has `now`"},
      {std::regex_replace(start(cases), std::regex("now: .*\n"), ""), "lacks the key `now`"},
      {start(std::string("forbid_error: allow\n")) + cases, "`forbid_error` is skip or deny"},
      {in_case("grants: [none]"), "`grants` has no `none`"},
      {in_case("grants: plain"), "`grants` must be a list of names"},
      {in_case("credential: plain"), "no credential was made for the grant `plain`"},
      {in_case("now: later"), "`now` must be a time"},
      {in_case("exempt: maybe"), "`exempt` is true or false"},
      {in_case("enforcement_point: {host: a}"), "has no key `host`"},
      {in_case("code: denied"), "no reason code `denied`"},
  };
  for (const auto& [suite, message] : kRows) {
    const ProgramResult result = Run(suite);
    EXPECT_EQ(result.status, 1) << suite.substr(300) << result.out;
    EXPECT_NE(result.err.find(message), std::string::npos) << suite.substr(300) << result.err;
  }
}

TEST_F(GuardedSuiteTest, CasesOutsideTheGuardHaveCodesAndNoGrants) {
  const std::string start = "version: 1\npolicies: q.cedar\ncases:\n";
  Write("q.cedar", "permit (principal, action, resource) when { context.ok };");
  const std::string request =
      "request: {principal: 'A::\"a\"', action: 'B::\"b\"', resource: 'C::\"c\"', context: ";
  EXPECT_EQ(
      Run(start + "  - {name: a, decision: allow, code: permit, " + request + "{ok: true}}}\n" +
          "  - {name: b, decision: deny, code: no_permit, " + request + "{ok: false}}}\n")
          .out,
      "2 passed, 0 failed\n");
  for (const char* key : {"grants: []", "now: 2026-03-02T09:05:00Z", "credential: a",
                          "enforcement_point: {}", "exempt: true"}) {
    const ProgramResult result =
        Run(start + "  - {name: a, decision: deny, " + key + ", " + request + "{}}}\n");
    EXPECT_EQ(result.status, 1) << key;
    EXPECT_NE(result.err.find("only a case under `guard: agents` has"), std::string::npos) << key;
  }
}

TEST_F(GuardedSuiteTest, WithoutGrantsEveryAllowMustBecomeADeny) {
  const std::vector<std::string> grants = {Grant("one", "task: t"),
                                           Grant("two", "task: c, credential: true")};
  const std::string exempt =
      "{name: exempt, exempt: true, decision: allow, reasons: [tools], request: {extends: read, "
      "context: {}}}";
  const ProgramResult good = RunCases(grants,
                                      {Read("t", "permit"), Read("c", "permit", "credential: two"),
                                       exempt, Read("x", "no_active_grant")},
                                      {"--without-grants"});
  EXPECT_EQ(good.status, 0) << good.out << good.err;
  EXPECT_EQ(good.out, "without grants: 3 denied, 0 allowed\n");
  // It would be of no use if it asked nothing.
  const ProgramResult vacuous =
      RunCases(grants, {Read("x", "no_active_grant")}, {"--without-grants"});
  EXPECT_EQ(vacuous.status, 1);
  EXPECT_NE(vacuous.err.find("no case under `guard: agents` expects allow"), std::string::npos);
}

TEST(AgentPolicies, TheSuiteInTheReferenceIsOneOfThem) {
  std::ifstream file(THUJA_SOURCE_DIR "/docs/test-suites.md");
  std::stringstream text;
  text << file.rdbuf();
  const std::string reference = text.str();
  const size_t section = reference.find("## Under the guard");
  const size_t begin = reference.find("```yaml\n", section) + 8;
  ASSERT_NE(section, std::string::npos);
  std::string suite = reference.substr(begin, reference.find("```", begin) - begin);
  const std::string folder = THUJA_SOURCE_DIR "/policies/agents/";
  suite = std::regex_replace(suite, std::regex("policies.cedar"), folder + "policies.cedar");
  suite = std::regex_replace(suite, std::regex("entities.json"), folder + "entities.json");
  const testing::TemporaryFolder temporary;
  const ProgramResult result =
      RunThuja({"test", testing::WriteFile((temporary.path() / "s.test.yaml").string(), suite)});
  EXPECT_EQ(result.out, "3 passed, 0 failed\n") << result.err;
}

TEST(AgentPolicies, EveryAllowedRequestIsDeniedWithoutItsGrant) {
  const ProgramResult result =
      RunThuja({"test", "--without-grants", THUJA_SOURCE_DIR "/policies/agents"});
  EXPECT_EQ(result.status, 0) << result.out << result.err;
  std::smatch denied;
  ASSERT_TRUE(std::regex_match(result.out, denied,
                               std::regex("without grants: (\\d+) denied, 0 allowed\n")))
      << result.out;
  EXPECT_GE(std::stoi(denied[1]), 30);
}

}  // namespace
}  // namespace thuja
