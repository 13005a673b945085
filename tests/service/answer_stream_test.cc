// SPDX-License-Identifier: Apache-2.0
// Answers in parts: their framing, and their end by the writer, the client, the bound or the
// server.
#include <gtest/gtest.h>

#include <charconv>
#include <thread>

#include "tests/service/open_answer_server.h"
#include "tests/support/raw_connection.h"

namespace thuja::testing {
namespace {

using std::chrono::milliseconds;

constexpr std::string_view kEnd = "0\r\n\r\n";

server::Limits WithUnread(size_t unread) {
  server::Limits limits;
  limits.unread = unread;
  return limits;
}

// A connection that has asked for a stream and read its head.
struct Listening {
  explicit Listening(OpenAnswerServer& server, const std::string& behind = "")
      : connection(server.port()) {
    connection.Send(Ask("/parts?a") + behind);
    stream = server.Next().stream;
    answer = connection.Read().value_or(RawAnswer());
    EXPECT_EQ(answer.status, 200);
  }

  RawConnection connection;
  std::shared_ptr<server::AnswerStream> stream;
  RawAnswer answer;
};

// The data of chunks, as many as are whole. `*ended` is set behind the last chunk.
std::string Decode(std::string_view chunks, bool* ended = nullptr) {
  std::string data;
  while (!chunks.empty()) {
    size_t size = 0;
    const auto [stop, error] =
        std::from_chars(chunks.data(), chunks.data() + chunks.size(), size, 16);
    chunks.remove_prefix(static_cast<size_t>(stop - chunks.data()));
    EXPECT_EQ(error, std::errc());
    EXPECT_TRUE(chunks.starts_with("\r\n"));
    if (chunks.size() < size + 4) return data + std::string(chunks.substr(2, size));
    data.append(chunks.substr(2, size));
    EXPECT_EQ(chunks.substr(size + 2, 2), "\r\n");
    chunks.remove_prefix(size + 4);
    if (size > 0) continue;
    EXPECT_EQ(chunks, "") << "more behind the last chunk";
    if (ended != nullptr) *ended = true;
    break;
  }
  return data;
}

// What is left of a stream up to its last chunk, decoded.
std::string DataToEnd(RawConnection& connection) {
  bool ended = false;
  const std::string data =
      Decode(connection.ReadUntil("\r\n" + std::string(kEnd)).value_or(""), &ended);
  EXPECT_TRUE(ended);
  return data;
}

void ExpectInStep(RawConnection& connection, const std::string& name = "in-step") {
  if (name == "in-step") {
    ASSERT_TRUE(connection.Send(Ask("/now?in-step")));
  }
  const auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, name);
}

// Each stream is begun by the handler, and again by another thread behind it.
class AnswerStream : public ::testing::TestWithParam<bool> {
 protected:
  void SetUp() override { OpenAnswerServer::streams_begin_later = GetParam(); }
  void TearDown() override { OpenAnswerServer::streams_begin_later = false; }
};

INSTANTIATE_TEST_SUITE_P(Begin, AnswerStream, ::testing::Bool(),
                         [](const auto& later) { return later.param ? "Later" : "InTheHandler"; });

TEST_P(AnswerStream, SendsItsHeadAtOnceAndEachPartAsAChunk) {
  OpenAnswerServer server;
  Listening client(server);
  EXPECT_EQ(client.answer.headers["transfer-encoding"], "chunked");
  EXPECT_EQ(client.answer.headers["content-type"], "text/plain; charset=utf-8");
  EXPECT_FALSE(client.answer.headers.contains("content-length"));
  EXPECT_FALSE(client.answer.headers.contains("connection"));
  EXPECT_EQ(client.answer.headers["x-before"], "1");
  EXPECT_EQ(client.answer.headers["x-behind"], "1");
  EXPECT_EQ(server.Answered(), std::vector<std::string>{"GET /parts?a 200"});

  std::thread([&] { EXPECT_TRUE(client.stream->Write("abc")); }).join();
  EXPECT_EQ(client.connection.ReadUntil("abc\r\n"), "3\r\nabc\r\n");
  EXPECT_TRUE(client.stream->Write("a longer part, of 31 characters"));
  EXPECT_EQ(client.connection.ReadUntil("characters\r\n"),
            "1f\r\na longer part, of 31 characters\r\n");
  client.stream.reset();
  EXPECT_EQ(client.connection.ReadUntil(kEnd), kEnd);
  ExpectInStep(client.connection);
}

TEST_P(AnswerStream, MayEndWithoutAPart) {
  OpenAnswerServer server;
  Listening client(server);
  client.stream.reset();
  EXPECT_EQ(client.connection.ReadUntil(kEnd), kEnd);
  ExpectInStep(client.connection);
}

// A chunk without data would be the last.
TEST_P(AnswerStream, AnEmptyPartIsNoEnd) {
  OpenAnswerServer server;
  Listening client(server);
  EXPECT_TRUE(client.stream->Write(""));
  EXPECT_TRUE(client.stream->Write("a"));
  EXPECT_EQ(client.connection.ReadUntil("\r\na\r\n"), "1\r\na\r\n");
}

TEST_P(AnswerStream, KeepsWhatManyThreadsWriteWhole) {
  constexpr int kThreads = 4;
  constexpr int kParts = 500;
  OpenAnswerServer server;
  Listening client(server);
  std::vector<std::thread> writers;
  for (int thread = 0; thread < kThreads; ++thread) {
    writers.emplace_back([&, thread] {
      for (int i = 0; i < kParts; ++i) {
        EXPECT_TRUE(client.stream->Write(std::to_string(thread) + ":" + std::to_string(i) + "\n"));
      }
    });
  }
  for (std::thread& writer : writers) writer.join();
  client.stream.reset();
  const std::string data = DataToEnd(client.connection);
  std::vector<int> next(kThreads);
  size_t lines = 0;
  for (size_t at = 0; at < data.size(); ++lines) {
    const size_t end = data.find('\n', at);
    const auto thread = static_cast<size_t>(data[at] - '0');
    ASSERT_LT(thread, next.size());
    ASSERT_EQ(data.substr(at + 2, end - at - 2), std::to_string(next[thread]++));
    at = end + 1;
  }
  EXPECT_EQ(lines, size_t{kThreads} * kParts);
}

TEST_P(AnswerStream, RequestsThatWereSentAlreadyWait) {
  OpenAnswerServer server;
  Listening client(server, Ask("/now?b") + Ask("/later?c"));
  client.connection.Send(Ask("/now?d"));
  EXPECT_TRUE(client.stream->Write("abc"));
  EXPECT_EQ(client.connection.ReadUntil("abc\r\n"), "3\r\nabc\r\n");
  client.stream.reset();
  EXPECT_EQ(client.connection.ReadUntil(kEnd), kEnd);
  ExpectInStep(client.connection, "b");
  LeftOpen open = server.Next();
  // The server's read is still under way from the stream on, and has time to get this.
  client.connection.Send(Ask("/now?e"));
  std::this_thread::sleep_for(milliseconds(30));
  open.later->Finish(Saying("c"));
  for (const char* name : {"c", "d", "e"}) ExpectInStep(client.connection, name);
  ExpectInStep(client.connection);
}

// That read is the only one: with two of them much at once would be mixed up.
TEST_P(AnswerStream, ManyRequestsBehindItKeepTheirOrder) {
  constexpr int kCount = 5000;
  OpenAnswerServer server;
  Listening client(server);
  client.stream.reset();
  EXPECT_EQ(client.connection.ReadUntil(kEnd), kEnd);
  std::string bytes;
  for (int i = 0; i < kCount; ++i) bytes += Ask("/now?" + std::to_string(i));
  std::thread writer([&] { client.connection.Send(bytes); });
  int right = 0;
  while (right < kCount) {
    const auto answer = client.connection.Read(false, std::chrono::seconds(5));
    if (!answer || answer->body != std::to_string(right)) break;
    ++right;
  }
  if (right < kCount) client.connection.FinishSending();
  writer.join();
  EXPECT_EQ(right, kCount);
}

TEST_P(AnswerStream, ALaterAnswerBehindItReachesAClientThatHasSaidAllItHadToSay) {
  OpenAnswerServer server;
  Listening client(server, Ask("/later?b"));
  client.stream.reset();
  EXPECT_EQ(client.connection.ReadUntil(kEnd), kEnd);
  LeftOpen open = server.Next();
  client.connection.FinishSending();
  std::this_thread::sleep_for(milliseconds(30));
  open.later->Finish(Saying("b"));
  ExpectInStep(client.connection, "b");
  EXPECT_TRUE(client.connection.ClosedWithin());
}

TEST_P(AnswerStream, MoreThanAFewRequestsBehindItEndTheConnection) {
  OpenAnswerServer server;
  Listening client(server);
  const std::string much(size_t{100} << 10, 'x');
  client.connection.Send(much);
  EXPECT_TRUE(Becomes([&] { return server.http().connections() == 0; }));
  EXPECT_FALSE(client.stream->Write("a"));
}

TEST_P(AnswerStream, OfAClientWithoutChunksEndsWithTheConnection) {
  OpenAnswerServer server;
  for (const std::string headers : {"", "Connection: keep-alive\r\n"}) {
    RawConnection connection(server.port());
    connection.Send(Ask("/parts?a", headers, "GET", "1.0"));
    LeftOpen open = server.Next();
    auto answer = connection.Read();
    ASSERT_TRUE(answer);
    EXPECT_FALSE(answer->headers.contains("transfer-encoding"));
    EXPECT_EQ(answer->headers["connection"], "close");
    EXPECT_TRUE(open.stream->Write("abc"));
    EXPECT_EQ(connection.ReadUntil("abc"), "abc");
    EXPECT_TRUE(open.stream->Write("def"));
    open.stream.reset();
    EXPECT_EQ(connection.ReadToEnd(), "def");
  }
}

TEST_P(AnswerStream, EndsTheConnectionIfTheClientWantsThat) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/parts?a", "Connection: close\r\n") + Ask("/now?never"));
  LeftOpen open = server.Next();
  auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers["connection"], "close");
  EXPECT_TRUE(open.stream->Write("abc"));
  open.stream.reset();
  EXPECT_EQ(connection.ReadToEnd(), "3\r\nabc\r\n0\r\n\r\n");
}

