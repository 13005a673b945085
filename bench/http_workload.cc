// SPDX-License-Identifier: Apache-2.0
// Texts of configuration, requests and answers, and the in-process time of the same decision.
#include "bench/http_workload.h"

#include <absl/strings/str_replace.h>

#include <algorithm>
#include <chrono>
#include <fstream>
#include <iterator>
#include <optional>
#include <string_view>
#include <vector>

#include "cli/load.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"

namespace thuja::bench {
namespace {

constexpr std::string_view kConfig = R"(
version: 1
policies: [bench/http_bench.cedar]
entities: policies/quickstart/entities.json
ids: annotation
listen: [127.0.0.1:0]
decisions: {file: none}
trust: {peers: [unix, 127.0.0.1/32]}
authzen: {action_type: "Thuja::Action"}
forward_auth:
  - path: /nginx
    profile: nginx
    principal: {type: "Thuja::Agent", header: X-Agent}
    action_type: Thuja::Action
    routes:
      - methods: [POST]
        path: /tools/{server}/{tool}
        action: call_tool
        resource: {type: "Thuja::Tool", id: "{server}/{tool}"}
)";

constexpr std::string_view kGuardedConfig = R"(
version: 1
policies: [policies/agents/policies.cedar]
entities: policies/agents/entities.json
ids: annotation
listen: [127.0.0.1:0]
guard: agents
store: memory
peps:
  - {name: gateway, token_file: policies/agents/tokens/gateway.token, principals: [Thuja::Agent]}
decisions: {file: none}
trust: {peers: [unix, 127.0.0.1/32], request_entities: none}
authzen: {action_type: "Thuja::Action"}
)";

constexpr std::string_view kContext =
    R"({"now":1772442300,"task":{"id":"read-minutes","expires":1772443800},)"
    R"("input":{"path":"minutes/2026-02-27.md"}})";

std::string Post(std::string_view path, std::string_view context = kContext,
                 std::string_view more_headers = "") {
  const std::string body =
      R"({"subject":{"type":"Thuja::Agent","id":"digest-bot"},"action":{"name":"call_tool"},)"
      R"("resource":{"type":"Thuja::Tool","id":"docs/read"},"context":)" +
      std::string(context) + "}";
  return "POST " + std::string(path) +
         " HTTP/1.1\r\n"
         "Host: localhost\r\n" +
         std::string(more_headers) +
         "User-Agent: http_bench\r\n"
         "Accept: application/json\r\n"
         "Content-Type: application/json\r\n"
         "Content-Length: " +
         std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::optional<Request> ReadQuestion() {
  const std::string text = R"({"principal":{"type":"Thuja::Agent","id":"digest-bot"},)"
                           R"("action":{"type":"Thuja::Action","id":"call_tool"},)"
                           R"("resource":{"type":"Thuja::Tool","id":"docs/read"},"context":)" +
                           std::string(kContext) + "}";
  Diagnostics diagnostics;
  std::optional<Request> request =
      ReadRequest(std::make_shared<const SourceText>("question", text), diagnostics);
  if (!cli::ReportDiagnostics(diagnostics)) return std::nullopt;
  return request;
}

}  // namespace

absl::StatusOr<server::Config> HttpConfig(size_t threads) {
  absl::StatusOr<server::Config> config =
      server::ParseConfig(std::string(kConfig), "http_bench", THUJA_SOURCE_DIR);
  if (config.ok()) config->threads = threads;
  return config;
}

absl::StatusOr<server::Config> GuardedHttpConfig(size_t threads) {
  absl::StatusOr<server::Config> config =
      server::ParseConfig(std::string(kGuardedConfig), "http_bench", THUJA_SOURCE_DIR);
  if (config.ok()) config->threads = threads;
  return config;
}

absl::Status WriteMorePolicies(size_t count, const std::string& path) {
  std::ofstream file(path);
  for (size_t i = 0; i < count; ++i) {
    const std::string number = std::to_string(i);
    file << "@id(\"more-" << number << "\")\n";
    switch (i % 4) {
      case 0:
        file << "permit (principal in Thuja::AgentClass::\"class-" << i % 1'000
             << "\", action == Thuja::Action::\"call_tool\", resource == Thuja::Tool::\"server-"
             << number << "/call\");\n";
        break;
      case 1:
        file << "permit (principal, action == Thuja::Action::\"call_tool\", resource in "
                "Thuja::Toolset::\"documents\") when { context has task && context.task.id == "
                "\"task-"
             << number << "\" };\n";
        break;
      case 2:
        file << "forbid (principal, action == Thuja::Action::\"call_tool\", resource) when { "
                "context has input && context.input has path && context.input.path like "
                "\"*/secret-"
             << number << "/*\" };\n";
        break;
      default:
        file << "forbid (principal == Thuja::Agent::\"agent-" << number
             << "\", action == Thuja::Action::\"call_tool\", resource);\n";
    }
  }
  file.close();
  return file ? absl::OkStatus() : absl::InternalError("cannot write " + path);
}

