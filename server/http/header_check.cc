// SPDX-License-Identifier: Apache-2.0
// The rules of the strict header check, one function each.
//
// Tested by tests/hostile/malformed_requests_test.cc and tests/fuzz/http_front_fuzz.cc.
#include "server/http/header_check.h"

#include <algorithm>

namespace thuja::server {
namespace {

constexpr size_t kLongestMethod = 32;

bool IsDigit(char c) { return c >= '0' && c <= '9'; }

bool IsAlphanumeric(char c) {
  return IsDigit(c) || (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

Refusal CheckLine(std::string_view line, bool is_request_line) {
  if (line.find('\r') != std::string_view::npos) return {400, "a bare carriage return"};
  if (line.find('\0') != std::string_view::npos) return {400, "a NUL byte in the header"};
  if (is_request_line) return {};
  if (line.front() == ' ' || line.front() == '\t') return {400, "a folded header line"};
  const auto is_control = [](char c) {
    return (static_cast<unsigned char>(c) < 0x20 && c != '\t') || c == 0x7f;
  };
  if (std::ranges::any_of(line, is_control)) return {400, "a control character in the header"};
  return {};
}

// `uri-host [":" port]` of RFC 9110, without what nobody needs: user information, escapes.
bool IsHost(std::string_view host) {
  if (host.empty()) return false;
  size_t end = 0;
  if (host[0] == '[') {
    end = host.find(']');
    if (end == std::string_view::npos || end == 1) return false;
    const auto is_ipv6 = [](char c) { return IsAlphanumeric(c) || c == ':' || c == '.'; };
    if (!std::ranges::all_of(host.substr(1, end - 1), is_ipv6)) return false;
    ++end;
  } else {
    const auto is_name = [](char c) {
      return IsAlphanumeric(c) || c == '.' || c == '-' || c == '_';
    };
    while (end < host.size() && is_name(host[end])) ++end;
    if (end == 0) return false;
  }
  if (end == host.size()) return true;
  const std::string_view port = host.substr(end + 1);
  return host[end] == ':' && port.size() <= 5 && std::ranges::all_of(port, IsDigit);
}

Refusal CheckFraming(const HttpRequest& request) {
  const HttpRequest::Occurrence length = request.Find("Content-Length");
  const HttpRequest::Occurrence coding = request.Find("Transfer-Encoding");
  if (length.count > 1) return {400, "more than one Content-Length"};
  if (length.count == 1 && (length.value.empty() || !std::ranges::all_of(length.value, IsDigit))) {
    return {400, "Content-Length is no number"};
  }
  if (coding.count == 0) return {};
  if (length.count > 0) return {400, "Content-Length beside Transfer-Encoding"};
  if (coding.count > 1 || !EqualsIgnoringCase(coding.value, "chunked")) {
    return {400, "a Transfer-Encoding other than `chunked`"};
  }
  if (request.version == 10) return {400, "Transfer-Encoding in HTTP/1.0"};
  return {};
}

Refusal CheckHost(const HttpRequest& request) {
  const HttpRequest::Occurrence host = request.Find("Host");
  if (host.count != 1) return {400, "not exactly one Host"};
  if (!IsHost(host.value)) return {400, "Host is no host"};
  return {};
}

// Origin form, or absolute form of the same host (RFC 9112 section 3.2).
Refusal CheckTarget(HttpRequest& request) {
  std::string_view target = request.target;
  const auto is_plain = [](char c) { return c > 0x20 && c < 0x7f && c != '#'; };
  if (!std::ranges::all_of(target, is_plain)) return {400, "a byte that no target may hold"};
  if (!target.starts_with('/')) {
    const size_t scheme = target.find("://");
    if (scheme == std::string_view::npos) return {400, "a target that is no path"};
    const std::string_view name = target.substr(0, scheme);
    if (!EqualsIgnoringCase(name, "http") && !EqualsIgnoringCase(name, "https")) {
      return {400, "a target of another scheme"};
    }
    target.remove_prefix(scheme + 3);
    const std::string_view authority = target.substr(0, target.find_first_of("/?"));
    if (!EqualsIgnoringCase(authority, request.Find("Host").value)) {
      return {400, "a target of another host"};
    }
    target.remove_prefix(authority.size());
    if (!target.starts_with('/')) return {400, "a target without a path"};
  }
  const size_t mark = target.find('?');
  request.path = target.substr(0, mark);
  request.has_query = mark != std::string_view::npos;
  request.query = request.has_query ? target.substr(mark + 1) : std::string_view();
  return {};
}

}  // namespace

Refusal CheckLines(std::string_view head, const Limits& limits) {
  size_t lines = 0;
  while (!head.empty()) {
    const std::string_view line = head.substr(0, head.find("\r\n"));
    head.remove_prefix(line.size() + 2);
    if (line.empty()) break;
    if (const Refusal refusal = CheckLine(line, lines == 0); refusal) return refusal;
    if (++lines > limits.fields + 1) return {431, "too many header fields"};
  }
  return {};
}

Refusal CheckHeader(HttpRequest& request) {
  if (request.method.size() > kLongestMethod) return {400, "a method of this length"};
  if (request.method == "CONNECT") return {400, "CONNECT is not for this server"};
  if (request.Find("Upgrade").count > 0) return {400, "Upgrade is not for this server"};
  if (const Refusal refusal = CheckFraming(request); refusal) return refusal;
  if (const Refusal refusal = CheckHost(request); refusal) return refusal;
  if (const Refusal refusal = CheckTarget(request); refusal) return refusal;
  const HttpRequest::Occurrence expect = request.Find("Expect");
  if (expect.count > 1 ||
      (expect.count == 1 && !EqualsIgnoringCase(expect.value, "100-continue"))) {
    return {417, "an expectation other than `100-continue`"};
  }
  return {};
}

}  // namespace thuja::server
