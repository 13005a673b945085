// SPDX-License-Identifier: Apache-2.0
// Letting requests in, and the small refusals that calls share.
//
// Tested by tests/grants_api/roles_test.cc and tests/grants_api/process_test.cc.
#include "server/grants/grant_api.h"

#include <utility>

#include "server/grants/api_calls.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

// Adds a route for each row, answered by `answer(row, request, segment, caller, response)`. Whether
// they may ask is found out before anything of the request is looked at, so that nobody else learns
// which grants there are.
template <typename Answer>
void AddRows(const Credentials& credentials, RouteTable& routes, const Answer& answer) {
  if (credentials.empty()) return;
  for (const ApiRoute& row : ApiRoutes()) {
    const auto let_in = [&credentials, &row, answer](const HttpRequest& request,
                                                     std::string_view segment,
                                                     HttpResponse& response) {
      static const std::string kNobody;
      if (!row.role) return answer(row, request, segment, kNobody, response);
      const auto* const credential = credentials.Admit(request, *row.role, response);
      if (credential != nullptr) answer(row, request, segment, credential->name, response);
    };
    Route route = {.method = std::string(row.method),
                   .path = std::string(row.path),
                   .summary = std::string(row.summary),
                   .handle = nullptr};
    if (row.path.find('{') != row.path.npos) {
      route.handle_segment = let_in;
    } else {
      route.handle = [let_in](const HttpRequest& request, HttpResponse& response) {
        let_in(request, {}, response);
      };
    }
    routes.Add(std::move(route));
  }
}

}  // namespace

GrantApi::GrantApi(const GrantApiSources& sources)
    : sources_(sources),
      lists_(sources.limits.lists),
      streams_(*sources.store, sources.limits.streams),
      questions_(sources.limits.questions),
      forms_(sources.limits.forms),
      answers_(std::make_shared<AnswerThread>(0)) {}

void GrantApi::AddRoutes(RouteTable& routes) {
  AddRows(*sources_.credentials, routes,
          [this](const ApiRoute& row, const HttpRequest& request, std::string_view segment,
                 const std::string& caller, HttpResponse& response) {
            row.handle({*this, row, request, segment, caller, response});
          });
}

void AddRoutesOfLostGrants(const Credentials& credentials, RouteTable& routes) {
  AddRows(credentials, routes,
          [](const ApiRoute&, const HttpRequest&, std::string_view, const std::string&,
             HttpResponse& response) {
            Refuse(ReasonCode::kInternalError,
                   "the grants that were kept are damaged; the log says how", response);
          });
}

void GrantApi::OnTick() {
  // Lists have looked the longest, and nobody may ask for one while the store waits for them.
  if (sources_.store->HasTooManyViews()) lists_.Clear();
  lists_.Sweep(std::chrono::steady_clock::now());
}

bool HasNoQuery(const ApiCall& call) {
  if (!call.request.has_query) return true;
  Refuse(ReasonCode::kMalformedRequest, "this path takes no query", call.response);
  return false;
}

void RefuseMalformed(const absl::Status& status, HttpResponse& response) {
  Refuse(ReasonCode::kMalformedRequest, std::string(status.message()), response);
}

void RefuseUnreadable(const absl::Status& status, GrantApi& api, HttpResponse& response) {
  if (!absl::IsUnavailable(status)) {
    // Why is for the operator: it may name files.
    return Refuse(ReasonCode::kInternalError, "the grants could not be read", response);
  }
  // Too many changes wait for those who look at older ones; lists have looked the longest.
  api.lists().Clear();
  Refuse(ReasonCode::kOverloaded, "", response);
}

void AnswerQuestion(const ApiCall& call, std::function<void(GrantApi&, HttpResponse&)> answer) {
  // The API ends its thread before it is gone.
  call.api.questions().Answer(call.response,
                              [&api = call.api, answer = std::move(answer)](const auto& later) {
                                HttpResponse response;
                                answer(api, response);
                                later->Finish(std::move(response));
                              });
}

void RefuseUnknown(HttpResponse& response) {
  Refuse(ReasonCode::kNoActiveGrant, "there is no such grant", response);
}

}  // namespace thuja::server
