// SPDX-License-Identifier: Apache-2.0
// Small parts of requests and answers.
#include "server/http/message.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <string_view>

#include "engine/decide.h"

namespace thuja::server {
namespace {

TEST(EqualsIgnoringCase, FoldsAsciiLettersAndNothingElse) {
  EXPECT_TRUE(EqualsIgnoringCase("", ""));
  EXPECT_TRUE(EqualsIgnoringCase("azAZ09-", "AZaz09-"));
  EXPECT_FALSE(EqualsIgnoringCase("a", "aa"));
  EXPECT_FALSE(EqualsIgnoringCase("a", "b"));
  // These differ in the bit that tells letters' cases apart.
  EXPECT_FALSE(EqualsIgnoringCase("@", "`"));
  EXPECT_FALSE(EqualsIgnoringCase("[", "{"));
  EXPECT_FALSE(EqualsIgnoringCase("-", "\r"));
  EXPECT_FALSE(EqualsIgnoringCase("\xC3\xA9", "\xC3\x89"));
}

TEST(HttpRequest, FindCountsAllAndGivesTheFirst) {
  HttpRequest request;
  request.fields = {{"A", "1"}, {"b", "2"}, {"a", "3"}, {"Ab", "4"}};
  EXPECT_EQ(request.Find("a").count, 2u);
  EXPECT_EQ(request.Find("a").value, "1");
  EXPECT_EQ(request.Find("B").count, 1u);
  EXPECT_EQ(request.Find("B").value, "2");
  EXPECT_EQ(request.Find("c").count, 0u);
  EXPECT_EQ(request.Find("c").value, "");
  EXPECT_EQ(request.Find("").count, 0u);
}

TEST(HttpResponse, ClearForgetsEverything) {
  HttpResponse response;
  response.SetJson(500, "{}");
  response.AddHeader("A", "b");
  response.AddHeader("C", "d");
  response.close = true;
  EXPECT_EQ(response.headers, "A: b\r\nC: d\r\n");
  EXPECT_EQ(response.content_type, "application/json");
  response.Clear();
  EXPECT_EQ(response.status, 200);
  EXPECT_EQ(response.content_type, "");
  EXPECT_EQ(response.body, "");
  EXPECT_EQ(response.headers, "");
  EXPECT_FALSE(response.close);
}

TEST(HttpResponse, SetTextReplacesTheBody) {
  HttpResponse response;
  response.SetJson(200, "{}");
  response.SetText(404, "nothing");
  EXPECT_EQ(response.status, 404);
  EXPECT_EQ(response.content_type, "text/plain; charset=utf-8");
  EXPECT_EQ(response.body, "nothing");
}

// As in tests that call a handler without a connection.
TEST(HttpResponse, WithoutAConnectionNoAnswerComesLater) {
  HttpResponse response;
  response.AnswerLater()->Finish({});
  EXPECT_EQ(response.status, 500);
  EXPECT_EQ(response.body, "internal_error");
  response.Clear();
  EXPECT_FALSE(response.AnswerInParts()->Write("x"));
  EXPECT_EQ(response.status, 500);
}

TEST(StatusPhrase, KnowsEveryStatusThatIsSent) {
  std::set<int> statuses = {200, 201, 400, 401, 403, 404, 405, 408, 409,
                            410, 413, 414, 417, 422, 431, 500, 503};
  for (const ReasonCodeInfo& row : kReasonCodes) statuses.insert(row.http_status);
  std::set<std::string_view> phrases;
  for (const int status : statuses) {
    EXPECT_NE(StatusPhrase(status), StatusPhrase(999)) << status;
    EXPECT_TRUE(phrases.insert(StatusPhrase(status)).second) << status;
  }
}

}  // namespace
}  // namespace thuja::server
