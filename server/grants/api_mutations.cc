// SPDX-License-Identifier: Apache-2.0
// Calls that change grants. They are answered on the store's thread, when the change is durable and
// decisions see it; or at once, if the store does not take them.
//
// Tested by tests/grants_api/change_test.cc, tests/grants_api/idempotency_test.cc and
// tests/grants_api/refusals_test.cc.
#include <memory>
#include <string>
#include <utility>

#include "engine/json.h"
#include "server/grants/api_calls.h"
#include "server/grants/grant_api.h"
#include "server/grants/grant_look.h"
#include "server/grants/mutation_request.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

void WriteOutcome(const GrantApiSources& sources, const ApiRoute& route,
                  const MutationOutcome& outcome, HttpResponse& response) {
  if (outcome.refusal) return Refuse(outcome.refusal->code, outcome.refusal->message, response);
  response.status = route.status;
  response.content_type = "application/json";
  std::string& body = response.body;
  body = "{\"revision\":" + std::to_string(outcome.revision);
  if (outcome.grant) {
    body += ",\"grant\":";
    GrantLook(*sources.store, *sources.clock, nullptr).AppendAnswered(*outcome.grant, &body);
  } else {
    body += ",\"revoked\":" + std::to_string(outcome.grants);
    if (outcome.unwritten > 0) body += ",\"unwritten\":" + std::to_string(outcome.unwritten);
  }
  if (!outcome.credential.empty()) body += ",\"credential\":" + QuoteJson(outcome.credential);
  body += '}';
}

// Hands over what was read, for the grant of the path if there is one.
void Submit(const ApiCall& call, absl::StatusOr<Mutation> mutation) {
  if (!HasNoQuery(call)) return;
  if (!call.segment.empty()) {
    const auto id = grants::GrantId::Parse(call.segment);
    if (!id) return RefuseUnknown(call.response);
    if (mutation.ok()) mutation->id = *id;
  }
  if (!mutation.ok()) return RefuseMalformed(mutation.status(), call.response);
  mutation->caller = call.caller;
  // Sources and routes live as long as the store, which calls this at the latest when it stops.
  const GrantApiSources& sources = call.api.sources();
  sources.store->Submit(*std::move(mutation),
                        [&sources, &route = call.route,
                         later = call.response.AnswerLater()](const MutationOutcome& outcome) {
                          HttpResponse response;
                          WriteOutcome(sources, route, outcome, response);
                          later->Finish(std::move(response));
                        });
}

}  // namespace

void CallIssue(const ApiCall& call) {
  Submit(call, ReadIssue(call.request, Mutation::Kind::kIssue));
}

void CallDelegate(const ApiCall& call) {
  Submit(call, ReadIssue(call.request, Mutation::Kind::kDelegate));
}

void CallHappen(const ApiCall& call) { Submit(call, ReadEvent(call.request, call.route.event)); }

void CallRevokeAll(const ApiCall& call) { Submit(call, ReadRevokeAll(call.request)); }

}  // namespace thuja::server
