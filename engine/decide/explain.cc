// SPDX-License-Identifier: Apache-2.0
// Wording of evaluation errors and of policies that did not apply.
//
// Tested by tests/unit/decide/explain_test.cc.
#include "engine/decide/explain.h"

#include <absl/container/flat_hash_set.h>

#include <algorithm>
#include <array>
#include <optional>
#include <string_view>
#include <tuple>

#include "engine/base/arena.h"
#include "engine/base/diagnostic.h"
#include "engine/decide/entity_view.h"
#include "engine/decide/interpreter.h"
#include "engine/func/function.h"
#include "engine/lang/printer.h"
#include "engine/value/json.h"

namespace thuja::decide {
namespace {

using Stage = PolicyOutcome::Stage;
using Verdict = PolicyExplanation::Verdict;

std::string Printed(const value::Value& value) { return base::Quote(Print(value)); }
std::string Printed(const value::EntityUidView& uid) { return base::Quote(Print(uid)); }
std::string Printed(const lang::EntityLiteral& entity) {
  return base::Quote(value::Print(value::EntityUidView{entity.type, entity.id}));
}

std::string CountArguments(size_t count) {
  return std::to_string(count) + (count == 1 ? " argument" : " arguments");
}

// Arguments are counted as they are written: the receiver of a method is none of them.
std::string DescribeCount(std::string_view name, size_t given) {
  const func::Function* function = func::FindFunction(name, func::CallStyle::kFunction);
  const size_t receivers = function == nullptr ? 1 : 0;
  if (function == nullptr) function = func::FindFunction(name, func::CallStyle::kMethod);
  return base::Quote(name) + " takes " + CountArguments(function->parameters.size() - receivers) +
         ", found " + std::to_string(given - receivers);
}

std::string Describe(const EvalFailure& failure) {
  const std::string found = failure.found ? Printed(*failure.found) : "";
  const std::string subject = base::Quote(failure.subject);
  switch (failure.kind) {
    case EvalErrorKind::kEntityDoesNotExist: return "entity " + found + " does not exist";
    case EvalErrorKind::kEntityAttributeDoesNotExist:
      return "entity " + found + " has no attribute " + subject;
    case EvalErrorKind::kEntityTagDoesNotExist: return "entity " + found + " has no tag " + subject;
    case EvalErrorKind::kRecordAttributeDoesNotExist:
      return "record " + found + " has no attribute " + subject;
    case EvalErrorKind::kType:
      return "expected " + std::string(failure.expected) + ", found " +
             std::string(TypeName(failure.found->type())) + " " + found;
    case EvalErrorKind::kArgumentCount:
      return DescribeCount(failure.subject, static_cast<size_t>(failure.found->AsInteger()));
    case EvalErrorKind::kOverflow:
      return "the result of " + subject +
             " does not fit into a 64-bit integer; its first operand is " + found;
    case EvalErrorKind::kExtensionFunction: return std::string(failure.subject) + ": " + found;
  }
  return "";
}

// One policy of the snapshot, evaluated again.
class Rerun {
 public:
  Rerun(const Snapshot& snapshot, const value::Request& request, RequestEntities request_entities)
      : opened_(entities_.Open(snapshot.entities(), request, request_entities) ==
                EntityView::Problem::kNone),
        interpreter_(entities_, request, arena_) {}

  // False if the request is refused, because no policy is asked then.
  bool opened() const { return opened_; }
  Interpreter& interpreter() { return interpreter_; }

