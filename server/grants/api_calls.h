// SPDX-License-Identifier: Apache-2.0
// What the endpoints of grants do. Whoever calls them may: roles were looked at before.
#pragma once

#include <absl/status/status.h>

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
void RefuseUnreadable(const absl::Status& status, const ApiCall& call);
// A refusal of 404.
void RefuseUnknown(HttpResponse& response);

}  // namespace thuja::server
