// SPDX-License-Identifier: Apache-2.0
// From texts to decisions, and decisions as one line, so that a test is a table of texts.
//
// A text that a test gives as good and that is not is a failure of the test that shows the errors.
#pragma once

#include <memory>
#include <string>
#include <string_view>

#include "engine/decide.h"
#include "engine/entities.h"
#include "engine/policies.h"

namespace thuja::testing {

std::shared_ptr<const SourceText> MakeSource(std::string_view text,
                                             std::string_view name = "test.cedar");

PolicySet MakePolicies(std::string_view text, PolicyIds ids = PolicyIds::kPosition);
EntityStore MakeEntities(std::string_view json);
Request MakeRequest(std::string_view json);

std::shared_ptr<const Snapshot> MakeSnapshot(std::string_view policies,
                                             std::string_view entities = "[]");

// `User::"alice"` does `Action::"read"` to `Doc::"d"`, with an empty context.
inline constexpr std::string_view kPlainRequest =
    R"({"principal": "User::\"alice\"", "action": "Action::\"read\"", "resource": "Doc::\"d\""})";

// A decision as `allow [policy0]` or `deny [] errors [policy1:type_error]`.
std::string Print(const Snapshot& snapshot, const Decision& decision);

// Decides with a Scratch of its own, and prints.
std::string DecideToText(const Snapshot& snapshot, const Request& request,
                         const DecideOptions& options = {});
std::string DecideToText(std::string_view policies, std::string_view entities = "[]",
                         std::string_view request = kPlainRequest);

// The codes of what is wrong with a text of policies, such as `chained-relation`, joined by `, `;
// empty if it is good.
std::string ParseErrors(std::string_view policies);

// Where expressions are evaluated: as the only condition of a permit without a scope.
class ExpressionWorld {
 public:
  explicit ExpressionWorld(std::string_view entities = "[]",
                           std::string_view request = kPlainRequest);

  // `true`, `false`, the name of the error of evaluation, or the codes of the errors of parsing.
  std::string Evaluate(std::string_view expression) const;

  // The error of an expression that fails, with the text that its span covers:
  // ``type_error at `1 + true` ``.
  std::string Failure(std::string_view expression) const;

  // What people are told of that error.
  std::string Sentence(std::string_view expression) const;

 private:
  std::shared_ptr<const Snapshot> MakeSnapshotOf(std::string_view expression) const;

  std::string entities_;
  Request request_;
};

}  // namespace thuja::testing