 private:
  base::Arena arena_;
  EntityView entities_;
  const bool opened_;
  Interpreter interpreter_;
};

// What is left of an error once the arena is gone that its outcome views into.
struct ErrorNote {
  std::string text;
  base::Span span;
};

ErrorNote NoteOf(const Snapshot& snapshot, const value::Request& request, PolicyIndex policy,
                 RequestEntities request_entities) {
  Rerun rerun(snapshot, request, request_entities);
  if (!rerun.opened()) return {};
  const PolicyOutcome outcome = rerun.interpreter().Run(snapshot.policies().bound()[policy.index]);
  return {Describe(outcome.failure), outcome.failure.span};
}

// What the principal or the resource is not.
std::string Unmet(const lang::ScopeConstraint& constraint,
                  const std::optional<lang::EntityLiteral>& slot, const value::EntityUid& uid) {
  using Kind = lang::ScopeConstraint::Kind;
  const std::string entity = Printed(constraint.slot ? *slot : constraint.entity);
  const std::string type = "of type " + base::Quote(constraint.entity_type);
  switch (constraint.kind) {
    case Kind::kAny: return "";
    case Kind::kEqual: return entity;
    case Kind::kIn: return "in " + entity;
    case Kind::kIs: return type;
    case Kind::kIsIn: return uid.type == constraint.entity_type ? "in " + entity : type;
  }
  return "";
}

// What the action is not.
std::string Unmet(const lang::ActionConstraint& constraint) {
  using Kind = lang::ActionConstraint::Kind;
  if (constraint.entities.empty()) return "in an empty set";
  const std::string first = Printed(constraint.entities.front());
  if (constraint.kind == Kind::kEqual) return first;
  if (constraint.entities.size() == 1) return "in " + first;
  std::string all;
  for (const lang::EntityLiteral& entity : constraint.entities) {
    all += (all.empty() ? "" : ", ") + Printed(entity);
  }
  return "in any of " + all;
}

std::string OutOfScope(std::string_view variable, const value::EntityUid& uid,
                       const std::string& unmet) {
  return "the " + std::string(variable) + " " + Printed(uid.view()) + " is not " + unmet;
}

// Whether a policy's explanation is given words. They cost as much as the values that they show are
// large.
enum class Words : uint8_t { kNone, kAll };

// Finds the part of a policy that settled it.
class PolicyExplainer {
 public:
  PolicyExplainer(const Snapshot& snapshot, const value::Request& request, Rerun& rerun,
                  PolicyIndex policy, Words words)
      : request_(request),
        interpreter_(rerun.interpreter()),
        bound_(snapshot.policies().bound()[policy.index]),
        tree_(bound_.policy->expressions),
        words_(words) {}

  PolicyExplanation Explain() {
    const PolicyOutcome outcome = interpreter_.Run(bound_);
    // Said first: asking again takes the place of what the outcome views into.
    if (outcome.stage == Stage::kError && words_ == Words::kAll) {
      result_.text = Describe(outcome.failure);
    }
    CountScope();
    switch (outcome.stage) {
      case Stage::kSatisfied: result_.verdict = Verdict::kSatisfied; break;
      case Stage::kPrincipal:
      case Stage::kAction:
      case Stage::kResource:
        result_.verdict = Verdict::kScope;
        if (words_ == Words::kAll) result_.text = UnmetScope(outcome.stage);
        break;
      case Stage::kError:
        result_.verdict = Verdict::kError;
        CountConditions(outcome.condition);
        result_.span = outcome.failure.span;
        break;
      case Stage::kCondition:
        result_.verdict = Verdict::kCondition;
        CountConditions(outcome.condition);
        if (words_ == Words::kAll) {
          const bool unless = bound_.policy->conditions[outcome.condition].unless;
          result_.text = (unless ? "unless holds: " : "when does not hold: ") + UnmetPart();
        }
        break;
    }
    return std::move(result_);
  }

 private:
  std::string UnmetScope(Stage stage) const {
    const lang::Policy& text = *bound_.policy;
    switch (stage) {
      case Stage::kPrincipal:
        return OutOfScope("principal", request_.principal,
                          Unmet(text.principal, bound_.principal_slot, request_.principal));
      case Stage::kAction: return OutOfScope("action", request_.action, Unmet(text.action));
      default:
        return OutOfScope("resource", request_.resource,
                          Unmet(text.resource, bound_.resource_slot, request_.resource));
    }
  }

  void CountScope() {
    result_.held += interpreter_.MatchesPrincipal(bound_);
    result_.held += interpreter_.MatchesAction(bound_);
    result_.held += interpreter_.MatchesResource(bound_);
  }

  // All before `last` hold.
  void CountConditions(uint32_t last) {
    const std::vector<lang::Condition>& conditions = bound_.policy->conditions;
    for (uint32_t i = 0; i <= last; ++i) Descend(conditions[i].body, !conditions[i].unless);
  }

