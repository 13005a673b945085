// SPDX-License-Identifier: Apache-2.0
// One walk over the context.
//
// Tested by tests/unit/decide/tool_call_test.cc.
#include "engine/decide/tool_call.h"

#include "engine/grants/canonical.h"

namespace thuja::decide {
namespace {

using base::ReasonCode;
using value::Field;
using value::Request;
using value::Type;
using value::Value;

// Where a text of the context goes; null if the key is none of them.
std::string_view* TextOf(std::string_view key, ToolCall& call) {
  if (key == "task") return &call.task;
  if (key == "step") return &call.step;
  if (key == "tenant") return &call.tenant;
  if (key == "environment") return &call.environment;
  if (key == "deployment") return &call.deployment;
  return nullptr;
}

bool ReadResources(const Value& value, base::Arena& arena, ToolCall& call) {
  if (!value.Is(Type::kSet)) return false;
  const std::span<const Value> elements = value.AsSet();
  auto* const texts = arena.AllocateArray<std::string_view>(elements.size());
  for (size_t i = 0; i < elements.size(); ++i) {
    if (!elements[i].Is(Type::kString)) return false;
    texts[i] = elements[i].AsString();
  }
  call.resources = {texts, elements.size()};
  return true;
}

std::optional<ReasonCode> ReadField(const Field& field, Request& request, ToolCall& call) {
  if (field.key == kReservedKey) return ReasonCode::kReservedKey;
  if (field.key == "input") {
    if (!field.value.Is(Type::kRecord)) return ReasonCode::kMalformedRequest;
    call.input = field.value;
  } else if (field.key == "resources") {
    if (!ReadResources(field.value, request.arena, call)) return ReasonCode::kMalformedRequest;
  } else if (std::string_view* const text = TextOf(field.key, call)) {
    if (!field.value.Is(Type::kString)) return ReasonCode::kMalformedRequest;
    *text = field.value.AsString();
  }
  return std::nullopt;
}

bool HasSlash(std::string_view text) { return text.find('/') != text.npos; }

// `a/b` and `c` must not be taken for `a` and `b/c`.
bool TurnAround(Request& request) {
  if (request.action.type != kActionType || request.action.id == kCallTool) return false;
  if (HasSlash(request.action.id) || HasSlash(request.resource.id)) return false;
  request.resource.type.assign(kToolType);
  request.resource.id += '/';
  request.resource.id += request.action.id;
  request.action.id.assign(kCallTool);
  return true;
}

}  // namespace

std::optional<ReasonCode> ReadToolCall(Request& request, ToolCall& call) {
  call = ToolCall();
  if (!request.context.Is(Type::kRecord)) return ReasonCode::kMalformedRequest;
  for (const Field& field : request.context.AsRecord()) {
    if (const auto why = ReadField(field, request, call)) return why;
  }
  if (request.resource.type == kServerType && !TurnAround(request)) {
    return ReasonCode::kInvalidToolName;
  }
  call.tool = request.resource.id;
  if (request.resource.type != kToolType || !grants::IsToolName(call.tool)) {
    return ReasonCode::kInvalidToolName;
  }
  return std::nullopt;
}

}  // namespace thuja::decide
