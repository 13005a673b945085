// SPDX-License-Identifier: Apache-2.0
// Several requests on one connection, and one request in several pieces. Each request carries an
// X-Request-ID, which its answer repeats: that shows whose answer an answer is.
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>

#include <chrono>
#include <thread>

#include "tests/hostile/exchange.h"

namespace thuja::testing {
namespace {

using Pipelining = HostileSuite;
using Methods = HostileSuite;

constexpr const char* kMetadata = "/.well-known/authzen-configuration";

std::string Named(const std::string& id) { return "X-Request-ID: " + id + "\r\n"; }

// All answers until the server closes or is silent for a while: `200 a`, `400`.
std::vector<std::string> ReadAll(RawConnection& connection,
                                 std::chrono::milliseconds silence = std::chrono::seconds(1)) {
  std::vector<std::string> all;
  while (auto answer = connection.Read(false, silence)) {
    const std::string id = answer->headers["x-request-id"];
    all.push_back(std::to_string(answer->status) + (id.empty() ? "" : " " + id));
  }
  return all;
}

std::vector<std::string> AnswersTo(int port, const std::string& bytes) {
  RawConnection connection(port);
  connection.Send(bytes);
  return ReadAll(connection);
}

using Answers = std::vector<std::string>;

TEST_F(Pipelining, AnswersComeInOrder) {
  EXPECT_EQ(
      AnswersTo(port(), Good(Named("a")) + Chunked(Chunk(kGoodBody) + kLastChunk, Named("b")) +
                            Good(Named("c"))),
      (Answers{"200 a", "200 b", "200 c"}));
}

TEST_F(Pipelining, MoreThanTheLimitAreAnsweredToo) {
  for (const size_t count : {kPipelined - 1, kPipelined, kPipelined + 1, 100 * kPipelined}) {
    std::string bytes;
    Answers expected;
    for (size_t i = 0; i < count; ++i) {
      bytes += Good(Named(std::to_string(i)));
      expected.push_back("200 " + std::to_string(i));
    }
    RawConnection connection(port());
    // Written beside the reading: the server need not take them all before it is read.
    std::thread writer([&] { connection.Send(bytes); });
    const Answers answers = ReadAll(connection);
    writer.join();
    EXPECT_EQ(answers, expected);
    EXPECT_TRUE(IsAnswered(connection));
  }
}

// So many that neither side's socket can hold them: the server has to stop reading for a while.
TEST_F(Pipelining, AClientThatReadsLateGetsEveryAnswer) {
  constexpr int kCount = 100'000;
  std::string bytes;
  for (int i = 0; i < kCount; ++i) bytes += Good(Named(std::to_string(i)));
  RawConnection connection(port());
  std::thread writer([&] { connection.Send(bytes); });
  std::this_thread::sleep_for(std::chrono::milliseconds(500));
  int answered = 0;
  for (; answered < kCount; ++answered) {
    auto answer = connection.Read();
    if (!answer || answer->headers["x-request-id"] != std::to_string(answered)) break;
  }
  // Before the thread is waited for, so that a server that is stuck does not hang the test.
  if (answered < kCount) connection.FinishSending();
  writer.join();
  EXPECT_EQ(answered, kCount);
  EXPECT_TRUE(IsAnswered(connection));
}

TEST_F(Pipelining, WhatIsMalformedEndsTheConnectionBehindTheGoodOnes) {
  const Answers expected = {"200 a", "200 b", "400"};
  for (const std::string& bad :
       {std::string("nonsense\r\n\r\n"), WithFraming("Content-Length: 2, 2\r\n"), WithHost(""),
        WithFraming("Transfer-Encoding: x\r\n")}) {
    RawConnection connection(port());
    connection.Send(Good(Named("a")) + Good(Named("b")) + bad + Good(Named("never")));
    EXPECT_EQ(ReadAll(connection), expected) << bad;
    EXPECT_TRUE(connection.ClosedWithin());
  }
}

TEST_F(Pipelining, NothingIsAnsweredBehindAConnectionThatIsToClose) {
  EXPECT_EQ(AnswersTo(port(), Good(Named("a") + "Connection: close\r\n") + Good(Named("never"))),
            (Answers{"200 a"}));
}

TEST_F(Pipelining, ErrorsOfTheApplicationKeepTheOrder) {
  const Answers answers =
      AnswersTo(port(), "GET /nowhere HTTP/1.1\r\nHost: localhost\r\n\r\n" + Good(Named("b")));
  ASSERT_EQ(answers.size(), 2u);
  EXPECT_TRUE(answers[0].starts_with("404"));
  EXPECT_EQ(answers[1], "200 b");
}

// The bytes of a second request lie where a front that counts otherwise would see its beginning.
TEST_F(Pipelining, NoRequestIsSmuggled) {
  const std::string hidden = Good(Named("smuggled"));
  const std::string sum = "Content-Length: " + std::to_string(hidden.size() + 5) + "\r\n";
  const std::string chunked = "Transfer-Encoding: chunked\r\n";
  const std::vector<std::pair<std::string, std::string>> shapes = {
      {"CL.TE", WithFraming(sum + chunked, kLastChunk + hidden)},
      {"TE.CL", WithFraming(chunked + "Content-Length: 4\r\n", Chunk(hidden) + kLastChunk)},
      {"TE.TE", WithFraming(chunked + "Transfer-Encoding: x\r\n", kLastChunk + hidden)},
      {"CL.CL", WithFraming("Content-Length: 0\r\n" + sum, "     " + hidden)},
      {"CL.0", WithFraming("Content-Length: 0, 5\r\n", "     " + hidden)},
      {"0.TE", WithFraming("Transfer-Encoding: xchunked\r\n", hidden)},
      {"TE behind a bare LF", WithFraming("X: y\n" + chunked + sum, kLastChunk + hidden)},
      {"TE with a space", WithFraming("Transfer-Encoding : chunked\r\n" + sum, hidden)},
      {"TE folded", WithFraming("Transfer-Encoding:\r\n\tchunked\r\n" + sum, hidden)},
      {"chunk of 2^64", Chunked("10000000000000000\r\n" + hidden)},
      {"chunk with LF", Chunked("2;\nxx\r\n0\r\n\r\n" + hidden)},
      {"absolute form of another", WithRequestLine("POST http://other/ HTTP/1.1") + hidden},
  };
  for (const auto& [name, bytes] : shapes) {
    const Answers answers = AnswersTo(port(), bytes);
    ASSERT_EQ(answers.size(), 1u) << name;
    EXPECT_TRUE(answers[0].starts_with("400") || answers[0].starts_with("413")) << name;
  }
}

TEST_F(Pipelining, ABodyThatLooksLikeARequestIsABody) {
  const std::string inner = Good(Named("inner"));
  const std::string one = Good(Named("a"), inner);
  for (const std::string& outer : {one, Chunked(Chunk(inner) + kLastChunk, Named("a"))}) {
    const Answers answers = AnswersTo(port(), outer + Good(Named("b")));
    ASSERT_FALSE(answers.empty());
    EXPECT_TRUE(answers[0].starts_with("400")) << "it is no JSON";
    for (const std::string& answer : answers) EXPECT_EQ(answer.find("inner"), std::string::npos);
  }
  // A chunked body ends where its last chunk says, whatever its data looks like.
  const std::string body = kGoodBody;
  EXPECT_EQ(AnswersTo(port(), Chunked(Chunk(body.substr(0, 9)) + Chunk(body.substr(9)) + kLastChunk,
                                      Named("a")) +
                                  Good(Named("b"))),
            (Answers{"200 a", "200 b"}));
}

TEST_F(Pipelining, ABodyOnGetBelongsToGet) {
  const std::string inner = Good(Named("inner"));
  const std::string get = "GET " + std::string(kMetadata) + " HTTP/1.1\r\n" + kHost + Named("a");
  const Answers answers =
      AnswersTo(port(), get + LengthOf(inner) + "\r\n" + inner + Good(Named("b")));
  EXPECT_EQ(answers, (Answers{"200 a", "200 b"}));
}

// Sends `bytes` in two pieces that arrive one after the other.
void SendSplit(RawConnection& connection, const std::string& bytes, size_t at) {
  const int on = 1;
  setsockopt(connection.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  connection.Send(bytes.substr(0, at));
  std::this_thread::sleep_for(std::chrono::milliseconds(1));
  connection.Send(bytes.substr(at));
}

TEST_F(Pipelining, ASplitMakesNoDifference) {
  const std::string body = kGoodBody;
  std::string second = Chunk(body.substr(3));
  second.insert(second.find('\r'), ";x=\"y\"");
  const std::vector<std::string> requests = {
      Good(Named("a")),
      Chunked(Chunk(body.substr(0, 3)) + second + "0\r\nX-Trailer: z\r\n\r\n", Named("a"))};
  for (const std::string& request : requests) {
    RawConnection connection(port());
    for (size_t at = 1; at < request.size(); ++at) {
      SendSplit(connection, request, at);
      auto answer = connection.Read();
      ASSERT_TRUE(answer) << "split at " << at;
      ASSERT_EQ(answer->status, 200) << "split at " << at << ": " << answer->body;
      ASSERT_EQ(answer->body, kAllowed) << "split at " << at;
      ASSERT_EQ(answer->headers["x-request-id"], "a") << "split at " << at;
    }
  }
}

TEST_F(Pipelining, ASplitHidesNothing) {
  for (const std::string& request :
       {WithFraming("Transfer-Encoding: chunked\r\nContent-Length: 2\r\n"),
        Chunked("1\n{\r\n0\r\n\r\n"), Good("X-A: b\r\n c\r\n")}) {
    for (size_t at = 1; at < request.size(); ++at) {
      RawConnection connection(port());
      SendSplit(connection, request, at);
      const auto answer = connection.Read();
      // The second piece may meet a connection that is closed already.
      ASSERT_TRUE(!answer || answer->status == 400) << "split at " << at;
      ASSERT_TRUE(connection.ClosedWithin()) << "split at " << at;
    }
  }
}

TEST_F(Pipelining, SingleBytesMakeNoDifference) {
  RawConnection connection(port());
  const int on = 1;
  setsockopt(connection.fd(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  for (const char byte : Good(Named("a")) + Good(Named("b"))) {
    ASSERT_TRUE(connection.Send(std::string(1, byte)));
  }
  EXPECT_EQ(ReadAll(connection), (Answers{"200 a", "200 b"}));
}

TEST_F(Pipelining, AClientThatHasFinishedSendingGetsItsAnswers) {
  RawConnection connection(port());
  connection.Send(Good(Named("a")) + Good(Named("b")));
  connection.FinishSending();
  EXPECT_EQ(ReadAll(connection), (Answers{"200 a", "200 b"}));
  RawConnection cut(port());
  cut.Send(Good().substr(0, 40));
  cut.FinishSending();
  const auto answer = cut.Read();
  EXPECT_TRUE(!answer || answer->status == 400 || answer->status == 408);
  EXPECT_TRUE(cut.ClosedWithin());
}

std::string Ask(const std::string& method, const std::string& path) {
  return method + " " + path + " HTTP/1.1\r\n" + kHost + "\r\n";
}

TEST_F(Methods, HeadAnswersLikeGetWithoutTheBody) {
  RawConnection connection(port());
  connection.Send(Ask("GET", kMetadata));
  auto get = connection.Read();
  connection.Send(Ask("HEAD", kMetadata));
  auto head = connection.Read(true);
  ASSERT_TRUE(get && head);
  EXPECT_EQ(get->status, 200);
  EXPECT_EQ(head->status, 200);
  EXPECT_EQ(head->headers["content-type"], get->headers["content-type"]);
  EXPECT_EQ(head->headers["content-length"], get->headers["content-length"]);
  EXPECT_TRUE(IsAnswered(connection)) << "a body followed";
  connection.Send(Ask("HEAD", "/nowhere"));
  head = connection.Read(true);
  ASSERT_TRUE(head);
  EXPECT_EQ(head->status, 404);
  EXPECT_TRUE(IsAnswered(connection)) << "a body followed";
}

TEST_F(Methods, OthersAreNamed) {
  for (const char* path :
       {"/access/v1/evaluation", "/access/v1/evaluations", "/v1/is_authorized"}) {
    for (const char* method : {"GET", "PUT", "DELETE", "PATCH", "OPTIONS"}) {
      RawConnection connection(port());
      connection.Send(Ask(method, path));
      auto answer = connection.Read();
      ASSERT_TRUE(answer) << method << " " << path;
      EXPECT_EQ(answer->status, 405) << method << " " << path;
      EXPECT_EQ(answer->headers["allow"], "POST") << method << " " << path;
      EXPECT_TRUE(IsAnswered(connection));
    }
  }
  auto answer = Post(port(), kMetadata, "{}");
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 405);
  EXPECT_NE(answer->headers["allow"].find("GET"), std::string::npos) << answer->headers["allow"];
}

TEST_F(Methods, UnknownPathsAreNotFound) {
  for (const char* path : {"/", "/access", "/access/v1", "/metrics", "/health/live", "/v1/status",
                           "/health/ready", "/.well-known/"}) {
    const auto answer = Get(port(), path);
    ASSERT_TRUE(answer) << path;
    EXPECT_EQ(answer->status, 404) << path;
  }
}

}  // namespace
}  // namespace thuja::testing
