// SPDX-License-Identifier: Apache-2.0
// One walk over the context.
//
// Tested by tests/unit/decide/tool_call_test.cc.
#include "engine/decide/tool_call.h"

#include "engine/base/words.h"
#include "engine/grants/canonical.h"

namespace thuja::decide {
namespace {

using base::ReasonCode;
using value::Field;
using value::Request;
using value::Type;
using value::Value;

// Keys of the context that mean something here.
enum class Key : uint8_t {
  kOther,
  kReserved,
  kInput,
  kResources,
  kTask,
  kStep,
  kTenant,
  kEnvironment,
  kDeployment,
};

// Most keys are told apart by their sizes.
Key KeyOf(std::string_view text) {
  const auto is = [text](std::string_view name, Key key) {
    return base::EqualTexts(text, name) ? key : Key::kOther;
  };
  switch (text.size()) {
    case kReservedKey.size(): return is(kReservedKey, Key::kReserved);
    case 4: return text[0] == 't' ? is("task", Key::kTask) : is("step", Key::kStep);
    case 5: return is("input", Key::kInput);
    case 6: return is("tenant", Key::kTenant);
    case 9: return is("resources", Key::kResources);
    case 10: return is("deployment", Key::kDeployment);
    case 11: return is("environment", Key::kEnvironment);
    default: return Key::kOther;
  }
}

bool ReadText(const Value& value, std::string_view* out) {
  if (!value.Is(Type::kString)) return false;
  *out = value.AsString();
  return true;
}

bool ReadInput(const Value& value, ToolCall& call) {
  call.input = value;
  return value.Is(Type::kRecord);
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
  bool good = true;
  switch (KeyOf(field.key)) {
    case Key::kOther: break;
    case Key::kReserved: return ReasonCode::kReservedKey;
    case Key::kInput: good = ReadInput(field.value, call); break;
    case Key::kResources: good = ReadResources(field.value, request.arena, call); break;
    case Key::kTask: good = ReadText(field.value, &call.task); break;
    case Key::kStep: good = ReadText(field.value, &call.step); break;
    case Key::kTenant: good = ReadText(field.value, &call.tenant); break;
    case Key::kEnvironment: good = ReadText(field.value, &call.environment); break;
    case Key::kDeployment: good = ReadText(field.value, &call.deployment); break;
  }
  if (!good) return ReasonCode::kMalformedRequest;
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
  if (base::EqualTexts(request.resource.type, kServerType) && !TurnAround(request)) {
    return ReasonCode::kInvalidToolName;
  }
  call.tool = request.resource.id;
  if (!base::EqualTexts(request.resource.type, kToolType) || !grants::IsToolName(call.tool)) {
    return ReasonCode::kInvalidToolName;
  }
  // A tool is called; what else could be done to one, no grant speaks of.
  if (!base::EqualTexts(request.action.id, kCallTool) ||
      !base::EqualTexts(request.action.type, kActionType)) {
    return ReasonCode::kInvalidToolName;
  }
  return std::nullopt;
}

}  // namespace thuja::decide
