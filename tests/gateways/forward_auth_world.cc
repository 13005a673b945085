// SPDX-License-Identifier: Apache-2.0
// The policies and profiles that the suites of gateways ask about.
#include "tests/gateways/forward_auth_world.h"

#include <signal.h>

#include <chrono>
#include <fstream>
#include <iterator>
#include <thread>

namespace thuja::testing {
namespace {

constexpr const char* kPolicies = R"(
permit (principal == Agent::"admin", action, resource);
permit (principal == Agent::"reader", action == Action::"read", resource is Page);
permit (principal == Agent::"reader", action in [Action::"GET", Action::"HEAD"], resource is Path)
when { context.path like "/public/*" };
forbid (principal, action, resource)
when { context has host && context.host == "forbidden.example" };
forbid (principal, action, resource)
when { context has query && context.query == "forbidden" };
forbid (principal, action, resource)
when { context.headers has "x-task" && context.headers["x-task"] == "forbidden" };
)";

constexpr const char* kRoutes = R"(
    routes:
      - {methods: [GET, HEAD], path: "/public/{rest*}", action: read,
         resource: {type: Page, id: "{rest}"}}
      - {path: "/{rest*}", action: other, resource: {type: Other, id: "{rest}"}}
)";

constexpr const char* kRecords = "records.jsonl";

std::string Mount(const std::string& path, const std::string& profile) {
  return "  - path: /" + path + "\n    profile: " + profile +
         "\n    principal: {type: Agent, header: X-Agent}\n";
}

std::string Profiles() {
  const std::string more = "    context_headers: [X-Task]\n    reason_header: true\n";
  std::string yaml = "forward_auth:\n" + Mount("silent", "nginx");
  for (const std::string profile : {"nginx", "caddy", "haproxy", "traefik", "envoy"}) {
    yaml += Mount(profile + "-plain", profile) + more;
    yaml += Mount(profile, profile) + more + kRoutes;
  }
  return yaml;
}

std::string ReadRecords(const ServerProcess& server) {
  std::ifstream file(server.Path(kRecords), std::ios::binary);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

}  // namespace

std::unique_ptr<ServerProcess> GatewayContract::server_;

std::unique_ptr<ServerProcess> StartDecisionPoint(const std::string& peers) {
  return std::make_unique<ServerProcess>(
      "version: 1\npolicies: [p.cedar]\ntrust: {peers: " + peers +
          "}\ndecisions: {file: " + kRecords + "}\n" + Profiles(),
      ServerProcess::Files{{"p.cedar", kPolicies}});
}

std::string RecordOf(const ServerProcess& server, const RawAnswer& answer) {
  const auto id = answer.headers.find("thuja-decision-id");
  if (id == answer.headers.end()) {
    ADD_FAILURE() << "an answer of status " << answer.status << " without Thuja-Decision-Id";
    return "";
  }
  // Records are written behind the answer's back.
  const std::string key = "\"id\":\"" + id->second + "\"";
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(30);
  while (std::chrono::steady_clock::now() < end) {
    const std::string records = ReadRecords(server);
    const size_t at = records.find(key);
    const size_t line_end = at == std::string::npos ? at : records.find('\n', at);
    if (line_end != std::string::npos) {
      const size_t begin = records.rfind('\n', at) + 1;  // 0 on the first line
      return records.substr(begin, line_end - begin);
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  ADD_FAILURE() << "no record with " << key;
  return "";
}

std::string EndAndReadRecords(ServerProcess& server) {
  server.process().Signal(SIGTERM);
  EXPECT_EQ(server.process().Wait(std::chrono::seconds(60)), 0) << server.Log();
  return ReadRecords(server);
}

RawAnswer Exchange(int port, const std::string& method, const std::string& target,
                   const std::string& headers, const std::string& body) {
  std::string request = method + " " + target + " HTTP/1.1\r\n";
  // At the start of a line: X-Original-Host is another header.
  const std::string lines = "\n" + headers;
  if (lines.find("\nHost:") == std::string::npos && lines.find("\nhost:") == std::string::npos) {
    request += "Host: localhost\r\n";
  }
  request += headers;
  if (!body.empty()) request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  RawConnection connection(port);
  connection.Send(request + "\r\n" + body);
  std::optional<RawAnswer> answer = connection.Read(method == "HEAD", std::chrono::seconds(60));
  if (!answer) ADD_FAILURE() << "no answer to " << method << " " << target << "\n" << headers;
  return answer.value_or(RawAnswer());
}

std::vector<NamedPath> UnsoundPaths() {
  return {
      {"dot segments", "/public/../admin"},
      {"dot segments at the end", "/public/.."},
      {"a single dot", "/public/./a"},
      {"escaped dots", "/public/%2e%2e/admin"},
      {"a dot and an escaped dot", "/public/.%2E/admin"},
      {"dots with a parameter", "/public/..;x/admin"},
      {"an escaped slash", "/public/..%2fadmin"},
      {"escaped slashes in capitals", "/public/a%2F..%2F..%2Fadmin"},
      {"an empty first segment", "//admin"},
      {"an empty segment", "/public//a"},
      {"a backslash", "/public/..\\admin"},
      {"an escaped backslash", "/public/..%5cadmin"},
      {"dots escaped twice", "/public/%252e%252e/admin"},
      {"an escaped percent sign", "/public/100%25"},
      {"an escaped NUL", "/public/a%00b"},
      {"an escaped line break", "/public/a%0d%0ab"},
      {"an escape of no digits", "/public/%zz"},
      {"an escape cut short", "/public/a%2"},
      {"bytes that are no UTF-8", "/public/%ff"},
      {"dots in overlong UTF-8", "/public/%c0%ae%c0%ae/admin"},
      {"a fragment", "/public/a#/../../admin"},
  };
}

std::string GatewayContract::Outcome(const RawAnswer& answer) {
  const auto header = [&](const std::string& name) {
    const auto found = answer.headers.find(name);
    return found == answer.headers.end() ? std::string() : found->second;
  };
  EXPECT_LT(answer.status, 500);
  EXPECT_TRUE(answer.status == 200 || answer.status >= 400) << answer.status;
  EXPECT_EQ(header("thuja-decision"), answer.status == 200 ? "allow" : "deny");
  EXPECT_EQ(header("cache-control"), "no-store");
  EXPECT_EQ(header("www-authenticate").empty(), answer.status != 401);
  if (answer.status == 200) {
    EXPECT_EQ(header("content-length"), "0");
  }
  return std::to_string(answer.status) + " " + header("thuja-reason");
}

std::map<std::string, std::string> LastingHeaders(const RawAnswer& answer) {
  std::map<std::string, std::string> headers = answer.headers;
  headers.erase("date");
  headers.erase("thuja-decision-id");
  return headers;
}

}  // namespace thuja::testing
