// SPDX-License-Identifier: Apache-2.0
// Bodies of AuthZEN requests, as one evaluation and as a batch.
//
// Asserts that every answer is one that the specification has, that what came back is JSON, that a
// batch without items is a single evaluation, and that `__entity` in properties or context never
// becomes an entity: the one permit wants the context's `who` to be one.
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

constexpr std::string_view kPolicies = R"(
permit (principal, action, resource) when { context.who == User::"alice" };
permit (principal, action, resource) when { principal.owner == User::"alice" };
permit (principal, action, resource) when { context.at < datetime("2030-01-01") };
permit (principal, action, resource) when { context.action.deep is User };
forbid (principal, action, resource) when { resource.size > 10 };
)";

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "User", "id": "alice"}, "attrs": {"level": 3}, "parents": []}
])";

void Require(bool holds, const char* what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%s:\n%.*s\n", what, static_cast<int>(text.size()), text.data());
  std::abort();
}

void CheckAnswer(const HttpResponse& answer) {
  Require(answer.status == 200 || answer.status == 400, "another status", answer.body);
  if (answer.status == 400) {
    Require(!answer.body.empty(), "an error without words", "");
    return;
  }
  thuja::Diagnostics diagnostics;
  const auto document = thuja::ReadJson(
      std::make_shared<const thuja::SourceText>("answer", answer.body), diagnostics);
  Require(document.has_value(), "an answer that is no JSON", answer.body);
  const bool single = document->root().Find("decision") != nullptr;
  const bool batch = document->root().Find("evaluations") != nullptr;
  Require(single != batch, "neither one answer nor many", answer.body);
  // Nothing that a caller writes is an entity, a time or an owner.
  Require(answer.body.find("\"decision\":true") == std::string::npos, "allowed", answer.body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  static DecisionFront front(kPolicies, kEntities, "answers: {explanations: on_request}\n");
  const std::string_view body(reinterpret_cast<const char*>(data), size);
  const HttpResponse single = front.Post("/access/v1/evaluation", body);
  const HttpResponse batch = front.Post("/access/v1/evaluations", body);
  const HttpResponse detailed =
      front.Post("/access/v1/evaluations", body, "Thuja-Details: true\r\n");
  const HttpResponse explained =
      front.Post("/access/v1/evaluations", body, "Thuja-Explain: true\r\n");
  for (const HttpResponse* answer : {&single, &batch, &detailed, &explained}) CheckAnswer(*answer);
  Require(batch.status == detailed.status, "details change the status", body);
  Require(batch.status == explained.status, "explanations change the status", body);
  if (batch.body.starts_with("{\"decision\"")) {
    Require(batch.body == single.body, "a batch without items is no single evaluation", body);
  }
  return 0;
}