TEST_P(AnswerStream, OfHeadIsItsHead) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/parts?a", "", "HEAD") + Ask("/now?b"));
  LeftOpen open = server.Next();
  auto answer = connection.Read(true);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers["transfer-encoding"], "chunked");
  ExpectInStep(connection, "b");
  EXPECT_FALSE(open.stream->Write("abc"));
  open.stream.reset();
  ExpectInStep(connection);
}

TEST_P(AnswerStream, HasNoTimeLimit) {
  server::Limits limits;
  limits.request_time = milliseconds(100);
  limits.idle_time = milliseconds(100);
  OpenAnswerServer server(limits);
  Listening client(server);
  std::this_thread::sleep_for(milliseconds(600));
  EXPECT_TRUE(client.stream->Write("abc"));
  EXPECT_EQ(client.connection.ReadUntil("abc\r\n"), "3\r\nabc\r\n");
  // But what comes behind it has.
  client.stream.reset();
  EXPECT_EQ(client.connection.ReadUntil(kEnd), kEnd);
  EXPECT_TRUE(client.connection.ClosedWithin());
}

TEST_P(AnswerStream, NoticesThatTheClientIsGone) {
  OpenAnswerServer server;
  for (const bool writes : {false, true}) {
    std::shared_ptr<server::AnswerStream> stream;
    {
      Listening client(server);
      stream = client.stream;
      if (writes) {
        EXPECT_TRUE(stream->Write("not read by anybody"));
      }
    }
    EXPECT_TRUE(Becomes([&] { return server.http().connections() == 0; }));
    EXPECT_FALSE(stream->Write("a"));
    EXPECT_EQ(stream->waiting(), 0u);
  }
}

