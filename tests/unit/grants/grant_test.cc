// SPDX-License-Identifier: Apache-2.0
// Names of grants and of their states.
#include "engine/grants/grant.h"

#include <gtest/gtest.h>

#include <string>

namespace thuja::grants {
namespace {

TEST(GrantId, IsWrittenAsThirtyTwoDigitsAndReadBack) {
  const GrantId id = {0x0123456789abcdef, 0x00000000000000ff};
  EXPECT_EQ(id.ToString(), "0123456789abcdef00000000000000ff");
  EXPECT_EQ(GrantId::Parse(id.ToString()), id);
}

TEST(GrantId, WhatIsWrittenOtherwiseIsNone) {
  const std::string good(32, 'a');
  ASSERT_TRUE(GrantId::Parse(good));
  for (const std::string& text :
       {std::string(), good.substr(1), good + "a", std::string(32, 'A'), std::string(32, 'g'),
        " " + good.substr(1), "0x" + good.substr(2), "-" + good.substr(1), "+" + good.substr(1),
        good.substr(1) + std::string(1, '\0'), std::string(32, '0')}) {
    EXPECT_FALSE(GrantId::Parse(text)) << text;
  }
}

TEST(GrantState, NamesAreReadBack) {
  for (size_t i = 0; i < kGrantStates; ++i) {
    const auto state = static_cast<GrantState>(i);
    EXPECT_EQ(ParseGrantState(GrantStateName(state)), state);
  }
  EXPECT_FALSE(ParseGrantState("expired"));
  EXPECT_FALSE(ParseGrantState(""));
}

TEST(GrantState, FourAreTerminal) {
  for (const GrantState state :
       {GrantState::kCompleted, GrantState::kFailed, GrantState::kTimedOut, GrantState::kRevoked}) {
    EXPECT_TRUE(IsTerminal(state)) << GrantStateName(state);
  }
  for (const GrantState state :
       {GrantState::kPending, GrantState::kActive, GrantState::kSuspended}) {
    EXPECT_FALSE(IsTerminal(state)) << GrantStateName(state);
  }
}

}  // namespace
}  // namespace thuja::grants
