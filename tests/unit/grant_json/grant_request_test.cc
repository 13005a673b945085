// SPDX-License-Identifier: Apache-2.0
// Grant requests: the form of docs/grants.md, and every way in which a text is none. Nothing that
// looks like a limit may be passed over.
#include <gtest/gtest.h>

#include <limits>
#include <string>

#include "engine/diagnostics.h"
#include "server/grants/grant_json.h"

namespace thuja::server {
namespace {

constexpr int64_t kSecond = 1'000'000'000;

std::optional<GrantRequest> Read(const std::string& text, std::string* problem = nullptr) {
  Diagnostics diagnostics;
  auto request = ReadGrantRequest(text, "body", diagnostics);
  EXPECT_EQ(request.has_value(), diagnostics.empty()) << text;
  if (problem != nullptr && !diagnostics.empty()) *problem = diagnostics.kept().front().message;
  return request;
}

// A request that has what it must, and `members` besides.
std::string With(const std::string& members) {
  return R"({"holder":{"type":"Thuja::Agent","id":"a"},"class":"coder","task":"t","tools":["a/b"])" +
         (members.empty() ? "" : "," + members) + "}";
}

TEST(GrantRequest, IsReadAsTheReferenceHasIt) {
  const auto request = Read(R"({
    "holder": {"type": "Thuja::Agent", "id": "fix-bot"},
    "class": "coder",
    "task": "bug-1042",
    "tenant": "acme",
    "workflow": "bug-fixing", "step": "patch",
    "environment": "staging",
    "deployment": "sha256:5f1c",
    "tools": [
      "git/read",
      {"tool": "git/push",
       "arguments": {"branch": {"regex": "agent/[a-z0-9-]+"}, "force": {"exact": false}}},
      {"tool_regex": "ci/[a-z]+", "open": true, "arguments": {}}
    ],
    "resources": ["repos/acme/**"],
    "not_before": "2026-03-02T09:00:00Z",
    "ttl": 600,
    "heartbeat": 60,
    "calls": 100,
    "pending": true,
    "credential": true
  })");
  ASSERT_TRUE(request);
  const grants::IssueRequest& issue = request->issue;
  EXPECT_EQ(issue.holder, (EntityUid{"Thuja::Agent", "fix-bot"}));
  EXPECT_EQ(issue.agent_class, "coder");
  EXPECT_EQ(issue.purpose, (grants::Purpose{.tenant = "acme",
                                            .task = "bug-1042",
                                            .workflow = "bug-fixing",
                                            .step = "patch",
                                            .environment = "staging",
                                            .deployment = "sha256:5f1c"}));
  ASSERT_NE(issue.scope, nullptr);
  EXPECT_EQ(WriteScope(*issue.scope),
            R"({"tools":["git/read",{"tool":"git/push","arguments":{"branch":{"regex":)"
            R"("agent/[a-z0-9-]+"},"force":{"exact":false}}},{"tool_regex":"ci/[a-z]+",)"
            R"("open":true,"arguments":{}}],"resources":["repos/acme/**"]})");
  EXPECT_EQ(issue.not_before, ParseTime("2026-03-02T09:00:00Z"));
  EXPECT_EQ(issue.ttl, 600 * kSecond);
  EXPECT_EQ(issue.heartbeat_timeout, 60 * kSecond);
  EXPECT_EQ(issue.calls, 100u);
  EXPECT_TRUE(issue.pending);
  EXPECT_TRUE(request->credential);
  EXPECT_TRUE(issue.issued_by.empty());
}

TEST(GrantRequest, WhatIsLeftOutIsNotThere) {
  const auto request = Read(R"({"holder":{"id":"a","type":"Agent"},"class":"coder"})");
  ASSERT_TRUE(request);
  EXPECT_EQ(request->issue.purpose, grants::Purpose{});
  EXPECT_EQ(request->issue.scope, nullptr);
  EXPECT_EQ(request->issue.not_before, 0);
  EXPECT_EQ(request->issue.ttl, 0);
  EXPECT_EQ(request->issue.heartbeat_timeout, 0);
  EXPECT_FALSE(request->issue.calls);
  EXPECT_FALSE(request->issue.pending);
  EXPECT_FALSE(request->credential);
}

TEST(GrantRequest, ToolsWithoutResourcesAreAScopeThatLooksAtNone) {
  const auto request = Read(With(""));
  ASSERT_TRUE(request && request->issue.scope);
  EXPECT_FALSE(request->issue.scope->resources);
  const auto with_none = Read(With(R"("resources":[])"));
  ASSERT_TRUE(with_none && with_none->issue.scope);
  EXPECT_TRUE(with_none->issue.scope->resources);
}

TEST(GrantRequest, SpansAndCallsGoToTheirBounds) {
  EXPECT_EQ(Read(With(R"("ttl":1,"heartbeat":1)"))->issue.ttl, kSecond);
  const auto longest = Read(With(R"("ttl":4102444800,"heartbeat":4102444800)"));
  ASSERT_TRUE(longest);
  EXPECT_EQ(longest->issue.ttl, grants::kLastTime);
  EXPECT_EQ(longest->issue.heartbeat_timeout, grants::kLastTime);
  EXPECT_EQ(Read(With(R"("calls":9223372036854775807)"))->issue.calls,
            uint64_t{std::numeric_limits<int64_t>::max()});
}

TEST(GrantRequest, IsRefusedWithThePlaceOfWhatIsWrong) {
  const struct {
    std::string text;
    std::string problem;  // how it begins
  } kCases[] = {
      // The form.
      {"", "this is not JSON"},
      {"{", "this is not JSON"},
      {"[]", "request: expected an object, found an array"},
      {"{}", "request: the key `holder` is missing"},
      {R"({"holder":{"type":"A","id":"a"}})", "request: the key `class` is missing"},
      {With(R"("issued_by":"me")"),
       "request: the key `issued_by` is not known here; the keys are "
       "`holder`, `class`, `task`, `tenant`, `workflow`, `step`, "},
      {With(R"("Ttl":5)"), "request: the key `Ttl` is not known here"},
      {With("\"ttl\\u200b\":5"), "request: the key `ttl\\u{200b}` is not known here"},
      {With(R"("scope":{})"), "request: the key `scope` is not known here"},
      {With(R"("task":"u")"), "the key `task` stands twice"},
      {With("\"ttl\":5,\"\\u0074tl\":6"), "the key `ttl` stands twice"},
      {With("") + "{}", "this is not JSON"},
      // The holder.
      {R"({"holder":null,"class":"c"})", "request.holder: expected an object, found null"},
      {R"({"holder":"Agent::\"a\"","class":"c"})", "request.holder: expected an object, found a"},
      {R"({"holder":{"type":"A"},"class":"c"})", "request.holder: expected an entity"},
      {R"({"holder":{"type":"A","id":5},"class":"c"})", "request.holder: expected an entity"},
      {R"({"holder":{"type":"A","id":"a","as":"b"},"class":"c"})",
       "request.holder: the key `as` is not known here; the keys are `type` and `id`"},
      {R"({"holder":{"__entity":{"type":"A","id":"a"}},"class":"c"})",
       "request.holder: the key `__entity` is not known here"},
      {R"({"holder":{"type":"no type","id":"a"},"class":"c"})",
       "request.holder: `no type` is not the name of an entity type"},
      // Texts.
      {R"({"holder":{"type":"A","id":"a"},"class":""})",
       "request.class: expected a string that is not empty, found ``"},
      {R"({"holder":{"type":"A","id":"a"},"class":["c"]})",
       "request.class: expected a string that is not empty, found an array"},
      {With(R"("tenant":"")"), "request.tenant: expected a string that is not empty"},
      {With(R"("tenant":null)"), "request.tenant: expected a string that is not empty, found null"},
      {With(R"("workflow":7)"), "request.workflow: expected a string that is not empty, found `7`"},
      {With(R"("step":false)"), "request.step: expected a string that is not empty"},
      {With(R"("environment":{})"), "request.environment: expected a string that is not empty"},
      {With(R"("deployment":"")"), "request.deployment: expected a string that is not empty"},
      {With(R"("tenant":"\udc00")"), "`\\udc00` is half of a surrogate pair"},
      // The scope.
      {R"({"holder":{"type":"A","id":"a"},"class":"c","resources":["a"]})",
       "request.resources: `tools` has to be there too"},
      {R"({"holder":{"type":"A","id":"a"},"class":"c","tools":null})",
       "request.tools: expected an array of tools, found null"},
      {R"({"holder":{"type":"A","id":"a"},"class":"c","tools":["a/b",{"tool":"a/b","arguments":)"
       R"({"amount":{"range":{"min":"0"}}}}]})",
       "request.tools[1].arguments.amount.range.min: expected a whole number"},
      {With(R"("resources":"a")"), "request.resources: expected an array of resources"},
      // Times.
      {With(R"("not_before":1772442300)"),
       "request.not_before: expected a time from 1970 to 2099 in UTC, such as "
       "`\"2026-03-02T09:00:00Z\"`, found `1772442300`"},
      {With(R"("not_before":null)"), "request.not_before: expected a time"},
      {With(R"("not_before":"")"), "request.not_before: expected a time"},
      {With(R"("not_before":"2026-03-02T09:00:00+00:00")"), "request.not_before: expected a time"},
      {With(R"("not_before":"2026-03-02T09:00:60Z")"), "request.not_before: expected a time"},
      {With(R"("not_before":"1969-12-31T23:59:59Z")"), "request.not_before: expected a time"},
      {With(R"("not_before":"9999-12-31T23:59:59Z")"), "request.not_before: expected a time"},
      // Spans.
      {With(R"("ttl":0)"), "request.ttl: expected whole seconds from 1 to 4102444800, found `0`"},
      {With(R"("ttl":-1)"), "request.ttl: expected whole seconds from 1 to 4102444800, found `-1`"},
      {With(R"("ttl":-0)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":4102444801)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":9223372036)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":18446744074)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":9223372036854775807)"),
       "request.ttl: expected whole seconds from 1 to "
       "4102444800, found `9223372036854775807`"},
      {With(R"("ttl":-9223372036854775808)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":9223372036854775808)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":1e300)"),
       "request.ttl: expected whole seconds from 1 to 4102444800, found `1e300`"},
      {With(R"("ttl":1e2)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":600.0)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":0.5)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":"600")"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":null)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":true)"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":[600])"), "request.ttl: expected whole seconds"},
      {With(R"("ttl":)" + std::string(4000, '9')), "request.ttl: expected whole seconds"},
      {With(R"("heartbeat":0)"), "request.heartbeat: expected whole seconds"},
      {With(R"("heartbeat":-60)"), "request.heartbeat: expected whole seconds"},
      {With(R"("heartbeat":9223372036854775807)"), "request.heartbeat: expected whole seconds"},
      {With(R"("heartbeat":1e300)"), "request.heartbeat: expected whole seconds"},
      {With(R"("heartbeat":"60")"), "request.heartbeat: expected whole seconds"},
      // Calls and flags.
      {With(R"("calls":0)"), "request.calls: expected a whole number of calls, at least 1"},
      {With(R"("calls":-1)"), "request.calls: expected a whole number of calls"},
      {With(R"("calls":1.5)"), "request.calls: expected a whole number of calls"},
      {With(R"("calls":"5")"), "request.calls: expected a whole number of calls"},
      {With(R"("calls":null)"), "request.calls: expected a whole number of calls"},
      {With(R"("calls":18446744073709551615)"), "request.calls: expected a whole number of calls"},
      {With(R"("pending":"false")"), "request.pending: expected a boolean, found a string"},
      {With(R"("pending":0)"), "request.pending: expected a boolean, found a number"},
      {With(R"("credential":null)"), "request.credential: expected a boolean, found null"},
      // Depth and bytes.
      {With(R"("ttl":)" + std::string(100'000, '[')), "this is nested too deep"},
      {With("\"task\xFF\":1"), "this byte is not valid UTF-8"},
      {With(R"("tenant":"a)") + std::string(1, '\0'), "this is not JSON"},
  };
  for (const auto& test : kCases) {
    std::string problem;
    EXPECT_FALSE(Read(test.text, &problem)) << test.text.substr(0, 300);
    EXPECT_TRUE(problem.starts_with(test.problem))
        << test.text.substr(0, 300) << "\n  said: " << problem << "\n  not:  " << test.problem;
    EXPECT_LT(problem.size(), 1000u);
  }
}

TEST(GrantRequest, AProblemPointsIntoTheTextByItsName) {
  Diagnostics diagnostics;
  EXPECT_FALSE(ReadGrantRequest(With("\n\"ttl\": 0"), "body", diagnostics));
  ASSERT_FALSE(diagnostics.empty());
  EXPECT_EQ(diagnostics.kept().front().source->name(), "body");
  EXPECT_TRUE(Render(diagnostics).starts_with("body:2:8: error: request.ttl: expected"))
      << Render(diagnostics);
}

// Lengths and characters are the engine's to judge; reading keeps what was there.
TEST(GrantRequest, TextsAreKeptAsTheyAre) {
  const std::string long_text(100'000, 'x');
  const auto request = Read(With("\"tenant\":\"" + long_text + R"(","step":"a\u0000\u202eb\"")"));
  ASSERT_TRUE(request);
  EXPECT_EQ(request->issue.purpose.tenant, long_text);
  EXPECT_EQ(request->issue.purpose.step, std::string("a\0\xE2\x80\xAE"
                                                     "b\"",
                                                     7));
}

}  // namespace
}  // namespace thuja::server
