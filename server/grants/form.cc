// SPDX-License-Identifier: Apache-2.0
// Checks of objects and lists, and their reports.
//
// Tested by tests/unit/grant_json/scope_json_test.cc and
// tests/unit/grant_json/grant_request_test.cc.
#include "server/grants/form.h"

#include <algorithm>

#include "engine/diagnostics.h"

namespace thuja::server {
namespace {

// `a`, `b` and `c`, each in backticks.
std::string ListOf(std::initializer_list<std::string_view> names) {
  std::string list;
  for (const std::string_view& name : names) {
    if (&name != names.begin()) list += &name + 1 == names.end() ? " and " : ", ";
    list += Quote(name);
  }
  return list;
}

}  // namespace

bool CheckMembers(const Json& json, const Place& place,
                  std::initializer_list<std::string_view> known, ValueReader& reader) {
  if (!json.IsObject()) {
    reader.ReportExpected(json, place, "an object");
    return false;
  }
  for (const JsonMember& member : json.members) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    reader.Report(DiagnosticKind::kJsonUnknownKey, member.key_span,
                  {place.ToString(), Quote(member.key), ListOf(known)});
    return false;
  }
  return true;
}

bool CheckList(const Json& json, const Place& place, std::string_view of, size_t most,
               ValueReader& reader) {
  if (!json.IsArray()) {
    reader.ReportExpected(json, place, std::string("an array of ") + std::string(of));
    return false;
  }
  if (json.elements.size() <= most) return true;
  ReportPart(json, place, "more than " + std::to_string(most) + " " + std::string(of), reader);
  return false;
}

void ReportPart(const Json& json, const Place& place, std::string_view why, ValueReader& reader) {
  reader.Report(DiagnosticKind::kGrantPart, json.span, {place.ToString(), why});
}

void ReportOther(const Json& json, const Place& place, const std::string& what,
                 ValueReader& reader) {
  std::string found;
  switch (json.kind) {
    case Json::Kind::kInteger: found = Quote(std::to_string(json.integer)); break;
    case Json::Kind::kOtherNumber:
    case Json::Kind::kString: found = Quote(json.text); break;
    default: return reader.ReportExpected(json, place, what);
  }
  reader.Report(DiagnosticKind::kJsonExpected, json.span,
                {place.ToString(), what + ", found " + found});
}

}  // namespace thuja::server
