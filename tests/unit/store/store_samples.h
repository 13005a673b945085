// SPDX-License-Identifier: Apache-2.0
// What tests of the grant store are made of: classes, mutations, and storage that outlives the
// store or fails when a test wants it to.
#pragma once

#include <gtest/gtest.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "engine/decide.h"
#include "server/store/grant_backend.h"
#include "server/store/grant_store.h"
#include "tests/support/decide_fixture.h"

namespace thuja::server {

inline constexpr int64_t kSecond = 1'000'000'000;

// The class `coder` allows an hour.
inline const std::shared_ptr<const Snapshot>& SampleSnapshot() {
  static const auto* const snapshot =
      new std::shared_ptr<const Snapshot>(testing::MakeSnapshot("", R"([{
        "uid": {"type": "Thuja::AgentClass", "id": "coder"}, "parents": [],
        "attrs": {"max_ttl": {"__extn": {"fn": "duration", "arg": "1h"}}}}])"));
  return *snapshot;
}

inline std::shared_ptr<const grants::Scope> SampleScope() {
  static const auto* const scope = [] {
    auto made = std::make_shared<grants::Scope>();
    made->tools.push_back({.tools = grants::ScopePattern::Segments("crm/*").value()});
    return new std::shared_ptr<const grants::Scope>(std::move(made));
  }();
  return *scope;
}

inline Mutation IssueOf(std::optional<uint64_t> calls = {}) {
  Mutation mutation;
  mutation.kind = Mutation::Kind::kIssue;
  mutation.caller = "orchestrator";
  mutation.issue.holder = {"Thuja::Agent", "bot"};
  mutation.issue.agent_class = "coder";
  mutation.issue.purpose.task = "T1";
  mutation.issue.scope = SampleScope();
  mutation.issue.ttl = 600 * kSecond;
  mutation.issue.calls = calls;
  return mutation;
}

// For a task of its own: there are only so many for one.
inline Mutation OfTask(size_t number, Mutation mutation) {
  mutation.issue.purpose.task = "T-" + std::to_string(number);
  return mutation;
}

inline std::vector<Mutation> ManyOf(size_t count, const Mutation& mutation) {
  std::vector<Mutation> many;
  for (size_t i = 0; i < count; ++i) many.push_back(OfTask(i, mutation));
  return many;
}

inline Mutation DelegateOf(const grants::GrantId& parent, std::optional<uint64_t> calls = {}) {
  Mutation mutation;
  mutation.kind = Mutation::Kind::kDelegate;
  mutation.caller = "orchestrator";
  mutation.id = parent;
  mutation.issue.holder = {"Thuja::Agent", "helper"};
  mutation.issue.agent_class = "coder";
  mutation.issue.calls = calls;
  return mutation;
}

inline Mutation EventOf(grants::GrantEvent event, const grants::GrantId& id,
                        std::string reason = {}) {
  Mutation mutation;
  mutation.kind = Mutation::Kind::kEvent;
  mutation.caller = "orchestrator";
  mutation.event = event;
  mutation.id = id;
  mutation.reason = std::move(reason);
  return mutation;
}

inline Mutation RevokeAllOf(GrantSelector selector) {
  Mutation mutation;
  mutation.kind = Mutation::Kind::kRevokeAll;
  mutation.caller = "orchestrator";
  mutation.selector = std::move(selector);
  return mutation;
}

// The same request, to be repeated.
inline Mutation WithRequestId(Mutation mutation, std::string id, uint8_t digest = 1) {
  mutation.request_id = std::move(id);
  mutation.digest[0] = digest;
  return mutation;
}

// `done`, or the code of the refusal.
inline std::string Said(const MutationOutcome& outcome) {
  return outcome.refusal ? std::string(ReasonCodeName(outcome.refusal->code)) : "done";
}

// What storage does when a call is about to be made; OK lets it through.
using BeforeCall = std::function<absl::Status(const char* call)>;

// Storage that several stores use one after the other, as a file would be, and that can fail.
// A copy that is dead, as after a crash, fails for good; what was not committed is gone.
class SharedBackend : public GrantBackend {
 public:
  using Inner = std::shared_ptr<GrantBackend>;
  explicit SharedBackend(Inner inner, BeforeCall before = nullptr)
      : inner_(std::move(inner)), before_(std::move(before)) {}

