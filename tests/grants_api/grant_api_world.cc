// SPDX-License-Identifier: Apache-2.0
// Assembly of the listener.
#include "tests/grants_api/grant_api_world.h"

#include <cstdlib>

#include "server/operations/admin.h"
#include "server/store/sqlite_backend.h"
#include "server/store/sqlite_connection.h"
#include "tests/support/decide_fixture.h"

namespace thuja::testing {
namespace {

using server::AdminRole;
using server::AdminRoles;

// Classes that allow an hour and a minute, and tools to ask about.
constexpr std::string_view kEntities = R"([
{"uid": {"type": "Thuja::AgentClass", "id": "coder"}, "parents": [],
 "attrs": {"effect": "write", "max_ttl": {"__extn": {"fn": "duration", "arg": "1h"}}}},
{"uid": {"type": "Thuja::AgentClass", "id": "summarizer"}, "parents": [],
 "attrs": {"effect": "read", "max_ttl": {"__extn": {"fn": "duration", "arg": "1m"}}}},
{"uid": {"type": "Thuja::Agent", "id": "summarizer-1"}, "attrs": {},
 "parents": [{"type": "Thuja::AgentClass", "id": "summarizer"}]},
{"uid": {"type": "Thuja::Tool", "id": "crm/search"}, "attrs": {"effect": "read"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "crm/update"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "crm/delete"}, "attrs": {"effect": "destructive"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "files/read"}, "attrs": {"effect": "read"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "files/purge"}, "attrs": {"effect": "write"}, "parents": []},
{"uid": {"type": "Thuja::Tool", "id": "po/create"}, "attrs": {"effect": "write"}, "parents": []}
])";

constexpr std::string_view kPolicies = R"(
permit (principal, action == Thuja::Action::"call_tool", resource);
forbid (principal, action, resource == Thuja::Tool::"files/purge");
forbid (principal, action, resource == Thuja::Tool::"po/create")
when { context.input.amount > 1000 };
)";

std::vector<server::AdminCredentialConfig> MakeCredentials(bool any) {
  if (!any) return {};
  const auto credential = [](std::string name, std::string_view token,
                             std::initializer_list<AdminRole> given) {
    AdminRoles roles;
    for (const AdminRole role : given) roles.Add(role);
    return server::AdminCredentialConfig{std::move(name), std::string(token), roles};
  };
  return {
      credential("all", GrantApiWorld::kAll,
                 {AdminRole::kIssue, AdminRole::kRevoke, AdminRole::kRead}),
      credential("issuer", GrantApiWorld::kIssuer, {AdminRole::kIssue}),
      credential("revoker", GrantApiWorld::kRevoker, {AdminRole::kRevoke}),
      credential("reader", GrantApiWorld::kReader, {AdminRole::kRead}),
      credential("other-reader", GrantApiWorld::kOtherReader, {AdminRole::kRead}),
  };
}

}  // namespace

GrantApiWorld::GrantApiWorld(const GrantApiOptions& options)
    : snapshots_(MakeSnapshot(kPolicies, kEntities)),
      credentials_(MakeCredentials(options.credentials)) {
  std::shared_ptr<server::GrantBackend> storage = server::MakeMemoryBackend();
  if (options.sqlite) {
    auto opened = server::OpenSqliteBackend((folder_.path() / "grants.db").string(), options.log);
    EXPECT_TRUE(opened.ok()) << opened.status();
    if (opened.ok()) storage = *std::move(opened);
  }
  auto store = server::GrantStore::Open(
      std::make_unique<server::SharedBackend>(storage,
                                              [this](const char* call) {
                                                server::BeforeCall before;
                                                {
                                                  const std::lock_guard lock(mutex_);
                                                  before = before_;
                                                }
                                                return before ? before(call) : absl::OkStatus();
                                              }),
      options.store, [this] { return snapshots_.Get(); }, clock_, log_);
  if (!store.ok()) {
    ADD_FAILURE() << store.status();
    std::abort();
  }
  store_ = *std::move(store);
  api_ = std::make_unique<server::GrantApi>(
      server::GrantApiSources{.store = store_.get(),
                              .clock = &clock_,
                              .snapshots = &snapshots_,
                              .credentials = &credentials_,
                              .decide = {.forbid_error = ForbidError::kDeny},
                              .limits = options.limits});
  server::HttpServerOptions http;
  http.addresses.emplace_back().host = boost::asio::ip::address_v4::loopback();
  http.threads = options.threads;
  http.limits.drain_time = std::chrono::milliseconds(100);
  http.make_application = [this](size_t) {
    return std::make_unique<server::AdminApplication>(
        server::AdminSources{.credentials = &credentials_,
                             .hosts = {},
                             .metrics = &metrics_,
                             .ready = [] { return true; },
                             .readiness = [] { return "{}"; },
                             .status = [] { return "{}"; },
                             .grants = api_.get()});
  };
  http_ = std::make_unique<server::HttpServer>(std::move(http));
  const absl::Status status = http_->Open();
  EXPECT_TRUE(status.ok()) << status;
  port_ = http_->addresses()[0].port;
  http_->Start();
}

