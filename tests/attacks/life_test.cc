// SPDX-License-Identifier: Apache-2.0
// Whose a grant is, and when it is over. Names begin with the rows of the catalogue that they
// show: S of behaviours, A of attacks (tests/attacks/rows.txt).
#include <gtest/gtest.h>
#include <signal.h>

#include <chrono>
#include <string>
#include <thread>

#include "tests/attacks/attacks.h"

namespace thuja::testing {
namespace {

TEST_F(Attacks, S01_AValidCallerWithoutAGrantIsDenied) {
  EXPECT_EQ(Reason({}), "no_active_grant");
  Issue({});
  EXPECT_EQ(Reason({}), "permit");
}

TEST_F(Attacks, S01b_AGrantIsBoundToADeployment) {
  Issue({.more = R"("deployment": "sha256:aa")"});
  EXPECT_EQ(Reason({.more = R"("deployment": "sha256:aa")"}), "permit");
  EXPECT_EQ(Reason({.more = R"("deployment": "sha256:bb")"}), "binding_mismatch");
  EXPECT_EQ(Reason({}), "binding_mismatch");
}

TEST_F(Attacks, S02_AGrantExpiresWithoutAnybodysCall) {
  Issue({.more = "\"ttl\": 4"});
  EXPECT_EQ(Reason({}), "permit");
  std::this_thread::sleep_for(std::chrono::milliseconds(4100));
  EXPECT_EQ(Reason({}), "grant_expired");
}

TEST_F(Attacks, S07_TheEnvironmentIsTheGrantsAndNotTheCallers) {
  Issue({.more = R"("environment": "staging")"});
  EXPECT_EQ(Reason({.more = R"("environment": "prod")"}), "environment_mismatch");
  EXPECT_EQ(Reason({}), "environment_mismatch");
  // An enforcement point that stands somewhere cannot be told to stand elsewhere.
  const std::string staging = "Authorization: Bearer staging-0123456789abcdef\r\n";
  const auto ask = [&](const std::string& more) {
    return Evaluate(BodyOf({.more = more}), staging).At("context.reason");
  };
  EXPECT_EQ(ask(""), "permit");
  EXPECT_EQ(ask(R"("environment": "prod")"), "no_active_grant");
}

TEST_F(Attacks, S09_S20_NoGrantOutlivesItsClass) {
  EXPECT_EQ(CodeOf(TryIssue({.more = "\"ttl\": 2592000"})), "ttl_above_class_max");
  EXPECT_EQ(CodeOf(TryIssue({.more = "\"ttl\": 601"})), "ttl_above_class_max");
  EXPECT_EQ(CodeOf(TryIssue({.more = "\"ttl\": 600"})), "201");
  EXPECT_EQ(CodeOf(TryIssue({.task = ""})), "malformed_request") << "a grant for no task";
}

TEST_F(Attacks, S14_ARequestNamesItsTaskAndIsToldTheRevision) {
  const std::string id = Issue({});
  EXPECT_EQ(Reason({.task = ""}), "task_required");
  const ApiAnswer answer = Evaluate(BodyOf({}));
  EXPECT_EQ(answer.At("decision"), "true");
  EXPECT_NE(answer.At("context.revision"), "");
  EXPECT_EQ(Admin("GET", "/v1/grants/" + id).At("grant.state"), "active");
}

TEST_F(Attacks, S15_S16_WhatIsAllowedIsUpToTheTask) {
  Issue({.task = "reading", .tools = R"(["crm/search"])"});
  Issue({.task = "closing", .tools = R"(["crm/*"])"});
  EXPECT_EQ(Reason({.tool = "crm/update", .task = "reading"}), "tool_not_in_scope");
  EXPECT_EQ(Reason({.tool = "crm/update", .task = "closing"}), "permit");
}

TEST_F(Attacks, S17_A11_AGrantIsNotInForceBeforeItsTime) {
  const std::string id = Issue({.more = "\"pending\": true"});
  EXPECT_EQ(Reason({}), "grant_pending");
  EXPECT_EQ(Do("activate", id), "200");
  EXPECT_EQ(Reason({}), "permit");
  Issue({.task = "later", .more = R"("not_before": "2099-01-01T00:00:00Z")"});
  EXPECT_EQ(Reason({.task = "later"}), "grant_pending");
}

TEST_F(Attacks, S18_A01_TheEndOfATaskIsTheEndOfItsGrantAtThatRevision) {
  const ApiAnswer issued = TryIssue({.more = "\"credential\": true"});
  const std::string id = issued.At("grant.id");
  const std::string credential = issued.At("credential");
  const Call call = {.credential = credential};
  EXPECT_EQ(Reason(call), "permit");
  const ApiAnswer done = Admin("POST", "/v1/grants/" + id + "/complete", "{}");
  ASSERT_EQ(done.status, 200) << done.body;
  Call later = call;
  later.headers = "Thuja-Min-Revision: " + done.At("revision") + "\r\n";
  EXPECT_EQ(Reason(later), "grant_completed");
  EXPECT_EQ(Reason(call), "grant_completed");
  later.headers =
      "Thuja-Min-Revision: " + std::to_string(std::stoul(done.At("revision")) + 1) + "\r\n";
  EXPECT_EQ(Reason(later), "stale_state");
}

TEST_F(Attacks, S19_NoSecretIsInRecordsOrErrors) {
  const ApiAnswer issued = TryIssue({.more = "\"credential\": true"});
  const std::string credential = issued.At("credential");
  ASSERT_GE(credential.size(), 32U);
  const ApiAnswer answer = Evaluate(
      BodyOf({.input = R"({"q": "x", "password": "hunter2-secret"})", .credential = credential}),
      "Authorization: Bearer " + std::string(kGateway) +
          "\r\nThuja-Task-Credential: " + credential + "\r\n");
  EXPECT_EQ(answer.At("decision"), "true") << answer.body;
  const std::string record = RecordOf(answer.At("context.id"));
  for (const std::string& secret :
       {credential, std::string("hunter2-secret"), std::string(kGateway)}) {
    EXPECT_EQ(record.find(secret), std::string::npos) << record;
    EXPECT_EQ(server.Log().find(secret), std::string::npos);
    EXPECT_EQ(Admin("GET", "/v1/grants").body.find(secret), std::string::npos);
  }
}

TEST_F(Attacks, S21_A02_ACredentialIsOfOneTask) {
  const std::string credential =
      TryIssue({.task = "T1", .more = "\"credential\": true"}).At("credential");
  Issue({.task = "T2"});
  EXPECT_EQ(Reason({.task = "T2"}), "permit");
  EXPECT_EQ(Reason({.task = "T2", .credential = credential}), "task_mismatch");
  EXPECT_EQ(Reason({.task = "T1", .credential = credential}), "permit");
  EXPECT_EQ(Reason({.task = "", .credential = credential}), "permit");
  EXPECT_EQ(Reason({.task = "T1"}), "token_missing") << "a grant with a credential is used with it";
}

TEST_F(Attacks, S24_A56_EachEndHasItsReasonAndIsTheLast) {
  for (const auto& [event, why] : {std::pair{"complete", "grant_completed"},
                                   {"fail", "grant_failed"},
                                   {"revoke", "grant_revoked"}}) {
    const std::string task = std::string("to-") + event;
    const std::string id = Issue({.task = task});
    EXPECT_EQ(Do(event, id), "200");
    EXPECT_EQ(Reason({.task = task}), why);
    for (const char* again : {"activate", "resume", "heartbeat", "suspend", "complete", "fail"}) {
      EXPECT_EQ(Do(again, id), why) << again;
    }
    EXPECT_EQ(Reason({.task = task}), why);
  }
}

TEST_F(Attacks, S24b_AHolderThatFallsSilentIsTimedOut) {
  const std::string id = Issue({.more = "\"heartbeat\": 4"});
  for (int i = 0; i < 5; ++i) {
    std::this_thread::sleep_for(std::chrono::milliseconds(1000));
    ASSERT_EQ(Do("heartbeat", id), "200");
    ASSERT_EQ(Reason({}), "permit");
  }
  std::this_thread::sleep_for(std::chrono::milliseconds(4200));
  EXPECT_EQ(Reason({}), "grant_timed_out");
  EXPECT_EQ(Do("heartbeat", id), "grant_timed_out");
}

TEST_F(Attacks, S27_TenantsShareNothing) {
  Issue(
      {.holder = "acme-bot", .tools = R"(["acme/*", "globex/*"])", .more = R"("tenant": "acme")"});
  EXPECT_EQ(Reason({.agent = "acme-bot", .tool = "acme/search"}), "permit");
  EXPECT_EQ(Reason({.agent = "acme-bot", .tool = "globex/search"}), "tenant_mismatch");
  EXPECT_EQ(Reason({.agent = "acme-bot", .tool = "acme/search", .more = R"("tenant": "globex")"}),
            "tenant_mismatch");
}

TEST_F(Attacks, S28_WhatWaitedInAQueueIsDecidedByThen) {
  const std::string id = Issue({});
  EXPECT_EQ(Reason({}), "permit");
  EXPECT_EQ(Do("complete", id), "200");
  EXPECT_EQ(Reason({}), "grant_completed");
}

TEST_F(Attacks, S32_A41_NobodySaysWhatTheyAreThemselves) {
  Issue({.agent_class = "coder", .tools = R"(["files/*"])"});
  EXPECT_EQ(Reason({.tool = "files/write",
                    .more = R"("class": "summarizer", "state": "revoked", "now": 0)"}),
            "permit")
      << "ignored";
  EXPECT_EQ(Reason({.tool = "files/delete", .more = R"("class": "procurement")"}),
            "tool_not_in_scope");
  for (const char* pdp : {R"("pdp": {})", R"("pdp": {"task": {"class": "procurement"}})",
                          R"("pdp": {"now": 0})", R"("pdp": null)"}) {
    const std::string why = Reason({.tool = "files/write", .more = pdp});
    EXPECT_TRUE(why == "reserved_key" || why == "400") << pdp << " " << why;
  }
}

TEST_F(Attacks, S33_A45_AReaderOnlyReads) {
  Issue({.holder = "summarizer-1", .agent_class = "summarizer", .tools = R"(["files/*"])"});
  EXPECT_EQ(Reason({.agent = "summarizer-1", .tool = "files/read"}), "permit");
  EXPECT_EQ(Reason({.agent = "summarizer-1", .tool = "files/delete"}), "tool_not_in_scope");
  EXPECT_EQ(
      Reason(
          {.agent = "summarizer-1", .tool = "files/write", .input = R"({"readOnlyHint": true})"}),
      "tool_not_in_scope");
}

TEST_F(Attacks, S36_NoGrantIsWithoutAnEnd) {
  const ApiAnswer answer = TryIssue({});
  EXPECT_NE(answer.At("grant.expires"), "");
  EXPECT_EQ(CodeOf(TryIssue({.agent_class = "nobody-knows"})), "malformed_request");
}

TEST_F(Attacks, S37_A08_NobodyPresentsTheGrantOfAnother) {
  const std::string credential = TryIssue({.more = "\"credential\": true"}).At("credential");
  EXPECT_EQ(Reason({.agent = "coder-2", .credential = credential}), "holder_mismatch");
  EXPECT_EQ(Reason({.agent = "coder-2"}), "no_active_grant");
  EXPECT_EQ(Reason({.credential = credential + "x"}), "no_active_grant");
  EXPECT_EQ(Reason({.credential = credential}), "permit");
}

TEST_F(Attacks, S38_AGrantIsForAStepAndNotForTheSwarm) {
  EXPECT_EQ(CodeOf(TryIssue({.more = R"("workflow": "w")"})), "malformed_request");
  Issue({.more = R"("workflow": "w", "step": "1")"});
  EXPECT_EQ(Reason({.more = R"("step": "1")"}), "permit");
  EXPECT_EQ(Reason({.more = R"("step": "2")"}), "step_mismatch");
  EXPECT_EQ(Reason({}), "step_mismatch");
}

TEST_F(Attacks, A09_TimesThatAreNoneAreRefused) {
  for (const char* ttl : {"-1", "9223372036854775807", "1e300", "\"never\"", "0.5", "null",
                          "253402300799", "true", "[]"}) {
    const std::string code = CodeOf(TryIssue({.more = std::string("\"ttl\": ") + ttl}));
    EXPECT_TRUE(code == "malformed_request" || code == "ttl_above_class_max") << ttl << " " << code;
  }
  for (const char* time : {"\"9999-12-31T00:00:00Z\"", "\"1969-12-31T23:59:59Z\"", "\"tomorrow\"",
                           "\"2026-02-30T00:00:00Z\"", "1e300", "-5"}) {
    EXPECT_EQ(CodeOf(TryIssue({.more = std::string("\"not_before\": ") + time})),
              "malformed_request")
        << time;
  }
}

// Over a time that is shifted by libfaketime.
TEST_F(Attacks, A10_AClockSetBackDeniesAndOneFarAheadExpires) {
#ifdef __SANITIZE_ADDRESS__
  GTEST_SKIP() << "AddressSanitizer wants to be the first library, which libfaketime has to be";
#endif
  const std::string library = "/usr/lib/x86_64-linux-gnu/faketime/libfaketimeMT.so.1";
  const auto restart = [&](const std::string& shift,
                           const std::vector<std::string>& arguments = {}) {
    server.process().Signal(SIGTERM);
    ASSERT_EQ(server.process().Wait(), 0) << server.Log();
    server.Restart({"LD_PRELOAD=" + library, "FAKETIME_DONT_FAKE_MONOTONIC=1", "FAKETIME=" + shift,
                    "FAKETIME_DONT_RESET=1"},
                   arguments);
  };
  const std::string id = Issue({.more = "\"ttl\": 600"});
  EXPECT_EQ(Reason({}), "permit");
  restart("-1h");
  EXPECT_EQ(Reason({}), "clock_rollback");
  EXPECT_EQ(CodeOf(TryIssue({})), "clock_rollback");
  EXPECT_EQ(Do("revoke", id), "200") << "what takes away needs no clock";
  restart("+0");
  EXPECT_EQ(Reason({}), "grant_revoked");
  Issue({.task = "T2", .more = "\"ttl\": 600"});
  EXPECT_EQ(Reason({.task = "T2"}), "permit");
  restart("+2h");
  EXPECT_EQ(Reason({.task = "T2"}), "grant_expired");
  restart("+0");
  EXPECT_EQ(Reason({.task = "T2"}), "clock_rollback") << "the time ahead was seen";
  restart("+0", {"--accept-clock"});
  EXPECT_EQ(Reason({.task = "T2"}), "permit") << "somebody looked at the clock and said so";
}

}  // namespace
}  // namespace thuja::testing
