// SPDX-License-Identifier: Apache-2.0
// The grants of a suite, made as a store makes them, and the world of one case.
//
// A fixture that no store would issue is an error of the suite and not a grant: otherwise a case
// could show what can never come about.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "cli/suite_grants.h"
#include "engine/decide.h"
#include "engine/guard.h"

namespace thuja::cli {

// The grants that one case has, in a table of its own: what one case uses up is there for the next.
// The request that it decided has views of it, and must not be looked at when it is gone.
class CaseGuard {
 public:
  CaseGuard(std::unique_ptr<grants::GrantTable> table, grants::CredentialDigest credential,
            const GuardedCase& guarded);

  Decision Decide(const Snapshot& snapshot, Request& request, Scratch& scratch,
                  const DecideOptions& options);

 private:
  std::unique_ptr<grants::GrantTable> table_;
  Guard guard_;
  grants::CredentialDigest credential_;
  const GuardedCase& guarded_;
};

class SuiteGuard {
 public:
  // Issues all fixtures, each at its time, and lets happen to them what became of them. Nothing,
  // with the place and the reason on standard error, if one would be refused.
  static std::optional<SuiteGuard> Make(const GuardFixtures& fixtures, const EntityStore& entities);

  // `guarded` outlives it.
  CaseGuard Of(const GuardedCase& guarded) const;

 private:
  friend class GrantMaker;
  struct Made {
    grants::Grant grant;
    grants::CredentialDigest credential;
    uint64_t calls_left = 0;
    std::optional<size_t> parent;
  };

  explicit SuiteGuard(std::vector<Made> grants) : grants_(std::move(grants)) {}

  std::vector<Made> grants_;  // parents before what was delegated from them
};

}  // namespace thuja::cli
