// SPDX-License-Identifier: Apache-2.0
// Every way to change a grant, from issue to end.
#include <gtest/gtest.h>

#include <string>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class Changes : public ::testing::TestWithParam<bool> {
 protected:
  GrantApiWorld world{{.sqlite = GetParam()}};
};

INSTANTIATE_TEST_SUITE_P(Storage, Changes, ::testing::Bool(),
                         [](const auto& storage) { return storage.param ? "Sqlite" : "Memory"; });

TEST_P(Changes, AGrantIsIssuedAndShown) {
  const ApiAnswer issued = world.Post(
      "/v1/grants",
      Want{.more = R"("tenant": "acme", "workflow": "w", "step": "s", "ttl": 60, "calls": 5)"}
          .ToJson());
  ASSERT_EQ(issued.status, 201) << issued.body;
  EXPECT_EQ(issued.At("revision"), "1");
  EXPECT_EQ(issued.At("grant.state"), "active");
  EXPECT_EQ(issued.At("grant.in_force"), "true");
  EXPECT_EQ(issued.At("grant.why_not"), "");
  EXPECT_EQ(issued.At("grant.holder.id"), "coder-1");
  EXPECT_EQ(issued.At("grant.class"), "coder");
  EXPECT_EQ(issued.At("grant.task"), "T1");
  EXPECT_EQ(issued.At("grant.tenant"), "acme");
  EXPECT_EQ(issued.At("grant.workflow"), "w");
  EXPECT_EQ(issued.At("grant.step"), "s");
  EXPECT_EQ(issued.At("grant.issued_by"), "all");
  EXPECT_EQ(issued.At("grant.calls"), "5");
  EXPECT_EQ(issued.At("grant.calls_left"), "5");
  EXPECT_EQ(issued.At("grant.depth"), "0");
  EXPECT_EQ(issued.At("credential"), "") << "only who asks for one gets one";
  const ApiAnswer shown = world.Get("/v1/grants/" + issued.At("grant.id"));
  EXPECT_EQ(shown.status, 200);
  EXPECT_EQ(shown.At("grant"), issued.At("grant"));
  EXPECT_EQ(shown.At("revision"), "1");
}

TEST_P(Changes, WhoAsksIsWhoIssued) {
  const ApiAnswer issued = world.Post("/v1/grants", Want().ToJson(), GrantApiWorld::kIssuer);
  EXPECT_EQ(issued.At("grant.issued_by"), "issuer");
  // Nobody can say it of somebody else.
  EXPECT_EQ(
      GrantApiWorld::Said(world.Post("/v1/grants", Want{.more = R"("issued_by": "all")"}.ToJson())),
      "400 malformed_request");
}

TEST_P(Changes, ACredentialIsToldOnceAndNotKeptByAnybodyBetween) {
  const std::string body = Want{.more = R"("credential": true)"}.ToJson();
  const RawAnswer issued = world.AskRaw("POST", "/v1/grants", body, GrantApiWorld::Bearer());
  EXPECT_EQ(issued.status, 201);
  EXPECT_EQ(issued.headers.at("cache-control"), "no-store");
  const ApiAnswer answer = {issued.status, issued.body};
  const std::string secret = answer.At("credential");
  EXPECT_TRUE(secret.starts_with("thuja_tc_")) << secret;
  const std::string id = answer.At("grant.id");
  for (const std::string& path :
       {"/v1/grants/" + id, std::string("/v1/grants"), "/v1/grants/" + id + "/whatcan"}) {
    const ApiAnswer shown = world.Get(path);
    EXPECT_EQ(shown.status, 200);
    EXPECT_EQ(shown.body.find(secret.substr(9)), std::string::npos) << path;
  }
  EXPECT_EQ(world.Post("/v1/grants/" + id + "/heartbeat").body.find(secret.substr(9)),
            std::string::npos);
}

TEST_P(Changes, AGrantIsDelegated) {
  const std::string parent = world.Issue();
  const ApiAnswer child =
      world.Post("/v1/grants/" + parent + "/delegate",
                 Want{.holder = "helper", .task = "", .tools = R"(["crm/search"])"}.ToJson());
  ASSERT_EQ(child.status, 201) << child.body;
  EXPECT_EQ(child.At("grant.parent"), parent);
  EXPECT_EQ(child.At("grant.depth"), "1");
  EXPECT_EQ(child.At("grant.task"), "T1");
  EXPECT_EQ(child.At("grant.in_force"), "true");
  // It is over as soon as what it comes from is, without a word said of it.
  EXPECT_EQ(world.Do("suspend", parent), "200");
  const ApiAnswer waiting = world.Get("/v1/grants/" + child.At("grant.id"));
  EXPECT_EQ(waiting.At("grant.state"), "active");
  EXPECT_EQ(waiting.At("grant.in_force"), "false");
  EXPECT_EQ(waiting.At("grant.why_not"), "grant_suspended");
  EXPECT_EQ(world.Do("complete", parent), "200");
  EXPECT_EQ(world.Get("/v1/grants/" + child.At("grant.id")).At("grant.why_not"),
            "ancestor_revoked");
  // What happens to the child is answered with it too.
  EXPECT_EQ(world.Post("/v1/grants/" + child.At("grant.id") + "/heartbeat").At("grant.why_not"),
            "ancestor_revoked");
}

