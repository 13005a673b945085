// SPDX-License-Identifier: Apache-2.0
// Reading and comparing of answers.
//
// Tested by tests/unit/cli/conformance_test.cc.
#include "cli/conformance/answer.h"

#include <algorithm>

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

bool SameDecision(const Decision& a, const Decision& b) {
  const auto same_error = [](const EvalError& x, const EvalError& y) {
    return x.policy == y.policy && x.kind == y.kind;
  };
  return a.code == b.code && std::ranges::equal(a.reasons, b.reasons) &&
         std::ranges::equal(a.errors, b.errors, same_error);
}

std::string AskBoth(const Snapshot& snapshot, const Request& request, Scratch& tree,
                    Scratch& interpreter) {
  const Decision by_tree = Decide(snapshot, request, tree);
  const Decision by_interpreter =
      Decide(snapshot, request, interpreter, {.evaluator = EvaluatorKind::kInterpreter});
  std::string answer = ToString(AnswerOf(snapshot, by_tree));
  if (SameDecision(by_tree, by_interpreter)) return answer;
  return "the tree: " + answer +
         ", the interpreter: " + ToString(AnswerOf(snapshot, by_interpreter));
}

}  // namespace thuja::cli
