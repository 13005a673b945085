// SPDX-License-Identifier: Apache-2.0
// The rows.
//
// Tested by tests/grants_api/open_api_test.cc.
#include "server/grants/api_routes.h"

#include "server/grants/api_calls.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;

constexpr std::string_view kString = R"({"type":"string"})";
constexpr std::string_view kId = R"({"type":"string","pattern":"^[0-9a-f]{32}$"})";

constexpr ApiParameter kListParameters[] = {
    {"holder_type", kString, "type of the holder; together with holder_id"},
    {"holder_id", kString, "id of the holder"},
    {"class", kString, "id of the class"},
    {"tenant", kString, "tenant that the grant is bound to"},
    {"task", kString, "task that it is for"},
    {"parent", kId, "grant that it was delegated from"},
    {"state",
     R"({"enum":["pending","active","suspended","completed","failed","timed_out","revoked"]})",
     "state that it is in"},
    {"limit", R"({"type":"integer","minimum":1,"maximum":1000,"default":100})",
     "grants of one page, which may have fewer, or none: a page without `next` is the last"},
    {"page", R"({"type":"string","pattern":"^[0-9a-f]{64}$"})", "`next` of the page before"},
};

constexpr ApiParameter kChangesParameters[] = {
    {"after", R"({"type":"integer","minimum":0,"default":0})",
     "revision of the last change that is known; the header Last-Event-ID goes before it"},
};

// What happens to one grant.
constexpr ApiRoute Happens(std::string_view path, AdminRole role, GrantEvent event,
                           std::string_view summary, std::string_view body_schema) {
  return {.method = "POST",
          .path = path,
          .role = role,
          .summary = summary,
          .handle = CallHappen,
          .body = ApiBody::kOptional,
          .body_schema = body_schema,
          .answer_schema = "ChangedGrant",
          .event = event};
}

constexpr ApiRoute kRoutes[] = {
    {.method = "POST",
     .path = "/v1/grants",
     .role = AdminRole::kIssue,
     .summary = "issue a grant",
     .handle = CallIssue,
     .body = ApiBody::kRequired,
     .body_schema = "GrantRequest",
     .status = 201,
     .answer_schema = "IssuedGrant"},
    {.method = "GET",
     .path = "/v1/grants",
     .role = AdminRole::kRead,
     .summary = "list grants, page by page, as they were at one revision",
     .handle = CallList,
     .answer_schema = "GrantList",
     .parameters = kListParameters},
    {.method = "GET",
     .path = "/v1/grants/{id}",
     .role = AdminRole::kRead,
     .summary = "show a grant",
     .handle = CallGet,
     .answer_schema = "ChangedGrant"},
    {.method = "GET",
     .path = "/v1/grants/{id}/whatcan",
     .role = AdminRole::kRead,
     .summary = "show what the holder of a grant could do now",
     .handle = CallWhatCan,
     .answer_schema = "WhatCan"},
    {.method = "POST",
     .path = "/v1/grants/{id}/delegate",
     .role = AdminRole::kIssue,
     .summary = "issue a grant that is another one with something taken away",
     .handle = CallDelegate,
     .body = ApiBody::kRequired,
     .body_schema = "GrantRequest",
     .status = 201,
     .answer_schema = "IssuedGrant"},
    Happens("/v1/grants/{id}/activate", AdminRole::kIssue, GrantEvent::kActivate,
            "put a pending grant in force", "Nothing"),
    Happens("/v1/grants/{id}/heartbeat", AdminRole::kIssue, GrantEvent::kHeartbeat,
            "say that the holder is at work", "Nothing"),
    Happens("/v1/grants/{id}/suspend", AdminRole::kRevoke, GrantEvent::kSuspend,
            "put a grant out of force for a while", "Reason"),
    Happens("/v1/grants/{id}/resume", AdminRole::kIssue, GrantEvent::kResume,
            "put a suspended grant in force again", "Nothing"),
    Happens("/v1/grants/{id}/complete", AdminRole::kIssue, GrantEvent::kComplete,
            "end a grant: its task is done", "Reason"),
    Happens("/v1/grants/{id}/fail", AdminRole::kIssue, GrantEvent::kFail,
            "end a grant: its task is given up", "Reason"),
    Happens("/v1/grants/{id}/revoke", AdminRole::kRevoke, GrantEvent::kRevoke, "take a grant back",
            "Reason"),
    {.method = "POST",
     .path = "/v1/revoke",
     .role = AdminRole::kRevoke,
     .summary = "take back all grants of a holder, a class or a task, or all there are",
     .handle = CallRevokeAll,
     .body = ApiBody::kRequired,
     .body_schema = "RevokeRequest",
     .answer_schema = "Revoked"},
    {.method = "GET",
     .path = "/v1/changes",
     .role = AdminRole::kRead,
     .summary = "follow what changes, as server-sent events",
     .handle = CallChanges,
     .answer_schema = "Change",
     .answer_type = "text/event-stream",
     .parameters = kChangesParameters},
    {.method = "GET",
     .path = "/openapi.json",
     .summary = "this description",
     .handle = CallOpenApi,
     .answer_schema = "OpenApi"},
};

}  // namespace

std::span<const ApiRoute> ApiRoutes() { return kRoutes; }

}  // namespace thuja::server
