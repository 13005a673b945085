// SPDX-License-Identifier: Apache-2.0
// What decisions see of grants, and what becomes of slots.
#include "engine/grants/grant_table.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "tests/unit/grants/grant_samples.h"

namespace thuja::grants {
namespace {

using base::ReasonCode;
using base::ReasonCodeName;

std::string Name(const std::optional<ReasonCode>& code) {
  return code ? std::string(ReasonCodeName(*code)) : "in force";
}

class GrantTableTest : public ::testing::Test {
 protected:
  void Insert(const Grant& grant, int64_t calls = 0, const CredentialDigest& credential = {}) {
    const absl::Status status = table.Insert(grant, credential, calls, kSampleNow);
    ASSERT_TRUE(status.ok()) << status;
  }

  std::string WhyNot(const GrantId& id, int64_t now = kSampleNow) {
    const GrantSlot* const slot = reader.Find(id);
    return slot == nullptr ? "unknown" : Name(slot->WhyNot(now));
  }

  GrantTable table{1000};
  GrantTable::Reader reader = *table.Register();
};

TEST_F(GrantTableTest, ItsWriterSeesEveryGrantThatWasNotErased) {
  for (uint64_t number = 1; number <= 5; ++number) Insert(SampleGrant(number));
  ASSERT_TRUE(table.Erase(SampleGrant(2).id).ok());
  std::vector<GrantId> seen;
  const auto see = [&] {
    seen.clear();
    table.ForEach([&](const GrantSlot& slot) { seen.push_back(slot.id()); });
    return seen.size();
  };
  EXPECT_EQ(see(), 4u) << "a reader may hold the slot, but nobody finds it";
  reader.Refresh();
  table.Reclaim();
  EXPECT_EQ(see(), 4u);
  Insert(SampleGrant(6));
  EXPECT_EQ(see(), 5u);
  EXPECT_EQ(std::ranges::count(seen, SampleGrant(2).id), 0);
}

TEST_F(GrantTableTest, AGrantThatIsOverIsSoWithAllElseAsItWas) {
  Grant grant = SampleGrant(1);
  grant.calls = 10;
  Insert(grant, 7);
  ASSERT_TRUE(table.End(grant.id, 9, GrantState::kRevoked).ok());
  EXPECT_EQ(WhyNot(grant.id), "grant_revoked");
  EXPECT_EQ(reader.Find(grant.id)->revision(), 9u);
  EXPECT_EQ(reader.Find(grant.id)->calls_left(), 7);
  EXPECT_TRUE(absl::IsNotFound(table.End(SampleGrant(2).id, 9, GrantState::kRevoked)));
}

TEST_F(GrantTableTest, AGrantIsFoundWithAllThatItSays) {
  Grant grant = SampleGrant(1);
  grant.purpose = {"acme", "T1", "W", "build", "staging", "sha256:1"};
  Insert(grant);
  const GrantSlot* const slot = reader.Find(grant.id);
  ASSERT_NE(slot, nullptr);
  EXPECT_EQ(slot->id(), grant.id);
  EXPECT_EQ(slot->holder_type(), grant.holder.type);
  EXPECT_EQ(slot->holder_id(), grant.holder.id);
  EXPECT_EQ(slot->agent_class(), grant.agent_class);
  EXPECT_EQ(slot->tenant(), "acme");
  EXPECT_EQ(slot->task(), "T1");
  EXPECT_EQ(slot->workflow(), "W");
  EXPECT_EQ(slot->step(), "build");
  EXPECT_EQ(slot->environment(), "staging");
  EXPECT_EQ(slot->deployment(), "sha256:1");
  EXPECT_EQ(slot->not_before(), grant.not_before);
  EXPECT_EQ(slot->expires(), grant.expires);
  EXPECT_EQ(&slot->scope(), grant.scope.get());
  EXPECT_EQ(slot->state(), GrantState::kActive);
  EXPECT_EQ(slot->revision(), grant.revision);
  EXPECT_FALSE(slot->has_budget());
  EXPECT_FALSE(slot->credential());
  EXPECT_EQ(reader.Find(GrantId{9, 9}), nullptr);
}

TEST_F(GrantTableTest, AGrantIsFoundByItsCredentialAndByItsTask) {
  CredentialDigest credential;
  credential.bytes.fill(7);
  Insert(SampleGrant(1), 0, credential);
  Insert(SampleGrant(2));
  ASSERT_NE(reader.FindByCredential(credential), nullptr);
  EXPECT_EQ(reader.FindByCredential(credential)->id(), SampleGrant(1).id);
  EXPECT_EQ(reader.FindByCredential(credential)->credential(), credential);
  credential.bytes[31] = 8;
  EXPECT_EQ(reader.FindByCredential(credential), nullptr);
  EXPECT_EQ(reader.FindByCredential({}), nullptr) << "no credential is no key";

  size_t found = 0;
  const Grant sample = SampleGrant(1);
  reader.FindByTask(sample.holder.type, sample.holder.id, sample.purpose.task,
                    [&](const GrantSlot&) {
                      ++found;
                      return false;
                    });
  EXPECT_EQ(found, 2u);
  for (const auto& [type, id, task] :
       {std::tuple("Thuja::Agent", "agent", "T2"), std::tuple("Thuja::Agent", "Agent", "task"),
        std::tuple("Agent", "agent", "task")}) {
    reader.FindByTask(type, id, task, [&](const GrantSlot&) {
      ADD_FAILURE() << type << id << task;
      return false;
    });
  }
}

TEST_F(GrantTableTest, AChangeIsSeenAtOnce) {
  Grant grant = SampleGrant(1);
  Insert(grant);
  EXPECT_EQ(WhyNot(grant.id), "in force");
  grant.state = GrantState::kRevoked;
  grant.revision = 77;
  ASSERT_TRUE(table.Update(grant).ok());
  EXPECT_EQ(WhyNot(grant.id), "grant_revoked");
  EXPECT_EQ(reader.Find(grant.id)->revision(), 77u);
}

TEST_F(GrantTableTest, TimeIsLookedAt) {
  Grant grant = SampleGrant(1);
  grant.heartbeat_timeout = 100;
  grant.last_heartbeat = kSampleNow;
  Insert(grant);
  EXPECT_EQ(WhyNot(grant.id, kSampleNow - 1), "grant_pending");
  EXPECT_EQ(WhyNot(grant.id, kSampleNow + 99), "in force");
  EXPECT_EQ(WhyNot(grant.id, kSampleNow + 100), "grant_timed_out");
  EXPECT_EQ(WhyNot(grant.id, grant.expires), "grant_expired");
  grant.last_heartbeat = kSampleNow + 50;
  ASSERT_TRUE(table.Update(grant).ok());
  EXPECT_EQ(WhyNot(grant.id, kSampleNow + 149), "in force");
}

TEST_F(GrantTableTest, WhatIsOverAboveIsOverBelow) {
  std::vector<Grant> path = {SampleGrant(0)};
  Insert(path[0]);
  for (uint8_t depth = 1; depth <= kMostDepth; ++depth) {
    path.push_back(SampleGrant(depth));
    path.back().parent = path[depth - 1].id;
    path.back().depth = depth;
    Insert(path.back());
  }
  for (size_t ended = 0; ended < path.size(); ++ended) {
    Grant grant = path[ended];
    for (const auto& [state, below] : {std::pair(GrantState::kRevoked, "ancestor_revoked"),
                                       std::pair(GrantState::kCompleted, "ancestor_revoked"),
                                       std::pair(GrantState::kSuspended, "grant_suspended")}) {
      grant.state = state;
      ASSERT_TRUE(table.Update(grant).ok());
      for (size_t i = 0; i < path.size(); ++i) {
        const std::string wanted = i < ended    ? "in force"
                                   : i == ended ? Name(WhyNotInForce(state))
                                                : below;
        EXPECT_EQ(WhyNot(path[i].id), wanted) << ended << " " << i;
      }
    }
    ASSERT_TRUE(table.Update(path[ended]).ok());
  }
}

TEST_F(GrantTableTest, WhatIsOverIsNotLookedForByItsTaskOnceThereIsAnother) {
  const Grant sample = SampleGrant(1);
  const auto found = [&] {
    std::vector<uint64_t> numbers;
    reader.FindByTask(sample.holder.type, sample.holder.id, sample.purpose.task,
                      [&](const GrantSlot& slot) {
                        numbers.push_back(slot.id().low);
                        return false;
                      });
    std::ranges::sort(numbers);
    return numbers;
  };
  const auto number_of = [](uint64_t i) { return SampleGrant(i).id.low; };
  const auto count = [&](int64_t now) {
    return table.CountForTask(sample.holder.type, sample.holder.id, sample.purpose.task, now);
  };
  const std::vector<uint64_t> first = {number_of(1)};
  Grant grant = SampleGrant(1);
  Insert(grant);
  grant.state = GrantState::kCompleted;
  ASSERT_TRUE(table.Update(grant).ok());
  EXPECT_EQ(found(), first) << "why it is over is worth knowing";
  EXPECT_EQ(count(kSampleNow), 0u);

  Grant suspended = SampleGrant(2);
  Insert(suspended);
  suspended.state = GrantState::kSuspended;
  ASSERT_TRUE(table.Update(suspended).ok());
  EXPECT_EQ(found(), std::vector<uint64_t>{number_of(2)});
  Insert(SampleGrant(3));
  EXPECT_EQ(found(), (std::vector<uint64_t>{number_of(2), number_of(3)})) << "it may be resumed";
  EXPECT_EQ(count(kSampleNow), 2u);

  // Time ends the two, and one below that is in force by itself.
  Grant child = SampleGrant(4);
  child.parent = SampleGrant(3).id;
  child.depth = 1;
  child.expires *= 2;
  Insert(child);
  const int64_t later = sample.expires;
  EXPECT_EQ(count(later), 0u);
  Grant last = SampleGrant(5);
  last.expires *= 2;
  ASSERT_TRUE(table.Insert(last, {}, 0, later).ok());
  EXPECT_EQ(found(), std::vector<uint64_t>{number_of(5)});
  EXPECT_NE(reader.Find(SampleGrant(1).id), nullptr) << "it is remembered all the same";
  ASSERT_TRUE(table.Insert(SampleGrant(6), {}, 0, later).ok());
  EXPECT_EQ(found(), std::vector<uint64_t>{number_of(5)})
      << "what is over comes to the others late";

  for (const uint64_t i : {1, 2, 4, 3, 5, 6}) ASSERT_TRUE(table.Erase(SampleGrant(i).id).ok()) << i;
  EXPECT_TRUE(found().empty());
}

TEST_F(GrantTableTest, MoreCallsAreAskedForOnceUntilTheWriterHears) {
  Insert(SampleGrant(1));
  const GrantSlot* const slot = reader.Find(SampleGrant(1).id);
  EXPECT_TRUE(slot->AskForCalls());
  EXPECT_FALSE(slot->AskForCalls());
  table.HeardOfCalls(SampleGrant(1).id);
  EXPECT_TRUE(slot->AskForCalls());
  table.HeardOfCalls(SampleGrant(2).id);  // nobody
}

TEST_F(GrantTableTest, CallsAreTakenUntilThereAreNone) {
  Grant grant = SampleGrant(1);
  grant.calls = 10;
  Insert(grant, 4);
  const GrantSlot* const slot = reader.Find(grant.id);
  ASSERT_TRUE(slot->has_budget());
  using Taken = GrantSlot::Taken;
  EXPECT_EQ(slot->TakeCall(), Taken::kOne);
  EXPECT_EQ(slot->TakeCall(), Taken::kOne);
  EXPECT_EQ(slot->TakeCall(), Taken::kOneAndLow) << "a quarter is left";
  EXPECT_EQ(slot->TakeCall(), Taken::kOne);
  EXPECT_EQ(slot->TakeCall(), Taken::kNone);
  ASSERT_TRUE(table.AddCalls(grant.id, 2).ok());
  EXPECT_EQ(slot->TakeCall(), Taken::kOneAndLow);
  ASSERT_TRUE(table.AddCalls(grant.id, 2).ok());
  EXPECT_FALSE(table.TakeBackCalls(grant.id, 4));
  EXPECT_EQ(slot->calls_left(), 3) << "none is taken if there are too few";
  EXPECT_TRUE(table.TakeBackCalls(grant.id, 2));
  EXPECT_EQ(slot->calls_left(), 1);
  EXPECT_TRUE(table.TakeBackCalls(grant.id, 1));
  EXPECT_EQ(slot->TakeCall(), Taken::kNone);
}

TEST_F(GrantTableTest, ABudgetOfNothingAllowsNothingAndNoBudgetEverything) {
  Grant none = SampleGrant(1);
  none.calls = 0;
  Insert(none, 0);
  EXPECT_EQ(reader.Find(none.id)->TakeCall(), GrantSlot::Taken::kNone);
  Insert(SampleGrant(2), 0);
  for (int i = 0; i < 100; ++i) {
    EXPECT_EQ(reader.Find(SampleGrant(2).id)->TakeCall(), GrantSlot::Taken::kOne);
  }
}

TEST_F(GrantTableTest, WhatCannotBeIsRefused) {
  Grant grant = SampleGrant(1);
  Insert(grant);
  EXPECT_EQ(table.Insert(grant, {}, 0, kSampleNow).code(), absl::StatusCode::kAlreadyExists);
  Grant orphan = SampleGrant(2);
  orphan.parent = {9, 9};
  orphan.depth = 1;
  EXPECT_EQ(table.Insert(orphan, {}, 0, kSampleNow).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(table.Update(orphan).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(table.AddCalls(orphan.id, 1).code(), absl::StatusCode::kNotFound);
  EXPECT_EQ(table.Erase(orphan.id).code(), absl::StatusCode::kNotFound);
  EXPECT_FALSE(table.TakeBackCalls(orphan.id, 0));
  EXPECT_EQ(table.size(), 1u);
}

TEST_F(GrantTableTest, AParentIsRememberedAsLongAsItsChildren) {
  const Grant parent = SampleGrant(1);
  Grant child = SampleGrant(2);
  child.parent = parent.id;
  child.depth = 1;
  Insert(parent);
  Insert(child);
  EXPECT_EQ(table.Erase(parent.id).code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_TRUE(table.Erase(child.id).ok());
  EXPECT_TRUE(table.Erase(parent.id).ok());
  EXPECT_EQ(table.size(), 0u);
}

TEST_F(GrantTableTest, WhatAReaderFoundStaysUntilItRefreshes) {
  GrantTable small(2);
  GrantTable::Reader holding = *small.Register();
  ASSERT_TRUE(small.Insert(SampleGrant(1), {}, 0, kSampleNow).ok());
  const GrantSlot* const slot = holding.Find(SampleGrant(1).id);
  ASSERT_TRUE(small.Erase(SampleGrant(1).id).ok());
  EXPECT_EQ(holding.Find(SampleGrant(1).id), nullptr) << "it is not found any more";
  ASSERT_TRUE(small.Insert(SampleGrant(2), {}, 0, kSampleNow).ok());
  EXPECT_EQ(small.Insert(SampleGrant(3), {}, 0, kSampleNow).code(),
            absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(slot->id(), SampleGrant(1).id);
  EXPECT_EQ(slot->holder_id(), SampleGrant(1).holder.id);
  holding.Refresh();
  EXPECT_TRUE(small.Insert(SampleGrant(3), {}, 0, kSampleNow).ok()) << "its slot is free now";
}

TEST_F(GrantTableTest, GrantsThatComeAndGoTakeNoMoreMemory) {
  size_t after_a_thousand = 0;
  for (uint64_t i = 1; i <= 20'000; ++i) {
    CredentialDigest credential;
    credential.bytes[0] = static_cast<uint8_t>(i);
    credential.bytes[1] = static_cast<uint8_t>(i >> 8);
    credential.bytes[2] = 1;
    Insert(SampleGrant(i), 0, credential);
    if (i > 100) {
      ASSERT_TRUE(table.Erase(SampleGrant(i - 100).id).ok());
    }
    reader.Refresh();
    if (i == 1000) after_a_thousand = table.bytes();
  }
  EXPECT_EQ(table.size(), 100u);
  EXPECT_LE(table.bytes(), after_a_thousand + 4096);
}

TEST_F(GrantTableTest, AHundredThousandGrantsTakeLessThan400BytesEach) {
  GrantTable large(100'000);
  for (uint64_t i = 1; i <= 100'000; ++i) {
    Grant grant = SampleGrant(i);
    grant.holder.id = "coder-" + std::to_string(i);
    grant.purpose.task = "task-2026-11-26-" + std::to_string(i);
    grant.purpose.tenant = "acme";
    CredentialDigest credential;
    std::memcpy(credential.bytes.data(), &i, sizeof(i));
    ASSERT_TRUE(large.Insert(grant, credential, 0, kSampleNow).ok());
  }
  EXPECT_LT(large.bytes() / 100'000, 400u);
}

}  // namespace
}  // namespace thuja::grants