TEST_P(AnswerStream, OfAClientThatDoesNotReadIsBounded) {
  constexpr size_t kUnread = size_t{64} << 10;
  OpenAnswerServer server(WithUnread(kUnread));
  Listening client(server);
  const std::string part(1024, 'x');
  size_t accepted = 0;
  while (accepted < (size_t{64} << 20) && client.stream->Write(part)) {
    accepted += part.size();
    ASSERT_LE(client.stream->waiting(), kUnread + 64) << "with the framing of chunks";
    // As fast as the server can take it: what is left then is what the client does not read.
    if (accepted % kUnread == 0) std::this_thread::sleep_for(milliseconds(1));
  }
  EXPECT_LT(accepted, size_t{64} << 20) << "it never ends";
  EXPECT_FALSE(client.stream->Write("a")) << "it goes on behind a part that was lost";
  EXPECT_TRUE(Becomes([&] { return server.http().connections() == 0; }));
  // Besides what lay in sockets nothing had been taken from the writer.
  bool ended = false;
  const std::string data = Decode(client.connection.ReadToEnd(), &ended);
  EXPECT_FALSE(ended) << "looks like all of it";
  EXPECT_LE(data.size(), accepted);
  EXPECT_GE(data.size() + kUnread, accepted);
}

// Of one part that no socket holds too, before all of it is sent.
TEST_P(AnswerStream, WhatWaitsBecomesLessAsTheClientReads) {
  constexpr size_t kPart = size_t{32} << 20;
  OpenAnswerServer server(WithUnread(kPart));
  Listening client(server);
  std::string part(kPart, 'x');
  part[kPart / 4] = 'y';
  EXPECT_TRUE(client.stream->Write(part));
  EXPECT_GT(client.stream->waiting(), 0u);
  EXPECT_TRUE(client.connection.ReadUntil("y").has_value());
  EXPECT_TRUE(Becomes([&] { return client.stream->waiting() < kPart - kPart / 4; }));
  EXPECT_GT(client.stream->waiting(), 0u);
  client.stream.reset();
  EXPECT_TRUE(client.connection.ReadUntil(kEnd).has_value());
  ExpectInStep(client.connection);
}

