// SPDX-License-Identifier: Apache-2.0
// Requests that are something else than they seem, and callers who may not ask.
#include <gtest/gtest.h>

#include <chrono>
#include <filesystem>
#include <fstream>
#include <string>

#include "tests/attacks/attacks.h"

namespace thuja::testing {
namespace {

TEST_F(Attacks, S05_A31_ARequestIdIsForOneRequest) {
  const std::string key = "Idempotency-Key: k-1\r\n";
  const ApiAnswer first = TryIssue({}, key);
  ASSERT_EQ(first.status, 201);
  const ApiAnswer again = TryIssue({}, key);
  EXPECT_EQ(again.status, 201);
  EXPECT_EQ(again.At("grant.id"), first.At("grant.id"));
  EXPECT_EQ(again.At("revision"), first.At("revision"));
  EXPECT_EQ(CodeOf(TryIssue({.task = "other"}, key)), "request_id_reuse");
  EXPECT_EQ(CodeOf(Admin("POST", "/v1/grants/" + first.At("grant.id") + "/complete", "{}",
                         kOrchestrator, key)),
            "request_id_reuse");
  // Another caller's id is another id.
  EXPECT_EQ(CodeOf(Admin("POST", "/v1/revoke", R"({"task": "none"})", kGuardian, key)), "200");
}

TEST_F(Attacks, S12_WhoAsksIsNotWhatTheBodySays) {
  Issue({});
  const std::string body = BodyOf({});
  const auto ask = [&](const std::string& headers) { return Evaluate(body, headers).status; };
  EXPECT_EQ(ask("X-Nothing: 1\r\n"), 401);
  EXPECT_EQ(ask("Authorization: Bearer wrong-0123456789abcdef\r\n"), 401);
  EXPECT_EQ(ask("Authorization: Bearer \r\n"), 401);
  EXPECT_EQ(ask("Authorization: Basic " + std::string(kGateway) + "\r\n"), 401);
  EXPECT_EQ(ask("Authorization: Bearer " + std::string(kOrchestrator) + "\r\n"), 401);
  EXPECT_EQ(ask("Authorization: Bearer " + std::string(kGateway) + "\r\nAuthorization: Bearer " +
                std::string(kGateway) + "\r\n"),
            401);
  EXPECT_EQ(ask("Authorization: Bearer " + std::string(kGateway) + "\r\n"), 200);
  EXPECT_EQ(ask("Thuja-Enforcement-Point: " + std::string(kGateway) + "\r\n"), 200);
  EXPECT_EQ(ask("Thuja-Enforcement-Point: wrong-0123456789abcdef\r\nAuthorization: Bearer " +
                std::string(kGateway) + "\r\n"),
            401);
  const ApiAnswer user = Evaluate(
      R"({"subject": {"type": "User", "id": "root"}, "action": {"name": "call_tool"},
          "resource": {"type": "Thuja::Tool", "id": "crm/search"}, "options": {"details": true}})");
  EXPECT_EQ(user.At("context.reason"), "pep_not_allowed");
}

// What a gateway asks with for its client, whose headers come along.
TEST_F(Attacks, S12c_AGatewaysClientIsNoEnforcementPoint) {
  Issue({.more = R"("workflow": "w", "step": "1")"});
  const auto ask = [&](const std::string& lines) {
    const auto answer = Get(server.port(), "/nginx",
                            "X-Original-Method: POST\r\nX-Original-URI: /tools/crm/search\r\n"
                            "X-Agent: coder-1\r\n" +
                                lines);
    return answer ? std::to_string(answer->status) + " " + answer->headers.at("thuja-reason") : "";
  };
  const std::string token = std::string(kGateway) + "\r\n";
  const std::string point = "Thuja-Enforcement-Point: " + token;
  const std::string task = "X-Task: T1\r\nX-Step: 1\r\n";
  EXPECT_EQ(ask(point + task), "200 permit");
  EXPECT_EQ(ask("Authorization: Bearer " + token + task), "401 token_missing")
      << "that header is the client's";
  EXPECT_EQ(ask(task), "401 token_missing");
  EXPECT_EQ(ask(point + point + task), "401 token_invalid");
  EXPECT_EQ(ask(point), "403 task_required");
  EXPECT_EQ(ask(point + "X-Task: T1\r\n"), "403 no_active_grant");
  EXPECT_EQ(ask(point + task + "X-Task: T2\r\n"), "403 malformed_request");
  EXPECT_EQ(ask(point + task + "X_Task: T2\r\n"), "403 malformed_request");
}

TEST_F(Attacks, S12d_WhoComesByTheSocketIsTheSidecar) {
  Issue({});
  const auto ask = [&](const std::string& lines) {
    RawConnection connection(server.Path("pdp.sock"));
    const std::string body = BodyOf({});
    connection.Send(
        "POST /access/v1/evaluation HTTP/1.1\r\nHost: localhost\r\n"
        "Content-Type: application/json\r\n" +
        lines + "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body);
    const auto answer = connection.Read();
    return answer ? ApiAnswer{answer->status, answer->body} : ApiAnswer{};
  };
  const ApiAnswer answer = ask("");
  EXPECT_EQ(answer.At("decision"), "true") << answer.body;
  const ApiAnswer record = {200, RecordOf(answer.At("context.id"))};
  EXPECT_EQ(record.At("enforcement_point"), "sidecar");
  EXPECT_EQ(ask("Authorization: Bearer wrong-0123456789abcdef\r\n").status, 401);
}

TEST_F(Attacks, S21b_ACredentialIsShownOnceAndWhole) {
  const std::string credential = TryIssue({.more = "\"credential\": true"}).At("credential");
  const std::string gateway = "Authorization: Bearer " + std::string(kGateway) + "\r\n";
  const std::string shown = "Thuja-Task-Credential: " + credential + "\r\n";
  const auto ask = [&](const std::string& lines) {
    return Evaluate(BodyOf({}), gateway + lines).status;
  };
  EXPECT_EQ(ask(shown), 200);
  EXPECT_EQ(ask(shown + shown), 401);
  EXPECT_EQ(ask("Thuja-Task-Credential:\r\n"), 401);
  EXPECT_EQ(ask("Thuja-Min-Revision: 1\r\nThuja-Min-Revision: 1\r\n" + shown), 400);
}

TEST_F(Attacks, S12b_OnlyRolesThatWereGivenAreTaken) {
  const std::string id = Issue({});
  const std::string want = Want().ToJson();
  EXPECT_EQ(Admin("POST", "/v1/grants", want, kWatcher).status, 403);
  EXPECT_EQ(Admin("POST", "/v1/grants", want, kGuardian).status, 403);
  EXPECT_EQ(Admin("POST", "/v1/grants", want, kGateway).status, 401);
  EXPECT_EQ(Admin("POST", "/v1/grants/" + id + "/revoke", "{}", kWatcher).status, 403);
  EXPECT_EQ(Admin("GET", "/v1/grants", "", kGuardian).status, 403);
  EXPECT_EQ(Admin("GET", "/v1/grants", "", kWatcher).status, 200);
  EXPECT_EQ(Admin("POST", "/v1/grants/" + id + "/revoke", "{}", kGuardian).status, 200);
}

TEST_F(Attacks, A17_TwoSpellingsOfOneKey) {
  Issue({});
  const std::string start =
      R"({"subject": {"type": "Thuja::Agent", "id": "coder-1"}, "action": {"name": "call_tool"}, )";
  for (
      const char* rest : {
          R"("resource": {"type": "Thuja::Tool", "id": "crm/search", "id": "files/delete"}, "context": {"task": "T1"}})",
          R"("resource": {"type": "Thuja::Tool", "id": "crm/search"}, "resource": {"type": "Thuja::Tool", "id": "crm/update"}, "context": {"task": "T1"}})",
          R"("resource": {"type": "Thuja::Tool", "id": "crm/search"}, "context": {"task": "T1", "t\u0061sk": "T2"}})",
          R"("resource": {"type": "Thuja::Tool", "id": "crm/search"}, "context": {"task": "T1", "input": {"a": 1, "\u0061": 2}}})",
      }) {
    EXPECT_EQ(Evaluate(start + rest).status, 400) << rest;
  }
  EXPECT_EQ(Reason({.task = "", .more = R"("Task": "T1")"}), "task_required");
  const std::string twice =
      R"({"holder": {"type": "Thuja::Agent", "id": "coder-1"}, "class": "coder",
      "task": "T9", "tools": ["crm/search"], "tools": ["crm/*"]})";
  EXPECT_EQ(CodeOf(Admin("POST", "/v1/grants", twice)), "malformed_request");
}