  // True if the expression has the answer `wanted`, which it gets from its parts one by one where
  // each of them must have it.
  bool Descend(lang::ExprId id, bool wanted) {
    const lang::ExprNode& node = tree_[id];
    if (node.kind == lang::ExprKind::kNot) return Descend(tree_.Child(id, 0), !wanted);
    if (node.kind == (wanted ? lang::ExprKind::kAnd : lang::ExprKind::kOr)) {
      return std::ranges::all_of(tree_.Children(id),
                                 [&](lang::ExprId part) { return Descend(part, wanted); });
    }
    const std::optional<value::Value> answer = interpreter_.Answer(tree_, id);
    if (answer && answer->Is(value::Type::kBool) && answer->AsBool() == wanted) {
      ++result_.held;
      return true;
    }
    unmet_ = id;
    result_.span = node.span;
    return false;
  }

  // The text of the unmet part, and what the values in it were.
  std::string UnmetPart() {
    std::string out = base::Quote(lang::Print(tree_, unmet_));
    const lang::ExprKind kind = tree_[unmet_].kind;
    if (kind == lang::ExprKind::kAnd || kind == lang::ExprKind::kOr ||
        kind == lang::ExprKind::kIf) {
      return out;
    }
    for (const lang::ExprId operand : tree_.Children(unmet_)) {
      if (!AsksAnything(operand)) continue;
      const std::optional<value::Value> answer = interpreter_.Answer(tree_, operand);
      if (answer)
        out += ", " + base::Quote(lang::Print(tree_, operand)) + " is " + Printed(*answer);
    }
    return out;
  }

  // False for literals, and what is made of them alone.
  bool AsksAnything(lang::ExprId id) const {
    return tree_[id].kind == lang::ExprKind::kVariable ||
           std::ranges::any_of(tree_.Children(id),
                               [this](lang::ExprId part) { return AsksAnything(part); });
  }

