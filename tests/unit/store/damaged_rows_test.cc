// SPDX-License-Identifier: Apache-2.0
// A row that is damaged while the store is open keeps nothing from being done with the others, when
// time passes and when the run ends.
#include <gtest/gtest.h>

#include <algorithm>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/store/sqlite_world.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using grants::GrantState;

// Past as soon as it is there.
Mutation SilentOf() {
  Mutation mutation = IssueOf();
  mutation.issue.heartbeat_timeout = 1;
  return mutation;
}

Mutation BriefOf() {
  Mutation mutation = IssueOf();
  mutation.issue.ttl = 1;
  return mutation;
}

const char* const kDamages[] = {"seal = seal + 1", "expires = expires + 1", "state = 9",
                                "scope = 99",      "holder_id = 'x'",       "id = x'00'"};

TEST(DamagedRows, ThatAreSilentDoNotKeepOthersFromTimingOut) {
  for (const std::string damage : kDamages) {
    SCOPED_TRACE(damage);
    SqliteWorld world;
    const GrantId before = world.Make(SilentOf());
    const GrantId damaged = world.Make(SilentOf());
    const GrantId behind = world.Make(SilentOf());
    world.AlterOne(damage, damaged);
    for (int i = 0; i < 2; ++i) {
      const auto more = world.ledger->Sweep();
      ASSERT_TRUE(more.ok()) << more.status();
      EXPECT_FALSE(*more);
    }
    EXPECT_TRUE(world.ledger->health().ok());
    for (const GrantId& id : {before, behind}) {
      EXPECT_EQ(world.Stored(id).grant.state, GrantState::kTimedOut);
      EXPECT_EQ(world.WhyNot(id), "grant_timed_out");
    }
    EXPECT_NE(world.WhyNot(damaged), "in force");
    EXPECT_EQ(world.ledger->revision(), 5u);
  }
}

// More than one step has room for.
TEST(DamagedRows, ThatAreManyAndSilentDoNotKeepOthersFromTimingOut) {
  SqliteWorld world;
  world.DoAll(ManyOf(1500, SilentOf()));
  world.Alter("UPDATE grants SET seal = 1");
  const GrantId behind = world.Make(SilentOf());
  int steps = 1;
  while (*world.ledger->Sweep()) ASSERT_LT(++steps, 10);
  EXPECT_EQ(world.WhyNot(behind), "grant_timed_out");
  EXPECT_FALSE(*world.ledger->Sweep()) << "there is nothing more to do";
}

TEST(DamagedRows, ThatAreOverDoNotKeepOthersFromBeingForgotten) {
  for (const std::string damage : kDamages) {
    SCOPED_TRACE(damage);
    SqliteWorld world({.remember = 0});
    const GrantId before = world.Make(BriefOf());
    const GrantId damaged = world.Make(BriefOf());
    const GrantId behind = world.Make(BriefOf());
    world.AlterOne(damage, damaged);
    const auto more = world.ledger->Sweep();
    ASSERT_TRUE(more.ok()) << more.status();
    for (const GrantId& id : {before, behind}) EXPECT_EQ(world.WhyNot(id), "unknown");
    EXPECT_NE(world.WhyNot(damaged), "in force");
  }
}

TEST(DamagedRows, ThatCannotBeErasedDoNotKeepOthersFromBeingForgotten) {
  SqliteWorld world({.remember = 0});
  world.DoAll(ManyOf(3, BriefOf()));
  const GrantId silent = world.Make(SilentOf());
  int erased = 0;
  world.before = [&](const std::string& call) {
    return call == "Erase" && ++erased == 1 ? absl::DataLossError("page 7") : absl::OkStatus();
  };
  EXPECT_EQ(world.ledger->Sweep().status().code(), absl::StatusCode::kDataLoss);
  ASSERT_TRUE(world.ledger->Sweep().ok());
  EXPECT_EQ(erased, 3) << "it is not tried again";
  EXPECT_EQ(world.ledger->table().size(), 1u);
  EXPECT_EQ(world.WhyNot(silent), "grant_timed_out");
}

