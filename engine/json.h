// SPDX-License-Identifier: Apache-2.0
// The strict JSON reader and the quoting of strings, for programs that wrap the engine.
#pragma once

#include "engine/value/json.h"

namespace thuja {

using value::Json;
using value::JsonDocument;
using value::JsonMember;
using value::QuoteJson;
using value::ReadJson;
using value::WriteJson;

}  // namespace thuja
