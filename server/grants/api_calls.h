// SPDX-License-Identifier: Apache-2.0
// What the endpoints of grants do. Whoever calls them may: roles were looked at before.
//
// A call reads its request on the listener's thread, strictly. What takes longer than that is done
// by an AnswerThread or by the store, so that no call waits for what another has to do.
#pragma once

#include <absl/status/status.h>

#include <functional>

#include "server/grants/api_routes.h"

namespace thuja::server {

// api_mutations.cc: answered by the store, later.
void CallIssue(const ApiCall& call);
void CallDelegate(const ApiCall& call);
void CallHappen(const ApiCall& call);  // the route's event, to one grant
void CallRevokeAll(const ApiCall& call);

// api_questions.cc
void CallGet(const ApiCall& call);
void CallWhatCan(const ApiCall& call);
void CallOpenApi(const ApiCall& call);

// api_list.cc
void CallList(const ApiCall& call);

// api_change_stream.cc
void CallChanges(const ApiCall& call);

// True if the request has no query; otherwise refused.
bool HasNoQuery(const ApiCall& call);
void RefuseMalformed(const absl::Status& status, HttpResponse& response);
// Of what storage would not do.
void RefuseUnreadable(const absl::Status& status, GrantApi& api, HttpResponse& response);
// Has a question answered by `answer`, later; it may not refer to the request.
void AnswerQuestion(const ApiCall& call,
                    std::function<void(GrantApi& api, HttpResponse& response)> answer);
// A refusal of 404.
void RefuseUnknown(HttpResponse& response);

}  // namespace thuja::server
