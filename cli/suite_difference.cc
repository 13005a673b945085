// SPDX-License-Identifier: Apache-2.0
// Comparing of decisions with what cases expect.
//
// Tested by tests/unit/cli/test_command_test.cc and tests/unit/cli/guarded_suite_test.cc.
#include "cli/suite_difference.h"

#include <algorithm>
#include <iterator>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "cli/report.h"

namespace thuja::cli {
namespace {

std::string Join(const std::vector<std::string>& words) {
  std::string out;
  for (const std::string& word : words) out += (out.empty() ? "" : ", ") + word;
  return out;
}

// `what: missing A; unexpected B`, or nothing if both hold the same.
std::string DifferenceOfSets(const std::string& what, const std::set<std::string>& expected,
                             const std::set<std::string>& actual) {
  std::vector<std::string> missing;
  std::vector<std::string> unexpected;
  std::ranges::set_difference(expected, actual, std::back_inserter(missing));
  std::ranges::set_difference(actual, expected, std::back_inserter(unexpected));
  if (missing.empty() && unexpected.empty()) return "";
  std::string out = what + ":";
  if (!missing.empty()) out += " missing " + Join(missing);
  if (!unexpected.empty())
    out += (missing.empty() ? " unexpected " : "; unexpected ") + Join(unexpected);
  return out + "\n";
}

const std::string& IdOf(const Snapshot& snapshot, PolicyIndex policy) {
  return snapshot.policies().bound()[policy.index].id;
}

// An expected error without a kind stands for the policy's error of whatever kind.
std::string DifferenceOfErrors(const std::vector<ExpectedError>& wanted, const Snapshot& snapshot,
                               const Decision& decision) {
  std::map<std::string, std::string> kinds;
  for (const ExpectedError& error : wanted) kinds[error.policy] = error.kind;
  const auto write = [](const std::string& policy, const std::string& kind) {
    return kind.empty() ? policy : policy + " (" + kind + ")";
  };
  std::set<std::string> expected;
  for (const auto& [policy, kind] : kinds) expected.insert(write(policy, kind));
  std::set<std::string> actual;
  for (const EvalError& error : decision.errors) {
    const std::string& policy = IdOf(snapshot, error.policy);
    const auto found = kinds.find(policy);
    const bool any_kind = found != kinds.end() && found->second.empty();
    actual.insert(write(policy, any_kind ? "" : std::string(EvalErrorName(error.kind))));
  }
  return DifferenceOfSets("errors", expected, actual);
}

std::string NameOf(Outcome outcome) { return outcome == Outcome::kAllow ? "allow" : "deny"; }

// The code belongs to what is wrong if it was expected to be another, and also if the policies, of
// which more is shown, did not make the decision.
std::string DifferenceOfCodes(const TestCase& test, const Decision& decision) {
  const ReasonCodeInfo& info = Describe(decision.code);
  const std::string name(info.name);
  if (test.code && *test.code != decision.code) {
    return "code: expected " + std::string(ReasonCodeName(*test.code)) + ", got " + name + "\n";
  }
  const bool is_unexplained =
      decision.outcome != test.decision && info.layer != ReasonLayer::kPolicies;
  return is_unexplained ? "code: " + name + ", " + std::string(info.text) + "\n" : "";
}

}  // namespace

std::string DifferenceOf(const TestCase& test, const Snapshot& snapshot, const Decision& decision) {
  // What could not be decided is no deny, unless just that was expected.
  if (IsRefusal(decision.code) && test.code != decision.code) {
    const ReasonCodeInfo& info = Describe(decision.code);
    return "the request was refused: " + std::string(info.name) + ": " + std::string(info.text) +
           "\n";
  }
  std::string out;
  if (decision.outcome != test.decision) {
    out +=
        "decision: expected " + NameOf(test.decision) + ", got " + NameOf(decision.outcome) + "\n";
  }
  out += DifferenceOfCodes(test, decision);
  if (test.reasons) {
    std::set<std::string> actual;
    for (const PolicyIndex reason : decision.reasons) actual.insert(IdOf(snapshot, reason));
    out += DifferenceOfSets("reasons", {test.reasons->begin(), test.reasons->end()}, actual);
  }
  if (test.errors) out += DifferenceOfErrors(*test.errors, snapshot, decision);
  return out;
}

}  // namespace thuja::cli
