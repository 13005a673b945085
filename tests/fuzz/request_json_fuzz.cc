// SPDX-License-Identifier: Apache-2.0
// Requests of any kind: read, decided against a fixed snapshot, their errors put into words.
//
// The policies touch the context in every way the language has, so that values of any shape reach
// every operation. Asserts that deciding is repeatable, that the outcome follows from the reasons,
// that every error can be described and explained, and that a refused text says where it is wrong.
#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <initializer_list>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "engine/decide.h"
#include "engine/diagnostics.h"
#include "engine/entities.h"
#include "engine/policies.h"

namespace thuja {
namespace {

constexpr std::string_view kPolicies = R"(
permit (principal, action == Action::"read", resource);
permit (principal in Team::"red", action in [Action::"write", Action::"all"], resource is File);
forbid (principal is Agent, action, resource) when { context.a == context.b };
permit (principal, action, resource) when { context.n + 1 < context.n * 2 && -context.n > -5 };
permit (principal, action, resource) when { context.n - 1 <= 9223372036854775807 };
permit (principal, action, resource) unless { context has a.b.c && context.a.b.c };
forbid (principal, action, resource) when { context.s like "a*b\*c*" };
forbid (principal, action, resource) when { context.set.contains(context.a) };
permit (principal, action, resource) when { context.set.containsAll([1, "x", principal]) };
permit (principal, action, resource) when { context.set.containsAny(context.other) };
permit (principal, action, resource) when { context.set.isEmpty() || !context.flag };
permit (principal, action, resource) when { principal in context.groups };
permit (principal, action, resource) when { context.who in principal.boss };
permit (principal, action, resource) when { context.who is Agent in Team::"red" };
permit (principal, action, resource) when { context.who has name && context.who.name == "x" };
permit (principal, action, resource) when { context.who.hasTag(context.s) };
permit (principal, action, resource) when { context.who.getTag(context.s) == context.a };
permit (principal, action, resource) when { context.ip.isInRange(ip("10.0.0.0/8")) };
permit (principal, action, resource) when { context.ip.isLoopback() || context.ip.isIpv6() };
permit (principal, action, resource) when { ip(context.s) == context.ip };
permit (principal, action, resource) when { context.dec.lessThan(decimal(context.s)) };
permit (principal, action, resource) when { context.at.offset(context.wait) >= context.at };
permit (principal, action, resource) when { context.at.durationSince(context.at) < context.wait };
permit (principal, action, resource) when { context.at.toDate() == datetime(context.s) };
permit (principal, action, resource) when { context.wait.toDays() == context.n };
permit (principal, action, resource) when {
  if context.flag then {x: context.a, "y z": [context.b]} == context.a else resource.open
};
)";

constexpr std::string_view kEntities = R"([
  {"uid": {"type": "Agent", "id": "a"}, "parents": [{"type": "Team", "id": "red"}],
   "attrs": {"name": "x", "boss": {"__entity": {"type": "Agent", "id": "b"}}}, "tags": {"k": 1}},
  {"uid": {"type": "Agent", "id": "b"}, "parents": [], "attrs": {"boss": []}},
  {"uid": {"type": "File", "id": "f"}, "parents": [], "attrs": {"open": true}}
])";

void Require(bool holds, std::string_view what, std::string_view text) {
  if (holds) return;
  std::fprintf(stderr, "%.*s:\n%.*s\n", static_cast<int>(what.size()), what.data(),
               static_cast<int>(text.size()), text.data());
  std::abort();
}

std::shared_ptr<const SourceText> MakeSource(std::string name, std::string_view text) {
  return std::make_shared<const SourceText>(std::move(name), std::string(text));
}

