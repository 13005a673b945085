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
    switch (Below(14)) {
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
      case 12: return Below(4) == 0 ? DieWhileEnding() : TakeSome();
      case 13: return Happen();
    }
  }

  void Check() {
    for (const ModelGrant& grant : grants_) {
      const uint64_t given = Given(grant.id);
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
  size_t ended() const { return ended_; }
  size_t badly_ended() const { return badly_ended_; }
  size_t failed_openings() const { return failed_openings_; }

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

  // Rows are written for other reasons too.
  void Happen() {
    if (grants_.empty()) return;
    (void)Do(EventOf(Below(2) == 0 ? GrantEvent::kHeartbeat : GrantEvent::kSuspend, Any().id));
    (void)Do(EventOf(GrantEvent::kResume, Any().id));
  }

  void LoseWhatIsOut() {
    for (ModelGrant& grant : grants_) {
      grant.lost += static_cast<uint64_t>(Find(grant.id)->calls_left());
    }
  }

  // Opening may fail at any call, and nothing is lost by it; or the process dies when the run is
  // begun and nobody has been told, and each grant loses what it would have had.
  void OpenAgain() {
    while (true) {
      const bool begins = Below(4) == 0;
      if (begins) {
        DieWhenBegun();
      } else {
        MayFail();
      }
      const bool opened = TryOpen().ok();
      before = nullptr;
      if (opened) return;
      ++failed_openings_;
      if (!begins) continue;
      for (ModelGrant& grant : grants_) {
        const uint64_t left = grant.calls - grant.taken - grant.delegated - grant.lost;
        grant.lost += std::min(left, std::max<uint64_t>(64, grant.calls / 16));
      }
    }
  }

  void DieWhenBegun() {
    before = [this](const char* call) {
      if (std::string_view(call) != "Commit") return absl::OkStatus();
      EXPECT_TRUE(storage->Commit().ok());
      return absl::InternalError("killed");
    };
  }

  void Die() {
    LoseWhatIsOut();
    OpenAgain();
    // Some processes die as soon as they are there.
    while (Below(3) == 0) {
      LoseWhatIsOut();
      OpenAgain();
    }
  }

  // The end of a run, which may fail and may be tried once more, and what may still happen then.
  void Restart() {
    MayFail();
    bool ended = ledger->ReturnCalls().ok();
    before = nullptr;
    if (!ended && Below(2) == 0) {
      TakeSome();
      ended = ledger->ReturnCalls().ok();
    }
    ++(ended ? ended_ : badly_ended_);
    // Whatever could not be returned.
    LoseWhatIsOut();
    OpenAgain();
  }

  // The end of a run is written, but the process is told that it is not, or dies before it is told:
  // storage has it or has it not, and what was in the table is lost or is not.
  void DieWhileEnding() {
    if (grants_.empty()) return;
    const bool is_written = Below(2) == 0;
    if (!is_written) LoseWhatIsOut();
    before = [&](const char* call) {
      if (std::string_view(call) != "Commit") return absl::OkStatus();
      if (is_written) {
        EXPECT_TRUE(storage->Commit().ok());
      }
      return absl::InternalError("killed");
    };
    EXPECT_FALSE(ledger->ReturnCalls().ok());
    before = nullptr;
    for (const ModelGrant& grant : grants_) {
      EXPECT_EQ(Take(grant.id), 0u) << "whoever still asks is given nothing";
    }
    OpenAgain();
  }

  std::mt19937_64 random_;
  std::vector<ModelGrant> grants_;
  size_t delegations_ = 0;
  size_t failures_ = 0;
  size_t ended_ = 0;
  size_t badly_ended_ = 0;
  size_t failed_openings_ = 0;
};

TEST(CallBudgetModel, EveryCallIsCountedInOnePlace) {
  size_t delegations = 0;
  size_t failures = 0;
  size_t ended = 0;
  size_t badly_ended = 0;
  size_t failed_openings = 0;
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
    ended += model.ended();
    badly_ended += model.badly_ended();
    failed_openings += model.failed_openings();
  }
  EXPECT_GT(delegations, 400u);
  EXPECT_GT(failures, 1000u);
  EXPECT_GT(ended, 100u);
  EXPECT_GT(badly_ended, 10u);
  EXPECT_GT(failed_openings, 20u);
}

}  // namespace
}  // namespace thuja::server
