// SPDX-License-Identifier: Apache-2.0
// The type of a body, and the first of its problems.
//
// Tested by tests/authzen/authzen_test.cc and tests/grants_api/hostile_bodies_test.cc.
#include "server/http/json_body.h"

namespace thuja::server {

bool HasJsonBody(const HttpRequest& request) {
  const HttpRequest::Occurrence type = request.Find("Content-Type");
  if (type.count != 1) return false;
  std::string_view media = type.value.substr(0, type.value.find(';'));
  while (media.ends_with(' ') || media.ends_with('\t')) media.remove_suffix(1);
  return EqualsIgnoringCase(media, "application/json");
}

std::string FirstProblem(const Diagnostics& diagnostics) {
  const Diagnostic& first = diagnostics.kept().front();
  const LineColumn place = first.source->Locate(first.span.begin);
  return "line " + std::to_string(place.line) + ", column " + std::to_string(place.column) + ": " +
         first.message;
}

}  // namespace thuja::server
