// SPDX-License-Identifier: Apache-2.0
// The world that is asked about: three classes, two tenants, tools of every effect, and policies
// that permit nearly everything, so that what denies is the guard.
#include "tests/support/guarded_world.h"

#include <chrono>
#include <fstream>
#include <thread>

namespace thuja::testing {
namespace {

constexpr std::string_view kPolicies = R"(
@id("all")
permit (principal, action == Thuja::Action::"call_tool", resource);
@id("never-purge")
forbid (principal, action, resource == Thuja::Tool::"files/purge");
@id("small-orders")
forbid (principal, action, resource == Thuja::Tool::"po/create")
when { context.input.amount > 1000 };
)";

constexpr std::string_view kEntities = R"([
{"uid": {"type": "Thuja::AgentClass", "id": "read-only"}, "attrs": {"effect": "read"}, "parents": []},
{"uid": {"type": "Thuja::AgentClass", "id": "summarizer"},
 "attrs": {"max_ttl": {"__extn": {"fn": "duration", "arg": "900s"}}},
 "parents": [{"type": "Thuja::AgentClass", "id": "read-only"}]},
{"uid": {"type": "Thuja::AgentClass", "id": "coder"},
 "attrs": {"effect": "write", "max_ttl": {"__extn": {"fn": "duration", "arg": "600s"}}},
 "parents": []},
{"uid": {"type": "Thuja::AgentClass", "id": "procurement"},
 "attrs": {"effect": "destructive", "max_ttl": {"__extn": {"fn": "duration", "arg": "300s"}}},
 "parents": []},
{"uid": {"type": "Thuja::Tenant", "id": "acme"}, "attrs": {}, "parents": []},
{"uid": {"type": "Thuja::Tenant", "id": "globex"}, "attrs": {}, "parents": []},
{"uid": {"type": "Thuja::Agent", "id": "acme-bot"}, "attrs": {},
 "parents": [{"type": "Thuja::AgentClass", "id": "coder"}, {"type": "Thuja::Tenant", "id": "acme"}]},
{"uid": {"type": "Thuja::Agent", "id": "summarizer-1"}, "attrs": {},
 "parents": [{"type": "Thuja::AgentClass", "id": "summarizer"}]},
{"uid": {"type": "Thuja::Tool", "id": "crm/search"}, "attrs": {"effect": "read"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "crm/update"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "files/read"}, "attrs": {"effect": "read"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "files/write"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "files/delete"}, "attrs": {"effect": "destructive"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "files/purge"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "http/get"}, "attrs": {"effect": "read"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "po/create"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "git/push"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "acme/search"}, "attrs": {"effect": "read"},
 "parents": [{"type": "Thuja::Tenant", "id": "acme"}]},
{"uid": {"type": "Thuja::Tool", "id": "globex/search"}, "attrs": {"effect": "read"},
 "parents": [{"type": "Thuja::Tenant", "id": "globex"}]}
])";

constexpr std::string_view kConfig = R"(version: 1
policies: [p.cedar]
entities: entities.json
ids: annotation
guard: agents
store: grants.db
listen: [127.0.0.1:0, "unix:pdp.sock"]
trust: {peers: [unix, 127.0.0.1/32]}
forward_auth:
@PROFILES@log: {access: none}
authzen: {action_type: "Thuja::Action"}
decisions: {file: records.jsonl, context: masked}
peps:
  - {name: gateway, token_file: gateway.token, principals: ["Thuja::Agent"]}
  - {name: sidecar, unix: true, principals: ["Thuja::Agent"]}
  - {name: staging, token_file: staging.token, principals: ["Thuja::Agent"], environment: staging}
exempt:
  - {pep: gateway, principal: "Thuja::Agent", action: health}
admin:
  listen: 127.0.0.1:0
  credentials:
    - {name: orchestrator, token_file: orchestrator.token, roles: [issue, revoke, read]}
    - {name: watcher, token_file: watcher.token, roles: [read]}
    - {name: guardian, token_file: guardian.token, roles: [revoke]}
)";

