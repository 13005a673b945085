// SPDX-License-Identifier: Apache-2.0
// The beginning of a stream of changes: where it begins, and whether it still can, which the store
// is looked at for.
//
// Tested by tests/grants_api/changes_test.cc and tests/grants_api/prompt_revocation_test.cc.
#include <cstdint>
#include <limits>
#include <memory>
#include <optional>
#include <utility>

#include "server/grants/api_calls.h"
#include "server/grants/grant_api.h"
#include "server/grants/query.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

// Who comes back says what was seen last, which is later than what the path says.
absl::StatusOr<uint64_t> ReadAfter(const HttpRequest& request) {
  const auto query = Query::Parse(request, {"after"});
  if (!query.ok()) return query.status();
  const auto after = query->FindNumber("after", 0, std::numeric_limits<uint64_t>::max());
  if (!after.ok()) return after.status();
  const HttpRequest::Occurrence last = request.Find("Last-Event-ID");
  if (last.count == 0) return after->value_or(0);
  const auto seen = ParseDecimal(last.value);
  if (last.count == 1 && seen) return *seen;
  return absl::InvalidArgumentError("Last-Event-ID has to be the revision of a change");
}

// Whether every change behind `after` is kept. One that has not happened yet is of another history,
// such as that of a store which was set back: who waits for the next would miss those before.
absl::StatusOr<bool> IsKept(GrantStore& store, uint64_t after) {
  const auto view = store.OpenView();
  if (!view.ok()) return view.status();
  const auto header = (*view)->Header();
  if (!header.ok()) return header.status();
  if (after >= header->revision) return after == header->revision;
  const auto first = (*view)->FirstChange();
  if (!first.ok()) return first.status();
  return *first != 0 && *first <= after + 1;
}

void AnswerChanges(GrantApi& api, const ApiRoute& route, uint64_t after,
                   const std::shared_ptr<LaterAnswer>& later) {
  HttpResponse response;
  const auto kept = IsKept(*api.sources().store, after);
  if (!kept.ok()) {
    RefuseUnreadable(kept.status(), api, response);
  } else if (!*kept) {
    Refuse(410, kGone, "these changes are not kept; list, and go on from its revision", response);
  } else {
    const bool begun = api.streams().Begin(after, [&] {
      response.status = route.status;
      response.content_type = route.answer_type;
      return later->FinishInParts(std::move(response));
    });
    if (begun) return;
    Refuse(ReasonCode::kOverloaded, "too many streams of changes", response);
  }
  later->Finish(std::move(response));
}

}  // namespace

void CallChanges(const ApiCall& call) {
  const auto after = ReadAfter(call.request);
  if (!after.ok()) return RefuseMalformed(after.status(), call.response);
  call.api.questions().Answer(
      call.response, [&api = call.api, &route = call.route, after = *after](const auto& later) {
        AnswerChanges(api, route, after, later);
      });
}

}  // namespace thuja::server
