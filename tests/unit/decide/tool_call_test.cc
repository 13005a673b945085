// SPDX-License-Identifier: Apache-2.0
// Both shapes of a call, and what is none.
#include "engine/decide/tool_call.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/decide_fixture.h"

namespace thuja::decide {
namespace {

using base::ReasonCode;
using testing::MakeRequest;
using value::Request;

std::string Uid(std::string_view type, std::string_view id) {
  return "{\"type\": \"" + std::string(type) + "\", \"id\": \"" + std::string(id) + "\"}";
}

Request MakeCall(std::string_view action, std::string_view resource, std::string_view context) {
  return MakeRequest(
      "{\"principal\": " + Uid("Thuja::Agent", "a") + ", \"action\": " + std::string(action) +
      ", \"resource\": " + std::string(resource) + ", \"context\": " + std::string(context) + "}");
}

Request CallOf(std::string_view tool, std::string_view context = "{}") {
  return MakeCall(Uid("Thuja::Action", "call_tool"), Uid("Thuja::Tool", tool), context);
}

std::string Read(Request& request, ToolCall& call) {
  const auto why = ReadToolCall(request, call);
  return why ? std::string(base::ReasonCodeName(*why)) : "call";
}

std::string Read(Request request) {
  ToolCall call;
  return Read(request, call);
}

TEST(ToolCall, AllPartsOfTheContextAreRead) {
  Request request = CallOf("git/push", R"({
      "task": "T1", "step": "2", "tenant": "acme", "environment": "prod", "deployment": "sha256:1",
      "input": {"branch": "agent/x"}, "resources": ["repos/b", "repos/a"], "other": 1})");
  ToolCall call;
  ASSERT_EQ(Read(request, call), "call");
  EXPECT_EQ(call.tool, "git/push");
  EXPECT_EQ(call.task, "T1");
  EXPECT_EQ(call.step, "2");
  EXPECT_EQ(call.tenant, "acme");
  EXPECT_EQ(call.environment, "prod");
  EXPECT_EQ(call.deployment, "sha256:1");
  EXPECT_NE(call.input.Find("branch"), nullptr);
  EXPECT_EQ(std::vector<std::string_view>(call.resources.begin(), call.resources.end()),
            (std::vector<std::string_view>{"repos/a", "repos/b"}));
}

TEST(ToolCall, WhatAnEarlierCallSaidIsGone) {
  ToolCall call;
  Request first = CallOf("git/push", R"({"task": "T1", "resources": ["a"], "input": {"x": 1}})");
  ASSERT_EQ(Read(first, call), "call");
  Request second = CallOf("git/push");
  ASSERT_EQ(Read(second, call), "call");
  EXPECT_EQ(call.task, "");
  EXPECT_TRUE(call.resources.empty());
  EXPECT_EQ(call.input.Find("x"), nullptr);
}

TEST(ToolCall, AToolThatIsTheActionBecomesTheResource) {
  Request request = MakeCall(Uid("Thuja::Action", "push"), Uid("Thuja::Server", "git"), "{}");
  ToolCall call;
  ASSERT_EQ(Read(request, call), "call");
  EXPECT_EQ(call.tool, "git/push");
  EXPECT_EQ(value::Print(request.action.view()), "Thuja::Action::\"call_tool\"");
  EXPECT_EQ(value::Print(request.resource.view()), "Thuja::Tool::\"git/push\"");
}

TEST(ToolCall, AToolIsCalledAndNothingElse) {
  for (const auto& [type, id] : {std::pair{"Thuja::Action", "delete"},
                                 {"Action", "call_tool"},
                                 {"Thuja::Action", "Call_Tool"},
                                 {"Thuja::Action", ""}}) {
    EXPECT_EQ(Read(MakeCall(Uid(type, id), Uid("Thuja::Tool", "git/push"), "{}")),
              "invalid_tool_name")
        << type << " " << id;
  }
}

TEST(ToolCall, NoTwoPairsOfServerAndToolBecomeOne) {
  for (const auto& [server, tool] : {std::pair{"a/b", "c"},
                                     {"a", "b/c"},
                                     {"", "c"},
                                     {"a", ""},
                                     {"..", "c"},
                                     {"a", "call_tool"}}) {
    EXPECT_EQ(Read(MakeCall(Uid("Thuja::Action", tool), Uid("Thuja::Server", server), "{}")),
              "invalid_tool_name")
        << server << " " << tool;
  }
  EXPECT_EQ(Read(MakeCall(Uid("Other::Action", "push"), Uid("Thuja::Server", "git"), "{}")),
            "invalid_tool_name");
}

TEST(ToolCall, WhatIsNoToolHasNoName) {
  EXPECT_EQ(Read(MakeCall(Uid("Thuja::Action", "call_tool"), Uid("Thuja::File", "git/push"), "{}")),
            "invalid_tool_name");
  for (const char* name : {"", "push", "git//push", "git/pu sh", "git/../push", "/git/push",
                           "git/f\u0456le", "git/push\\u0000", "git/push\\u200b"}) {
    EXPECT_EQ(Read(CallOf(name)), "invalid_tool_name") << name;
  }
}

TEST(ToolCall, PartsOfAnotherTypeAreRefused) {
  for (const char* context :
       {R"({"task": 1})", R"({"task": ["T1"]})", R"({"step": {}})", R"({"tenant": true})",
        R"({"environment": 3})", R"({"deployment": []})", R"({"input": "x"})", R"({"input": []})",
        R"({"resources": "a"})", R"({"resources": ["a", 1]})", R"({"resources": {}})"}) {
    EXPECT_EQ(Read(CallOf("git/push", context)), "malformed_request") << context;
  }
}

TEST(ToolCall, TheReservedKeyIsRefusedWhateverItHolds) {
  for (const char* context :
       {R"({"pdp": {}})", R"({"pdp": 1})", R"({"task": "T", "pdp": {"now": 1}})"}) {
    EXPECT_EQ(Read(CallOf("git/push", context)), "reserved_key") << context;
  }
  EXPECT_EQ(Read(CallOf("git/push", R"({"PDP": {}, "pdp2": {}})")), "call");
}

}  // namespace
}  // namespace thuja::decide