std::string Profile(const std::string& name) {
  return "  - path: /" + name + "\n    profile: " + name + R"(
    principal: {type: "Thuja::Agent", header: X-Agent}
    action_type: "Thuja::Action"
    routes:
      - {path: "/tools/{server}/{tool}", action: call_tool, resource: {type: "Thuja::Tool", id: "{server}/{tool}"}}
    call_headers: {task: X-Task, step: X-Step}
    reason_header: true
)";
}

std::string Config() {
  std::string config(kConfig);
  const std::string_view mark = "@PROFILES@";
  return config.replace(config.find(mark), mark.size(),
                        Profile("nginx") + Profile("caddy") + Profile("haproxy"));
}

std::string Line(std::string_view text) { return std::string(text) + "\n"; }

ApiAnswer AnswerOf(const std::optional<RawAnswer>& raw) {
  if (!raw) return {};
  return {raw->status, raw->body};
}

std::string Member(const std::string& key, const std::string& json) {
  return json.empty() ? "" : ", \"" + key + "\": " + json;
}

}  // namespace

std::string ApiAnswer::At(std::string_view path) const {
  Diagnostics diagnostics;
  const auto document = ReadJson(std::make_shared<const SourceText>("answer", body), diagnostics);
  if (!document) return "";
  const Json* at = &document->root();
  while (at != nullptr && !path.empty()) {
    const size_t dot = path.find('.');
    at = at->Find(path.substr(0, dot));
    path = dot == path.npos ? std::string_view() : path.substr(dot + 1);
  }
  if (at == nullptr) return "";
  return at->IsString() ? std::string(at->text) : WriteJson(*at);
}

std::vector<std::string> ApiAnswer::Elements(std::string_view key) const {
  Diagnostics diagnostics;
  const auto document = ReadJson(std::make_shared<const SourceText>("answer", body), diagnostics);
  const Json* const array = document ? document->root().Find(key) : nullptr;
  std::vector<std::string> elements;
  if (array == nullptr) return elements;
  for (const Json& element : array->elements) elements.push_back(WriteJson(element));
  return elements;
}

std::string Want::ToJson() const {
  return R"({"holder": {"type": "Thuja::Agent", "id": ")" + holder + R"("}, "class": ")" +
         agent_class + "\"" + (task.empty() ? "" : ", \"task\": " + QuoteJson(task)) +
         Member("tools", tools) + (more.empty() ? "" : ", " + more) + "}";
}

GuardedWorld::GuardedWorld()
    : server(Config(), {{"p.cedar", std::string(kPolicies)},
                        {"entities.json", std::string(kEntities)},
                        {"gateway.token", Line(kGateway)},
                        {"staging.token", "staging-0123456789abcdef\n"},
                        {"orchestrator.token", Line(kOrchestrator)},
                        {"watcher.token", Line(kWatcher)},
                        {"guardian.token", Line(kGuardian)}}) {}

ApiAnswer GuardedWorld::Admin(const std::string& method, const std::string& path,
                              const std::string& body, std::string_view token,
                              const std::string& headers) {
  const std::string lines = "Authorization: Bearer " + std::string(token) + "\r\n" + headers;
  if (method == "GET") return AnswerOf(Get(server.admin_port(), path, lines));
  return AnswerOf(Post(server.admin_port(), path, body, lines));
}

ApiAnswer GuardedWorld::TryIssue(const Want& want, const std::string& headers) {
  return Admin("POST", "/v1/grants", want.ToJson(), kOrchestrator, headers);
}

ApiAnswer GuardedWorld::TryDelegate(const std::string& parent, const Want& want) {
  return Admin("POST", "/v1/grants/" + parent + "/delegate", want.ToJson());
}

std::string GuardedWorld::Issue(const Want& want) {
  const ApiAnswer answer = TryIssue(want);
  EXPECT_EQ(answer.status, 201) << want.ToJson() << "\n" << answer.body;
  return answer.At("grant.id");
}

