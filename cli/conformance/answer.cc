// SPDX-License-Identifier: Apache-2.0
// Reading and comparing of answers.
//
// Tested by tests/unit/cli/conformance_test.cc.
#include "cli/conformance/answer.h"

namespace thuja::cli {
namespace {

std::set<std::string> Strings(const Json* list) {
  std::set<std::string> strings;
  if (list == nullptr) return strings;
  for (const Json& element : list->elements) strings.emplace(element.text);
  return strings;
}

std::string Join(const std::set<std::string>& strings) {
  std::string out;
  for (const std::string& string : strings) out += (out.empty() ? "" : ", ") + string;
  return "[" + out + "]";
}

}  // namespace

Answer ExpectedAnswer(const Json& json) {
  const Json* decision = json.Find("decision");
  return {decision != nullptr && decision->text == "allow", Strings(json.Find("reason")),
          Strings(json.Find("errors"))};
}

Answer AnswerOf(const Snapshot& snapshot, const Decision& decision) {
  Answer answer;
  answer.allow = decision.allowed();
  const auto& policies = snapshot.policies().bound();
  for (const PolicyIndex reason : decision.reasons)
    answer.reasons.insert(policies[reason.index].id);
  for (const EvalError& error : decision.errors) {
    answer.errors.insert(policies[error.policy.index].id);
  }
  return answer;
}

std::string ToString(const Answer& answer) {
  return std::string(answer.allow ? "allow " : "deny ") + Join(answer.reasons) + " errors " +
         Join(answer.errors);
}

}  // namespace thuja::cli
