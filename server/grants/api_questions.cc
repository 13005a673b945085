// SPDX-License-Identifier: Apache-2.0
// Calls that show one grant, and what it could do.
//
// Tested by tests/grants_api/read_test.cc and tests/grants_api/whatcan_test.cc.
#include <memory>
#include <optional>
#include <string>

#include "engine/guard.h"
#include "engine/json.h"
#include "server/grants/api_calls.h"
#include "server/grants/grant_api.h"
#include "server/grants/grant_look.h"
#include "server/operations/refusal.h"

namespace thuja::server {
namespace {

// The beginning of an answer about one grant, `{"revision":7,"grant":{...}`. False if it is refused
// instead.
bool BeginAnswer(GrantApi& api, const grants::GrantId& id, HttpResponse& response,
                 std::string* body) {
  const GrantApiSources& sources = api.sources();
  const auto view = sources.store->OpenView();
  const auto header = view.ok() ? (*view)->Header() : view.status();
  const auto stored = header.ok() ? (*view)->Get(id) : header.status();
  if (!stored.ok()) return RefuseUnreadable(stored.status(), api, response), false;
  if (!*stored) return RefuseUnknown(response), false;
  *body = "{\"revision\":" + std::to_string(header->revision) + ",\"grant\":";
  GrantLook look(*sources.store, *sources.clock, view->get());
  const absl::Status status = look.Append(**stored, body);
  if (!status.ok()) RefuseUnreadable(status, api, response);
  return status.ok();
}

void AnswerWhatCan(GrantApi& api, const grants::GrantId& id, HttpResponse& response) {
  const GrantApiSources& sources = api.sources();
  // Decisions are made by the table, and so is what is said of them.
  auto reader = sources.store->table().Register();
  const grants::GrantSlot* const grant = reader ? reader->Find(id) : nullptr;
  if (!reader) return Refuse(ReasonCode::kOverloaded, "", response);
  if (grant == nullptr) return RefuseUnknown(response);
  std::string body;
  if (!BeginAnswer(api, id, response, &body)) return;
  const std::shared_ptr<const Snapshot> snapshot = sources.snapshots->Get();
  const Outlook outlook =
      WhatCan(*snapshot, *grant, sources.clock->Read().now, sources.decide, sources.limits.tools);
  body += ",\"tools\":[";
  for (const ToolOutlook& tool : outlook.tools) {
    if (body.back() != '[') body += ',';
    body += "{\"tool\":" + QuoteJson(tool.tool) + ",\"permitted\":\"" +
            std::string(PermittedName(tool.permitted)) +
            "\",\"because\":" + QuoteJson(tool.because) + "}";
  }
  body += outlook.truncated ? "],\"truncated\":true}" : "]}";
  response.SetJson(200, body);
}

// Answers what is asked about the grant of the path.
void AskAboutGrant(const ApiCall& call,
                   void (*answer)(GrantApi&, const grants::GrantId&, HttpResponse&)) {
  if (!HasNoQuery(call)) return;
  const auto id = grants::GrantId::Parse(call.segment);
  if (!id) return RefuseUnknown(call.response);
  AnswerQuestion(call, [answer, id = *id](GrantApi& api, HttpResponse& response) {
    answer(api, id, response);
  });
}

}  // namespace

void CallGet(const ApiCall& call) {
  AskAboutGrant(call, [](GrantApi& api, const grants::GrantId& id, HttpResponse& response) {
    std::string body;
    if (BeginAnswer(api, id, response, &body)) response.SetJson(200, body + "}");
  });
}

void CallWhatCan(const ApiCall& call) { AskAboutGrant(call, AnswerWhatCan); }

void CallOpenApi(const ApiCall& call) {
  static const std::string kDocument = WriteOpenApi();
  if (HasNoQuery(call)) call.response.SetJson(200, kDocument);
}

}  // namespace thuja::server
