// SPDX-License-Identifier: Apache-2.0
// What is kept of an answer: written, read, and damaged.
#include "server/store/kept_reply.h"

#include <gtest/gtest.h>

namespace thuja::server {
namespace {

StoredGrant Answered() {
  StoredGrant stored;
  stored.grant.id = {0x12, 0xab};
  stored.grant.state = grants::GrantState::kCompleted;
  stored.grant.revision = 7;
  stored.grant.last_heartbeat = 1'000;
  stored.grant.ended = 2'000;
  stored.grant.ended_because = "all tests pass";
  stored.calls_given = 64;
  return stored;
}

TEST(KeptReply, IsOneLineThatPeopleCanRead) {
  EXPECT_EQ(WriteReply({3, 12, 2, std::nullopt}), "3 12 2");
  EXPECT_EQ(WriteReply({7, 1, 0, Answered()}),
            "7 1 0 000000000000001200000000000000ab completed 7 1000 2000 64 all tests pass");
}

TEST(KeptReply, IsReadAsItWasWritten) {
  for (const char* reason : {"", " ", "done", "two  spaces ", "größer"}) {
    StoredGrant answered = Answered();
    answered.grant.ended_because = reason;
    const auto content = ReadReply(WriteReply({7, 1, 0, answered}));
    ASSERT_TRUE(content.ok()) << content.status();
    EXPECT_EQ(content->revision, 7u);
    EXPECT_EQ(content->grants, 1u);
    ASSERT_TRUE(content->grant);
    EXPECT_EQ(content->grant->grant.id, answered.grant.id);
    StoredGrant restored;
    restored.grant.issued_by = "somebody";
    Restore(*content->grant, restored);
    EXPECT_EQ(restored.grant.state, answered.grant.state);
    EXPECT_EQ(restored.grant.revision, 7u);
    EXPECT_EQ(restored.grant.last_heartbeat, 1'000);
    EXPECT_EQ(restored.grant.ended, 2'000);
    EXPECT_EQ(restored.grant.ended_because, reason);
    EXPECT_EQ(restored.calls_given, 64u);
    EXPECT_EQ(restored.grant.issued_by, "somebody") << "what never changes is not kept";
  }
  const auto many = ReadReply("3 12 2");
  ASSERT_TRUE(many.ok());
  EXPECT_EQ(many->grants, 12u);
  EXPECT_EQ(many->unwritten, 2u);
  EXPECT_FALSE(many->grant);
}

TEST(KeptReply, SaysSoIfItIsDamaged) {
  for (const char* text :
       {"", "3", "3 1", "x 1", "3 1x", "-3 1", "3 1 12x", "3 1 0 12",
        "3 1 0 000000000000001200000000000000ab",
        "3 1 0 000000000000001200000000000000ab done 7 1000 2000 64 ",
        "3 1 0 000000000000001200000000000000ab completed 7 1000 2000",
        "3 1 0 000000000000001200000000000000ab completed 7 1000 99999999999999999999 64 "}) {
    EXPECT_EQ(ReadReply(text).status().code(), absl::StatusCode::kDataLoss) << text;
  }
}

}  // namespace
}  // namespace thuja::server