  absl::StatusOr<std::unique_ptr<GrantBackendView>> OpenView() override {
    return Do("OpenView", [&] { return inner_->OpenView(); });
  }
  bool HasTooManyViews() const override { return inner_->HasTooManyViews(); }
  absl::StatusOr<std::shared_ptr<const void>> Prepare(
      const std::shared_ptr<const grants::Scope>& scope) override {
    return Do("Prepare", [&] { return inner_->Prepare(scope); });
  }
  void Tidy() override { inner_->Tidy(); }
  absl::StatusOr<StoreHeader> Header() override {
    return Do("Header", [&] { return inner_->Header(); });
  }
  absl::StatusOr<std::optional<StoredGrant>> Get(const grants::GrantId& id) override {
    return Do("Get", [&] { return inner_->Get(id); });
  }
  absl::Status ForEach(const VisitGrant& visit) override {
    return Do("ForEach", [&] { return inner_->ForEach(visit); });
  }
  absl::StatusOr<size_t> ForEachUndamaged(const VisitGrant& visit) override {
    return Do("ForEachUndamaged", [&] { return inner_->ForEachUndamaged(visit); });
  }
  absl::StatusOr<std::vector<grants::GrantId>> Select(const GrantSelector& selector) override {
    return Do("Select", [&] { return inner_->Select(selector); });
  }
  absl::StatusOr<std::vector<grants::GrantId>> Silent(int64_t now, size_t most) override {
    return Do("Silent", [&] { return inner_->Silent(now, most); });
  }
  absl::StatusOr<std::vector<grants::GrantId>> Forgettable(int64_t now, int64_t margin,
                                                           size_t most) override {
    return Do("Forgettable", [&] { return inner_->Forgettable(now, margin, most); });
  }
  absl::StatusOr<std::optional<KeptReply>> FindReply(const std::string& caller,
                                                     const std::string& request_id) override {
    return Do("FindReply", [&] { return inner_->FindReply(caller, request_id); });
  }
  absl::StatusOr<std::vector<GrantChange>> Changes(uint64_t after, size_t most) override {
    return Do("Changes", [&] { return inner_->Changes(after, most); });
  }

  absl::StatusOr<std::shared_ptr<const grants::Scope>> Share(
      const std::shared_ptr<const grants::Scope>& scope) override {
    return Do("Share", [&] { return inner_->Share(scope); });
  }
  absl::Status Begin() override {
    return Do("Begin", [&] { return inner_->Begin(); });
  }
  absl::Status PutHeader(const StoreHeader& header) override {
    return Do("PutHeader", [&] { return inner_->PutHeader(header); });
  }
  absl::Status Put(const StoredGrant& grant) override {
    return Do("Put", [&] { return inner_->Put(grant); });
  }
  absl::Status PutCalls(const StoredGrant& grant) override {
    return Do("PutCalls", [&] { return inner_->PutCalls(grant); });
  }
  absl::Status Erase(const grants::GrantId& id) override {
    return Do("Erase", [&] { return inner_->Erase(id); });
  }
  absl::StatusOr<std::vector<grants::GrantId>> Revoke(const GrantSelector& selector,
                                                      const Revocation& revocation) override {
    return Do("Revoke", [&] { return inner_->Revoke(selector, revocation); });
  }
  absl::Status AddChange(const GrantChange& change) override {
    return Do("AddChange", [&] { return inner_->AddChange(change); });
  }
  absl::Status EraseChangesBefore(uint64_t revision) override {
    return Do("EraseChangesBefore", [&] { return inner_->EraseChangesBefore(revision); });
  }
  absl::Status PutReply(const KeptReply& reply) override {
    return Do("PutReply", [&] { return inner_->PutReply(reply); });
  }
  absl::Status EraseRepliesBefore(int64_t time) override {
    return Do("EraseRepliesBefore", [&] { return inner_->EraseRepliesBefore(time); });
  }
  absl::Status Commit() override {
    return Do("Commit", [&] { return inner_->Commit(); });
  }
  void Rollback() override { inner_->Rollback(); }

 private:
  template <typename Call>
  auto Do(const char* name, const Call& call) -> decltype(call()) {
    if (before_ != nullptr) {
      if (absl::Status status = before_(name); !status.ok()) return status;
    }
    return call();
  }

  const Inner inner_;
  const BeforeCall before_;
};

// Everything that storage has, as text to compare.
inline std::string Contents(GrantBackend& backend) {
  const auto view = backend.OpenView().value();
  const StoreHeader header = view->Header().value();
  std::string text =
      "revision " + std::to_string(header.revision) + " runs " + std::to_string(header.runs) + "\n";
  const auto grants = view->List({}, {}, 1'000'000).value();
  for (const StoredGrant& stored : grants) {
    const grants::Grant& grant = stored.grant;
    text += grant.id.ToString() + " " + std::string(GrantStateName(grant.state)) + " " +
            std::to_string(grant.revision) + " calls " + std::to_string(stored.calls_given) +
            " since " + std::to_string(stored.calls_since) + "\n";
  }
  const auto changes = view->Changes(0, 1'000'000).value();
  for (const GrantChange& change : changes) {
    text += std::to_string(change.revision) + " " + change.event + " " + change.id.ToString() +
            change.subject + " " + std::to_string(change.grants) + " " + change.caller + "\n";
  }
  return text;
}

}  // namespace thuja::server
