// SPDX-License-Identifier: Apache-2.0
// Requests out of JSON: `{"principal", "action", "resource", "context", "entities"}`.
//
// An entity is `{"type": T, "id": I}`, the same inside `__entity`, or a string in Cedar's syntax
// such as `Agent::"alice"`. A context that is left out is empty. A member of any other name is
// refused: a misspelt `context` that was ignored would make forbids fail and permits pass.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string_view>
#include <vector>

#include "engine/base/diagnostic.h"
#include "engine/data/json_values.h"
#include "engine/value/request.h"

namespace thuja::data {

// A uid in any of the three forms, in the memory that `uid` has. False if it is none.
bool ReadUid(const value::Json& json, const Place& place, ValueReader& reader,
             value::EntityUid* uid);

// What to do with members that are no part of a request.
enum class OtherKeys : uint8_t { kRefuse, kIgnore };

// One request of a larger document, such as an array of them.
std::optional<value::Request> ReadRequest(const value::JsonDocument& document,
                                          const value::Json& json, const Place& place,
                                          base::Diagnostics& diagnostics,
                                          OtherKeys other_keys = OtherKeys::kRefuse);

// A text that holds one request.
std::optional<value::Request> ReadRequest(std::shared_ptr<const base::SourceText> source,
                                          base::Diagnostics& diagnostics);

// The same for those who read one request after the other, in place of what `document` and
// `request` held and in their memory: once that has grown, nothing is allocated any more. If false,
// the request is of no use. The request needs neither the text nor the document.
bool ReadRequest(base::LentText text, value::JsonDocument& document, value::Request& request,
                 base::Diagnostics& diagnostics);

// A text that holds a context and nothing else; the value is put into `arena`.
std::optional<value::Value> ReadContext(std::shared_ptr<const base::SourceText> source,
                                        base::Arena& arena, base::Diagnostics& diagnostics);

// A uid in Cedar's text syntax.
std::optional<value::EntityUid> ParseEntityUid(std::shared_ptr<const base::SourceText> source,
                                               base::Diagnostics& diagnostics);

}  // namespace thuja::data
