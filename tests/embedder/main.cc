// SPDX-License-Identifier: Apache-2.0
// A program that embeds the engine: it is built against the installed package, sees the public
// headers only, and decides two requests.
#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "engine/decide.h"

namespace {

constexpr const char* kPolicies = R"(
permit (principal in Team::"docs", action == Action::"read", resource)
when { resource.public };
)";

constexpr const char* kEntities = R"([
  {"uid": {"type": "Agent", "id": "reader"}, "attrs": {},
   "parents": [{"type": "Team", "id": "docs"}]},
  {"uid": {"type": "Page", "id": "home"}, "attrs": {"public": true}, "parents": []},
  {"uid": {"type": "Page", "id": "draft"}, "attrs": {"public": false}, "parents": []}
])";

std::shared_ptr<const thuja::SourceText> Text(std::string name, std::string text) {
  return std::make_shared<const thuja::SourceText>(std::move(name), std::move(text));
}

std::shared_ptr<const thuja::Snapshot> MakeSnapshot() {
  thuja::Diagnostics diagnostics;
  const std::shared_ptr<const thuja::SourceText> sources[] = {Text("policies", kPolicies)};
  auto policies = thuja::ParsePolicySet(sources, thuja::PolicyIds::kPosition, diagnostics);
  auto entities = thuja::ReadEntities(Text("entities", kEntities), diagnostics);
  if (!diagnostics.empty()) {
    std::cerr << thuja::Render(diagnostics);
    return nullptr;
  }
  thuja::SnapshotBuilder builder;
  builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
  return builder.Build();
}

bool Allowed(const thuja::Snapshot& snapshot, const std::string& page) {
  thuja::Request request;
  request.principal = {"Agent", "reader"};
  request.action = {"Action", "read"};
  request.resource = {"Page", page};
  thuja::Scratch scratch;
  const thuja::Decision decision = thuja::Decide(snapshot, request, scratch);
  std::cout << page << ": " << thuja::ReasonCodeName(decision.code) << "\n";
  return decision.allowed();
}

}  // namespace

int main() {
  const std::shared_ptr<const thuja::Snapshot> snapshot = MakeSnapshot();
  if (snapshot == nullptr) return 1;
  return Allowed(*snapshot, "home") && !Allowed(*snapshot, "draft") ? 0 : 1;
}
