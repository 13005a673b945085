// SPDX-License-Identifier: Apache-2.0
// Issuing, delegating and ending of fixtures.
//
// Tested by tests/unit/cli/guarded_suite_test.cc.
#include "cli/suite_guard.h"

#include <algorithm>
#include <iostream>
#include <limits>

#include "cli/load.h"
#include "server/grants/grant_json.h"

namespace thuja::cli {

using grants::Grant;
using grants::GrantEvent;
using grants::GrantState;
using grants::Refusal;

namespace {

// What leads to a state; nothing to kPending, which only issuing does.
std::optional<GrantEvent> EventTo(GrantState state) {
  switch (state) {
    case GrantState::kPending: return std::nullopt;
    case GrantState::kActive: return GrantEvent::kActivate;
    case GrantState::kSuspended: return GrantEvent::kSuspend;
    case GrantState::kCompleted: return GrantEvent::kComplete;
    case GrantState::kFailed: return GrantEvent::kFail;
    case GrantState::kTimedOut: return GrantEvent::kTimeOut;
    case GrantState::kRevoked: return GrantEvent::kRevoke;
  }
  return std::nullopt;
}

// A digest that no other fixture has. What it is the digest of nobody needs to know.
grants::CredentialDigest DigestOf(size_t fixture) {
  grants::CredentialDigest digest;
  digest.bytes[0] = 1;
  for (size_t i = 0; i < sizeof(fixture); ++i) {
    digest.bytes[i + 1] = static_cast<uint8_t>(fixture >> 8 * i);
  }
  return digest;
}

}  // namespace

// Makes one fixture after the other. A grant is delegated before anything becomes of what it comes
// from, so states are reached when all are made.
class GrantMaker {
 public:
  GrantMaker(const GuardFixtures& fixtures, const EntityStore& entities)
      : fixtures_(fixtures), entities_(entities) {}

  std::optional<SuiteGuard> Make() {
    for (const GrantFixture& fixture : fixtures_.grants) {
      if (!MakeOne(fixture)) return std::nullopt;
    }
    for (size_t i = 0; i < made_.size(); ++i) {
      const GrantFixture& fixture = fixtures_.grants[i];
      if (!Reach(fixture, made_[i].grant) || !SetCallsLeft(fixture, made_[i])) return std::nullopt;
    }
    return SuiteGuard(std::move(made_));
  }

 private:
  static bool Refuse(const GrantFixture& fixture, const std::string& why) {
    std::cerr << fixture.place << ": error: no store would have the grant `" << fixture.name
              << "`: " << why << "\n";
    return false;
  }
  static bool Refuse(const GrantFixture& fixture, const Refusal& refusal) {
    return Refuse(fixture, std::string(ReasonCodeName(refusal.code)) + ": " + refusal.message);
  }

  bool MakeOne(const GrantFixture& fixture) {
    Diagnostics diagnostics;
    auto request =
        server::ReadGrantRequest(fixture.request->text(), fixture.request->name(), diagnostics);
    if (!ReportDiagnostics(diagnostics) || !request) return false;
    request->issue.pending |= fixture.state == GrantState::kPending;
    const size_t number = made_.size();
    const grants::GrantId id = {1, number + 1};
    SuiteGuard::Made made;
    made.parent = fixture.parent;
    if (fixture.has_credential) made.credential = DigestOf(number);
    std::optional<Refusal> refusal =
        fixture.parent ? DelegateFrom(*fixture.parent, request->issue, id, fixture, made.grant)
                       : grants::Issue(request->issue, id, fixture.issued, entities_, made.grant);
    if (refusal) return Refuse(fixture, *refusal);
    made.grant.revision = number + 1;
    made.calls_left = made.grant.calls.value_or(0);
    made_.push_back(std::move(made));
    return true;
  }

