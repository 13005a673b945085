// SPDX-License-Identifier: Apache-2.0
// `thuja authorize` and the program around it, run as a user would.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <vector>

#include "cli/command.h"
#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja {
namespace {

using testing::ProgramResult;
using testing::RunThuja;

constexpr const char* kPolicies =
    "@id(\"readers-read\")\n"
    "permit (principal in Group::\"readers\", action == Action::\"read\", resource);\n"
    "@id(\"no-secrets\")\n"
    "forbid (principal, action, resource) when { resource.secret };\n";

constexpr const char* kEntities = R"([
  {"uid": {"type": "User", "id": "a"}, "attrs": {}, "parents": [{"type": "Group", "id": "readers"}]},
  {"uid": {"type": "Doc", "id": "open"}, "attrs": {"secret": false}, "parents": []},
  {"uid": {"type": "Doc", "id": "closed"}, "attrs": {"secret": true}, "parents": []},
  {"uid": {"type": "Doc", "id": "bare"}, "attrs": {}, "parents": []}
])";

class AuthorizeTest : public ::testing::Test {
 protected:
  std::string Write(const std::string& name, const std::string& text) {
    return testing::WriteFile((folder_.path() / name).string(), text);
  }

  // With the policies and entities above, and more arguments.
  ProgramResult Authorize(const std::vector<std::string>& more, const std::string& input = "") {
    std::vector<std::string> arguments = {"authorize", "--policies", Write("p.cedar", kPolicies),
                                          "--entities", Write("e.json", kEntities)};
    arguments.insert(arguments.end(), more.begin(), more.end());
    return RunThuja(arguments, input);
  }

  static std::string RequestFor(const std::string& doc) {
    return R"({"principal": "User::\"a\"", "action": "Action::\"read\"", "resource": "Doc::\")" +
           doc + R"(\""})";
  }

  static std::vector<std::string> ArgumentsFor(const std::string& doc) {
    return {"--principal",      "User::\"a\"", "--action",
            "Action::\"read\"", "--resource",  "Doc::\"" + doc + "\""};
  }

  testing::TemporaryFolder folder_;
};

TEST_F(AuthorizeTest, ExplainsOnRequestInEveryForm) {
  std::vector<std::string> arguments = ArgumentsFor("closed");
  EXPECT_EQ(Authorize(arguments).out.find("overridden"), std::string::npos);
  arguments.emplace_back("--explain");
  EXPECT_NE(Authorize(arguments).out.find("These permits were satisfied and overridden:\n"
                                          "  permit policy0"),
            std::string::npos);
  arguments.insert(arguments.end(), {"--format", "json"});
  EXPECT_NE(Authorize(arguments).out.find(R"("overridden":[{"policy":"policy0")"),
            std::string::npos);
  const ProgramResult many = Authorize({"--requests", "-", "--explain"}, RequestFor("closed"));
  EXPECT_NE(many.out.find(R"("explanation":{"determining":[{"policy":"policy1")"),
            std::string::npos);
}

TEST_F(AuthorizeTest, TheStatusIsTheDecision) {
  EXPECT_EQ(Authorize(ArgumentsFor("open")).status, 0);
  EXPECT_EQ(Authorize(ArgumentsFor("closed")).status, 2);
  EXPECT_EQ(Authorize({"--request", Write("r.json", RequestFor("open"))}).status, 0);
  EXPECT_EQ(Authorize({"--request", "-"}, RequestFor("closed")).status, 2);
}

TEST_F(AuthorizeTest, JsonIsExact) {
  const auto json = [&](const std::string& doc) {
    std::vector<std::string> arguments = ArgumentsFor(doc);
    arguments.insert(arguments.end(), {"--format", "json"});
    return Authorize(arguments).out;
  };
  EXPECT_EQ(json("open"), "{\"decision\":\"allow\",\"reasons\":[\"policy0\"],\"errors\":[]}\n");
  EXPECT_EQ(json("closed"), "{\"decision\":\"deny\",\"reasons\":[\"policy1\"],\"errors\":[]}\n");
  EXPECT_EQ(
      json("bare"),
      "{\"decision\":\"allow\",\"reasons\":[\"policy0\"],\"errors\":[{\"policy\":\"policy1\","
      "\"kind\":\"entity_attr_does_not_exist\",\"message\":\"entity `Doc::\\\"bare\\\"` has no "
      "attribute `secret`\"}]}\n");
}

