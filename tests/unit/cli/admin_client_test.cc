// SPDX-License-Identifier: Apache-2.0
// The client of the admin listener against servers that answer well, badly, late or not at all.
#include "cli/admin_client.h"

#include <gtest/gtest.h>

#include <set>
#include <string>
#include <utility>
#include <vector>

#include "tests/support/played_server.h"
#include "tests/support/shared_material.h"

namespace thuja::cli {
namespace {

using std::chrono::milliseconds;
using testing::Answer;
using testing::Drop;
using testing::Hang;
using testing::Play;
using testing::PlayedServer;

AdminClientOptions OptionsFor(const std::string& address) {
  AdminClientOptions options;
  options.address = *AdminAddress::Parse(address);
  options.token = "secret-of-orchestrator";
  options.answer_limit = milliseconds(5000);
  options.pause = milliseconds(1);
  return options;
}

AdminClient ClientOf(const PlayedServer& server) {
  return AdminClient(OptionsFor(server.address()));
}

std::string MessageOf(const absl::StatusOr<AdminAnswer>& answer) {
  return answer.ok() ? "" : std::string(answer.status().message());
}

TEST(AdminAddress, IsAHostAndPortOrASocket) {
  const std::pair<const char*, const char*> kRows[] = {
      {"http://127.0.0.1:8181", "http://127.0.0.1:8181"},
      {"http://localhost:80/", "http://localhost:80"},
      {"127.0.0.1:8181", "http://127.0.0.1:8181"},
      {"http://[::1]:8181", "http://[::1]:8181"},
      {"unix:/run/thuja/admin.sock", "unix:/run/thuja/admin.sock"},
      {"unix:admin.sock", "unix:admin.sock"},
  };
  for (const auto& [text, printed] : kRows) {
    const absl::StatusOr<AdminAddress> address = AdminAddress::Parse(text);
    ASSERT_TRUE(address.ok()) << text << ": " << address.status();
    EXPECT_EQ(address->ToString(), printed);
  }
}

TEST(AdminAddress, RefusesWhatItCannotReach) {
  for (const std::string text :
       {"", "http://", "http://host", "http://host:", "http://host:0", "http://host:65536",
        "http://host:8x", "http://host:80/path", "http://user@host:80", "http://::1:80",
        "unix:", "ftp://host:80", "http://a b:80"}) {
    EXPECT_FALSE(AdminAddress::Parse(text).ok()) << text;
  }
  EXPECT_FALSE(AdminAddress::Parse("unix:/" + std::string(200, 'x')).ok());
  EXPECT_NE(std::string(AdminAddress::Parse("https://h:1").status().message()).find("TLS"),
            std::string::npos);
}

TEST(AdminClient, SendsTheCredentialTheBodyAndTheRequestId) {
  PlayedServer server({Answer(201, R"({"revision": 7})")});
  const auto answer = ClientOf(server).Post("/v1/grants", R"({"task":"t"})", "key-1");
  ASSERT_TRUE(answer.ok()) << answer.status();
  EXPECT_EQ(answer->status(), 201);
  EXPECT_FALSE(answer->refused());
  EXPECT_EQ(answer->text(), R"({"revision": 7})");
  EXPECT_EQ(answer->json().Find("revision")->integer, 7);
  ASSERT_EQ(server.Seen().size(), 1u);
  const testing::PlayedRequest seen = server.Seen()[0];
  EXPECT_EQ(seen.method, "POST");
  EXPECT_EQ(seen.target, "/v1/grants");
  EXPECT_EQ(seen.body, R"({"task":"t"})");
  EXPECT_EQ(seen.headers.at("authorization"), "Bearer secret-of-orchestrator");
  EXPECT_EQ(seen.headers.at("idempotency-key"), "key-1");
  EXPECT_EQ(seen.headers.at("content-type"), "application/json");
  EXPECT_EQ(seen.headers.at("host"), "127.0.0.1:" + std::to_string(server.port()));
}

TEST(AdminClient, AsksWithoutBodyAndRequestId) {
  PlayedServer server({Answer(200, "{}")});
  ASSERT_TRUE(ClientOf(server).Get("/v1/grants?task=a%20b&holder_id=%22").ok());
  const testing::PlayedRequest seen = server.Seen().at(0);
  EXPECT_EQ(seen.method, "GET");
  EXPECT_EQ(seen.target, "/v1/grants?task=a%20b&holder_id=%22");
  EXPECT_EQ(seen.headers.count("idempotency-key"), 0u);
  EXPECT_EQ(seen.body, "");
}

TEST(AdminClient, SpeaksOverAUnixSocket) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "admin.sock").string();
  PlayedServer server({Answer(200, "{}")}, path);
  const auto answer = ClientOf(server).Post("/v1/revoke", "{}", "k");
  ASSERT_TRUE(answer.ok()) << answer.status();
  // A name of this machine, which the listener asks for.
  EXPECT_EQ(server.Seen().at(0).headers.at("host"), "localhost");
}

