// SPDX-License-Identifier: Apache-2.0
// What does the guard cost a decision?
//
// The same call is decided without a guard and under it, by a grant that nobody delegated and by
// one three levels deep, with and without a budget. Both make the request anew each time, as far as
// the guard needs it. Allocations are counted: there must be none.
#include <benchmark/benchmark.h>

#include <iostream>
#include <memory>
#include <string>

#include "cli/counting_new.h"
#include "engine/diagnostics.h"
#include "engine/guard.h"

namespace thuja {
namespace {

constexpr int64_t kNow = int64_t{1'000'000} * 1'000'000'000;

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Thuja::AgentClass", "id": "coder"}, "attrs": {"effect": "write"},
   "parents": []},
  {"uid": {"type": "Thuja::Tenant", "id": "acme"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::Toolset", "id": "repository"}, "attrs": {}, "parents": []},
  {"uid": {"type": "Thuja::Server", "id": "git"}, "attrs": {},
   "parents": [{"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Agent", "id": "fix-bot"}, "attrs": {},
   "parents": [{"type": "Thuja::AgentClass", "id": "coder"},
               {"type": "Thuja::Tenant", "id": "acme"}]},
  {"uid": {"type": "Thuja::Tool", "id": "git/push"}, "attrs": {"effect": "write"},
   "parents": [{"type": "Thuja::Server", "id": "git"},
               {"type": "Thuja::Toolset", "id": "repository"}]}
])";

constexpr std::string_view kPolicies = R"(
permit (principal in Thuja::AgentClass::"coder", action == Thuja::Action::"call_tool",
        resource in Thuja::Toolset::"repository");
forbid (principal, action == Thuja::Action::"call_tool", resource == Thuja::Tool::"git/push")
unless { context.input has branch && context.input.branch like "agent/*" };
)";

constexpr std::string_view kRequest = R"({
  "principal": {"type": "Thuja::Agent", "id": "fix-bot"},
  "action": {"type": "Thuja::Action", "id": "call_tool"},
  "resource": {"type": "Thuja::Tool", "id": "git/push"},
  "context": {"task": "bug-1042", "input": {"branch": "agent/fix"}}
})";

std::shared_ptr<const SourceText> Source(std::string_view text) {
  return std::make_shared<const SourceText>("guard_bench", std::string(text));
}

struct World {
  std::shared_ptr<const Snapshot> snapshot;
  Request given;
};

World MakeWorld() {
  Diagnostics diagnostics;
  SnapshotBuilder builder;
  const std::shared_ptr<const SourceText> policies = Source(kPolicies);
  builder.SetPolicies(*ParsePolicySet({&policies, 1}, PolicyIds::kPosition, diagnostics))
      .SetEntities(*ReadEntities(Source(kEntities), diagnostics));
  return {builder.Build(), *ReadRequest(Source(kRequest), diagnostics)};
}

const World& TheWorld() {
  static const World* const world = new World(MakeWorld());
  return *world;
}

grants::Grant MakeGrant(uint64_t number, uint8_t depth) {
  grants::Scope scope;
  scope.tools.push_back({.tools = *grants::ScopePattern::Segments("git/*")});
  grants::Grant grant;
  grant.id = {1, number};
  grant.depth = depth;
  grant.holder = {"Thuja::Agent", "fix-bot"};
  grant.agent_class = "coder";
  grant.purpose.tenant = "acme";
  grant.purpose.task = "task-" + std::to_string(depth);
  grant.scope = std::make_shared<const grants::Scope>(std::move(scope));
  grant.state = grants::GrantState::kActive;
  grant.not_before = kNow;
  grant.expires = kNow + int64_t{600} * 1'000'000'000;
  return grant;
}

// A table with one grant for the task, `depth` levels below one that nobody delegated.
void Fill(uint8_t depth, bool has_budget, grants::GrantTable& table) {
  for (uint8_t level = 0; level <= depth; ++level) {
    grants::Grant grant = MakeGrant(level + uint64_t{1}, level);
    if (level > 0) grant.parent = {1, level};
    if (level == depth) grant.purpose.task = "bug-1042";
    if (has_budget) grant.calls = INT64_MAX;
    if (!table.Insert(grant, {}, has_budget ? INT64_MAX : 0, kNow).ok()) std::abort();
  }
}

// As much of the request as a guard may have changed.
void Renew(Request& request) {
  request.arena.Reset();
  request.context = TheWorld().given.context;
  request.now = kNow;
}

template <typename Ask>
void Run(benchmark::State& state, const Ask& ask) {
  Request request;
  request.principal = TheWorld().given.principal;
  request.action = TheWorld().given.action;
  request.resource = TheWorld().given.resource;
  const auto decide = [&] {
    Renew(request);
    if (!ask(request)) std::abort();
  };
  for (int i = 0; i < 100; ++i) decide();
  const size_t before = cli::CountedAllocations();
  for (auto _ : state) decide();
  state.counters["allocations"] = static_cast<double>(cli::CountedAllocations() - before);
}

void Unguarded(benchmark::State& state) {
  Scratch scratch;
  Run(state,
      [&](Request& request) { return Decide(*TheWorld().snapshot, request, scratch).allowed(); });
}

void Guarded(benchmark::State& state) {
  grants::GrantTable table(100);
  Fill(static_cast<uint8_t>(state.range(0)), state.range(1) != 0, table);
  Guard guard(*table.Register());
  Scratch scratch;
  const GuardedCaller caller = {.name = "gateway"};
  Run(state, [&](Request& request) {
    return guard.Decide(*TheWorld().snapshot, request, caller, {}, scratch).decision.allowed();
  });
}

BENCHMARK(Unguarded);
BENCHMARK(Guarded)->ArgNames({"depth", "budget"})->Args({0, 0})->Args({3, 0})->Args({3, 1});

}  // namespace
}  // namespace thuja

BENCHMARK_MAIN();