TEST_F(AuthorizeTest, TextShowsThePoliciesThatDecidedAndWhy) {
  const std::string allowed = Authorize(ArgumentsFor("open")).out;
  EXPECT_TRUE(allowed.starts_with("ALLOW\n")) << allowed;
  EXPECT_NE(allowed.find("permit policy0"), std::string::npos);
  EXPECT_NE(allowed.find("@id(\"readers-read\")"), std::string::npos);
  const std::string denied = Authorize(ArgumentsFor("closed")).out;
  EXPECT_TRUE(denied.starts_with("DENY\n")) << denied;
  EXPECT_NE(denied.find("forbid policy1"), std::string::npos);
  const std::string nobody = Authorize({"--principal", "User::\"b\"", "--action",
                                        "Action::\"read\"", "--resource", "Doc::\"open\""})
                                 .out;
  EXPECT_NE(nobody.find("No permit was satisfied"), std::string::npos) << nobody;
  EXPECT_NE(nobody.find("`User::\"b\"` is not in `Group::\"readers\"`"), std::string::npos)
      << nobody;
  EXPECT_NE(Authorize(ArgumentsFor("bare")).out.find("failed and were skipped"), std::string::npos);
}

TEST_F(AuthorizeTest, IdsCanComeFromAnnotations) {
  std::vector<std::string> arguments = ArgumentsFor("open");
  arguments.insert(arguments.end(), {"--ids", "annotation", "--format", "json"});
  EXPECT_EQ(Authorize(arguments).out,
            "{\"decision\":\"allow\",\"reasons\":[\"readers-read\"],\"errors\":[]}\n");
  const std::string twice = Write("twice.cedar", std::string(kPolicies) + kPolicies);
  arguments.insert(arguments.end(), {"--policies", twice});
  const ProgramResult result = Authorize(arguments);
  EXPECT_EQ(result.status, 1);
  EXPECT_NE(result.err.find("readers-read"), std::string::npos) << result.err;
}

TEST_F(AuthorizeTest, PoliciesComeFromFilesFoldersAndStandardInput) {
  const std::string permit = "permit (principal, action, resource);";
  Write("set/b.cedar", permit);
  Write("set/a/z.cedar", "forbid (principal, action, resource);");
  Write("set/ignored.txt", "not a policy");
  const std::string entities = Write("none.json", "[]");
  std::vector<std::string> arguments = {
      "authorize", "--policies", (folder_.path() / "set").string(), "--entities", entities,
      "--format",  "json"};
  const std::vector<std::string> question = ArgumentsFor("open");
  arguments.insert(arguments.end(), question.begin(), question.end());
  // `set/a/z.cedar` stands before `set/b.cedar` in byte order.
  EXPECT_EQ(RunThuja(arguments).out,
            "{\"decision\":\"deny\",\"reasons\":[\"policy0\"],\"errors\":[]}\n");
  arguments[2] = "-";
  EXPECT_EQ(RunThuja(arguments, permit).out,
            "{\"decision\":\"allow\",\"reasons\":[\"policy0\"],\"errors\":[]}\n");
}

TEST_F(AuthorizeTest, TemplatesAreLinked) {
  const std::string policies =
      Write("t.cedar", "permit (principal == ?principal, action, resource);");
  const std::string links = Write(
      "l.json",
      R"([{"template_id": "policy0", "link_id": "a", "args": {"?principal": "User::\"a\""}}])");
  std::vector<std::string> arguments = {
      "authorize", "--policies", policies,   "--entities", Write("none.json", "[]"),
      "--links",   links,        "--format", "json"};
  const std::vector<std::string> question = ArgumentsFor("open");
  arguments.insert(arguments.end(), question.begin(), question.end());
  EXPECT_EQ(RunThuja(arguments).out,
            "{\"decision\":\"allow\",\"reasons\":[\"a\"],\"errors\":[]}\n");
}

TEST_F(AuthorizeTest, ManyRequestsGiveALineEach) {
  const ProgramResult lines =
      Authorize({"--requests", "-"}, RequestFor("open") + "\n\n" + RequestFor("closed") + "\r\n");
  EXPECT_EQ(lines.status, 0);
  EXPECT_EQ(lines.out,
            "{\"decision\":\"allow\",\"reasons\":[\"policy0\"],\"errors\":[]}\n"
            "{\"decision\":\"deny\",\"reasons\":[\"policy1\"],\"errors\":[]}\n");
  const ProgramResult array =
      Authorize({"--requests",
                 Write("r.json", "[" + RequestFor("open") + ",\n" + RequestFor("closed") + "]")});
  EXPECT_EQ(array.status, 0);
  EXPECT_EQ(array.out, lines.out);
}

