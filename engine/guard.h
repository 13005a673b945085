// SPDX-License-Identifier: Apache-2.0
// Deciding under a guard: only what a live grant covers is asked of the policies.
#pragma once

#include "engine/decide.h"
#include "engine/decide/guard.h"
#include "engine/decide/outlook.h"
#include "engine/decide/pdp_context.h"
#include "engine/decide/tool_call.h"
#include "engine/grants.h"

namespace thuja {

using decide::AddPdpContext;
using decide::GrantsState;
using decide::Guard;
using decide::GuardedCaller;
using decide::GuardedDecision;
using decide::kActionType;
using decide::kCallTool;
using decide::kServerType;
using decide::kToolType;
using decide::Outlook;
using decide::Permitted;
using decide::PermittedName;
using decide::ReadToolCall;
using decide::ToolCall;
using decide::ToolOutlook;
using decide::WhatCan;

}  // namespace thuja