std::shared_ptr<const Snapshot> LoadHttpSnapshot(const std::string& more) {
  cli::SnapshotPaths paths;
  paths.policies = {THUJA_SOURCE_DIR "/bench/http_bench.cedar"};
  if (!more.empty()) paths.policies.push_back(more);
  paths.entities = THUJA_SOURCE_DIR "/policies/quickstart/entities.json";
  paths.ids = PolicyIds::kAnnotation;
  return cli::LoadSnapshot(paths);
}

std::shared_ptr<const Snapshot> LoadGuardedSnapshot() {
  const std::string pack = THUJA_SOURCE_DIR "/policies/agents/";
  std::ifstream file(pack + "entities.json");
  const std::string text((std::istreambuf_iterator<char>(file)), {});
  cli::SnapshotPaths paths;
  paths.policies = {pack + "policies.cedar"};
  // A measurement may take longer than the pack lets a task.
  paths.entities_text = std::make_shared<const SourceText>(
      "entities.json", absl::StrReplaceAll(text, {{R"("900s")", R"("24h")"}}));
  paths.ids = PolicyIds::kAnnotation;
  return cli::LoadSnapshot(paths);
}

grants::IssueRequest GrantForQuestion() {
  constexpr int64_t kDay = int64_t{24} * 3600 * 1'000'000'000;
  grants::Scope scope;
  scope.tools.push_back({.tools = *grants::ScopePattern::Segments("docs/*")});
  grants::IssueRequest request;
  request.holder = {"Thuja::Agent", "digest-bot"};
  request.agent_class = "summarizer";
  request.purpose.tenant = "acme";
  request.purpose.task = "above";
  request.scope = std::make_shared<const grants::Scope>(std::move(scope));
  request.ttl = kDay;
  return request;
}

Exchange AuthzenExchange() { return {Post("/access/v1/evaluation"), 200, R"({"decision":true})"}; }

Exchange GuardedExchange() {
  std::ifstream file(THUJA_SOURCE_DIR "/policies/agents/tokens/gateway.token");
  std::string token;
  std::getline(file, token);
  const std::string context = "{\"task\":\"" + std::string(kQuestionTask) +
                              R"(","input":{"path":"minutes/2026-02-27.md"}})";
  return {Post("/access/v1/evaluation", context, "Authorization: Bearer " + token + "\r\n"), 200,
          R"({"decision":true})"};
}

Exchange ForwardAuthExchange() {
  // What nginx sends for `auth_request` with the headers that its profile reads.
  return {
      "GET /nginx HTTP/1.1\r\n"
      "Host: localhost\r\n"
      "X-Original-Method: POST\r\n"
      "X-Original-URI: /tools/docs/read\r\n"
      "X-Original-Host: tools.example.com\r\n"
      "X-Agent: digest-bot\r\n"
      "User-Agent: http_bench\r\n"
      "Accept: application/json\r\n\r\n",
      200, ""};
}

Exchange EmptyExchange() { return {Post("/empty"), 200, "{}"}; }

absl::StatusOr<double> DecideMicroseconds(const std::string& more) {
  const std::shared_ptr<const Snapshot> snapshot = LoadHttpSnapshot(more);
  const std::optional<Request> request = ReadQuestion();
  const absl::StatusOr<server::Config> config = HttpConfig(1);
  if (!config.ok()) return config.status();
  if (snapshot == nullptr || !request) return absl::InternalError("the question cannot be read");

  // Rounds, of which the median is taken: other processes disturb some of them.
  constexpr int kRounds = 21;
  constexpr int kDecisions = 5'000;
  Scratch scratch;
  std::vector<double> rounds;
  for (int round = 0; round < kRounds; ++round) {
    int allowed = 0;
    const auto begin = std::chrono::steady_clock::now();
    for (int i = 0; i < kDecisions; ++i) {
      allowed += Decide(*snapshot, *request, scratch, config->decide).allowed() ? 1 : 0;
    }
    const std::chrono::duration<double, std::micro> time = std::chrono::steady_clock::now() - begin;
    if (allowed != kDecisions) return absl::InternalError("the question is not allowed");
    rounds.push_back(time.count() / kDecisions);
  }
  std::ranges::nth_element(rounds, rounds.begin() + kRounds / 2);
  return rounds[kRounds / 2];
}

}  // namespace thuja::bench