  // What a store does beyond grants::Delegate: it looks at all ancestors, and takes the child's
  // calls from the parent.
  std::optional<Refusal> DelegateFrom(size_t parent, const grants::IssueRequest& request,
                                      const grants::GrantId& id, const GrantFixture& fixture,
                                      Grant& grant) {
    for (auto at = made_[parent].parent; at; at = made_[*at].parent) {
      if (!grants::WhyNotInForce(made_[*at].grant, fixture.issued)) continue;
      return Refusal{ReasonCode::kParentNotActive,
                     "`" + fixtures_.grants[*at].name + "`, which it comes from, is not in force"};
    }
    SuiteGuard::Made& from = made_[parent];
    auto refusal = grants::Delegate(request, id, from.grant, fixture.issued, entities_, grant);
    if (refusal || !from.grant.calls) return refusal;
    if (*grant.calls > from.calls_left) {
      return Refusal{
          ReasonCode::kBudgetExhausted,
          "the grant that it comes from has " + std::to_string(from.calls_left) + " calls left"};
    }
    from.calls_left -= *grant.calls;
    return std::nullopt;
  }

  static bool Reach(const GrantFixture& fixture, Grant& grant) {
    if (!fixture.state || grant.state == *fixture.state) return true;
    std::optional<ReasonCode> why;
    if (grant.state == GrantState::kPending) {
      why = grants::Apply(GrantEvent::kActivate, fixture.issued, grant);
    }
    const auto event = EventTo(*fixture.state);
    if (!why && event) why = grants::Apply(*event, fixture.issued, grant);
    return !why || Refuse(fixture, std::string(ReasonCodeName(*why)));
  }

  static bool SetCallsLeft(const GrantFixture& fixture, SuiteGuard::Made& made) {
    if (!fixture.calls_left) return true;
    if (!made.grant.calls) return Refuse(fixture, "`calls_left` of a grant without `calls`");
    if (*fixture.calls_left > made.calls_left) {
      return Refuse(fixture, "at most " + std::to_string(made.calls_left) + " calls can be left");
    }
    made.calls_left = *fixture.calls_left;
    return true;
  }

  const GuardFixtures& fixtures_;
  const EntityStore& entities_;
  std::vector<SuiteGuard::Made> made_;
};

CaseGuard::CaseGuard(std::unique_ptr<grants::GrantTable> table, grants::CredentialDigest credential,
                     const GuardedCase& guarded)
    : table_(std::move(table)),
      guard_(*table_->Register()),
      credential_(credential),
      guarded_(guarded) {}

Decision CaseGuard::Decide(const Snapshot& snapshot, Request& request, Scratch& scratch,
                           const DecideOptions& options) {
  request.now = guarded_.now;
  const GuardedCaller caller = {.name = guarded_.enforcement_point,
                                .tenant = guarded_.tenant,
                                .environment = guarded_.environment,
                                .deployment = guarded_.deployment,
                                .credential = credential_,
                                .is_exempt = guarded_.is_exempt};
  return guard_.Decide(snapshot, request, caller, GrantsState{}, scratch, options).decision;
}

std::optional<SuiteGuard> SuiteGuard::Make(const GuardFixtures& fixtures,
                                           const EntityStore& entities) {
  return GrantMaker(fixtures, entities).Make();
}

CaseGuard SuiteGuard::Of(const GuardedCase& guarded) const {
  std::vector<bool> wanted(grants_.size());
  for (size_t number : guarded.grants) {
    for (std::optional<size_t> at = number; at; at = grants_[*at].parent) wanted[*at] = true;
  }
  auto table = std::make_unique<grants::GrantTable>(grants_.size() + 1);
  for (size_t i = 0; i < grants_.size(); ++i) {
    if (!wanted[i]) continue;
    const Made& made = grants_[i];
    constexpr uint64_t kMost = std::numeric_limits<int64_t>::max();
    // Its ids are its own and parents come first, so that nothing can be wrong with it.
    table
        ->Insert(made.grant, made.credential,
                 static_cast<int64_t>(std::min(made.calls_left, kMost)), guarded.now)
        .IgnoreError();
  }
  const grants::CredentialDigest none;
  return {std::move(table), guarded.credential ? grants_[*guarded.credential].credential : none,
          guarded};
}

}  // namespace thuja::cli
