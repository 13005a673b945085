// SPDX-License-Identifier: Apache-2.0
// Requests that a gateway asks about: a path, as lines of the gateway's own request.
//
// The input is the original path and query, cut off at the first line break, and what follows are
// more header lines. An agent may read below /public and nothing else. Asserts that no path is
// allowed that a lenient server could read as anything outside of /public: decoded again and again,
// backslashes taken for slashes, dot segments resolved, doubled slashes joined.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>
#include <vector>

#include "tests/support/decision_front.h"

namespace {

using thuja::server::HttpResponse;
using thuja::testing::DecisionFront;

constexpr char kProfiles[] = R"(
forward_auth:
  - path: /nginx
    profile: nginx
    principal: {type: Agent, header: X-Agent}
    routes:
      - {methods: [GET], path: "/public/{rest*}", action: read, resource: {type: Page, id: "{rest}"}}
  - {path: /envoy, profile: envoy, principal: {type: Agent, header: X-Agent}}
)";

constexpr std::string_view kPolicies = R"(
permit (principal == Agent::"reader", action == Action::"read", resource is Page);
permit (principal == Agent::"reader", action == Action::"GET", resource is Path)
when { context.path like "/public/*" };
)";

void Require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s:\n%.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

int HexDigit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::string DecodeOnce(std::string_view text) {
  std::string out;
  for (size_t i = 0; i < text.size(); ++i) {
    const bool escape = text[i] == '%' && i + 2 < text.size() && HexDigit(text[i + 1]) >= 0 &&
                        HexDigit(text[i + 2]) >= 0;
    out.push_back(escape ? static_cast<char>(HexDigit(text[i + 1]) * 16 + HexDigit(text[i + 2]))
                         : text[i]);
    if (escape) i += 2;
  }
  return out;
}

// The path as the most lenient of servers would read it.
std::string ReadLeniently(std::string_view target) {
  std::string path(target.substr(0, target.find('?')));
  for (int i = 0; i < 4; ++i) path = DecodeOnce(path);
  std::vector<std::string> segments;
  std::string segment;
  for (const char c : path + "/") {
    if (c != '/' && c != '\\') {
      segment.push_back(c);
      continue;
    }
    const std::string name = segment.substr(0, segment.find(';'));
    if (name == "..") {
      if (!segments.empty()) segments.pop_back();
    } else if (!name.empty() && name != ".") {
      segments.push_back(segment);
    }
    segment.clear();
  }
  std::string out;
  for (const std::string& part : segments) out += "/" + part;
  return out;
}

void Check(DecisionFront& front, const std::string& request, std::string_view target) {
  const std::vector<HttpResponse> answers = front.Send(request);
  Require(answers.size() == 1, "no answer, or several", request);
  const int status = answers[0].status;
  Require(status == 200 || (status >= 400 && status < 500), "a deny that is no 4xx", request);
  if (status != 200) return;
  Require(answers[0].headers.find("Thuja-Decision: allow\r\n") != std::string::npos,
          "passed without being allowed", request);
  Require((ReadLeniently(target) + "/").starts_with("/public/"), "out of /public", request);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static DecisionFront front(kPolicies, "[]", kProfiles);
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line = text.find('\n');
  std::string target(text.substr(0, line));
  // A header's value is without the space around it.
  const auto is_space = [](char c) { return c == ' ' || c == '\t'; };
  while (!target.empty() && is_space(target.front())) target.erase(0, 1);
  while (!target.empty() && is_space(target.back())) target.pop_back();
  std::string more;
  // Further lines become headers, each ended properly, so that they reach the dialect.
  std::string_view rest = line == std::string_view::npos ? "" : text.substr(line + 1);
  while (!rest.empty()) {
    const size_t end = rest.find('\n');
    const std::string_view header = rest.substr(0, end);
    if (header.find(':') != std::string_view::npos && header.front() != ':') {
      more += std::string(header) + "\r\n";
    }
    rest.remove_prefix(end == std::string_view::npos ? rest.size() : end + 1);
  }
  const std::string end = " HTTP/1.1\r\nHost: pdp\r\nX-Agent: reader\r\n";
  Check(front,
        "GET /nginx" + end + "X-Original-Method: GET\r\nX-Original-URI: " + target + "\r\n" + more +
            "\r\n",
        target);
  Check(front, "GET /envoy" + target + end + "\r\n", target);
  return 0;
}
