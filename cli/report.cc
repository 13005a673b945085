// SPDX-License-Identifier: Apache-2.0
// Rendering of decisions.
//
// Tested by tests/unit/cli/authorize_test.cc.
#include "cli/report.h"

#include <string_view>
#include <vector>

#include "engine/json.h"

namespace thuja::cli {
namespace {

constexpr size_t kShownPermits = 5;
constexpr size_t kExplainedPermits = 20;
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

std::string ShowExplanation(const Snapshot& snapshot, const Explanation& explanation) {
  std::string out;
  if (!explanation.overridden.empty()) {
    out += "These permits were satisfied and overridden:\n";
    for (const PolicyIndex policy : explanation.overridden) {
      out += "  " + Title(snapshot, policy) + "\n";
    }
  } else if (explanation.nearest.empty()) {
    return "There is no permit at all.\n";
  } else {
    out += "No permit was satisfied. The nearest:\n";
  }
  if (!explanation.overridden.empty() && !explanation.nearest.empty()) {
    out += "These permits were not satisfied, the nearest first:\n";
  }
  for (const auto& [policy, why] : explanation.nearest) {
    out += "  " + Title(snapshot, policy) + "\n    " + why.text + "\n";
  }
  if (explanation.more > 0) out += "  and " + std::to_string(explanation.more) + " more\n";
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

std::string DecisionJson(const Snapshot& snapshot, const Request& request, const Decision& decision,
                         const DecideOptions& options, bool explained) {
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
    out += ",\"message\":" +
           QuoteJson(DescribeError(snapshot, request, error, options.request_entities)) + "}";
  }
  out += ']';
  if (explained) {
    out += ",\"explanation\":";
    Scratch scratch;
    AppendJson(snapshot, Explain(snapshot, request, scratch, options, kExplainedPermits), &out);
  }
  return out + "}";
}

std::string DecisionText(const Snapshot& snapshot, const Request& request, const Decision& decision,
                         const DecideOptions& options, bool explained) {
  std::string out = decision.allowed() ? "ALLOW\n" : "DENY\n";
  for (const PolicyIndex reason : decision.reasons) {
    out += "  " + Title(snapshot, reason) + "\n" + Excerpt(*PolicyAt(snapshot, reason).policy);
  }
  if (decision.code == ReasonCode::kNoPermit || (explained && !decision.allowed())) {
    Scratch scratch;
    out += ShowExplanation(snapshot, Explain(snapshot, request, scratch, options,
                                             explained ? kExplainedPermits : kShownPermits));
  }
  if (!decision.errors.empty()) {
    out += decision.code == ReasonCode::kForbidError ? "These policies failed:\n"
                                                     : "These policies failed and were skipped:\n";
  }
  for (const EvalError& error : decision.errors) {
    const lang::BoundPolicy& bound = PolicyAt(snapshot, error.policy);
    out += "  " + std::string(lang::Spelling(bound.policy->effect)) + " " + bound.id + " (" +
           PlaceOf(*bound.policy,
                   LocateError(snapshot, request, error, options.request_entities).begin) +
           "): " + std::string(EvalErrorName(error.kind)) + ": " +
           DescribeError(snapshot, request, error, options.request_entities) + "\n";
  }
  return out;
}

}  // namespace thuja::cli