std::string GuardedWorld::Delegate(const std::string& parent, const Want& want) {
  const ApiAnswer answer = TryDelegate(parent, want);
  EXPECT_EQ(answer.status, 201) << want.ToJson() << "\n" << answer.body;
  return answer.At("grant.id");
}

std::string GuardedWorld::CodeOf(const ApiAnswer& answer) {
  const std::string code = answer.At("error");
  return code.empty() ? std::to_string(answer.status) : code;
}

std::string GuardedWorld::Do(const std::string& event, const std::string& id,
                             const std::string& body) {
  return CodeOf(Admin("POST", "/v1/grants/" + id + "/" + event, body));
}

std::string GuardedWorld::BodyOf(const Call& call) {
  std::string context;
  const auto add = [&](const std::string& member) {
    context += (context.empty() ? "" : ", ") + member;
  };
  if (!call.task.empty()) add("\"task\": " + QuoteJson(call.task));
  if (!call.input.empty()) add("\"input\": " + call.input);
  if (!call.more.empty()) add(call.more);
  const size_t slash = call.tool.find('/');
  const std::string action = call.tool_as_action ? call.tool.substr(slash + 1) : "call_tool";
  const std::string resource =
      call.tool_as_action
          ? R"({"type": "Thuja::Server", "id": )" + QuoteJson(call.tool.substr(0, slash)) + "}"
          : R"({"type": "Thuja::Tool", "id": )" + QuoteJson(call.tool) + "}";
  return R"({"subject": {"type": "Thuja::Agent", "id": )" + QuoteJson(call.agent) +
         R"(}, "action": {"name": )" + QuoteJson(action) + "}, \"resource\": " + resource +
         ", \"context\": {" + context + "}, \"options\": {\"details\": true}}";
}

std::string GuardedWorld::HeadersOf(const Call& call) {
  std::string lines = "Authorization: Bearer " + std::string(kGateway) + "\r\n" + call.headers;
  if (!call.credential.empty()) lines += "Thuja-Task-Credential: " + call.credential + "\r\n";
  return lines;
}

ApiAnswer GuardedWorld::Evaluate(const std::string& body, const std::string& headers,
                                 const std::string& path) {
  const std::string lines =
      headers.empty() ? "Authorization: Bearer " + std::string(kGateway) + "\r\n" : headers;
  return AnswerOf(Post(server.port(), path, body, lines));
}

std::string GuardedWorld::Shown(const Call& call) {
  const ApiAnswer answer = Evaluate(BodyOf(call), HeadersOf(call));
  if (answer.status != 200) return std::to_string(answer.status);
  EXPECT_EQ(answer.At("decision"), answer.At("context.reason") == "permit" ? "true" : "false");
  return answer.At("context.reason");
}

std::string GuardedWorld::Reason(const Call& call) {
  const ApiAnswer answer = Evaluate(BodyOf(call), HeadersOf(call));
  if (answer.status != 200) return std::to_string(answer.status);
  const ApiAnswer record = {200, RecordOf(answer.At("context.id"))};
  const std::string reason = record.At("reason");
  EXPECT_EQ(answer.At("decision"), reason == "permit" ? "true" : "false") << record.body;
  return reason;
}

std::string GuardedWorld::RecordOf(const std::string& decision_id) const {
  const auto end = std::chrono::steady_clock::now() + std::chrono::seconds(10);
  do {
    std::ifstream file(server.Path("records.jsonl"));
    for (std::string line; std::getline(file, line);) {
      if (line.find("\"id\":\"" + decision_id + "\"") != line.npos && line.ends_with('}'))
        return line;
    }
    std::this_thread::sleep_for(std::chrono::milliseconds(2));
  } while (std::chrono::steady_clock::now() < end);
  ADD_FAILURE() << "no record of decision " << decision_id;
  return "";
}

}  // namespace thuja::testing
