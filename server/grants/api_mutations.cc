// SPDX-License-Identifier: Apache-2.0
// Calls that change grants. The store's thread gets what has been read and found good, and answers
// when the change is durable and decisions see it.
//
// Tested by tests/grants_api/change_test.cc, tests/grants_api/idempotency_test.cc,
// tests/grants_api/refusals_test.cc and tests/grants_api/prompt_revocation_test.cc.
#include <cstdint>
#include <memory>
#include <string>
#include <utility>

#include "engine/json.h"
#include "server/grants/api_calls.h"
#include "server/grants/grant_api.h"
#include "server/grants/grant_look.h"
#include "server/grants/mutation_request.h"
#include "server/http/request_copy.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

void WriteOutcome(const ApiRoute& route, const MutationOutcome& outcome, const GrantView& view,
                  HttpResponse& response) {
  if (outcome.refusal) return Refuse(outcome.refusal->code, outcome.refusal->message, response);
  response.status = route.status;
  response.content_type = "application/json";
  std::string& body = response.body;
  body = "{\"revision\":" + std::to_string(outcome.revision);
  if (outcome.grant) {
    body += ",\"grant\":";
    AppendGrant(outcome.grant->grant, view, &body);
  } else {
    body += ",\"revoked\":" + std::to_string(outcome.grants);
    if (outcome.unwritten > 0) body += ",\"unwritten\":" + std::to_string(outcome.unwritten);
  }
  if (!outcome.credential.empty()) body += ",\"credential\":" + QuoteJson(outcome.credential);
  body += '}';
}

using Reader = absl::StatusOr<Mutation> (*)(const HttpRequest& request, const ApiRoute& route);

// What is to be changed, but for what the request says of it. The clock and the routes live as long
// as the store, which answers at the latest when it stops.
struct Change {
  GrantStore& store;
  const TrustedClock& clock;
  std::shared_ptr<AnswerThread> answers;
  const ApiRoute& route;
  Reader read;
  std::string caller;
  grants::GrantId id;  // of the path, if it has one
};

// Beyond it, a scope takes so long to write that the store must not wait for it.
constexpr size_t kShortScope = size_t{16} << 10;

// On the store's thread.
void AnswerOutcome(const Change& change, const MutationOutcome& outcome,
                   const std::shared_ptr<LaterAnswer>& later) {
  GrantView view;
  bool is_short = true;
  if (outcome.grant) {
    view = GrantLook(change.store, change.clock, nullptr).ViewAnswered(*outcome.grant);
    is_short = outcome.grant->grant.scope->bytes() <= kShortScope;
  }
  const auto write = [&route = change.route, view](const MutationOutcome& of, auto& answer) {
    HttpResponse response;
    WriteOutcome(route, of, view, response);
    answer->Finish(std::move(response));
  };
  if (is_short) return write(outcome, later);
  change.answers->Finish(later, [write, outcome](const auto& answer) { write(outcome, answer); });
}

void ReadAndSubmit(const Change& change, const HttpRequest& request,
                   std::shared_ptr<LaterAnswer> later) {
  absl::StatusOr<Mutation> mutation = change.read(request, change.route);
  if (!mutation.ok()) {
    HttpResponse response;
    RefuseMalformed(mutation.status(), response);
    return later->Finish(std::move(response));
  }
  mutation->caller = change.caller;
  mutation->id = change.id;
  change.store.Submit(*std::move(mutation),
                      [change, later = std::move(later)](const MutationOutcome& outcome) {
                        AnswerOutcome(change, outcome, later);
                      });
}

// Beyond it, even a body that says little takes its time.
constexpr size_t kShortBody = size_t{16} << 10;

enum class Takes : uint8_t { kAsLongAsItIs, kLong };

// A revocation is read at once, by the listener, and waits for nothing but the store. What takes
// long to read, as scopes and their expressions do, is read elsewhere.
void Submit(const ApiCall& call, Reader read, Takes takes) {
  if (!HasNoQuery(call)) return;
  const GrantApiSources& sources = call.api.sources();
  Change change = {
      *sources.store, *sources.clock, call.api.answers(), call.route, read, call.caller, {}};
  if (!call.segment.empty()) {
    const auto id = grants::GrantId::Parse(call.segment);
    if (!id) return RefuseUnknown(call.response);
    change.id = *id;
  }
  if (takes == Takes::kAsLongAsItIs && call.request.body.size() <= kShortBody) {
    return ReadAndSubmit(change, call.request, call.response.AnswerLater());
  }
  call.api.forms().Answer(
      call.response,
      [change = std::move(change), copy = std::make_shared<const RequestCopy>(call.request)](
          const auto& later) { ReadAndSubmit(change, copy->request(), later); });
}

}  // namespace

void CallIssue(const ApiCall& call) {
  const Reader read = [](const HttpRequest& request, const ApiRoute&) {
    return ReadIssue(request, Mutation::Kind::kIssue);
  };
  Submit(call, read, Takes::kLong);
}

void CallDelegate(const ApiCall& call) {
  const Reader read = [](const HttpRequest& request, const ApiRoute&) {
    return ReadIssue(request, Mutation::Kind::kDelegate);
  };
  Submit(call, read, Takes::kLong);
}

void CallHappen(const ApiCall& call) {
  const Reader read = [](const HttpRequest& request, const ApiRoute& route) {
    return ReadEvent(request, route.event);
  };
  Submit(call, read, Takes::kAsLongAsItIs);
}

void CallRevokeAll(const ApiCall& call) {
  const Reader read = [](const HttpRequest& request, const ApiRoute&) {
    return ReadRevokeAll(request);
  };
  Submit(call, read, Takes::kAsLongAsItIs);
}

}  // namespace thuja::server
