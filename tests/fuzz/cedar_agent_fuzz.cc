// SPDX-License-Identifier: Apache-2.0
// Bodies of cedar-agent's `is_authorized`.
//
// Asserts that every answer is one of the dialect's two shapes and JSON, and that no entity of a
// request makes a stranger an administrator: the one permit asks for a group of the store.
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <string>
#include <string_view>

#include "engine/json.h"
#include "tests/support/decision_front.h"

namespace {

using thuja::server::HttpResponse;
using thuja::testing::DecisionFront;

// What is forbidden holds for all but the administrators of the store; nobody can join them, since
// every user that the store has keeps its parents.
constexpr std::string_view kPolicies = R"(
permit (principal is User, action, resource) when { principal.admin };
permit (principal, action, resource) when { context.n + 1 > 3 || context.s like "a*" };
forbid (principal, action, resource) unless { principal in Group::"admins" };
)";

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Group", "id": "admins"}, "attrs": {}, "parents": []},
  {"uid": {"type": "User", "id": "bob"}, "attrs": {"admin": false}, "parents": []},
  {"uid": {"type": "User", "id": "eve"}, "attrs": {"admin": true}, "parents": []}
])";

void Require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s:\n%.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static DecisionFront front(kPolicies, kEntities);
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const HttpResponse answer = front.Post("/v1/is_authorized", body);
  Require(answer.status == 200 || answer.status == 400, "another status", answer.body);
  thuja::Diagnostics diagnostics;
  const auto document = thuja::ReadJson(
      std::make_shared<const thuja::SourceText>("answer", answer.body), diagnostics);
  Require(document.has_value(), "an answer that is no JSON", answer.body);
  const thuja::Json* decision = document->root().Find("decision");
  if (answer.status == 400) {
    Require(document->root().Find("reason") != nullptr, "an error without a reason", answer.body);
    return 0;
  }
  Require(decision != nullptr && (decision->text == "Allow" || decision->text == "Deny"),
          "neither Allow nor Deny", answer.body);
  if (decision->text != "Allow") return 0;
  // A user whom only the request knows may be given any parent; those of the store may not.
  const auto asked = thuja::ReadJson(
      std::make_shared<const thuja::SourceText>("asked", std::string(body)), diagnostics);
  Require(asked.has_value(), "allowed without a question", body);
  const thuja::Json* principal = asked->root().Find("principal");
  Require(principal != nullptr, "allowed nobody", body);
  const thuja::Json* id = principal->IsObject() ? principal->Find("id") : nullptr;
  const std::string_view name = id != nullptr ? id->text : principal->text;
  Require(name != "bob" && name != "eve" && name != "User::\"bob\"" && name != "User::\"eve\"",
          "a stored user joined the administrators", body);
  return 0;
}
