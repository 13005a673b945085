// SPDX-License-Identifier: Apache-2.0
// Grant requests out of flags and files.
#include "cli/grants/grant_flags.h"

#include <gtest/gtest.h>

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "cli/grants/json_object.h"

namespace thuja::cli {
namespace {

constexpr const char* kLeast = R"("holder":{"type":"Thuja::Agent","id":"fix-bot"},"class":"coder",)"
                               R"("task":"bug-1042","tools":["git/*"])";

// Parses flags as the command does. `file` is the text of --from; empty: none.
absl::StatusOr<std::string> Request(const std::vector<std::string>& arguments,
                                    const std::string& file = "",
                                    GrantRequestKind kind = GrantRequestKind::kIssue) {
  CLI::App app;
  GrantFlags flags;
  AddGrantFlags(app, flags);
  std::vector<std::string> reversed(arguments.rbegin(), arguments.rend());
  app.parse(reversed);
  return MakeGrantRequest(
      flags, file.empty() ? nullptr : std::make_shared<const SourceText>("request.json", file),
      kind);
}

std::vector<std::string> WithLeast(const std::vector<std::string>& more) {
  std::vector<std::string> arguments = {
      "--holder", "Thuja::Agent::\"fix-bot\"", "--class", "coder", "--task", "bug-1042", "--tool",
      "git/*"};
  arguments.insert(arguments.end(), more.begin(), more.end());
  return arguments;
}

std::string Message(const absl::StatusOr<std::string>& request) {
  return request.ok() ? "made: " + *request : std::string(request.status().message());
}

TEST(GrantFlags, EachIsAMemberOfTheRequest) {
  const std::pair<std::vector<std::string>, const char*> kRows[] = {
      {{}, ""},
      {{"--tenant", "acme"}, R"("tenant":"acme")"},
      {{"--workflow", "fixing", "--step", "patch"}, R"("workflow":"fixing","step":"patch")"},
      {{"--environment", "staging"}, R"("environment":"staging")"},
      {{"--deployment", "sha256:5f1c"}, R"("deployment":"sha256:5f1c")"},
      {{"--not-before", "2026-03-02T09:00:00Z"}, R"("not_before":"2026-03-02T09:00:00Z")"},
      {{"--ttl", "10m", "--heartbeat", "60s"}, R"("ttl":600,"heartbeat":60)"},
      {{"--calls", "100"}, R"("calls":100)"},
      {{"--calls", "010"}, R"("calls":10)"},
      {{"--pending", "--credential"}, R"("pending":true,"credential":true)"},
      {{"--tenant", "a \"b\"\n"}, R"("tenant":"a \"b\"\n")"},
  };
  for (const auto& [more, members] : kRows) {
    const auto request = Request(WithLeast(more));
    EXPECT_TRUE(request.ok()) << Message(request);
    EXPECT_NE(Message(request).find(members), std::string::npos) << Message(request);
  }
  EXPECT_EQ(Message(Request(WithLeast({}))), "made: {" + std::string(kLeast) + "}");
}

TEST(GrantFlags, ListsAreRepeatedFlags) {
  EXPECT_EQ(
      Message(Request(WithLeast(
          {"--tool", "docs/read", "--tool-json",
           R"({"tool": "git/push", "arguments": {"force": {"exact": false}, "n": {"exact": 1.50}}})",
           "--resource", "repos/acme/**", "--resource", "[x]"}))),
      R"(made: {"holder":{"type":"Thuja::Agent","id":"fix-bot"},"class":"coder",)"
      R"("task":"bug-1042","tools":["git/*","docs/read",{"tool":"git/push","arguments":)"
      R"({"force":{"exact":false},"n":{"exact":1.50}}}],)"
      R"("resources":["repos/acme/**","[x]"]})");
}

TEST(GrantFlags, StandInPlaceOfTheFilesMembers) {
  const std::string file =
      R"({"class": "reader", "task": "old", "tools": ["a/b", "c/d"], "ttl": 5, "odd": [null, 1e400]})";
  EXPECT_EQ(
      Message(Request({"--holder", "Agent::\"x\"", "--task", "new", "--tool", "e/f", "--ttl", "1m"},
                      file)),
      R"(made: {"class":"reader","task":"new","tools":["e/f"],"ttl":60,"odd":[null,1e400],)"
      R"("holder":{"type":"Agent","id":"x"}})");
}

TEST(GrantFlags, AFileMaySayAll) {
  const std::string file = "{" + std::string(kLeast) + "}";
  EXPECT_EQ(Message(Request({}, file)), "made: " + file);
}

TEST(GrantFlags, NameWhatIsMissing) {
  EXPECT_EQ(Message(Request({})),
            "the request lacks --holder, --class, --task, --tool or --tool-json");
  EXPECT_EQ(Message(Request({"--task", "t"}, R"({"class": "c", "tools": []})")),
            "the request lacks --holder");
  EXPECT_EQ(Message(Request({"--class", "c"}, "", GrantRequestKind::kDelegate)),
            "the request lacks --holder");
  EXPECT_EQ(
      Message(Request({"--class", "c", "--holder", "A::\"x\""}, "", GrantRequestKind::kDelegate)),
      R"(made: {"holder":{"type":"A","id":"x"},"class":"c"})");
}

TEST(GrantFlags, SayWhatIsWrongAndWhere) {
  const std::pair<std::vector<std::string>, const char*> kRows[] = {
      {{"--ttl", "600"}, "--ttl: expected a duration in whole seconds"},
      {{"--heartbeat", "1.5s"}, "--heartbeat: expected a duration in whole seconds"},
      {{"--calls", "-1"}, "--calls: expected a whole number, got `-1`"},
      {{"--calls", "ten"}, "--calls: expected a whole number, got `ten`"},
      {{"--calls", "99999999999999999999"}, "--calls: expected a whole number"},
      {{"--tool-json", "git/*"}, "--tool-json:1:1: "},
      {{"--tool-json", "[]"}, "--tool-json: expected a JSON object"},
      {{"--tool-json", R"({"tool": "a", "tool": "b"})"}, "--tool-json:1:15: "},
      {{"--tenant", "\xff"}, "--tenant: expected UTF-8"},
      {{"--tool", "\xff"}, "--tool: expected UTF-8"},
      {{"--resource", "\xff"}, "--resource: expected UTF-8"},
  };
  for (const auto& [more, message] : kRows) {
    const std::string said = Message(Request(WithLeast(more)));
    EXPECT_TRUE(said.starts_with(message)) << said;
  }
  EXPECT_TRUE(Message(Request({"--holder", "fix-bot"})).starts_with("--holder:1:"));
  EXPECT_TRUE(Message(Request({}, "[]")).starts_with("request.json: expected a JSON object"));
  EXPECT_TRUE(Message(Request({}, "{\"a\"}")).starts_with("request.json:1:"));
}

TEST(UidJson, ReadsCedarsSyntax) {
  EXPECT_EQ(*UidJson("--holder", "A::B::\"say \\\"hi\\\"\""),
            R"({"type":"A::B","id":"say \"hi\""})");
}

TEST(JsonObject, ReplacesAndRemovesMembersByName) {
  JsonObject object;
  object.SetText("a", "1");
  object.Set("b", "2");
  object.Set("a", "3");
  EXPECT_EQ(object.ToString(), R"({"a":3,"b":2})");
  object.Remove("a");
  EXPECT_EQ(object.ToString(), R"({"b":2})");
  EXPECT_FALSE(object.Has("a"));
  EXPECT_EQ(JsonObject().ToString(), "{}");
  EXPECT_EQ(JsonArray({}), "[]");
}

}  // namespace
}  // namespace thuja::cli