// So many tests of one subject that the compiler makes a switch of each kind.
std::string Crowds() {
  std::vector<std::string> tests;
  const auto add = [&tests](std::string_view before, std::initializer_list<const char*> keys,
                            std::string_view after = "") {
    for (const char* key : keys) {
      tests.push_back(std::string(before) + key + std::string(after));
    }
  };
  add("context.x == ", {"1", "\"1\"", "[1]", "{a: 1}", "Agent::\"a\""});
  add("context.x in ", {"Agent::\"a\"", "Team::\"red\"", "[Team::\"red\", Agent::\"b\"]", "[]"});
  add("context.x is ", {"Agent", "Team", "File", "A::B"});
  add("context.x < ", {"-1", "0", "1", "10", "duration(\"1ms\")", "datetime(\"1970-01-01\")"});
  add("context.x > 0 && context.x < ", {"1", "2", "3", "4"});
  add("context.x like \"",
      {"*", "", "a*", "ab*", "*c", "*bc", "a*c", "*b*", "*ab*", "*\\**", "x", "ba*"}, "\"");
  add("context.x.contains", {"(1)", "(\"a\")", "Any([1, 2])", "All([1, 2])", "All([])"});
  add("context.x.isInRange(ip(\"", {"10.0.0.0/8", "10.1.2.3/8", "10.1.0.0/16", "::/0"}, "\"))");
  add("principal == Agent::\"", {"a", "b", "c", "d"}, "\"");
  add("principal in Team::\"", {"red", "blue", "green", "none"}, "\"");
  std::string policies;
  for (const std::string& test : tests) {
    policies += "permit (principal, action, resource) when { " + test + " };\n";
  }
  return policies;
}

std::shared_ptr<const Snapshot> MakeSnapshot() {
  Diagnostics diagnostics;
  const auto source = MakeSource("fixed.cedar", std::string(kPolicies) + Crowds());
  auto policies = ParsePolicySet(std::span(&source, 1), PolicyIds::kPosition, diagnostics);
  auto entities = ReadEntities(MakeSource("fixed.json", kEntities), diagnostics);
  Require(policies && entities, "the fixed snapshot is wrong", Render(diagnostics));
  SnapshotBuilder builder;
  builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
  return builder.Build();
}

// A decision as text; a Decision itself is gone with the next one.
std::string Show(const Decision& decision) {
  std::string out(ReasonCodeName(decision.code));
  for (const PolicyIndex reason : decision.reasons) out += ' ' + std::to_string(reason.index);
  for (const EvalError& error : decision.errors) {
    out += " !" + std::to_string(error.policy.index);
    out += EvalErrorName(error.kind);
  }
  return out;
}

void CheckDecision(const Snapshot& snapshot, const Request& request) {
  static Scratch reused;  // as a server does, so that what one decision leaves meets the next
  const Decision decision = Decide(snapshot, request, reused);
  const std::string shown = Show(decision);
  Require(decision.allowed() == (decision.code == ReasonCode::kPermit), "outcome and code", shown);
  Require(!decision.allowed() || !decision.reasons.empty(), "allowed by nobody", shown);
  Require(std::ranges::is_sorted(decision.reasons), "reasons out of order", shown);
  for (const EvalError& error : decision.errors) {
    const std::vector<lang::BoundPolicy>& bound = snapshot.policies().bound();
    Require(error.policy.index < bound.size(), "an error of no policy", shown);
    Require(LocateError(snapshot, request, error).end <=
                bound[error.policy.index].policy->source->text().size(),
            "an error outside the text", shown);
    Require(!DescribeError(snapshot, request, error).empty(), "an error without words", shown);
    Require(ExplainPolicy(snapshot, request, error.policy).verdict ==
                PolicyExplanation::Verdict::kError,
            "an error that the explanation does not know", shown);
  }
  Scratch fresh;
  Require(Show(Decide(snapshot, request, fresh)) == shown, "decided twice, differently", shown);
  const DecideOptions by_interpreter = {.evaluator = EvaluatorKind::kInterpreter};
  Require(Show(Decide(snapshot, request, fresh, by_interpreter)) == shown,
          "tree and interpreter differ", shown);
}

}  // namespace
}  // namespace thuja

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using namespace thuja;
  static const std::shared_ptr<const Snapshot> snapshot = MakeSnapshot();
  const auto source =
      MakeSource("fuzz.json", std::string_view(reinterpret_cast<const char*>(data), size));
  Diagnostics diagnostics;
  const std::optional<Request> request = ReadRequest(source, diagnostics);
  Require(request.has_value() == diagnostics.empty(), "a refusal without a reason, or the reverse",
          Render(diagnostics));
  if (request) {
    CheckDecision(*snapshot, *request);
  } else {
    const std::string shown = Render(diagnostics);
    Require(shown.starts_with("fuzz.json:"), "a refusal without a place", shown);
  }
  return 0;
}
