// SPDX-License-Identifier: Apache-2.0
// Reading, deciding and printing for tests.
#include "tests/support/decide_fixture.h"

#include <gtest/gtest.h>

#include <optional>
#include <utility>

namespace thuja::testing {
namespace {

// What was read; an empty one and a failure of the test if nothing was.
template <typename T>
T Check(std::optional<T> read, std::string_view text, const Diagnostics& diagnostics) {
  if (read) return std::move(*read);
  ADD_FAILURE() << text << "\n" << Render(diagnostics);
  return T();
}

std::string AsCondition(std::string_view expression) {
  return "permit(principal, action, resource) when { " + std::string(expression) + " };";
}

}  // namespace

std::shared_ptr<const SourceText> MakeSource(std::string_view text, std::string_view name) {
  return std::make_shared<const SourceText>(std::string(name), std::string(text));
}

PolicySet MakePolicies(std::string_view text, PolicyIds ids) {
  const std::shared_ptr<const SourceText> source = MakeSource(text);
  Diagnostics diagnostics;
  return Check(ParsePolicySet({&source, 1}, ids, diagnostics), text, diagnostics);
}

EntityStore MakeEntities(std::string_view json) {
  Diagnostics diagnostics;
  return Check(ReadEntities(MakeSource(json, "entities.json"), diagnostics), json, diagnostics);
}

Request MakeRequest(std::string_view json) {
  Diagnostics diagnostics;
  return Check(ReadRequest(MakeSource(json, "request.json"), diagnostics), json, diagnostics);
}

std::shared_ptr<const Snapshot> MakeSnapshot(std::string_view policies, std::string_view entities) {
  return SnapshotBuilder()
      .SetPolicies(MakePolicies(policies))
      .SetEntities(MakeEntities(entities))
      .Build();
}

std::string Print(const Snapshot& snapshot, const Decision& decision) {
  const auto id_of = [&](PolicyIndex policy) {
    return snapshot.policies().bound()[policy.index].id;
  };
  std::string reasons;
  for (const PolicyIndex reason : decision.reasons) {
    reasons += (reasons.empty() ? "" : ", ") + id_of(reason);
  }
  std::string errors;
  for (const EvalError& error : decision.errors) {
    errors += (errors.empty() ? "" : ", ") + id_of(error.policy) + ":";
    errors += EvalErrorName(error.kind);
  }
  std::string line = decision.allowed() ? "allow" : "deny";
  line += " [" + reasons + "]";
  if (!errors.empty()) line += " errors [" + errors + "]";
  return line;
}

std::string DecideToText(const Snapshot& snapshot, const Request& request,
                         const DecideOptions& options) {
  Scratch scratch;
  return Print(snapshot, Decide(snapshot, request, scratch, options));
}

std::string DecideToText(std::string_view policies, std::string_view entities,
                         std::string_view request) {
  return DecideToText(*MakeSnapshot(policies, entities), MakeRequest(request));
}

std::string ParseErrors(std::string_view policies) {
  const std::shared_ptr<const SourceText> source = MakeSource(policies);
  Diagnostics diagnostics;
  (void)ParsePolicySet({&source, 1}, PolicyIds::kPosition, diagnostics);
  std::string codes;
  for (const Diagnostic& diagnostic : diagnostics.kept()) {
    codes += codes.empty() ? "" : ", ";
    codes += DiagnosticCode(diagnostic.kind);
  }
  return codes;
}

ExpressionWorld::ExpressionWorld(std::string_view entities, std::string_view request)
    : entities_(entities), request_(MakeRequest(request)) {}

std::shared_ptr<const Snapshot> ExpressionWorld::MakeSnapshotOf(std::string_view expression) const {
  return MakeSnapshot(AsCondition(expression), entities_);
}

std::string ExpressionWorld::Evaluate(std::string_view expression) const {
  const std::string errors = ParseErrors(AsCondition(expression));
  if (!errors.empty()) return errors;
  const auto snapshot = MakeSnapshotOf(expression);
  Scratch scratch;
  const Decision decision = Decide(*snapshot, request_, scratch);
  if (!decision.errors.empty()) return std::string(EvalErrorName(decision.errors[0].kind));
  return decision.allowed() ? "true" : "false";
}

std::string ExpressionWorld::Failure(std::string_view expression) const {
  const auto snapshot = MakeSnapshotOf(expression);
  Scratch scratch;
  const Decision decision = Decide(*snapshot, request_, scratch);
  if (decision.errors.empty()) return "no error";
  const EvalError& error = decision.errors[0];
  const lang::Policy& policy = *snapshot->policies().bound()[error.policy.index].policy;
  return std::string(EvalErrorName(error.kind)) + " at `" +
         std::string(policy.source->Slice(LocateError(*snapshot, request_, error))) + "`";
}

std::string ExpressionWorld::Sentence(std::string_view expression) const {
  const auto snapshot = MakeSnapshotOf(expression);
  Scratch scratch;
  const Decision decision = Decide(*snapshot, request_, scratch);
  if (decision.errors.empty()) return "no error";
  return DescribeError(*snapshot, request_, decision.errors[0]);
}

}  // namespace thuja::testing
