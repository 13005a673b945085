// SPDX-License-Identifier: Apache-2.0
// The compiled tree answers like the interpreter, on whatever policies, entities and requests.
//
// THUJA_RANDOM_DECISIONS says how many decisions are compared and THUJA_SEED where the seeds of
// their worlds begin; a failure prints the world. At the end it says what the compared decisions
// crossed, because agreement on decisions that touch nothing would prove nothing.
#include <gtest/gtest.h>

#include <array>
#include <iostream>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "engine/decide.h"
#include "tests/property/generator/random.h"
#include "tests/property/generator/world.h"
#include "tests/property/setting.h"

namespace thuja {
namespace {

using generator::MakeGrownSnapshot;
using generator::MakeRequest;
using generator::MakeSnapshot;
using generator::MakeWorld;
using generator::Setting;
using generator::World;

constexpr std::string_view kFamilies[] = {"test",  "symbol", "equal",    "in",      "is",
                                          "range", "like",   "contains", "in range"};

// What the decisions of one run crossed.
class Crossings {
 public:
  void Add(const Snapshot& snapshot, const Trace& trace, const Decision& decision) {
    const tree::Program& program = snapshot.program();
    std::array<bool, std::size(kFamilies)> crossed = {};
    for (size_t at = 0; at < program.code.size();) {
      const auto instruction = static_cast<tree::Instruction>(program.code[at]);
      const bool reached = trace.reached[at] > 0;
      switch (instruction) {
        case tree::Instruction::kEnd: at += 1; break;
        case tree::Instruction::kSatisfied: at += 2 + program.code[at + 1]; break;
        case tree::Instruction::kTest:
        case tree::Instruction::kTestSymbol:
        case tree::Instruction::kTestIn:
        case tree::Instruction::kTestInAttribute:
        case tree::Instruction::kTestEqual: {
          // Shared if more than one policy stands below.
          const tree::TestCode& test = program.TestAt(static_cast<uint32_t>(at));
          if (test.end_rank - test.first_rank > 1) crossed[0] |= reached;
          at += tree::kTestWords;
          break;
        }
        case tree::Instruction::kSwitch:
          crossed[static_cast<size_t>(program.SwitchAt(static_cast<uint32_t>(at)).family)] |=
              reached;
          at += tree::kSwitchWords;
          break;
      }
    }
    for (size_t i = 0; i < crossed.size(); ++i) counts_[i] += crossed[i];
    ++decisions_;
    reasons_ += decision.reasons.size() >= 2;
    errors_ += !decision.errors.empty();
    eventful_ += decision.reasons.size() >= 2 || !decision.errors.empty();
  }

  size_t decisions() const { return decisions_; }
  std::string Missing() const {
    std::string missing;
    for (size_t i = 0; i < counts_.size(); ++i) {
      if (counts_[i] == 0) missing += std::string(kFamilies[i]) + " ";
    }
    return missing;
  }
  std::string ToString() const {
    std::string out = std::to_string(decisions_) +
                      " decisions; at least two reasons: " + std::to_string(reasons_) +
                      "; an error: " + std::to_string(errors_) +
                      "; either: " + std::to_string(eventful_) + "\ncrossed a shared";
    for (size_t i = 0; i < counts_.size(); ++i) {
      out += (i == 0 ? " " : ", switch ") + std::string(kFamilies[i]) + ": " +
             std::to_string(counts_[i]);
    }
    return out + "\n";
  }

