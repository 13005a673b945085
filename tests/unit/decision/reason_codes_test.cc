// SPDX-License-Identifier: Apache-2.0
// The table of reason codes: what clients, dashboards and gateways match on.
#include <gtest/gtest.h>

#include <algorithm>
#include <set>
#include <string>
#include <string_view>

#include "engine/decide.h"

namespace thuja::server {
namespace {

TEST(ReasonCodes, EachStandsAtThePositionOfItsValue) {
  ASSERT_EQ(std::size(kReasonCodes), kReasonCodeCount);
  for (size_t i = 0; i < kReasonCodeCount; ++i) {
    const ReasonCodeInfo& row = kReasonCodes[i];
    EXPECT_EQ(static_cast<size_t>(row.code), i) << row.name;
    EXPECT_EQ(&Describe(row.code), &row) << row.name;
    EXPECT_EQ(ReasonCodeName(row.code), row.name);
  }
}

TEST(ReasonCodes, NamesAreUniqueAndFitAnyLog) {
  std::set<std::string_view> names;
  for (const ReasonCodeInfo& row : kReasonCodes) {
    EXPECT_TRUE(names.insert(row.name).second) << row.name;
    EXPECT_FALSE(row.name.empty());
    EXPECT_TRUE(std::ranges::all_of(row.name, [](char c) {
      return (c >= 'a' && c <= 'z') || c == '_';
    })) << row.name;
  }
}

// Clients match on them: one that is renamed breaks them without a word.
TEST(ReasonCodes, NamesStayWhatTheyAre) {
  std::set<std::string> names;
  for (const ReasonCodeInfo& row : kReasonCodes) names.emplace(row.name);
  for (const char* name : {"overloaded", "deadline_exceeded", "internal_error", "token_missing",
                           "pep_not_allowed", "malformed_request", "reserved_key",
                           "stored_attribute", "permit", "no_permit", "forbid", "forbid_error"}) {
    EXPECT_EQ(names.count(name), 1u) << name;
  }
}

TEST(ReasonCodes, OnlyAPermitIsASuccess) {
  const std::set<int> kStatuses = {200, 401, 403};
  for (const ReasonCodeInfo& row : kReasonCodes) {
    EXPECT_EQ(kStatuses.count(row.http_status), 1u) << row.name << " " << row.http_status;
    EXPECT_EQ(row.http_status == 200, row.code == ReasonCode::kPermit) << row.name;
  }
}

TEST(ReasonCodes, EachHasASentenceForStrangers) {
  std::set<std::string_view> texts;
  for (const ReasonCodeInfo& row : kReasonCodes) {
    EXPECT_TRUE(texts.insert(row.text).second) << row.name;
    ASSERT_FALSE(row.text.empty()) << row.name;
    EXPECT_FALSE(row.text.ends_with('.')) << row.text;
    EXPECT_EQ(row.text.find_first_of("\"\\\r\n"), std::string_view::npos) << row.text;
  }
}

}  // namespace
}  // namespace thuja::server
