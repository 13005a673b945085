// SPDX-License-Identifier: Apache-2.0
// What all forms of grants have in common: objects without unknown members, lists that are not too
// long, and how it is said what is wrong with a part.
//
// Functions that check report what they find and are false then.
#pragma once

#include <absl/status/statusor.h>

#include <cstddef>
#include <initializer_list>
#include <optional>
#include <string>
#include <string_view>
#include <utility>

#include "engine/entities.h"
#include "engine/json.h"

namespace thuja::server {

// An object that has no members but these. A limit that was misspelt and passed over would be none.
bool CheckMembers(const Json& json, const Place& place,
                  std::initializer_list<std::string_view> known, ValueReader& reader);

// An array of at most `most` elements, looked at before any of them is read.
bool CheckList(const Json& json, const Place& place, std::string_view of, size_t most,
               ValueReader& reader);

// Reports `PLACE: WHY`.
void ReportPart(const Json& json, const Place& place, std::string_view why, ValueReader& reader);

// Reports `PLACE: expected WHAT, found ...` with the text of a number or string.
void ReportOther(const Json& json, const Place& place, const std::string& what,
                 ValueReader& reader);

// What the engine made of a part, or nothing, its reason reported.
template <typename T>
std::optional<T> Accept(absl::StatusOr<T> made, const Json& json, const Place& place,
                        ValueReader& reader) {
  if (made.ok()) return *std::move(made);
  const auto why = made.status().message();
  ReportPart(json, place, {why.data(), why.size()}, reader);
  return std::nullopt;
}

}  // namespace thuja::server
