// SPDX-License-Identifier: Apache-2.0
// Budgets at random against a model: every call is counted in exactly one place, whatever is
// issued, delegated, taken and ended, and whenever storage fails or the process dies.
#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <string>
#include <vector>

#include "server/store/grant_ledger.h"
#include "tests/unit/store/ledger_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantId;

struct ModelGrant {
  GrantId id;
  uint64_t calls = 0;
  uint64_t taken = 0;      // by decisions
  uint64_t delegated = 0;  // to children
  uint64_t lost = 0;       // were out when a process died
  bool ended = false;
};

class Model : public LedgerWorld {
 public:
  explicit Model(uint64_t seed) : random_(seed) {}

  void Step() {
    switch (Below(12)) {
      case 0: return IssueAndDelegate(1);
      case 1:
      case 2:
      case 3: return IssueAndDelegate(1 + Below(6));
      case 4:
      case 5:
      case 6:
      case 7: return TakeSome();
      case 8: return Refill();
      case 9: return Below(8) == 0 ? End() : TakeSome();
      case 10: return Below(4) == 0 ? Restart() : TakeSome();
      case 11: return Below(4) == 0 ? Die() : TakeSome();
    }
  }

  void Check() {
    for (const ModelGrant& grant : grants_) {
      const uint64_t given = Stored(grant.id).calls_given;
      ASSERT_LE(grant.taken + grant.delegated, grant.calls);
      ASSERT_LE(given, grant.calls);
      const auto in_table = static_cast<uint64_t>(Find(grant.id)->calls_left());
      ASSERT_EQ(given, grant.taken + grant.delegated + grant.lost + in_table)
          << "of " << grant.calls << ": " << grant.taken << " taken, " << grant.delegated
          << " delegated, " << grant.lost << " lost, " << in_table << " in the table";
    }
  }

  // What may still be taken is taken: everything that is not lost.
  void SpendAll() {
    for (ModelGrant& grant : grants_) {
      if (grant.ended) continue;
      do {
        grant.taken += Take(grant.id);
      } while (Want(grant.id));
      ASSERT_EQ(grant.taken + grant.delegated + grant.lost, grant.calls);
    }
  }

  size_t delegations() const { return delegations_; }
  size_t failures() const { return failures_; }

 private:
  uint64_t Below(uint64_t bound) { return random_() % bound; }
  ModelGrant& Any() { return grants_[Below(grants_.size())]; }

  // Storage fails at some call of one in three transactions.
  void MayFail() {
    if (Below(3) > 0) return;
    before = [left = Below(12)](const char*) mutable {
      return left-- == 0 ? absl::ResourceExhaustedError("disk") : absl::OkStatus();
    };
  }

  void IssueAndDelegate(size_t count) {
    std::vector<Mutation> mutations;
    std::vector<size_t> parents;  // or SIZE_MAX
    for (size_t i = 0; i < count; ++i) {
      const uint64_t calls = Below(4) == 0 ? Below(3000) : Below(200);
      if (grants_.empty() || Below(4) == 0) {
        parents.push_back(SIZE_MAX);
        mutations.push_back(IssueOf(calls));
      } else {
        // Mostly of the same few, so that what is left becomes too little.
        parents.push_back(
            Below(Below(2) == 0 ? grants_.size() : std::min<size_t>(3, grants_.size())));
        mutations.push_back(DelegateOf(grants_[parents.back()].id, calls));
      }
    }
    MayFail();
    const auto outcomes = DoAll(mutations);
    before = nullptr;
    for (size_t i = 0; i < count; ++i) {
      if (outcomes[i].refusal) {
        failures_ += outcomes[i].refusal->code == ReasonCode::kInternalError;
        continue;
      }
      const uint64_t calls = *mutations[i].issue.calls;
      if (parents[i] != SIZE_MAX) {
        grants_[parents[i]].delegated += calls;
        ++delegations_;
      }
      grants_.push_back({.id = outcomes[i].grant->grant.id, .calls = calls});
    }
  }

  void TakeSome() {
    if (grants_.empty()) return;
    ModelGrant& grant = Any();
    grant.taken += Take(grant.id, Below(2) == 0 ? Below(20) : Below(200));
  }

  void Refill() {
    if (grants_.empty()) return;
    GrantLedger::Batch batch;
    for (uint64_t i = Below(4); i > 0; --i) batch.wanted.push_back(Any().id);
    MayFail();
    (void)ledger->Apply(batch, SampleSnapshot()->entities());
    before = nullptr;
  }

  void End() {
    if (grants_.empty()) return;
    ModelGrant& grant = Any();
    grant.ended = Said(Do(EventOf(GrantEvent::kComplete, grant.id))) == "done" || grant.ended;
  }

  void LoseWhatIsOut() {
    for (ModelGrant& grant : grants_) {
      grant.lost += static_cast<uint64_t>(Find(grant.id)->calls_left());
    }
  }

  void Die() {
    LoseWhatIsOut();
    Open();
  }

  void Restart() {
    MayFail();
    (void)ledger->ReturnCalls();
    before = nullptr;
    LoseWhatIsOut();  // if they could not be returned
    MayFail();
    if (!TryOpen().ok()) {
      before = nullptr;
      Open();
    }
    before = nullptr;
  }

  std::mt19937_64 random_;
  std::vector<ModelGrant> grants_;
  size_t delegations_ = 0;
  size_t failures_ = 0;
};

TEST(CallBudgetModel, EveryCallIsCountedInOnePlace) {
  size_t delegations = 0;
  size_t failures = 0;
  for (uint64_t seed = 1; seed <= 40; ++seed) {
    SCOPED_TRACE("seed " + std::to_string(seed));
    Model model(seed);
    for (int step = 0; step < 250; ++step) {
      model.Step();
      // What is counted wrong stays wrong.
      if (step % 10 == 9) model.Check();
      if (::testing::Test::HasFailure()) FAIL() << "at step " << step;
    }
    model.SpendAll();
    model.Check();
    if (::testing::Test::HasFailure()) return;
    delegations += model.delegations();
    failures += model.failures();
  }
  EXPECT_GT(delegations, 400u);
  EXPECT_GT(failures, 1000u);
}

}  // namespace
}  // namespace thuja::server
