// SPDX-License-Identifier: Apache-2.0
// Bodies that try to be something else than they are (attacks 9, 17, 18, 19, 31, 35), and callers
// who try to learn what they may not (53).
#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/grants_api/grant_api_world.h"

namespace thuja::testing {
namespace {

class HostileBodies : public ::testing::Test {
 protected:
  std::string Issue(const std::string& body) {
    return GrantApiWorld::Said(world.Post("/v1/grants", body));
  }
  // A request with these members besides holder, class and tools.
  static std::string With(const std::string& members) {
    return R"({"holder": {"type": "Thuja::Agent", "id": "a"}, "class": "coder",
               "tools": ["crm/*"], )" +
           members + "}";
  }

  GrantApiWorld world;
};

// Attack 9.
TEST_F(HostileBodies, TimesBeyondEverything) {
  ASSERT_EQ(Issue(With(R"("task": "T", "ttl": 60)")), "201");
  for (const char* ttl : {"0", "-1", "-9223372036854775808", "9223372036854775807",
                          "9223372036854775808", "18446744073709551616", "1e300", "1e3", "60.0",
                          "\"60\"", "\"never\"", "null", "[60]", "{}", "true", "-0"}) {
    const std::string said = Issue(With(R"("task": "T", "ttl": )" + std::string(ttl)));
    EXPECT_TRUE(said == "400 malformed_request" || said == "422 ttl_above_class_max")
        << ttl << ": " << said;
  }
  for (const char* time :
       {"\"9999-12-31T23:59:59Z\"", "\"never\"", "9223372036854775807", "\"1969-12-31T23:59:59Z\"",
        "\"2026-03-02\"", "\"2026-03-02T09:00:00\"", "\"2026-03-02T09:00:00+00:00\"",
        "\"2026-02-30T09:00:00Z\"", "\"2026-03-02t09:00:00z\"", "0", "null"}) {
    EXPECT_EQ(Issue(With(R"("task": "T", "not_before": )" + std::string(time))),
              "400 malformed_request")
        << time;
  }
  for (const char* number : {"0", "-1", "1e300", "9223372036854775808", "null", "\"60\""}) {
    EXPECT_EQ(Issue(With(R"("task": "T", "heartbeat": )" + std::string(number))),
              "400 malformed_request");
    EXPECT_EQ(Issue(With(R"("task": "T", "calls": )" + std::string(number))),
              "400 malformed_request");
  }
  EXPECT_EQ(world.store().revision(), 1u);
}

// Attack 17.
TEST_F(HostileBodies, KeysTwiceOrInAnotherCase) {
  for (const char* members :
       {R"("task": "T", "task": "U")", R"("task": "T", "t\u0061sk": "U")",
        R"("task": "T", "tools": ["crm/**"])", R"("task": "T", "Task": "U")", R"("Task": "T")",
        R"("task": "T", "TTL": 60)", R"("task": "T", "max_ttl": 60)",
        R"("task": "T", "issued_by": "root")", R"("task": "T", "parent": null)",
        R"("task": "T", "state": "active")", R"("task": "T", "": 1)",
        R"("task": "T", "__proto__": {})"}) {
    EXPECT_EQ(Issue(With(members)), "400 malformed_request") << members;
  }
  EXPECT_EQ(Issue(R"({"holder": {"type": "Thuja::Agent", "id": "a", "id": "b"}, "class": "coder",
                      "task": "T", "tools": []})"),
            "400 malformed_request");
}

// Attack 18.
TEST_F(HostileBodies, SizesAndDepthsBeyondEverything) {
  const std::string deep = std::string(10'000, '[') + std::string(10'000, ']');
  EXPECT_EQ(Issue(With(R"("task": "T", "resources": )" + deep)), "400 malformed_request");
  EXPECT_EQ(Issue(deep), "400 malformed_request");
  const RawAnswer answer =
      world.AskRaw("POST", "/v1/grants", With("\"task\": \"" + std::string(2 << 20, 'x') + "\""),
                   GrantApiWorld::Bearer());
  EXPECT_TRUE(answer.status == 413 || answer.status == 0) << answer.status;
  std::string tools = "[";
  for (int i = 0; i < 65; ++i) tools += "\"crm/a" + std::to_string(i) + "\",";
  tools.back() = ']';
  EXPECT_EQ(Issue(R"({"holder": {"type": "Thuja::Agent", "id": "a"}, "class": "coder",
                      "task": "T", "tools": )" +
                  tools + "}"),
            "400 malformed_request");
  for (const char* text : {"task", "tenant", "environment", "deployment"}) {
    EXPECT_EQ(Issue(With((std::string(text) == "task" ? "" : R"("task": "T", )") +
                         ("\"" + std::string(text) + "\": \"" + std::string(257, 'x') + "\""))),
              "400 malformed_request")
        << text;
  }
  EXPECT_EQ(world.Get("/health/live").status, 200) << "still there";
}

// Attack 19.
TEST_F(HostileBodies, TextsThatAreNoUnicodeOrDoNotShow) {
  for (const char* text :
       {"\\ud800", "\\udc00\\ud800", "\xff", "\xc0\xaf", "\xed\xa0\x80", "\xf5\x80\x80\x80",
        "\xe2\x82", "\\u0000", "\\u202e", "a\\u200bb", "\\ufeff", "line\\nbreak"}) {
    EXPECT_EQ(Issue(With("\"task\": \"" + std::string(text) + "\"")), "400 malformed_request")
        << text;
    EXPECT_EQ(world.Do("revoke", world.Issue(), "{\"reason\": \"" + std::string(text) + "\"}"),
              "400 malformed_request")
        << text;
  }
  EXPECT_EQ(Issue("\xEF\xBB\xBF" + With(R"("task": "T")")), "400 malformed_request");
}

// Attack 35.
TEST_F(HostileBodies, EmptyListsReachNothing) {
  const ApiAnswer tools = world.Post("/v1/grants", Want{.tools = "[]"}.ToJson());
  EXPECT_EQ(tools.status, 201);
  EXPECT_EQ(tools.At("grant.tools"), "[]");
  const ApiAnswer resources = world.Post("/v1/grants", Want{.more = R"("resources": [])"}.ToJson());
  EXPECT_EQ(resources.At("grant.resources"), "[]");
  for (const ApiAnswer& issued : {tools, resources}) {
    const ApiAnswer could = world.Get("/v1/grants/" + issued.At("grant.id") + "/whatcan");
    EXPECT_TRUE(could.Elements("tools").empty()) << could.body;
  }
  // A child of nothing is nothing.
  EXPECT_EQ(
      GrantApiWorld::Said(world.Post("/v1/grants/" + tools.At("grant.id") + "/delegate",
                                     Want{.task = "", .tools = R"(["crm/search"])"}.ToJson())),
      "422 attenuation");
}

TEST_F(HostileBodies, WhatIsNoFormAtAll) {
  for (const char* body : {"", " ", "null", "[]", "\"x\"", "5", "{", "}", "{}", "{}{}", "{\"a\":}",
                           "{'holder': 1}", "// comment\n{}", "holder=a&class=coder"}) {
    EXPECT_EQ(Issue(body), "400 malformed_request") << body;
    EXPECT_EQ(GrantApiWorld::Said(world.Post("/v1/revoke", body)), "400 malformed_request") << body;
  }
  const std::string id = world.Issue();
  for (const char* body : {" ", "null", "[]", "{", R"({"force": true})", R"({"reason": 5})"}) {
    EXPECT_EQ(world.Do("revoke", id, body), "400 malformed_request") << body;
    EXPECT_EQ(world.Do("heartbeat", id, body), "400 malformed_request") << body;
  }
  EXPECT_EQ(world.Do("heartbeat", id, R"({"reason": "x"})"), "400 malformed_request");
  EXPECT_EQ(world.Do("revoke", id, "{\"reason\": \"" + std::string(257, 'x') + "\"}"),
            "400 malformed_request");
  const ApiAnswer form = world.Post("/v1/revoke", R"({"everything": true})", GrantApiWorld::kAll,
                                    "Content-Type: text/plain\r\n");
  EXPECT_EQ(GrantApiWorld::Said(form), "400 malformed_request");
  EXPECT_EQ(world.Get("/v1/grants/" + id).At("grant.state"), "active");
}

// What is wrong is said with its place, and with no more of the text than a little.
TEST_F(HostileBodies, MessagesSayWhereAndLittleElse) {
  const ApiAnswer answer = world.Post("/v1/grants", With(R"("task": "T", "ttl": "60")"));
  EXPECT_NE(answer.At("message").find("ttl"), std::string::npos) << answer.body;
  const std::string long_text(10'000, 'x');
  const ApiAnswer refused =
      world.Post("/v1/grants", With("\"task\": \"T\", \"" + long_text + "\": 1"));
  EXPECT_EQ(refused.status, 400);
  EXPECT_LT(refused.body.size(), 1000u);
}

// Attack 31: ids that are no ids.
TEST_F(HostileBodies, RequestIdsThatAreNone) {
  for (const std::string& line :
       {std::string("Idempotency-Key: \r\n"), std::string("Idempotency-Key: a b\r\n"),
        "Idempotency-Key: " + std::string(129, 'k') + "\r\n",
        std::string("Idempotency-Key: a\r\nIdempotency-Key: a\r\n"),
        std::string("Idempotency-Key: \xC3\xA9\r\n")}) {
    const ApiAnswer answer = world.Post("/v1/grants", Want().ToJson(), GrantApiWorld::kAll, line);
    EXPECT_EQ(answer.status, 400) << line;
  }
  EXPECT_EQ(world.store().revision(), 0u);
}

// Attack 53: a role that may not read learns nothing by trying, but for what it changes.
TEST_F(HostileBodies, RefusalsAreTheSameForWhatOneMayNotSee) {
  const std::string id = world.Issue();
  const std::string none(32, 'a');
  EXPECT_EQ(world.Get("/v1/grants/" + id, GrantApiWorld::kIssuer).body,
            world.Get("/v1/grants/" + none, GrantApiWorld::kIssuer).body);
  EXPECT_EQ(world.Post("/v1/grants/" + id + "/revoke", "", GrantApiWorld::kReader).body,
            world.Post("/v1/grants/" + none + "/revoke", "", GrantApiWorld::kReader).body);
}

}  // namespace
}  // namespace thuja::testing
