// SPDX-License-Identifier: Apache-2.0
// Requests for grants, and the scopes and times in them.
//
// Asserts that a refusal has a reason with a place, that times and spans are within their bounds,
// that a scope which was read keeps to its bounds, has one text and is read from it as what it was,
// that it reaches no more than itself, and that a grant which says it is JSON.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <string>
#include <string_view>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "server/grants/grant_json.h"

namespace {

using thuja::server::GrantRequest;

void Require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s:\n%.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

void CheckOneText(const thuja::grants::Scope& scope) {
  const std::string text = thuja::server::WriteScope(scope);
  Require(thuja::grants::CheckScope(scope).ok(), "a scope beyond its bounds", text);
  Require(Attenuates(scope, scope), "a scope that reaches more than itself", text);
  const auto again = thuja::server::ReadScope(text);
  Require(again.ok(), "a text of a scope that is none", text);
  Require(**again == scope, "a scope that is read as another", text);
  Require(thuja::server::WriteScope(**again) == text, "a scope with two texts", text);
  Require((*again)->bytes() <= scope.bytes(), "a scope that grows by being read", text);
}

void CheckTime(int64_t time) {
  const std::string text = thuja::server::FormatTime(time);
  Require(time >= 0 && time < thuja::grants::kLastTime, "a time out of range", text);
  Require(thuja::server::ParseTime(text) == time, "a time that is read as another", text);
}

void CheckGrant(const thuja::grants::IssueRequest& issue) {
  thuja::grants::Grant grant;
  grant.holder = issue.holder;
  grant.agent_class = issue.agent_class;
  grant.purpose = issue.purpose;
  grant.scope = issue.scope;
  grant.not_before = issue.not_before;
  grant.heartbeat_timeout = issue.heartbeat_timeout;
  grant.calls = issue.calls;
  std::string text;
  thuja::server::AppendGrant(grant, {}, &text);
  thuja::Diagnostics diagnostics;
  thuja::JsonDocument document;
  Require(document.Read(thuja::LentText("grant", text), diagnostics), "a grant that is no JSON",
          text);
  Require(document.root().Find("task") == nullptr ||
              document.root().Find("task")->text == issue.purpose.task,
          "a grant for another task", text);
}

void CheckRequest(const GrantRequest& request) {
  const thuja::grants::IssueRequest& issue = request.issue;
  CheckTime(issue.not_before);
  for (const int64_t span : {issue.ttl, issue.heartbeat_timeout}) {
    Require(span >= 0 && span <= thuja::grants::kLastTime, "a span out of range", "");
  }
  Require(!issue.calls || *issue.calls > 0, "a grant for no call", "");
  Require(!issue.agent_class.empty() && !issue.holder.type.empty(), "a grant of nobody", "");
  if (issue.scope != nullptr) CheckOneText(*issue.scope);
  CheckGrant(issue);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  thuja::Diagnostics diagnostics;
  const auto request = thuja::server::ReadGrantRequest(text, "fuzz.json", diagnostics);
  Require(request.has_value() == diagnostics.empty(), "a refusal without a reason, or the reverse",
          text);
  if (request) {
    CheckRequest(*request);
  } else {
    const std::string shown = Render(diagnostics);
    Require(shown.starts_with("fuzz.json:"), "a refusal without a place", shown);
  }
  if (const auto scope = thuja::server::ReadScope(text); scope.ok()) CheckOneText(**scope);
  if (const auto time = thuja::server::ParseTime(text)) CheckTime(*time);
  return 0;
}
