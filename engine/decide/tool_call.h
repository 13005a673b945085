// SPDX-License-Identifier: Apache-2.0
// What a request says of a tool call: which tool, with what, on what, and for which task.
//
// Two shapes of call are in use. In one the tool is the resource and one action calls it:
// `Thuja::Action::"call_tool"` on `Thuja::Tool::"git/push"`. In the other the tool is the action
// and its server the resource: `Thuja::Action::"push"` on `Thuja::Server::"git"`. The second is
// turned into the first, so that policies and grants know one.
//
// All of it is the caller's word; engine/decide/guard.h holds it against the grant.
#pragma once

#include <optional>
#include <span>
#include <string_view>

#include "engine/base/reason_code.h"
#include "engine/value/request.h"

namespace thuja::decide {

inline constexpr std::string_view kToolType = "Thuja::Tool";
inline constexpr std::string_view kServerType = "Thuja::Server";
inline constexpr std::string_view kActionType = "Thuja::Action";
inline constexpr std::string_view kCallTool = "call_tool";

// Key of the context that the decision point fills in, and nobody else.
inline constexpr std::string_view kReservedKey = "pdp";

// Texts are the request's; empty: nothing was said.
struct ToolCall {
  std::string_view tool;
  std::string_view tenant;
  std::string_view task;
  std::string_view step;
  std::string_view environment;
  std::string_view deployment;
  value::Value input = value::Value::EmptyRecord();  // the tool's arguments
  std::span<const std::string_view> resources;       // what the call is about
};

// Reads the call, and gives `request` the first shape if it has the second. Nothing if that went
// well, and otherwise why not: the reserved key, a part of another type than docs/grants.md has it,
// another action, a resource that is no tool or has the name of none.
std::optional<base::ReasonCode> ReadToolCall(value::Request& request, ToolCall& call);

}  // namespace thuja::decide