TEST_P(AnswerStream, APartBeyondTheBoundIsNotSent) {
  OpenAnswerServer server(WithUnread(1000));
  Listening whole(server);
  EXPECT_TRUE(whole.stream->Write(std::string(1000, 'x')));
  EXPECT_TRUE(whole.connection.ReadUntil("x\r\n").has_value());
  Listening client(server);
  EXPECT_FALSE(client.stream->Write(std::string(1001, 'x')));
  EXPECT_FALSE(client.stream->Write("a"));
  EXPECT_EQ(client.connection.ReadToEnd(), "");
}

// It reads, but slower than is written: the writer looks how much waits.
TEST_P(AnswerStream, AWriterThatPacesItselfSendsAnyAmount) {
  constexpr size_t kUnread = size_t{64} << 10;
  constexpr size_t kAll = size_t{24} << 20;
  OpenAnswerServer server(WithUnread(kUnread));
  Listening client(server);
  std::thread writer([&] {
    std::string part(8192, ' ');
    for (size_t sent = 0; sent < kAll; sent += part.size()) {
      part.assign(part.size(), static_cast<char>('a' + sent / part.size() % 26));
      if (!Becomes([&] { return client.stream->waiting() < kUnread / 2; })) break;
      if (!client.stream->Write(part)) break;
    }
    client.stream.reset();
  });
  std::this_thread::sleep_for(milliseconds(100));
  const std::string data = DataToEnd(client.connection);
  writer.join();
  ASSERT_EQ(data.size(), kAll);
  for (size_t i = 0; i < kAll; i += 4096) {
    ASSERT_EQ(data[i], static_cast<char>('a' + i / 8192 % 26)) << i;
  }
  ExpectInStep(client.connection);
}

TEST_P(AnswerStream, WaitsBehindAnAnswerThatIsNotRead) {
  OpenAnswerServer server(WithUnread(kBig + 1000));
  RawConnection connection(server.port());
  connection.Send(Ask("/big") + Ask("/parts?a") + Ask("/now?b"));
  LeftOpen open = server.Next();
  EXPECT_TRUE(open.stream->Write("abc"));
  open.stream.reset();
  EXPECT_EQ(connection.Read().value_or(RawAnswer()).body.size(), kBig);
  EXPECT_EQ(connection.Read().value_or(RawAnswer()).status, 200);
  EXPECT_EQ(connection.ReadUntil(kEnd), "3\r\nabc\r\n0\r\n\r\n");
  ExpectInStep(connection, "b");
}