 private:
  std::array<size_t, std::size(kFamilies)> counts_ = {};
  size_t decisions_ = 0;
  size_t reasons_ = 0;
  size_t errors_ = 0;
  size_t eventful_ = 0;
};

std::string Show(const Decision& decision) {
  std::string out = std::string(ReasonCodeName(decision.code)) + " reasons";
  for (const PolicyIndex reason : decision.reasons) out += " " + std::to_string(reason.index);
  out += " errors";
  for (const EvalError& error : decision.errors) {
    out += " " + std::to_string(error.policy.index) + ":" + std::string(EvalErrorName(error.kind));
  }
  return out;
}

// The policies that neither are satisfied nor stopped anywhere.
std::string Unaccounted(const Snapshot& snapshot, const Course& course) {
  std::vector<bool> seen(snapshot.policies().bound().size());
  for (const PolicyIndex policy : course.satisfied) seen[policy.index] = true;
  for (const Course::Stop& stop : course.stops) {
    for (uint32_t rank = stop.first_rank; rank < stop.end_rank; ++rank) {
      seen[snapshot.program().entries[rank].policy()] = true;
    }
  }
  std::string missing;
  for (size_t i = 0; i < seen.size(); ++i) {
    if (!seen[i]) missing += " " + std::to_string(i);
  }
  return missing;
}

// Compares all requests in both settings of the option that changes answers.
void Compare(const World& world, const Snapshot& snapshot, Scratch& tree_scratch,
             Scratch& interpreter_scratch, Crossings& crossings) {
  for (const std::string& json : world.requests) {
    const Request request = MakeRequest(json);
    for (const ForbidError forbid_error : {ForbidError::kSkip, ForbidError::kDeny}) {
      const Decision by_tree =
          Decide(snapshot, request, tree_scratch, {.forbid_error = forbid_error});
      const Decision by_interpreter =
          Decide(snapshot, request, interpreter_scratch,
                 {.evaluator = EvaluatorKind::kInterpreter, .forbid_error = forbid_error});
      ASSERT_EQ(Show(by_tree), Show(by_interpreter)) << json;
      if (by_tree.code == ReasonCode::kStoredAttribute ||
          by_tree.code == ReasonCode::kMalformedRequest) {
        continue;
      }
      Trace trace;
      Course course;
      Scratch fresh;
      const Decision watched =
          Decide(snapshot, request, fresh,
                 {.forbid_error = forbid_error, .observer = {.trace = &trace, .course = &course}});
      ASSERT_EQ(Show(watched), Show(by_tree)) << json;
      ASSERT_EQ(Unaccounted(snapshot, course), "") << json;
      crossings.Add(snapshot, trace, by_tree);
      const Decision outcome =
          Decide(snapshot, request, fresh, {.outcome_only = true, .forbid_error = forbid_error});
      ASSERT_EQ(outcome.allowed(), by_interpreter.allowed()) << json;
    }
  }
}

// Entities that came one after the other decide like entities that came at once.
void ExpectSame(const World& world, const Snapshot& at_once, const Snapshot& grown) {
  Scratch scratch;
  for (const std::string& json : world.requests) {
    const Request request = MakeRequest(json);
    const std::string expected = Show(Decide(at_once, request, scratch));
    ASSERT_EQ(Show(Decide(grown, request, scratch)), expected) << json;
  }
}

TEST(Agreement, TreeAndInterpreterAgreeOnRandomWorlds) {
  const uint64_t wanted = Setting("THUJA_RANDOM_DECISIONS", 100000);
  Crossings crossings;
  Scratch tree_scratch;
  Scratch interpreter_scratch;
  for (uint64_t seed = Setting("THUJA_SEED", 1); crossings.decisions() < wanted; ++seed) {
    const World world = MakeWorld(seed);
    Compare(world, *MakeSnapshot(world), tree_scratch, interpreter_scratch, crossings);
    std::vector<std::string> shuffled = world.policies;
    generator::Random(seed).Shuffle(std::span(shuffled));
    Compare(world, *MakeSnapshot(world, shuffled), tree_scratch, interpreter_scratch, crossings);
    const std::shared_ptr<const Snapshot> grown = MakeGrownSnapshot(world);
    Compare(world, *grown, tree_scratch, interpreter_scratch, crossings);
    ExpectSame(world, *MakeSnapshot(world), *grown);
    if (HasFailure()) {
      std::cout << world.ToString();
      return;
    }
  }
  std::cout << crossings.ToString();
  EXPECT_EQ(crossings.Missing(), "");
}

}  // namespace
}  // namespace thuja
