// SPDX-License-Identifier: Apache-2.0
// Forward-auth: gateways that ask with a request of their own and read the status of the answer.
//
// nginx auth_request, Caddy forward_auth, Traefik ForwardAuth, HAProxy's Lua client and Envoy's
// HTTP ext_authz differ in where they put the original method and path; the rows of kGateways say
// where. All agree on the answer: 200 lets the request pass, 401 and 403 do not. No deny is a 5xx,
// which some of them can be told to let pass.
//
// Tested by tests/gateways/gateways_test.cc and tests/fuzz/forward_auth_fuzz.cc.
#include <algorithm>
#include <exception>
#include <memory>

#include "engine/entities.h"
#include "server/dialects/dialect.h"

namespace thuja::server {
namespace {

constexpr Gateway kGateways[] = {
    {"nginx", "X-Original-Method", "X-Original-URI", "X-Original-Host"},
    {"haproxy", "X-Original-Method", "X-Original-URI", "X-Original-Host"},
    {"caddy", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"},
    {"traefik", "X-Forwarded-Method", "X-Forwarded-Uri", "X-Forwarded-Host"},
    {"envoy", "", "", "Host"},
};

constexpr size_t kLongestMethod = 32;

bool IsMethod(std::string_view text) {
  const auto is_token = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || c == '-' || c == '_';
  };
  return !text.empty() && text.size() <= kLongestMethod && std::ranges::all_of(text, is_token);
}

std::string LowerCase(std::string_view text) {
  std::string out(text);
  for (char& c : out) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c + ('a' - 'A')) : c;
  return out;
}

// `X_Agent` where `X-Agent` is meant: some servers read one for the other.
bool HasAlias(const HttpRequest& http, std::string_view name) {
  return std::ranges::any_of(http.fields, [&](const HeaderField& field) {
    if (field.name.size() != name.size() || field.name.find('_') == std::string_view::npos) {
      return false;
    }
    std::string spelled(field.name);
    std::ranges::replace(spelled, '_', '-');
    return EqualsIgnoringCase(spelled, name);
  });
}

// The one value of a header that a gateway sets; nothing if it is absent, doubled, empty, no UTF-8
// or has an alias beside it.
std::optional<std::string_view> OneValue(const HttpRequest& http, std::string_view name) {
  const HttpRequest::Occurrence found = http.Find(name);
  if (found.count != 1 || found.value.empty() || HasAlias(http, name)) return std::nullopt;
  if (!IsValidUtf8(found.value)) return std::nullopt;
  return found.value;
}

// One profile at work.
class ForwardAuth {
 public:
  ForwardAuth(const ForwardAuthProfile& profile, Decider& decider)
      : profile_(profile), decider_(decider) {}

  void Check(const HttpRequest& http, HttpResponse& response) {
    MakeAsked(http);
    const auto unwelcome = decider_.Begin(DialectName::kForwardAuth, http, asked_);
    try {
      Request request;
      const auto refusal = unwelcome ? unwelcome : Read(http, request);
      Answer(refusal ? decider_.Refuse(*refusal) : decider_.Decide(request), response);
    } catch (const std::exception&) {
      // Out of memory, most likely. An answer of 500 might let the request pass.
      response.Clear();
      Answer(decider_.Refuse(ReasonCode::kInternalError), response);
    }
  }

 private:
  // What the record's digest is of: all that the mapping reads.
  void MakeAsked(const HttpRequest& http) {
    asked_.assign(http.method).append(" ").append(http.target).append("\n");
    const Gateway& gateway = *profile_.gateway;
    const auto add = [&](std::string_view name) {
      if (name.empty()) return;
      for (const HeaderField& field : http.fields) {
        if (!EqualsIgnoringCase(field.name, name)) continue;
        asked_.append(LowerCase(name)).append(": ").append(field.value).append("\n");
      }
    };
    add(profile_.principal_header);
    for (std::string_view name :
         {gateway.method_header, gateway.path_header, gateway.host_header}) {
      add(name);
    }
    for (const std::string& name : profile_.context_headers) add(name);
    for (const auto& [key, name] : profile_.call_headers) add(name);
  }

  // Fills the request, or says why there is none.
  std::optional<ReasonCode> Read(const HttpRequest& http, Request& request) const {
    if (!http.peer->trusted) return ReasonCode::kPepNotAllowed;
    const std::optional<std::string_view> principal = OneValue(http, profile_.principal_header);
    if (!principal) return ReasonCode::kTokenMissing;
    const std::optional<std::string_view> method = Method(http);
    const std::optional<std::string_view> target = Target(http);
    if (!method || !IsMethod(*method) || !target) return ReasonCode::kMalformedRequest;
    const size_t mark = target->find('?');
    const std::optional<RequestPath> path = RequestPath::Parse(target->substr(0, mark));
    if (!path || target->find('#') != std::string_view::npos) return ReasonCode::kMalformedRequest;
    request.principal = {profile_.principal_type, std::string(*principal)};
    if (!MapRoute(*method, *path, request)) return ReasonCode::kNoPermit;
    return MakeContext(
        http, *method, *path,
        mark == std::string_view::npos ? std::string_view() : target->substr(mark + 1), request);
  }