// In the order of Service: streams, listener, store.
GrantApiWorld::~GrantApiWorld() {
  SetBefore(nullptr);
  api_->Stop();
  http_->Stop();
  store_->Stop();
}

RawAnswer GrantApiWorld::AskRaw(const std::string& method, const std::string& path,
                                const std::string& body, const std::string& headers) const {
  RawConnection connection(port_);
  const bool has_type = headers.find("Content-Type:") != headers.npos;
  std::string request = method + " " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers;
  if (!body.empty() && !has_type) request += "Content-Type: application/json\r\n";
  if (method == "POST") request += "Content-Length: " + std::to_string(body.size()) + "\r\n";
  connection.Send(request + "\r\n" + body);
  return connection.Read(method == "HEAD").value_or(RawAnswer());
}

ApiAnswer GrantApiWorld::Ask(const std::string& method, const std::string& path,
                             const std::string& body, std::string_view token,
                             const std::string& headers) const {
  const RawAnswer answer =
      AskRaw(method, path, body, (token.empty() ? "" : Bearer(token)) + headers);
  return {answer.status, answer.body};
}

std::string GrantApiWorld::Said(const ApiAnswer& answer) {
  const std::string code = answer.At("error");
  return std::to_string(answer.status) + (code.empty() ? "" : " ") + code;
}

std::string GrantApiWorld::Issue(const Want& want) const {
  const ApiAnswer answer = Post("/v1/grants", want.ToJson());
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.At("grant.id");
}

std::string GrantApiWorld::Delegate(const std::string& parent, const Want& want) const {
  const ApiAnswer answer = Post("/v1/grants/" + parent + "/delegate", want.ToJson());
  EXPECT_EQ(answer.status, 201) << answer.body;
  return answer.At("grant.id");
}

std::string GrantApiWorld::Do(const std::string& event, const std::string& id,
                              const std::string& body) const {
  return Said(Post("/v1/grants/" + id + "/" + event, body));
}

void GrantApiWorld::Damage(const std::string& id) const {
  const auto connection =
      *server::SqliteConnection::Open((folder_.path() / "grants.db").string(), "altered");
  const std::string sql = "UPDATE grants SET seal = seal + 1 WHERE id = x'" + id + "'";
  const absl::Status status = connection->Execute(sql.c_str());
  EXPECT_TRUE(status.ok()) << status;
}

void GrantApiWorld::SetBefore(server::BeforeCall before) {
  const std::lock_guard lock(mutex_);
  before_ = std::move(before);
}

// HTTP/1.0 has no chunks: what comes is the body as it is.
ChangeReader::ChangeReader(const GrantApiWorld& world, const std::string& path,
                           const std::string& headers)
    : connection_(world.port()) {
  connection_.Send("GET " + path + " HTTP/1.0\r\nHost: localhost\r\n" + headers + "\r\n");
  head_ = connection_.Read().value_or(RawAnswer());
}

std::optional<std::string> ChangeReader::NextPart(std::chrono::milliseconds limit) {
  auto part = connection_.ReadUntil("\n\n", limit);
  if (part) part->resize(part->size() - 2);
  return part;
}

std::optional<ChangeEvent> ChangeReader::Next(std::chrono::milliseconds limit) {
  for (;;) {
    const auto part = NextPart(limit);
    if (!part) return std::nullopt;
    if (part->starts_with(':')) continue;
    ChangeEvent event;
    std::string_view rest = *part;
    while (!rest.empty()) {
      const std::string_view line = rest.substr(0, rest.find('\n'));
      rest.remove_prefix(std::min(line.size() + 1, rest.size()));
      const size_t colon = line.find(": ");
      const std::string value(line.substr(colon + 2));
      if (line.starts_with("id: ")) {
        event.id = std::stoull(value);
      } else if (line.starts_with("event: ")) {
        event.event = value;
      } else if (line.starts_with("data: ")) {
        event.data.body = value;
      } else {
        ADD_FAILURE() << "no line of an event: " << line;
      }
    }
    return event;
  }
}

}  // namespace thuja::testing