TEST_F(AuthorizeTest, ABrokenRequestFailsAloneAndKeepsItsLine) {
  const ProgramResult result = Authorize(
      {"--requests", "-"}, RequestFor("open") + "\n{broken\n" + RequestFor("open") + "\n");
  EXPECT_EQ(result.status, 1);
  EXPECT_EQ(std::ranges::count(result.out, '\n'), 3);
  EXPECT_NE(result.out.find("\n{\"error\":\"<stdin> line 2:1:"), std::string::npos) << result.out;
  const ProgramResult array =
      Authorize({"--requests", "-"}, "[" + RequestFor("open") + ", {\"principal\": 1}]");
  EXPECT_EQ(array.status, 1);
  EXPECT_EQ(std::ranges::count(array.out, '\n'), 2);
}

TEST_F(AuthorizeTest, ARequestThatReplacesStoredFactsIsRefused) {
  const std::string request =
      RequestFor("closed").substr(0, RequestFor("closed").size() - 1) +
      R"(, "entities": [{"uid": {"type": "Doc", "id": "closed"}, "attrs": {"secret": false}, "parents": []}]})";
  const ProgramResult one = Authorize({"--request", "-"}, request);
  EXPECT_EQ(one.status, 1);
  EXPECT_NE(one.err.find("stored_attribute"), std::string::npos) << one.err;
  EXPECT_EQ(one.out, "");
  const ProgramResult many = Authorize({"--requests", "-"}, request);
  EXPECT_EQ(many.status, 1);
  EXPECT_NE(many.out.find("{\"error\":\"stored_attribute"), std::string::npos) << many.out;
}

TEST_F(AuthorizeTest, WhateverIsWrongIsStatusOneWithAMessage) {
  const std::string good = Write("good.cedar", kPolicies);
  const std::string entities = Write("good.json", kEntities);
  const std::vector<std::string> question = ArgumentsFor("open");
  const auto run = [&](const std::string& policies, const std::string& entity_file,
                       std::vector<std::string> more) {
    std::vector<std::string> arguments = {"authorize", "--policies", policies, "--entities",
                                          entity_file};
    arguments.insert(arguments.end(), more.begin(), more.end());
    const ProgramResult result = RunThuja(arguments);
    EXPECT_EQ(result.status, 1) << result.out;
    EXPECT_NE(result.err, "");
    EXPECT_EQ(result.out, "");
    return result.err;
  };
  EXPECT_NE(run(Write("bad.cedar", "permit"), entities, question).find("bad.cedar:1:7"),
            std::string::npos);
  run("/nowhere.cedar", entities, question);
  run(folder_.path().string() + "/empty-folder-that-is-missing", entities, question);
  run(Write("binary.cedar", std::string("\0\xFF\x01", 3)), entities, question);
  run(good, Write("bad.json", "[{]"), question);
  run(good, Write("empty.json", ""), question);
  run(good, folder_.path().string(), question);
  run(good, entities, {});
  run(good, entities, {"--principal", "User::\"a\""});
  run(good, entities, {"--principal", "User", "--action", "A::\"b\"", "--resource", "R::\"c\""});
  run(good, entities, {"--request", "/nowhere.json"});
  run(good, entities, {"--request", Write("r.json", "{}")});
  run(good, entities, {"--request", good, "--requests", good});
  run(good, entities, {"--format", "xml"});
  run(good, entities, {"--frobnicate"});
  run("-", entities, {"--requests", "-"});
}

TEST(Program, EveryCommandHasHelpWithItsExitStatuses) {
  const ProgramResult all = RunThuja({"--help"});
  EXPECT_EQ(all.status, 0);
  for (const cli::Command& command : cli::AllCommands()) {
    EXPECT_NE(all.out.find(command.name), std::string::npos);
    const ProgramResult help = RunThuja({command.name, "--help"});
    EXPECT_EQ(help.status, 0);
    EXPECT_NE(help.out.find("Exit status"), std::string::npos) << command.name;
  }
}

TEST(Program, AnAnswerThatCannotBeWrittenIsNoSuccess) {
  const testing::TemporaryFolder folder;
  const std::string policies = testing::WriteFile((folder.path() / "p.cedar").string(),
                                                  "permit (principal, action, resource);");
  const std::string entities = testing::WriteFile((folder.path() / "e.json").string(), "[]");
  const std::vector<std::string> arguments = {
      "authorize", "--policies", policies,        "--entities", entities,  "--principal",
      "U::\"a\"",  "--action",   "Action::\"b\"", "--resource", "R::\"c\""};
  EXPECT_EQ(RunThuja(arguments, "", "/dev/null").status, 0);
  EXPECT_EQ(RunThuja(arguments, "", "/dev/full").status, 1);
}

TEST(Program, UnknownCommandsAndNoneAreWrong) {
  EXPECT_EQ(RunThuja({}).status, 1);
  EXPECT_EQ(RunThuja({"frobnicate"}).status, 1);
}

}  // namespace
}  // namespace thuja