TEST_P(Changes, AGrandchildHangsOnEachOfThem) {
  const std::string root = world.Issue();
  const std::string child = world.Delegate(root, {.holder = "b", .task = ""});
  const std::string grandchild = world.Delegate(child, {.holder = "c", .task = ""});
  EXPECT_EQ(world.Get("/v1/grants/" + grandchild).At("grant.in_force"), "true");
  EXPECT_EQ(world.Do("revoke", root), "200");
  EXPECT_EQ(world.Get("/v1/grants/" + grandchild).At("grant.why_not"), "ancestor_revoked");
  EXPECT_EQ(world.Get("/v1/grants/" + grandchild).At("grant.state"), "active");
}

TEST_P(Changes, AGrantLivesAndEnds) {
  const ApiAnswer pending =
      world.Post("/v1/grants", Want{.more = R"("pending": true, "heartbeat": 60)"}.ToJson());
  const std::string id = pending.At("grant.id");
  EXPECT_EQ(pending.At("grant.state"), "pending");
  EXPECT_EQ(pending.At("grant.why_not"), "grant_pending");
  const auto state_after = [&](const std::string& event, const std::string& body = "") {
    const ApiAnswer answer = world.Post("/v1/grants/" + id + "/" + event, body);
    EXPECT_EQ(answer.status, 200) << event << answer.body;
    EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant"), answer.At("grant"));
    EXPECT_EQ(answer.At("grant.revision"), answer.At("revision"));
    return answer.At("grant.state");
  };
  EXPECT_EQ(state_after("activate"), "active");
  EXPECT_EQ(state_after("heartbeat", "{}"), "active");
  EXPECT_EQ(state_after("suspend", R"({"reason": "odd"})"), "suspended");
  EXPECT_EQ(state_after("resume", " {} "), "active");
  EXPECT_EQ(state_after("complete", R"({"reason": "done"})"), "completed");
  const ApiAnswer ended = world.Get("/v1/grants/" + id);
  EXPECT_EQ(ended.At("grant.ended_because"), "done");
  EXPECT_NE(ended.At("grant.ended"), "");
  EXPECT_EQ(ended.At("grant.why_not"), "grant_completed");
}

TEST_P(Changes, EachEndIsAnEndOfItsOwn) {
  for (const auto& [event, state] : {std::pair("complete", "completed"),
                                     std::pair("fail", "failed"), std::pair("revoke", "revoked")}) {
    const std::string id = world.Issue();
    EXPECT_EQ(world.Do(event, id), "200");
    EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), state);
  }
}

TEST_P(Changes, RevocationsTakeBackWhatTheyMean) {
  world.Issue({.holder = "a", .task = "T1"});
  world.Issue({.holder = "a", .task = "T2", .more = R"("tenant": "acme")"});
  world.Issue({.holder = "b", .task = "T2"});
  world.Issue({.holder = "summarizer-1", .agent_class = "summarizer", .task = "T4"});
  const auto revoke = [&](const std::string& body) {
    const ApiAnswer answer = world.Post("/v1/revoke", body);
    EXPECT_EQ(answer.status, 200) << answer.body;
    return answer.At("revoked");
  };
  EXPECT_EQ(revoke(R"({"task": "T2", "tenant": "acme"})"), "1");
  EXPECT_EQ(revoke(R"({"task": "T2", "tenant": "globex"})"), "0");
  EXPECT_EQ(revoke(R"({"task": "T2"})"), "1");
  EXPECT_EQ(revoke(R"({"class": "summarizer", "reason": "recall"})"), "1");
  EXPECT_EQ(revoke(R"({"holder": {"type": "Thuja::Agent", "id": "a"}})"), "1");
  EXPECT_EQ(revoke(R"({"everything": true})"), "0");
  world.Issue();
  EXPECT_EQ(revoke(R"({"everything": true})"), "1");
}

TEST(DamagedGrants, AreSaidToBeUnwrittenByTheRevocationThatEndsThem) {
  GrantApiWorld world({.sqlite = true});
  const std::string first = world.Issue();
  const std::string damaged = world.Issue();
  const std::string last = world.Issue();
  world.Damage(damaged);
  const ApiAnswer answer = world.Post("/v1/revoke", R"({"everything": true})");
  EXPECT_EQ(answer.status, 200);
  EXPECT_EQ(answer.body, R"({"revision":4,"revoked":3,"unwritten":1})");
  for (const std::string& id : {first, last}) {
    EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "revoked");
  }
  EXPECT_EQ(GrantApiWorld::Said(world.Get("/v1/grants/" + damaged)), "503 internal_error");
  EXPECT_EQ(world.Post("/v1/revoke", R"({"everything": true})").body,
            R"({"revision":5,"revoked":0})")
      << "it is over";
}

}  // namespace
}  // namespace thuja::testing
