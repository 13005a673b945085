// SPDX-License-Identifier: Apache-2.0
// Random sets of policies as text, so that the parser takes part.
//
// Conditions are drawn from a pool of recent ones as often as they are new: as they are, with one
// literal, attribute or entity changed, or negated. That is what a compiler shares between
// policies, and so what it can get wrong.
#pragma once

#include <string>
#include <vector>

#include "tests/property/generator/expression_generator.h"
#include "tests/property/generator/random.h"

namespace thuja::generator {

struct GeneratedPolicies {
  std::vector<std::string> texts;  // one policy or template each, named by `@id`
  std::string links;               // JSON
};

class PolicyGenerator {
 public:
  explicit PolicyGenerator(Random& random) : random_(random) {}

  GeneratedPolicies Make(size_t count);

 private:
  std::string MakePolicy(size_t number, bool is_template);
  std::string MakeOneOfACrowd(size_t number);
  std::string MakeCommonQuestion();
  std::string MakeScope(std::string_view variable, bool slot);
  std::string MakeActionScope();
  std::string MakeConditions();
  std::string MakeCondition();
  void AddLinks(size_t number, bool principal, bool resource);

  Random& random_;
  std::vector<Recipe> pool_;
  std::vector<std::string> links_;
};

}  // namespace thuja::generator
