// SPDX-License-Identifier: Apache-2.0
// Scopes as JSON: tools in all their forms, resources, and what is refused with its place. That a
// text costs no more than its bounds is tested by what it is refused for.
#include "server/grants/scope_json.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>
#include <vector>

namespace thuja::server {
namespace {

using grants::ArgumentConstraint;
using grants::Reach;
using grants::Scope;
using grants::ScopePattern;
using grants::ToolRule;

std::string ProblemOf(const std::string& text) {
  const auto scope = ReadScope(text);
  return scope.ok() ? "none" : std::string(scope.status().message());
}

std::string Repeat(const std::string& item, size_t count) {
  std::string list;
  for (size_t i = 0; i < count; ++i) list += (i == 0 ? "" : ",") + item;
  return list;
}

// `{"a0": ITEM, "a1": ITEM, ...}`.
std::string Arguments(const std::string& item, size_t count) {
  std::string members;
  for (size_t i = 0; i < count; ++i) {
    members += (i == 0 ? "\"a" : ",\"a") + std::to_string(i) + "\":" + item;
  }
  return "{" + members + "}";
}

TEST(ScopeJson, EachFormIsReadAndHasOneText) {
  const struct {
    std::string text;
    std::string canonical;  // if it is another
  } kCases[] = {
      {R"({"tools":[]})", ""},
      {R"({"tools":[],"resources":[]})", ""},
      {R"({"tools":["git/read","crm/*","deep/**"],"resources":["repos/acme/**"]})", ""},
      {R"({"resources":["b","a"],"tools":["b/b","a/a","b/b"]})",
       R"({"tools":["b/b","a/a","b/b"],"resources":["b","a"]})"},
      {R"({"tools":[{"tool":"git/read"}]})", R"({"tools":["git/read"]})"},
      {R"({"tools":[{"tool_regex":"ci/[a-z]+"}]})", ""},
      {R"({"tools":[{"tool":"a/b","arguments":{}}]})", ""},
      {R"({"tools":[{"arguments":{},"open":false,"tool":"a/b"}]})",
       R"({"tools":[{"tool":"a/b","arguments":{}}]})"},
      {R"({"tools":[{"tool_regex":".*","open":true,"arguments":{}}]})", ""},
      {R"({"tools":[{"tool":"a/b","arguments":{"z":"any","\"\\":{"exact":1},"a":"any"}}]})",
       R"({"tools":[{"tool":"a/b","arguments":{"\"\\":{"exact":1},"a":"any","z":"any"}}]})"},
      {R"({"tools":["a/b"],"resources":["caf\u00e9/\"x\"",{"regex":"repos/[a-z]+"}]})",
       "{\"tools\":[\"a/b\"],\"resources\":[\"caf\xC3\xA9/\\\"x\\\"\",{\"regex\":"
       "\"repos/[a-z]+\"}]}"},
  };
  for (const auto& test : kCases) {
    const auto scope = ReadScope(test.text);
    ASSERT_TRUE(scope.ok()) << test.text << ": " << scope.status();
    const std::string written = WriteScope(**scope);
    EXPECT_EQ(written, test.canonical.empty() ? test.text : test.canonical);
    const auto again = ReadScope(written);
    ASSERT_TRUE(again.ok()) << written << ": " << again.status();
    EXPECT_TRUE(**again == **scope) << written;
  }
}

TEST(ScopeJson, WhatIsReadReachesWhatItSays) {
  const auto scope = ReadScope(R"({
    "tools": ["git/read", {"tool": "git/push", "arguments": {"force": {"exact": false}}},
              {"tool_regex": "ci/[a-z]+", "open": true, "arguments": {"job": "any"}}],
    "resources": ["repos/acme/**"]})");
  ASSERT_TRUE(scope.ok()) << scope.status();
  Field force[] = {{"force", Value::Bool(false)}};
  Field more[] = {{"force", Value::Bool(false)}, {"job", Value::Long(1)}};
  const std::string_view there[] = {"repos/acme/web"};
  const std::string_view elsewhere[] = {"repos/other/web"};
  const auto check = [&](std::string_view tool, std::span<const std::string_view> resources,
                         std::span<Field> arguments) {
    return grants::Check(**scope, tool, resources, Value::Record(arguments));
  };
  EXPECT_EQ(check("git/read", there, more), Reach::kCovered);
  EXPECT_EQ(check("git/push", there, force), Reach::kCovered);
  EXPECT_EQ(check("git/push", there, more), Reach::kArgumentOutOfScope);
  EXPECT_EQ(check("git/push", elsewhere, force), Reach::kResourceOutOfScope);
  EXPECT_EQ(check("ci/run", there, more), Reach::kCovered);
  EXPECT_EQ(check("ci/run", there, force), Reach::kArgumentOutOfScope);
  EXPECT_EQ(check("ci/run/x", there, more), Reach::kToolNotInScope);
}

TEST(ScopeJson, ARefusalSaysWhereAndWhy) {
  const std::string long_name(grants::kLongestArgumentName + 1, 'a');
  const struct {
    std::string text;
    std::string problem;  // how it begins
  } kCases[] = {
      {"", "this is not JSON"},
      {"null", "this is not JSON"},
      {"[]", "scope: expected an object, found an array"},
      {"{}", "scope: the key `tools` is missing"},
      {R"({"resources":[]})", "scope: the key `tools` is missing"},
      {R"({"tools":[],"tool":[]})",
       "scope: the key `tool` is not known here; the keys are `tools` and `resources`"},
      {R"({"tools":[]} x)", "this is not JSON"},
      {R"({"tools":[],"tools":["**"]})", "the key `tools` stands twice"},
      // Tools.
      {R"({"tools":null})", "scope.tools: expected an array of tools, found null"},
      {R"({"tools":"a/b"})", "scope.tools: expected an array of tools, found a string"},
      {R"({"tools":["a/b",5]})", "scope.tools[1]: expected an object, found a number"},
      {R"({"tools":["a/b",{}]})", "scope.tools[1]: exactly one of `tool` and `tool_regex`"},
      {R"({"tools":[{"tool":"a","tool_regex":"a"}]})", "scope.tools[0]: exactly one of"},
      {R"({"tools":[{"tool":"a","arguments":{},"opened":true}]})",
       "scope.tools[0]: the key `opened` is not known here; the keys are `tool`, `tool_regex`, "
       "`arguments` and `open`"},
      {R"({"tools":[{"tool":5}]})", "scope.tools[0].tool: expected a string, found a number"},
      {R"({"tools":[""]})", "scope.tools[0]: a scope pattern is empty"},
      {R"({"tools":["a//b"]})", "scope.tools[0]: the scope pattern \"a//b\" has an empty segment"},
      {R"({"tools":["**/b"]})", "scope.tools[0]: the scope pattern \"**/b\" has a `*` that is not"},
      {R"({"tools":[{"tool_regex":"("}]})", "scope.tools[0].tool_regex: the regular expression"},
      {R"({"tools":[)" + Repeat(R"("a/b")", grants::kMostToolRules + 1) + "]}",
       "scope.tools: more than 64 tools"},
      // Attack: names that look like others.
      {R"({"tools":["git/read\u200b"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git\uff0fread"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git/\u202edaer"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git/%2e%2e"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git/../x"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git\\read"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git/\u0000"]})", "scope.tools[0]: the scope pattern"},
      {R"({"tools":["git/\ud800"]})", "`\\ud800` is half of a surrogate pair"},
      // Arguments.
      {R"({"tools":[{"tool":"a/b","open":true}]})", "scope.tools[0].open: says nothing without"},
      {R"({"tools":[{"tool":"a/b","open":false}]})", "scope.tools[0].open: says nothing without"},
      {R"({"tools":[{"tool":"a/b","open":1,"arguments":{}}]})",
       "scope.tools[0].open: expected a boolean, found a number"},
      {R"({"tools":[{"tool":"a/b","arguments":null}]})",
       "scope.tools[0].arguments: expected an object, found null"},
      {R"({"tools":[{"tool":"a/b","arguments":["force"]}]})",
       "scope.tools[0].arguments: expected an object, found an array"},
      {R"({"tools":["a/b",{"tool":"a/b","arguments":{"amount":{"range":{"min":"1"}}}}]})",
       "scope.tools[1].arguments.amount.range.min: expected a whole number or"},
      {R"({"tools":[{"tool":"a/b","arguments":{"to whom":5}}]})",
       "scope.tools[0].arguments[`to whom`]: expected `\"any\"` or an object"},
      {R"({"tools":[{"tool":"a/b","arguments":{"":"any"}}]})",
       "scope.tools[0].arguments: the name `` is empty, has more than 256 bytes or does not show"},
      {R"({"tools":[{"tool":"a/b","arguments":{"force\u200b":"any"}}]})",
       "scope.tools[0].arguments: the name `force\\u{200b}` is empty"},
      {R"({"tools":[{"tool":"a/b","arguments":{")" + long_name + R"(":"any"}}]})",
       "scope.tools[0].arguments: the name `aaaaaaaa"},
      {R"({"tools":[{"tool":"a/b","arguments":{"a":"any","\u0061":"any"}}]})",
       "the key `a` stands twice"},
      {R"({"tools":[{"tool":"a/b","arguments":)" +
           Arguments(R"("any")", grants::kMostArguments + 1) + "}]}",
       "scope.tools[0].arguments: more than 64 arguments"},
      // Resources.
      {R"({"tools":[],"resources":null})", "scope.resources: expected an array of resources"},
      {R"({"tools":[],"resources":["a",7]})",
       "scope.resources[1]: expected an object, found a number"},
      {R"({"tools":[],"resources":[{}]})", "scope.resources[0]: the key `regex` is missing"},
      {R"({"tools":[],"resources":[{"regex":"a","flags":"i"}]})",
       "scope.resources[0]: the key `flags` is not known here"},
      {R"({"tools":[],"resources":[{"regex":"["}]})", "scope.resources[0].regex: the regular"},
      {R"({"tools":[],"resources":["a/../b"]})", "scope.resources[0]: the scope pattern"},
      {R"({"tools":[],"resources":[)" + Repeat(R"("a")", grants::kMostResources + 1) + "]}",
       "scope.resources: more than 64 resources"},
  };
  for (const auto& test : kCases) {
    const std::string problem = ProblemOf(test.text);
    EXPECT_TRUE(problem.starts_with(test.problem))
        << test.text.substr(0, 200) << "\n  said: " << problem << "\n  not:  " << test.problem;
  }
}

// Each of the rules is within its bounds; what they are together is not.
TEST(ScopeJson, WhatIsTooMuchTogetherIsRefusedAtTheFirstPartThatIs) {
  const std::string thousand = R"({"one_of":[)" + [] {
    std::string list = "0";
    for (int i = 1; i < 1000; ++i) list += "," + std::to_string(i);
    return list;
  }() + "]}";
  const std::string values =
      R"({"tools":[{"tool":"a/b","arguments":)" + Arguments(thousand, 64) + "}]}";
  EXPECT_EQ(ProblemOf(values),
            "scope.tools[0].arguments.a10: with it the scope has more than 10000 values, hosts and "
            "ranges");
  // Of a thousand regular expressions sixty-odd are compiled.
  const std::string rule =
      R"({"tool":"a/b","arguments":)" + Arguments(R"({"regex":"[a-z]+"})", 16) + "}";
  EXPECT_TRUE(ProblemOf(R"({"tools":[)" + Repeat(rule, 64) + "]}")
                  .starts_with("scope.tools[3].arguments.a"))
      << ProblemOf(R"({"tools":[)" + Repeat(rule, 64) + "]}");
  const std::string large = R"({"exact":")" + std::string(60'000, 'x') + "\"}";
  const auto texts = [&large](size_t count) {
    const std::string half = R"({"tool":"a/b","arguments":)" + Arguments(large, count / 2) + "}";
    return R"({"tools":[)" + half + "," + half + "]}";
  };
  EXPECT_EQ(ProblemOf(texts(68)), "none");
  EXPECT_TRUE(ProblemOf(texts(72)).starts_with("scope.tools[1].arguments.a3"))
      << ProblemOf(texts(72));
}

TEST(ScopeJson, ArgumentsOfOneNameAreOneHoweverTheyAreOrdered) {
  const auto a = ReadScope(
      R"({"tools":[{"tool":"a/b","arguments":{"y":"any","x":{"one_of":[2,1]},"Z":"any"}}]})");
  const auto b = ReadScope(
      R"({"tools":[{"arguments":{"x":{"one_of":[1,2,1]},"Z":"any","y":"any"},"tool":"a/b"}]})");
  ASSERT_TRUE(a.ok() && b.ok());
  EXPECT_TRUE(**a == **b);
  EXPECT_EQ(WriteScope(**a), WriteScope(**b));
  EXPECT_EQ(WriteScope(**a),
            R"({"tools":[{"tool":"a/b","arguments":{"Z":"any","x":{"one_of":[1,2]},"y":"any"}}]})");
}

TEST(ScopeJson, OpenIsForgottenWhereNoArgumentsAreLookedAt) {
  const Scope scope{.tools = {{.tools = ScopePattern::Segments("a/b").value(), .open = true}}};
  EXPECT_EQ(WriteScope(scope), R"({"tools":["a/b"]})");
}

TEST(ScopeJson, ArgumentsOutOfOrderAreNotWrittenAndReadAsIfTheyWere) {
  const ArgumentConstraint any = ArgumentConstraint::Any();
  ToolRule::Arguments twice = {{"a", any}, {"a", any}};
  const Scope scope{
      .tools = {{.tools = ScopePattern::Segments("a/b").value(), .arguments = std::move(twice)}}};
  EXPECT_EQ(ProblemOf(WriteScope(scope)), "the key `a` stands twice in this object");
}

}  // namespace
}  // namespace thuja::server