TEST(AdminClient, ARefusalIsAnAnswer) {
  PlayedServer server({Answer(409, R"({"error": "grant_completed", "message": "it is over"})"),
                       Answer(503, R"({"error": "overloaded"})")});
  AdminClient client = ClientOf(server);
  const auto over = client.Post("/v1/grants/x/heartbeat", "{}", "k");
  ASSERT_TRUE(over.ok()) << over.status();
  EXPECT_TRUE(over->refused());
  EXPECT_EQ(over->code(), "grant_completed");
  EXPECT_EQ(over->message(), "it is over");
  const auto busy = client.Post("/v1/grants/x/heartbeat", "{}", "k");
  ASSERT_TRUE(busy.ok()) << busy.status();
  EXPECT_EQ(busy->code(), "overloaded");
  EXPECT_EQ(busy->message(), "");
  // A refusal is final: the second request is the second call.
  EXPECT_EQ(server.Seen().size(), 2u);
}

TEST(AdminClient, BelievesNothingThatIsNoAnswerOfTheApi) {
  const std::string kJson = R"({"grants": []})";
  const std::pair<Play, const char*> kRows[] = {
      {Answer(200, "<html>"), "no JSON object"},
      {Answer(200, ""), "no JSON object"},
      {Answer(200, "[1]"), "no JSON object"},
      {Answer(200, "{\"a\": 1, \"a\": 2}"), "no JSON object"},
      {Answer(200, "{\"a\": \"\xff\"}"), "no JSON object"},
      {Answer(404, "Not Found"), "answered 404: Not Found"},
      {Answer(500, R"({"error": 5})"), "answered 500"},
      {Answer(502, "\x1b[31mbad"), "answered 502: \\u{1b}[31mbad"},
      {Answer(302, R"({"error": "x"})"), "answered 302"},
      {{"no HTTP at all\r\n\r\n"}, "without a whole answer"},
      {{"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n" + kJson}, "without a whole answer"},
  };
  for (const auto& [play, message] : kRows) {
    PlayedServer server({play});
    const auto answer = ClientOf(server).Get("/v1/grants");
    EXPECT_NE(MessageOf(answer).find(message), std::string::npos) << play.bytes << "\n"
                                                                  << MessageOf(answer);
    EXPECT_EQ(MessageOf(answer).find("secret"), std::string::npos);
  }
}

TEST(AdminClient, ABrokenConnectionIsTriedOnceMoreWithTheSameRequestId) {
  PlayedServer server({Drop(), Answer(200, "{}")});
  ASSERT_TRUE(ClientOf(server).Post("/v1/grants", R"({"a":1})", "key-1").ok());
  const auto seen = server.Seen();
  ASSERT_EQ(seen.size(), 2u);
  for (const auto& request : seen) {
    EXPECT_EQ(request.headers.at("idempotency-key"), "key-1");
    EXPECT_EQ(request.body, R"({"a":1})");
  }
}

TEST(AdminClient, TriesNoThirdTimeAndSaysHowToGoOn) {
  PlayedServer server({Drop(), Drop(), Answer(200, "{}")});
  const auto answer = ClientOf(server).Post("/v1/grants", "{}", "key-1");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_NE(MessageOf(answer).find("whether it was done is not known"), std::string::npos);
  EXPECT_NE(MessageOf(answer).find("--request-id key-1"), std::string::npos);
  EXPECT_EQ(server.Seen().size(), 2u);
}

