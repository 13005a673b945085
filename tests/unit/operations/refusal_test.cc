// SPDX-License-Identifier: Apache-2.0
// The statuses of refusals, held against the reference.
#include "server/operations/refusal.h"

#include <gtest/gtest.h>

#include <fstream>
#include <map>
#include <regex>
#include <set>
#include <string>

namespace thuja::server {
namespace {

using enum ReasonCode;

// Those that a store gives: of what is issued, delegated, or happens.
const std::map<ReasonCode, int> kStatuses = {
    {kMalformedRequest, 400}, {kNoActiveGrant, 404},   {kRequestIdReuse, 409},
    {kGrantPending, 409},     {kGrantSuspended, 409},  {kGrantExpired, 409},
    {kGrantCompleted, 409},   {kGrantFailed, 409},     {kGrantTimedOut, 409},
    {kGrantRevoked, 409},     {kAncestorRevoked, 409}, {kParentNotActive, 409},
    {kTtlAboveClassMax, 422}, {kAttenuation, 422},     {kDepthExceeded, 422},
    {kHolderMismatch, 422},   {kBudgetExhausted, 422}, {kOverloaded, 503},
    {kClockRollback, 503},    {kInternalError, 503},   {kStaleState, 503},
    {kTokenMissing, 401},     {kTokenInvalid, 401},
};

TEST(Refusal, EachReasonHasTheStatusOfTheReference) {
  for (const ReasonCodeInfo& info : kReasonCodes) {
    const auto known = kStatuses.find(info.code);
    EXPECT_EQ(StatusOf(info.code), known == kStatuses.end() ? 500 : known->second) << info.name;
  }
}

// Each code that the table of docs/grants.md names has the status of its row, and each status that
// is given to a reason is a row of it.
TEST(Refusal, TheReferenceNamesNoOtherStatus) {
  std::ifstream file(THUJA_SOURCE_DIR "/docs/grants.md");
  static const std::regex kRow(R"(\| (\d{3})(?:, (\d{3}))? \| (.*) \|)");
  static const std::regex kCode("`([a-z_]+)`");
  std::map<std::string, int> status_of;
  std::set<int> rows;
  for (std::string line; std::getline(file, line);) {
    std::smatch row;
    if (!std::regex_match(line, row, kRow)) continue;
    rows.insert(std::stoi(row[1]));
    const std::string text = row[3];
    for (std::sregex_iterator code(text.begin(), text.end(), kCode), end; code != end; ++code) {
      status_of[(*code)[1]] = std::stoi(row[1]);
    }
  }
  EXPECT_GE(rows.size(), 7u);
  size_t found = 0;
  for (const auto& [code, status] : kStatuses) {
    EXPECT_EQ(rows.count(status), 1u) << ReasonCodeName(code);
    const auto documented = status_of.find(std::string(ReasonCodeName(code)));
    if (documented == status_of.end()) continue;
    EXPECT_EQ(documented->second, status) << documented->first;
    ++found;
  }
  EXPECT_GE(found, 12u);
  EXPECT_EQ(status_of[std::string(kRoleMissing)], 403);
  EXPECT_EQ(status_of[std::string(kGone)], 410);
}

TEST(Refusal, SaysItsCodeAndASentence) {
  HttpResponse response;
  Refuse(kGrantCompleted, "", response);
  EXPECT_EQ(response.status, 409);
  EXPECT_EQ(response.content_type, "application/json");
  EXPECT_EQ(response.body,
            R"({"error":"grant_completed","message":"the task of the grant is complete"})");
  Refuse(kMalformedRequest, "a \"quoted\"\nline", response);
  EXPECT_EQ(response.status, 400);
  EXPECT_EQ(response.body, R"({"error":"malformed_request","message":"a \"quoted\"\nline"})");
}

}  // namespace
}  // namespace thuja::server