TEST_F(Attacks, A18_NumbersAndSizesBeyondEverything) {
  Issue({.tools = R"([{"tool": "po/*", "arguments": {"amount": {"range": {"max": 5}}}}])"});
  for (const char* number : {"1e1000", "9223372036854775808", "1e0", "0.1", "-0.0", "-0",
                             "5.00000000001", "00", "+5", "0x5", "Infinity", "NaN"}) {
    EXPECT_EQ(Reason({.tool = "po/create", .input = std::string(R"({"amount": )") + number + "}"}),
              "400")
        << number;
  }
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_EQ(Reason({.tool = "po/create", .input = R"({"amount": )" + deep + "}"}), "400");
  const std::string large = "\"" + std::string(size_t{10} << 20, 'x') + "\"";
  const ApiAnswer answer = Evaluate(BodyOf({.input = R"({"amount": )" + large + "}"}));
  EXPECT_TRUE(answer.status == 413 || answer.status == 0) << answer.status;
  EXPECT_EQ(Reason({.tool = "po/create", .input = R"({"amount": 5})"}), "permit") << "still there";
}

TEST_F(Attacks, A19_TextsThatAreNoUnicode) {
  Issue({});
  const std::string body = BodyOf({.input = R"({"q": "MARK"})"});
  const auto with = [&](const std::string& text) {
    std::string copy = body;
    copy.replace(copy.find("MARK"), 4, text);
    return Evaluate(copy).status;
  };
  EXPECT_EQ(with("fine"), 200);
  for (const char* text : {"\\ud800", "\\udc00\\ud800", "\xff", "\xc0\xaf", "\xed\xa0\x80",
                           "\xf5\x80\x80\x80", "\xe2\x82"}) {
    EXPECT_EQ(with(text), 400) << text;
  }
  EXPECT_EQ(Evaluate("\xEF\xBB\xBF" + body).status, 400);
}

// Whoever is denied learns nothing of other agents, tasks and tenants.
TEST_F(Attacks, A53_DenialsDoNotTellWhatExists) {
  Issue({.task = "known", .more = "\"credential\": true"});
  Issue({.holder = "acme-bot",
         .task = "acme",
         .tools = R"(["acme/*"])",
         .more = R"("tenant": "acme")"});
  EXPECT_EQ(Shown({.task = "unknown"}), "no_active_grant");
  EXPECT_EQ(Shown({.agent = "coder-2", .task = "known"}), "no_active_grant");
  const std::string credential = TryIssue({.more = "\"credential\": true"}).At("credential");
  for (const Call& call :
       {Call{.agent = "coder-2", .credential = credential},
        Call{.task = "other", .credential = credential}, Call{.credential = "thuja_tc_nobody"},
        Call{.agent = "acme-bot", .tool = "globex/search", .task = "acme"}}) {
    EXPECT_EQ(Shown(call), "no_active_grant");
  }
  // A tool that exists and one that does not.
  Issue({.task = "narrow", .tools = R"(["crm/search"])"});
  EXPECT_EQ(Shown({.tool = "files/read", .task = "narrow"}),
            Shown({.tool = "files/nothing", .task = "narrow"}));
}

TEST_F(Attacks, A54_EachOfABatchIsDecidedByItself) {
  Issue({.tools = R"(["crm/search"])", .more = "\"calls\": 2"});
  const std::string item = R"({"resource": {"type": "Thuja::Tool", "id": "crm/search"}})";
  const std::string other = R"({"resource": {"type": "Thuja::Tool", "id": "crm/update"}})";
  const ApiAnswer answer = Evaluate(
      R"({"subject": {"type": "Thuja::Agent", "id": "coder-1"}, "action": {"name": "call_tool"},
          "context": {"task": "T1"}, "evaluations": [)" +
          item + "," + other + R"(, {"resource": 5}, )" + item + "," + item + "]}",
      "", "/access/v1/evaluations");
  ASSERT_EQ(answer.status, 200) << answer.body;
  std::string decisions;
  for (size_t at = answer.body.find("\"decision\":"); at != std::string::npos;
       at = answer.body.find("\"decision\":", at + 1)) {
    decisions += answer.body[at + 11] == 't' ? 'y' : 'n';
  }
  EXPECT_EQ(decisions, "ynnyn") << answer.body;
}

TEST_F(Attacks, S22_A51_APolicyFileThatBreaksKeepsTheOldSet) {
  Issue({.tools = R"(["files/*"])"});
  EXPECT_EQ(Reason({.tool = "files/purge"}), "forbid");
  std::ofstream(server.Path("p.cedar")) << "permit (principal, action, resource";
  ASSERT_TRUE(server.WaitForLog("reload_failed") || server.WaitForLog("error")) << server.Log();
  EXPECT_EQ(Reason({.tool = "files/purge"}), "forbid");
  EXPECT_EQ(Reason({.tool = "files/read"}), "permit");
}

TEST_F(Attacks, S26_A47_StateThatIsNotSeenYetDecidesNothing) {
  const ApiAnswer issued = TryIssue({});
  const auto with = [&](const std::string& revision) {
    return Reason({.headers = "Thuja-Min-Revision: " + revision + "\r\n"});
  };
  EXPECT_EQ(with(issued.At("revision")), "permit");
  EXPECT_EQ(with("18446744073709551615"), "stale_state");
  for (const char* revision : {"-1", "x", "1x", "18446744073709551616", "1.0"}) {
    EXPECT_EQ(with(revision), "400") << revision;
  }
}

TEST_F(Attacks, S13_WhatIsExemptIsNamedInTheConfiguration) {
  const auto ask = [&](const std::string& action, const std::string& headers = "") {
    return Evaluate(
               R"({"subject": {"type": "Thuja::Agent", "id": "coder-1"}, "action": {"name": ")" +
                   action + R"("}, "resource": {"type": "Health", "id": "x"},
                        "options": {"details": true}})",
               headers)
        .At("context.reason");
  };
  EXPECT_EQ(ask("health"), "no_permit") << "needs no grant, and is up to the policies";
  EXPECT_EQ(ask("read"), "invalid_tool_name");
  EXPECT_EQ(ask("health", "Authorization: Bearer staging-0123456789abcdef\r\n"),
            "invalid_tool_name");
}

}  // namespace
}  // namespace thuja::testing
