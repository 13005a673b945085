// SPDX-License-Identifier: Apache-2.0
// Who asks, by what they present.
#include "server/operations/credentials.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace thuja::server {
namespace {

const Credentials& Sample() {
  static const Credentials kSample(
      {{"one", "token-of-one-0001", AdminRoles().Add(AdminRole::kRead)},
       {"two", "token-of-two-0002", AdminRoles().Add(AdminRole::kIssue)},
       {"three", "token-of-three-03", AdminRoles()}});
  return kSample;
}

// The name of who presents these Authorization headers; `none`, or `unknown`.
std::string Who(const std::vector<std::string>& headers, const Credentials& known = Sample()) {
  HttpRequest request;
  for (const std::string& header : headers) request.fields.push_back({"Authorization", header});
  const Credentials::Presented presented = known.Identify(request);
  if (presented.credential != nullptr) {
    EXPECT_TRUE(presented.any);
    return presented.credential->name;
  }
  return presented.any ? "unknown" : "none";
}

TEST(Credentials, EachIsFoundByItsToken) {
  EXPECT_EQ(Who({"Bearer token-of-one-0001"}), "one");
  EXPECT_EQ(Who({"Bearer token-of-two-0002"}), "two");
  EXPECT_EQ(Who({"bearer token-of-three-03"}), "three");
}

TEST(Credentials, AnythingElseIsNobody) {
  EXPECT_EQ(Who({}), "none");
  for (const char* header :
       {"", "Bearer", "Bearer ", "Bearer token-of-one-000", "Bearer token-of-one-00011",
        "Bearer  token-of-one-0001", "Bearer token-of-one-0001 ", "Bearer TOKEN-OF-ONE-0001",
        "Basic token-of-one-0001", "token-of-one-0001", "Bearertoken-of-one-0001",
        "Bearer token-of-one-0001, Bearer token-of-two-0002"}) {
    EXPECT_EQ(Who({header}), "unknown") << header;
  }
}

// Which of two counts, two readers could see differently.
TEST(Credentials, TwoAreNobody) {
  EXPECT_EQ(Who({"Bearer token-of-one-0001", "Bearer token-of-one-0001"}), "unknown");
  EXPECT_EQ(Who({"Bearer token-of-one-0001", "x"}), "unknown");
}

TEST(Credentials, WithoutAnyNobodyIsKnown) {
  const Credentials none({});
  EXPECT_TRUE(none.empty());
  EXPECT_FALSE(Sample().empty());
  EXPECT_EQ(Who({"Bearer token-of-one-0001"}, none), "unknown");
  EXPECT_EQ(Who({"Bearer "}, none), "unknown");
}

TEST(Credentials, WhoMayNotIsToldWhyNot) {
  HttpRequest request;
  HttpResponse response;
  EXPECT_EQ(Sample().Admit(request, AdminRole::kRead, response), nullptr);
  EXPECT_EQ(response.status, 401);
  EXPECT_EQ(response.headers, "WWW-Authenticate: Bearer\r\n");
  EXPECT_NE(response.body.find("token_missing"), std::string::npos);

  request.fields = {{"Authorization", "Bearer another-token-0001"}};
  response.Clear();
  EXPECT_EQ(Sample().Admit(request, AdminRole::kRead, response), nullptr);
  EXPECT_EQ(response.status, 401);
  EXPECT_NE(response.body.find("token_invalid"), std::string::npos);
  EXPECT_EQ(response.body.find("another"), std::string::npos);

  request.fields = {{"Authorization", "Bearer token-of-one-0001"}};
  response.Clear();
  EXPECT_EQ(Sample().Admit(request, AdminRole::kIssue, response), nullptr);
  EXPECT_EQ(response.status, 403);
  EXPECT_EQ(response.headers, "");
  EXPECT_NE(response.body.find("role_missing"), std::string::npos);
  EXPECT_NE(response.body.find("`issue`"), std::string::npos);

  response.Clear();
  const auto* const admitted = Sample().Admit(request, AdminRole::kRead, response);
  ASSERT_NE(admitted, nullptr);
  EXPECT_EQ(admitted->name, "one");
  EXPECT_TRUE(response.body.empty());
}

}  // namespace
}  // namespace thuja::server