  const value::Request& request_;
  Interpreter& interpreter_;
  const lang::BoundPolicy& bound_;
  const lang::ExprTree& tree_;
  const Words words_;
  lang::ExprId unmet_;
  PolicyExplanation result_;
};

// Explaining more would let a request cost what deciding it does not.
constexpr size_t kMostExamined = 64;

// Permits that were not satisfied, those that came furthest first. Of stops that are equally deep
// one permit each is taken in turn, so that a switch over thousands does not hide the others.
std::vector<PolicyIndex> FurthestPermits(const tree::Program& program, const Course& course) {
  std::vector<Course::Stop> stops = course.stops;
  std::ranges::stable_sort(stops, std::greater<>(), &Course::Stop::depth);
  absl::flat_hash_set<uint32_t> seen;
  for (const PolicyIndex policy : course.satisfied) seen.insert(policy.index);
  std::vector<PolicyIndex> permits;
  // Advances `stop` behind its next permit.
  const auto take = [&](Course::Stop& stop) {
    while (stop.first_rank < stop.end_rank) {
      const tree::Entry entry = program.entries[stop.first_rank++];
      if (entry.forbid() || !seen.insert(entry.policy()).second) continue;
      permits.push_back({entry.policy()});
      return;
    }
  };
  for (auto begin = stops.begin(); begin != stops.end();) {
    const auto end = std::find_if(begin, stops.end(),
                                  [&](const auto& stop) { return stop.depth != begin->depth; });
    for (auto left = end; left != begin;) {
      for (auto stop = begin; stop != left; ++stop) {
        if (permits.size() == kMostExamined) return permits;
        take(*stop);
      }
      left = std::partition(begin, left,
                            [](const auto& stop) { return stop.first_rank < stop.end_rank; });
    }
    begin = end;
  }
  return permits;
}

std::string_view UnmetName(Verdict verdict) {
  switch (verdict) {
    case Verdict::kSatisfied: return "nothing";
    case Verdict::kScope: return "scope";
    case Verdict::kCondition: return "condition";
    case Verdict::kError: return "error";
  }
  return "";
}

// Without the closing brace.
void AppendPolicy(const Snapshot& snapshot, PolicyIndex index, uint32_t offset, std::string* out) {
  const lang::BoundPolicy& bound = snapshot.policies().bound()[index.index];
  const base::LineColumn place = bound.policy->source->Locate(offset);
  out->append("{\"policy\":").append(value::QuoteJson(bound.id));
  out->append(",\"effect\":\"").append(lang::Spelling(bound.policy->effect));
  out->append("\",\"at\":");
  out->append(value::QuoteJson(bound.policy->source->name() + ":" + std::to_string(place.line) +
                               ":" + std::to_string(place.column)));
}

uint32_t BeginOf(const Snapshot& snapshot, PolicyIndex policy) {
  return snapshot.policies().bound()[policy.index].policy->span.begin;
}

void AppendPolicies(const Snapshot& snapshot, std::string_view key,
                    const std::vector<PolicyIndex>& policies, std::string* out) {
  out->append("\"").append(key).append("\":[");
  for (size_t i = 0; i < policies.size(); ++i) {
    if (i > 0) out->push_back(',');
    AppendPolicy(snapshot, policies[i], BeginOf(snapshot, policies[i]), out);
    out->push_back('}');
  }
  out->push_back(']');
}

}  // namespace

std::string DescribeError(const Snapshot& snapshot, const value::Request& request,
                          const EvalError& error, RequestEntities request_entities) {
  return NoteOf(snapshot, request, error.policy, request_entities).text;
}

base::Span LocateError(const Snapshot& snapshot, const value::Request& request,
                       const EvalError& error, RequestEntities request_entities) {
  return NoteOf(snapshot, request, error.policy, request_entities).span;
}

PolicyExplanation ExplainPolicy(const Snapshot& snapshot, const value::Request& request,
                                PolicyIndex policy, RequestEntities request_entities) {
  Rerun rerun(snapshot, request, request_entities);
  if (!rerun.opened()) {
    return {.verdict = Verdict::kScope,
            .text = "the request was refused before any policy was asked"};
  }
  return PolicyExplainer(snapshot, request, rerun, policy, Words::kAll).Explain();
}

Explanation Explain(const Snapshot& snapshot, const value::Request& request, Scratch& scratch,
                    const DecideOptions& options, size_t nearest) {
  Course course;
  DecideOptions watched = options;
  watched.evaluator = EvaluatorKind::kTree;
  watched.outcome_only = false;
  watched.observer = {.course = &course};
  const Decision decision = Decide(snapshot, request, scratch, watched);
  Explanation explanation;
  explanation.determining.assign(decision.reasons.begin(), decision.reasons.end());
  if (decision.allowed() || Describe(decision.code).layer != ReasonLayer::kPolicies) {
    return explanation;
  }
  const std::vector<lang::BoundPolicy>& policies = snapshot.policies().bound();
  for (const PolicyIndex policy : course.satisfied) {
    if (policies[policy.index].policy->effect == lang::Effect::kPermit) {
      explanation.overridden.push_back(policy);
    }
  }
  std::ranges::sort(explanation.overridden);
  std::vector<Explanation::NearPermit>& permits = explanation.nearest;
  Rerun rerun(snapshot, request, options.request_entities);
  const auto explain = [&](PolicyIndex policy, Words words) {
    return PolicyExplainer(snapshot, request, rerun, policy, words).Explain();
  };
  for (const PolicyIndex policy : FurthestPermits(snapshot.program(), course)) {
    permits.push_back({policy, explain(policy, Words::kNone)});
  }
  // What failed is nearer than what did not hold: somebody made a mistake there.
  std::ranges::sort(permits, {}, [](const Explanation::NearPermit& permit) {
    return std::tuple(-static_cast<int64_t>(permit.why.held), permit.why.verdict != Verdict::kError,
                      permit.policy);
  });
  if (permits.size() > nearest) permits.resize(nearest);
  for (auto& [policy, why] : permits) why = explain(policy, Words::kAll);
  explanation.more =
      snapshot.program().figures.permits - explanation.overridden.size() - permits.size();
  return explanation;
}

void AppendJson(const Snapshot& snapshot, const Explanation& explanation, std::string* out) {
  out->push_back('{');
  AppendPolicies(snapshot, "determining", explanation.determining, out);
  out->push_back(',');
  AppendPolicies(snapshot, "overridden", explanation.overridden, out);
  out->append(",\"nearest\":[");
  for (size_t i = 0; i < explanation.nearest.size(); ++i) {
    if (i > 0) out->push_back(',');
    const auto& [policy, why] = explanation.nearest[i];
    AppendPolicy(snapshot, policy,
                 why.span.end > why.span.begin ? why.span.begin : BeginOf(snapshot, policy), out);
    out->append(",\"unmet\":\"").append(UnmetName(why.verdict));
    out->append("\",\"why\":").append(value::QuoteJson(why.text)).push_back('}');
  }
  out->append("],\"more\":").append(std::to_string(explanation.more)).push_back('}');
}

}  // namespace thuja::decide
