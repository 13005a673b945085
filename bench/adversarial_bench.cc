// SPDX-License-Identifier: Apache-2.0
// How slow can policies and entities that are meant to be slow make a decision?
//
// Contenders: the compiled tree and the interpreter, over the worlds of
// tests/property/generator/adversarial.h with 10,000 policies, links, parents or patterns. One line
// of JSON for each world: p50 over its requests of the best of their passes, what compiling took,
// and the room that the program takes. An argument is another size.
#include <algorithm>
#include <chrono>
#include <cstdlib>
#include <iostream>
#include <limits>
#include <memory>
#include <string>
#include <vector>

#include "engine/decide.h"
#include "engine/diagnostics.h"
#include "engine/policies.h"
#include "engine/tree.h"
#include "tests/property/generator/adversarial.h"

namespace {

using thuja::generator::AdversarialWorld;
using Clock = std::chrono::steady_clock;

double Milliseconds(Clock::duration duration) {
  return std::chrono::duration<double, std::milli>(duration).count();
}

std::shared_ptr<const thuja::SourceText> Source(const std::string& name, std::string text) {
  return std::make_shared<const thuja::SourceText>(name, std::move(text));
}

// The best of some passes, of the worst of the requests: microseconds. The interpreter's is given
// fewer passes where one takes long.
double WorstRequest(const thuja::Snapshot& snapshot, const std::vector<thuja::Request>& requests,
                    thuja::EvaluatorKind evaluator) {
  constexpr auto kEnough = std::chrono::milliseconds(300);
  constexpr int kFewest = 5;
  thuja::Scratch scratch;
  double worst = 0;
  for (const thuja::Request& request : requests) {
    double best = std::numeric_limits<double>::infinity();
    const Clock::time_point start = Clock::now();
    for (int pass = 0; pass < kFewest || Clock::now() - start < kEnough; ++pass) {
      const Clock::time_point begin = Clock::now();
      thuja::Decide(snapshot, request, scratch, {.evaluator = evaluator});
      best = std::min(best, 1000 * Milliseconds(Clock::now() - begin));
    }
    worst = std::max(worst, best);
  }
  return worst;
}

// False, with what is wrong on standard error, if the world is no world.
bool Run(AdversarialWorld world) {
  thuja::Diagnostics diagnostics;
  auto entities = thuja::ReadEntities(Source("entities", std::move(world.entities)), diagnostics);
  std::vector<thuja::Request> requests;
  for (std::string& text : world.requests) {
    auto request = thuja::ReadRequest(Source("request", std::move(text)), diagnostics);
    if (request) requests.push_back(std::move(*request));
  }
  const Clock::time_point parse_begin = Clock::now();
  std::vector<std::shared_ptr<const thuja::SourceText>> sources = {
      Source("policies", std::move(world.policies))};
  auto policies = thuja::ParsePolicySet(sources, thuja::PolicyIds::kPosition, diagnostics);
  const double parsed = Milliseconds(Clock::now() - parse_begin);
  if (!entities || !policies || requests.size() != world.requests.size()) {
    std::cerr << world.name << ": "
              << (diagnostics.kept().empty() ? "?" : diagnostics.kept().front().message) << "\n";
    return false;
  }
  const Clock::time_point compile_begin = Clock::now();
  thuja::SnapshotBuilder builder;
  builder.SetPolicies(std::move(*policies)).SetEntities(std::move(*entities));
  const std::shared_ptr<const thuja::Snapshot> snapshot = builder.Build();
  const double compiled = Milliseconds(Clock::now() - compile_begin);
  const double tree = WorstRequest(*snapshot, requests, thuja::EvaluatorKind::kTree);
  const double interpreter = WorstRequest(*snapshot, requests, thuja::EvaluatorKind::kInterpreter);
  const thuja::TreeFigures& figures = thuja::FiguresOf(*snapshot);
  std::cout << "{\"world\":\"" << world.name << "\",\"policies\":" << figures.policies
            << ",\"tree_us\":" << tree << ",\"interpreter_us\":" << interpreter
            << ",\"ratio\":" << tree / interpreter << ",\"parse_ms\":" << parsed
            << ",\"compile_ms\":" << compiled << ",\"program_bytes\":" << figures.program_bytes
            << ",\"worst_case_nodes\":" << figures.worst_case_nodes << "}" << std::endl;
  return true;
}

}  // namespace

int main(int argc, char** argv) {
  const size_t size = argc > 1 ? std::strtoull(argv[1], nullptr, 10) : 10'000;
  bool ran = true;
  for (AdversarialWorld& world : thuja::generator::MakeAdversarialWorlds(size)) {
    ran &= Run(std::move(world));
  }
  return ran ? 0 : 1;
}