TEST_P(AnswerStream, EndsWhenTheServerDrains) {
  OpenAnswerServer server;
  Listening client(server, Ask("/now?never"));
  EXPECT_TRUE(client.stream->Write("abc"));
  server.http().BeginDrain();
  EXPECT_EQ(client.connection.ReadToEnd(), "3\r\nabc\r\n0\r\n\r\n");
  EXPECT_FALSE(client.stream->Write("def"));
  server.Stop();
  EXPECT_EQ(server.http().connections(), 0u);
}

// Under a client that does not read the end waits behind what was written before.
TEST_P(AnswerStream, EndsBehindWhatWasWrittenWhenTheServerDrains) {
  OpenAnswerServer server(WithUnread(kBig));
  Listening client(server);
  std::string written(kBig / 2, 'x');
  EXPECT_TRUE(client.stream->Write(written));
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(client.stream->Write("abc"));
  server.http().BeginDrain();
  EXPECT_TRUE(Becomes([&] { return !client.stream->Write(""); }));
  bool ended = false;
  EXPECT_EQ(Decode(client.connection.ReadToEnd(), &ended), written + "abc");
  EXPECT_TRUE(ended);
}

TEST_P(AnswerStream, ThatBeginsWhileTheServerDrainsEndsAtOnce) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  const std::string request = Ask("/parts?a");
  connection.Send(request.substr(0, 10));
  EXPECT_TRUE(Becomes([&] { return server.http().connections() == 1; }));
  // The beginning of the request has been read before the drain looks at it.
  RawConnection other(server.port());
  ExpectInStep(other);
  server.http().BeginDrain();
  connection.Send(request.substr(10));
  LeftOpen open = server.Next();
  auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers["connection"], "close");
  EXPECT_EQ(connection.ReadToEnd(), kEnd);
  EXPECT_FALSE(open.stream->Write("abc"));
}

TEST_P(AnswerStream, MayOutliveTheServer) {
  OpenAnswerServer server;
  Listening client(server);
  server.Stop();
  EXPECT_FALSE(client.stream->Write("nobody runs the loop"));
  server.Destroy();
  EXPECT_FALSE(client.stream->Write("there is no loop"));
  client.stream.reset();
}

// Each round the server ends at another moment of the writing.
TEST_P(AnswerStream, MayBeWrittenWhileTheServerEnds) {
  server::Limits limits;
  limits.drain_time = milliseconds(0);
  for (int round = 0; round < 30; ++round) {
    OpenAnswerServer server(limits);
    Listening client(server);
    std::thread writer([&] {
      while (client.stream->Write("abc")) {
      }
      client.stream.reset();
    });
    std::this_thread::sleep_for(std::chrono::microseconds(20 * round));
    server.Stop();
    server.Destroy();
    writer.join();
  }
}

TEST_P(AnswerStream, ThatBeginsTooLateLeadsNowhere) {
  server::Limits limits;
  limits.request_time = milliseconds(100);
  OpenAnswerServer server(limits);
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a"));
  LeftOpen open = server.Next();
  EXPECT_TRUE(open.later->IsAwaited());
  EXPECT_EQ(connection.Read().value_or(RawAnswer()).status, 503);
  EXPECT_FALSE(open.later->IsAwaited());
  const auto stream = open.later->FinishInParts(Saying("no part"));
  ASSERT_NE(stream, nullptr);
  EXPECT_FALSE(stream->Write("a"));
  ExpectInStep(connection);
}

// The first of the two ways to answer counts.
TEST_P(AnswerStream, IsNoAnswerBesideAnother) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a"));
  LeftOpen open = server.Next();
  open.later->Finish(Saying("whole"));
  EXPECT_FALSE(open.later->FinishInParts(Saying("head"))->Write("a"));
  EXPECT_EQ(connection.Read().value_or(RawAnswer()).body, "whole");
  connection.Send(Ask("/later?b"));
  open = server.Next();
  auto stream = open.later->FinishInParts(Saying("head"));
  open.later->Finish(Saying("whole"));
  EXPECT_FALSE(open.later->FinishInParts(Saying("head"))->Write("a"));
  EXPECT_TRUE(stream->Write("abc"));
  stream.reset();
  EXPECT_EQ(connection.Read().value_or(RawAnswer()).status, 200);
  EXPECT_EQ(connection.ReadUntil(kEnd), "3\r\nabc\r\n0\r\n\r\n");
  ExpectInStep(connection);
}

}  // namespace
}  // namespace thuja::testing