  std::optional<std::string_view> Method(const HttpRequest& http) const {
    if (profile_.gateway->from_request()) return http.method;
    return OneValue(http, profile_.gateway->method_header);
  }

  // Path and query as the client sent them to the gateway.
  std::optional<std::string_view> Target(const HttpRequest& http) const {
    if (!profile_.gateway->from_request()) return OneValue(http, profile_.gateway->path_header);
    std::string_view target = http.target;
    if (!target.starts_with(profile_.path)) return std::nullopt;  // absolute form
    const size_t kept =
        profile_.path.ends_with('/') ? profile_.path.size() - 1 : profile_.path.size();
    target.remove_prefix(kept);
    return target.empty() ? std::string_view("/") : target;
  }

  bool MapRoute(std::string_view method, const RequestPath& path, Request& request) const {
    request.action = {profile_.action_type, std::string(method)};
    if (profile_.routes.empty()) {
      request.resource = {profile_.resource_type, path.text};
      return true;
    }
    for (const ForwardAuthRoute& route : profile_.routes) {
      if (!route.methods.empty() &&
          std::ranges::find(route.methods, method) == route.methods.end()) {
        continue;
      }
      const std::optional<PathTemplate::Captures> captures = route.path.Match(path);
      if (!captures) continue;
      if (!route.action.empty()) request.action.id = route.action;
      request.resource = {route.resource_type, route.resource_id.empty()
                                                   ? path.text
                                                   : Fill(route.resource_id, *captures)};
      return true;
    }
    return false;
  }

  std::optional<ReasonCode> MakeContext(const HttpRequest& http, std::string_view method,
                                        const RequestPath& path, std::string_view query,
                                        Request& request) const {
    const auto text = [&](std::string_view value) {
      return Value::String(request.arena.CopyString(value));
    };
    Field* headers = request.arena.AllocateArray<Field>(profile_.context_headers.size());
    size_t header_count = 0;
    for (const std::string& name : profile_.context_headers) {
      if (http.Find(name).count == 0 && !HasAlias(http, name)) continue;
      const std::optional<std::string_view> value = OneValue(http, name);
      if (!value) return ReasonCode::kMalformedRequest;
      headers[header_count++] = {request.arena.CopyString(LowerCase(name)), text(*value)};
    }
    constexpr size_t kOwnFields = 5;
    Field* fields = request.arena.AllocateArray<Field>(kOwnFields + profile_.call_headers.size());
    size_t count = 0;
    fields[count++] = {"headers", Value::Record({headers, header_count})};
    fields[count++] = {"method", text(method)};
    fields[count++] = {"path", text(path.text)};
    if (http.Find(profile_.gateway->host_header).count > 0) {
      const auto host = OneValue(http, profile_.gateway->host_header);
      if (!host) return ReasonCode::kMalformedRequest;
      fields[count++] = {"host", text(*host)};
    }
    if (!query.empty()) {
      if (!IsValidUtf8(query)) return ReasonCode::kMalformedRequest;
      fields[count++] = {"query", text(query)};
    }
    for (const auto& [key, name] : profile_.call_headers) {
      if (http.Find(name).count == 0 && !HasAlias(http, name)) continue;
      const std::optional<std::string_view> value = OneValue(http, name);
      if (!value) return ReasonCode::kMalformedRequest;
      fields[count++] = {key, text(*value)};
    }
    request.context = Value::Record({fields, count});
    return std::nullopt;
  }

  void Answer(const Verdict& verdict, HttpResponse& response) const {
    const ReasonCodeInfo& reason = DescribeToStranger(verdict.decision.code);
    ForbidCaching(response);
    response.AddHeader("Thuja-Decision", verdict.decision.allowed() ? "allow" : "deny");
    response.AddHeader("Thuja-Decision-Id", verdict.id);
    if (profile_.reason_header) response.AddHeader("Thuja-Reason", reason.name);
    response.status = reason.http_status;
    if (reason.http_status == 401) response.AddHeader("WWW-Authenticate", "Bearer");
    // Some gateways show this body to their client, who is told no more than that.
    if (!verdict.decision.allowed()) {
      response.SetText(reason.http_status,
                       reason.http_status == 401 ? "unauthorized" : "forbidden");
    }
  }

  const ForwardAuthProfile& profile_;
  Decider& decider_;
  std::string asked_;
};

}  // namespace

const Gateway* FindGateway(std::string_view name) {
  const auto found = std::ranges::find(kGateways, name, &Gateway::name);
  return found == std::end(kGateways) ? nullptr : found;
}

void MountForwardAuth(const DialectOptions& options, Decider& decider, RouteTable& routes) {
  for (const ForwardAuthProfile& profile : options.forward_auth) {
    const auto check = std::make_shared<ForwardAuth>(profile, decider);
    routes.Add({"", profile.path, profile.gateway->from_request(),
                "forward-auth of " + std::string(profile.gateway->name),
                [check](const HttpRequest& request, HttpResponse& response) {
                  check->Check(request, response);
                }});
  }
}

}  // namespace thuja::server
