// SPDX-License-Identifier: Apache-2.0
// Bytes of a connection: read as requests, whatever they are, and answered.
//
// The first byte says how the rest is cut. Asserts that the answers do not depend on the cuts, that
// a status is one that the front knows, and that what an answer takes over from a request ends no
// line.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <set>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/decision_front.h"

namespace {

using thuja::server::HttpResponse;
using thuja::testing::DecisionFront;

constexpr char kProfiles[] = R"(
limits: {line: 512, header: 1KiB, fields: 16, body: 512}
forward_auth:
  - {path: /nginx, profile: nginx, principal: {type: Agent, header: X-Agent}}
  - {path: /envoy, profile: envoy, principal: {type: Agent, header: X-Agent}}
)";

void Require(bool holds, const char* what) {
  if (holds) return;
  std::fprintf(stderr, "%s\n", what);
  std::abort();
}

void CheckAnswer(const HttpResponse& answer) {
  static const std::set<int> kStatuses = {200, 400, 401, 403, 404, 405, 413, 414, 417, 431};
  Require(kStatuses.contains(answer.status), "a status that nobody meant");
  std::string_view headers = answer.headers;
  while (!headers.empty()) {
    const size_t end = headers.find("\r\n");
    Require(end != std::string_view::npos, "a header line without its end");
    const std::string_view line = headers.substr(0, end);
    Require(line.find_first_of("\r\n") == std::string_view::npos, "a line break inside a header");
    Require(line.find(": ") != std::string_view::npos, "a header without a name");
    headers.remove_prefix(end + 2);
  }
}

bool Same(const HttpResponse& a, const HttpResponse& b) {
  // Bodies of decisions hold ids only where details were asked for; the rest must agree.
  return a.status == b.status && a.content_type == b.content_type;
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static DecisionFront front("permit (principal, action, resource);", "[]", kProfiles);
  if (size == 0) return 0;
  const std::string_view bytes(reinterpret_cast<const char*>(data + 1), size - 1);
  const std::vector<HttpResponse> whole = front.Send(bytes);
  const std::vector<HttpResponse> cut = front.Send(bytes, size_t{1} + data[0] % 32);
  Require(whole.size() == cut.size(), "another number of answers when the bytes are cut");
  for (size_t i = 0; i < whole.size(); ++i) {
    CheckAnswer(whole[i]);
    Require(Same(whole[i], cut[i]), "another answer when the bytes are cut");
  }
  return 0;
}
