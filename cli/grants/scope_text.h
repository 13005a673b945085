// SPDX-License-Identifier: Apache-2.0
// What a grant reaches, for people: the tools of a scope and the limits of their arguments.
#pragma once

#include <string>

#include "engine/json.h"

namespace thuja::cli {

// The table of the grant's tools, each with what its arguments may be: `branch matches agent/.*;
// force = false`. What is not understood is shown as it is.
std::string ToolsText(const Json& grant);

// The resources of the grant: its patterns, `none`, or `not looked at`.
std::string ResourcesText(const Json& grant);

// A string as it is, nothing for null, everything else as JSON.
std::string PlainText(const Json* json);

}  // namespace thuja::cli
