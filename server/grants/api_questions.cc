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
bool BeginAnswer(const ApiCall& call, const grants::GrantId& id, std::string* body) {
  const GrantApiSources& sources = call.api.sources();
  const auto view = sources.store->OpenView();
  const auto header = view.ok() ? (*view)->Header() : view.status();
  const auto stored = header.ok() ? (*view)->Get(id) : header.status();
  if (!stored.ok()) return RefuseUnreadable(stored.status(), call), false;
  if (!*stored) return RefuseUnknown(call.response), false;
  *body = "{\"revision\":" + std::to_string(header->revision) + ",\"grant\":";
  GrantLook look(*sources.store, *sources.clock, view->get());
  const absl::Status status = look.Append(**stored, body);
  if (!status.ok()) RefuseUnreadable(status, call);
  return status.ok();
}

}  // namespace

void CallGet(const ApiCall& call) {
  if (!HasNoQuery(call)) return;
  const auto id = grants::GrantId::Parse(call.segment);
  if (!id) return RefuseUnknown(call.response);
  std::string body;
  if (BeginAnswer(call, *id, &body)) call.response.SetJson(200, body + "}");
}

void CallWhatCan(const ApiCall& call) {
  if (!HasNoQuery(call)) return;
  const auto id = grants::GrantId::Parse(call.segment);
  if (!id) return RefuseUnknown(call.response);
  const GrantApiSources& sources = call.api.sources();
  // Decisions are made by the table, and so is what is said of them.
  auto reader = sources.store->table().Register();
  const grants::GrantSlot* const grant = reader ? reader->Find(*id) : nullptr;
  if (!reader) return Refuse(ReasonCode::kOverloaded, "", call.response);
  if (grant == nullptr) return RefuseUnknown(call.response);
  std::string body;
  if (!BeginAnswer(call, *id, &body)) return;
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
  call.response.SetJson(200, body);
}

void CallOpenApi(const ApiCall& call) {
  static const std::string kDocument = WriteOpenApi();
  if (HasNoQuery(call)) call.response.SetJson(200, kDocument);
}

}  // namespace thuja::server