TEST(AdminClient, WhereNobodyListensNothingWasDone) {
  std::string address;
  {
    PlayedServer server({Drop()});
    address = server.address();
  }
  const auto answer = AdminClient(OptionsFor(address)).Post("/v1/grants", "{}", "key-1");
  EXPECT_EQ(MessageOf(answer), "cannot connect to " + address);
  const testing::TemporaryFolder folder;
  const std::string socket = "unix:" + (folder.path() / "none.sock").string();
  EXPECT_EQ(MessageOf(AdminClient(OptionsFor(socket)).Get("/v1/grants")),
            "cannot connect to " + socket);
}

TEST(AdminClient, WhatTheFirstAttemptMayHaveDoneIsNotForgotten) {
  PlayedServer server({testing::DropAndLeave()});
  const auto answer = ClientOf(server).Post("/v1/grants", "{}", "key-1");
  EXPECT_NE(MessageOf(answer).find("cannot connect"), std::string::npos) << MessageOf(answer);
  EXPECT_NE(MessageOf(answer).find("--request-id key-1"), std::string::npos) << MessageOf(answer);
}

TEST(AdminClient, WaitsOnlySoLongAndAsksASilentServerOnce) {
  Play drip = Answer(200, "{" + std::string(10'000, ' ') + "}");
  drip.drip = milliseconds(20);
  for (const Play& play : {Hang(), drip}) {
    PlayedServer server({play});
    AdminClientOptions options = OptionsFor(server.address());
    options.answer_limit = milliseconds(300);
    const auto start = std::chrono::steady_clock::now();
    const auto answer = AdminClient(options).Post("/v1/grants", "{}", "key-1");
    EXPECT_LT(std::chrono::steady_clock::now() - start, milliseconds(4000));
    EXPECT_EQ(answer.status().code(), absl::StatusCode::kDeadlineExceeded) << MessageOf(answer);
    EXPECT_NE(MessageOf(answer).find("--request-id key-1"), std::string::npos);
    EXPECT_EQ(server.Seen().size(), 1u);
  }
}

TEST(AdminClient, TakesAnAnswerOfOneByteMoreForTooLong) {
  const std::string json = R"({"a":"0123456789"})";
  PlayedServer server({Answer(200, json)});
  AdminClientOptions options = OptionsFor(server.address());
  options.longest_answer = json.size();
  EXPECT_TRUE(AdminClient(options).Get("/").ok());
  options.longest_answer = json.size() - 1;
  const auto answer = AdminClient(options).Get("/");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kResourceExhausted) << MessageOf(answer);
}

TEST(AdminClient, SurvivesAServerThatGoesWhileItSends) {
  // More than a socket takes unread.
  const testing::TemporaryFolder folder;
  PlayedServer server({testing::DropEarly()}, (folder.path() / "admin.sock").string());
  const std::string body = "{\"a\":\"" + std::string(size_t{8} << 20, 'x') + "\"}";
  const auto answer = ClientOf(server).Post("/v1/grants", body, "key-1");
  EXPECT_EQ(answer.status().code(), absl::StatusCode::kUnavailable) << MessageOf(answer);
  EXPECT_EQ(server.Seen().size(), 2u);
}

TEST(RequestId, IsAnotherEachTime) {
  std::set<std::string> ids;
  for (int i = 0; i < 100; ++i) ids.insert(NewRequestId());
  EXPECT_EQ(ids.size(), 100u);
  EXPECT_EQ(ids.begin()->size(), 32u);
}

TEST(PercentEncode, LeavesOnlyWhatHasNoMeaningInAUrl) {
  EXPECT_EQ(PercentEncode("aZ09-._~"), "aZ09-._~");
  EXPECT_EQ(PercentEncode("a/b?c&d=e+f g%"), "a%2Fb%3Fc%26d%3De%2Bf%20g%25");
  EXPECT_EQ(PercentEncode("\xc3\xa4\r\n"), "%C3%A4%0D%0A");
}

}  // namespace
}  // namespace thuja::cli