TEST(DamagedRows, ThatTheSweepPassesOverAreToldOnce) {
  SqliteWorld world;
  world.ledger.reset();
  ::testing::internal::CaptureStderr();
  {
    OperationalLog log(LogLevel::kError, LogFormat::kText);
    auto ledger = *GrantLedger::Open(std::make_unique<SharedBackend>(world.storage), world.options,
                                     world.clock, log, false);
    GrantLedger::Batch batch;
    batch.mutations = ManyOf(2, SilentOf());
    ASSERT_TRUE(ledger->Apply(batch, SampleSnapshot()->entities()).ok());
    world.Alter("UPDATE grants SET seal = 1");
    for (int i = 0; i < 3; ++i) ASSERT_TRUE(ledger->Sweep().ok());
  }
  const std::string told = ::testing::internal::GetCapturedStderr();
  EXPECT_EQ(std::ranges::count(told, '\n'), 1) << told;
  EXPECT_NE(told.find("error grants_damaged grants=2"), std::string::npos) << told;
}

class DamagedRowsAtTheEndTest : public ::testing::Test, protected SqliteWorld {
 protected:
  // Calls until there are none and will be none.
  uint64_t TakeAll(const GrantId& id) {
    uint64_t taken = Take(id);
    while (Want(id)) taken += Take(id);
    return taken + Take(id);
  }
};

// Of each grant some calls are made; the run ends beside a damaged row, which is mended; and then
// all calls are made that there are.
TEST_F(DamagedRowsAtTheEndTest, LoseTheirCallsAndOthersLoseNone) {
  constexpr uint64_t kCalls = 300;
  constexpr uint64_t kBlock = 64;
  // None, some of the first block, all of it, more than one, all.
  for (const uint64_t made : {0, 10, 64, 100, 300}) {
    SCOPED_TRACE(made);
    const GrantId damaged = Make(IssueOf(kCalls));
    const GrantId unused = Make(IssueOf(kCalls));
    const GrantId used = Make(IssueOf(kCalls));
    const GrantId busy = Make(IssueOf(kCalls));
    const auto make = [this](const GrantId& id, uint64_t calls) {
      uint64_t taken = 0;
      while ((taken += Take(id, calls - taken)) < calls) ASSERT_TRUE(Want(id));
    };
    make(damaged, made);
    make(used, 10);
    make(busy, 150);
    AlterOne("seal = seal + 1", damaged);
    const absl::Status ended = ledger->ReturnCalls();
    ASSERT_TRUE(ended.ok()) << ended;
    EXPECT_EQ(Reopened(), absl::StatusCode::kDataLoss) << "until it is mended";
    AlterOne("seal = seal - 1", damaged);
    OpenFile();
    EXPECT_EQ(TakeAll(unused), kCalls);
    EXPECT_EQ(TakeAll(used), kCalls - 10);
    EXPECT_EQ(TakeAll(busy), kCalls - 150);
    const uint64_t left = TakeAll(damaged);
    EXPECT_LE(made + left, kCalls);
    EXPECT_GE(made + left + kBlock, kCalls);
    ASSERT_TRUE(ledger->ReturnCalls().ok());
    OpenFile();
  }
}

// The next run, and one that ends well, go on from there.
TEST_F(DamagedRowsAtTheEndTest, CountExactlyInTheRunsAfterIt) {
  const GrantId damaged = Make(IssueOf(1000));
  const GrantId other = Make(IssueOf(1000));
  uint64_t of_damaged = 0;
  uint64_t of_other = 0;
  for (int run = 0; run < 4; ++run) {
    SCOPED_TRACE(run);
    of_damaged += Take(damaged, 50);
    of_other += Take(other, 50);
    if (run % 2 == 0) AlterOne("seal = seal + 1", damaged);
    ASSERT_TRUE(ledger->ReturnCalls().ok());
    ledger.reset();
    if (run % 2 == 0) AlterOne("seal = seal - 1", damaged);
    OpenFile();
  }
  EXPECT_EQ(of_other, 200u);
  EXPECT_EQ(of_other + TakeAll(other), 1000u);
  EXPECT_EQ(of_damaged + TakeAll(damaged), 1000u - 2 * (64 - 50)) << "two blocks, as after a crash";
}

TEST_F(DamagedRowsAtTheEndTest, DoNotFailTheEndWhateverIsWrongWithThem) {
  for (const std::string damage : kDamages) {
    SCOPED_TRACE(damage);
    const GrantId damaged = Make(IssueOf(100));
    const GrantId other = Make(IssueOf(100));
    EXPECT_EQ(Take(other, 10), 10u);
    AlterOne(damage, damaged);
    const absl::Status ended = ledger->ReturnCalls();
    ASSERT_TRUE(ended.ok()) << ended;
    ledger.reset();
    Alter("DELETE FROM grants WHERE id <> x'" + other.ToString() + "'");
    OpenFile();
    EXPECT_EQ(TakeAll(other), 90u);
  }
}

}  // namespace
}  // namespace thuja::server
