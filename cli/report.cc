// SPDX-License-Identifier: Apache-2.0
// Rendering of decisions.
//
// Tested by tests/unit/cli/authorize_test.cc.
#include "cli/report.h"

#include <algorithm>
#include <string_view>
#include <vector>

#include "engine/json.h"

namespace thuja::cli {
namespace {

constexpr size_t kMaxShownPermits = 5;
constexpr size_t kMaxShownLines = 12;

const lang::BoundPolicy& PolicyAt(const Snapshot& snapshot, PolicyIndex policy) {
  return snapshot.policies().bound()[policy.index];
}

std::string PlaceOf(const lang::Policy& policy, uint32_t offset) {
  const LineColumn place = policy.source->Locate(offset);
  return policy.source->name() + ":" + std::to_string(place.line);
}

// `permit policy0 (policies.cedar:3)`
std::string Title(const Snapshot& snapshot, PolicyIndex index) {
  const lang::BoundPolicy& bound = PolicyAt(snapshot, index);
  return std::string(lang::Spelling(bound.policy->effect)) + " " + bound.id + " (" +
         PlaceOf(*bound.policy, bound.policy->span.begin) + ")";
}

// The policy's own text, indented and cut to a few lines.
std::string Excerpt(const lang::Policy& policy) {
  std::string_view text = policy.source->Slice(policy.span);
  std::string out;
  for (size_t line = 0; !text.empty(); ++line) {
    if (line == kMaxShownLines) return out + "    ...\n";
    const size_t end = text.find('\n');
    out += "    " + std::string(text.substr(0, end)) + "\n";
    text.remove_prefix(end == std::string_view::npos ? text.size() : end + 1);
  }
  return out;
}

struct NearPermit {
  PolicyIndex policy;
  PolicyExplanation explanation;
};

// How close a permit came: a condition that did not hold is nearer than a scope that did not fit.
int Distance(const NearPermit& permit) {
  switch (permit.explanation.verdict) {
    case PolicyExplanation::Verdict::kSatisfied: return 0;
    case PolicyExplanation::Verdict::kError: return 1;
    case PolicyExplanation::Verdict::kCondition: return 2;
    case PolicyExplanation::Verdict::kScope: return 3;
  }
  return 3;
}

std::string NearestPermits(const Snapshot& snapshot, const Request& request) {
  std::vector<NearPermit> permits;
  const std::vector<lang::BoundPolicy>& policies = snapshot.policies().bound();
  for (uint32_t i = 0; i < policies.size(); ++i) {
    if (policies[i].policy->effect != PolicyEffect::kPermit) continue;
    permits.push_back({{i}, ExplainPolicy(snapshot, request, {i})});
  }
  if (permits.empty()) return "There is no permit at all.\n";
  std::ranges::stable_sort(permits, {}, Distance);
  std::string out = "No permit was satisfied. The nearest:\n";
  const size_t shown = std::min(permits.size(), kMaxShownPermits);
  for (size_t i = 0; i < shown; ++i) {
    out +=
        "  " + Title(snapshot, permits[i].policy) + "\n    " + permits[i].explanation.text + "\n";
  }
  if (shown < permits.size()) {
    out += "  and " + std::to_string(permits.size() - shown) + " more\n";
  }
  return out;
}

}  // namespace

bool IsRefusal(ReasonCode code) {
  return code == ReasonCode::kStoredAttribute || code == ReasonCode::kMalformedRequest;
}

std::string RefusalText(ReasonCode code) {
  return code == ReasonCode::kStoredAttribute
             ? "stored_attribute: the request's entities would replace what the store holds"
             : "malformed_request: the request's entities contradict each other";
}

std::string DecisionJson(const Snapshot& snapshot, const Request& request,
                         const Decision& decision) {
  std::string out = decision.allowed() ? R"({"decision":"allow")" : R"({"decision":"deny")";
  out += ",\"reasons\":[";
  for (size_t i = 0; i < decision.reasons.size(); ++i) {
    if (i > 0) out += ',';
    out += QuoteJson(PolicyAt(snapshot, decision.reasons[i]).id);
  }
  out += "],\"errors\":[";
  for (size_t i = 0; i < decision.errors.size(); ++i) {
    const EvalError& error = decision.errors[i];
    if (i > 0) out += ',';
    out += "{\"policy\":" + QuoteJson(PolicyAt(snapshot, error.policy).id);
    out += ",\"kind\":" + QuoteJson(EvalErrorName(error.kind));
    out += ",\"message\":" + QuoteJson(DescribeError(snapshot, request, error)) + "}";
  }
  return out + "]}";
}

std::string DecisionText(const Snapshot& snapshot, const Request& request,
                         const Decision& decision) {
  std::string out = decision.allowed() ? "ALLOW\n" : "DENY\n";
  for (const PolicyIndex reason : decision.reasons) {
    out += "  " + Title(snapshot, reason) + "\n" + Excerpt(*PolicyAt(snapshot, reason).policy);
  }
  if (decision.code == ReasonCode::kNoPermit) out += NearestPermits(snapshot, request);
  if (!decision.errors.empty()) out += "These policies failed and were skipped:\n";
  for (const EvalError& error : decision.errors) {
    const lang::BoundPolicy& bound = PolicyAt(snapshot, error.policy);
    out += "  " + std::string(lang::Spelling(bound.policy->effect)) + " " + bound.id + " (" +
           PlaceOf(*bound.policy, LocateError(snapshot, request, error).begin) +
           "): " + std::string(EvalErrorName(error.kind)) + ": " +
           DescribeError(snapshot, request, error) + "\n";
  }
  return out;
}

}  // namespace thuja::cli
