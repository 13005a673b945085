// SPDX-License-Identifier: Apache-2.0
// Letting requests in, and the small refusals that calls share.
//
// Tested by tests/grants_api/roles_test.cc.
#include "server/grants/grant_api.h"

#include "server/grants/api_calls.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

// Whether they may ask is found out before anything of the request is looked at, so that nobody
// else learns which grants there are.
void LetIn(GrantApi& api, const ApiRoute& route, const HttpRequest& request,
           std::string_view segment, HttpResponse& response) {
  static const std::string kNobody;
  const std::string* caller = &kNobody;
  if (route.role) {
    const auto* const credential = api.sources().credentials->Admit(request, *route.role, response);
    if (credential == nullptr) return;
    caller = &credential->name;
  }
  route.handle({api, route, request, segment, *caller, response});
}

}  // namespace

GrantApi::GrantApi(const GrantApiSources& sources)
    : sources_(sources),
      lists_(sources.limits.lists),
      streams_(*sources.store, sources.limits.streams) {}

void GrantApi::AddRoutes(RouteTable& routes) {
  if (sources_.credentials->empty()) return;
  for (const ApiRoute& row : ApiRoutes()) {
    Route route = {.method = std::string(row.method),
                   .path = std::string(row.path),
                   .summary = std::string(row.summary),
                   .handle = nullptr};
    if (row.path.find('{') != row.path.npos) {
      route.handle_segment = [this, &row](const HttpRequest& request, std::string_view segment,
                                          HttpResponse& response) {
        LetIn(*this, row, request, segment, response);
      };
    } else {
      route.handle = [this, &row](const HttpRequest& request, HttpResponse& response) {
        LetIn(*this, row, request, {}, response);
      };
    }
    routes.Add(std::move(route));
  }
}

void GrantApi::OnTick() { lists_.Sweep(std::chrono::steady_clock::now()); }

bool HasNoQuery(const ApiCall& call) {
  if (!call.request.has_query) return true;
  Refuse(ReasonCode::kMalformedRequest, "this path takes no query", call.response);
  return false;
}

void RefuseMalformed(const absl::Status& status, HttpResponse& response) {
  Refuse(ReasonCode::kMalformedRequest, std::string(status.message()), response);
}

void RefuseUnreadable(const absl::Status& status, const ApiCall& call) {
  if (!absl::IsUnavailable(status)) {
    // Why is for the operator: it may name files.
    return Refuse(ReasonCode::kInternalError, "the grants could not be read", call.response);
  }
  // Too many changes wait for those who look at older ones; lists have looked the longest.
  call.api.lists().Clear();
  Refuse(ReasonCode::kOverloaded, "", call.response);
}

void RefuseUnknown(HttpResponse& response) {
  Refuse(ReasonCode::kNoActiveGrant, "there is no such grant", response);
}

}  // namespace thuja::server
