// SPDX-License-Identifier: Apache-2.0
// Answers that come after their handler has returned: from any thread, once, in order, and safely
// when the client, the time or the server is gone first.
#include <gtest/gtest.h>

#include <atomic>
#include <thread>

#include "tests/service/open_answer_server.h"
#include "tests/support/raw_connection.h"

namespace thuja::testing {
namespace {

using std::chrono::milliseconds;

// What the next answer says; `none` if there is none within the time.
std::string Body(RawConnection& connection, milliseconds limit = std::chrono::seconds(10)) {
  const auto answer = connection.Read(false, limit);
  return answer ? answer->body : "none";
}

// Nothing is on its way. Short, since it is waited for whenever all is well.
void ExpectSilence(RawConnection& connection) {
  EXPECT_EQ(Body(connection, milliseconds(50)), "none");
}

// The connection is in step: the answer to a question is the answer to this one.
void ExpectInStep(RawConnection& connection) {
  ASSERT_TRUE(connection.Send(Ask("/now?in-step")));
  EXPECT_EQ(Body(connection), "in-step");
}

TEST(LaterAnswer, ComesFromAnotherThread) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a"));
  LeftOpen open = server.Next();
  EXPECT_EQ(open.name, "a");
  ExpectSilence(connection);
  std::thread([&] {
    server::HttpResponse response;
    response.SetJson(409, "{}");
    response.AddHeader("X-Own", "1");
    open.later->Finish(std::move(response));
  }).join();
  auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 409);
  EXPECT_EQ(answer->body, "{}");
  EXPECT_EQ(answer->headers["content-type"], "application/json");
  EXPECT_FALSE(answer->headers["date"].empty());
  for (const char* name : {"x-before", "x-behind", "x-own"}) {
    EXPECT_EQ(answer->headers[name], "1") << name;
  }
  ExpectInStep(connection);
}

TEST(LaterAnswer, MayBeFinishedByTheHandlerItself) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/own?a") + Ask("/own?b"));
  EXPECT_EQ(Body(connection), "a");
  EXPECT_EQ(Body(connection), "b");
  ExpectInStep(connection);
}

TEST(LaterAnswer, IsToldTheApplicationWithItsRequest) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a") + Ask("/now?b"));
  LeftOpen open = server.Next();
  EXPECT_TRUE(server.Answered().empty());
  server::HttpResponse response = Saying("a");
  response.status = 404;
  open.later->Finish(std::move(response));
  EXPECT_EQ(Body(connection), "a");
  EXPECT_EQ(Body(connection), "b");
  EXPECT_EQ(server.Answered(), (std::vector<std::string>{"GET /later?a 404", "GET /now?b 200"}));
}

TEST(LaterAnswer, RequestsBehindItWaitAndKeepTheirOrder) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/now?first") + Ask("/later?a") + Ask("/now?b") + Ask("/later?c") +
                  Ask("/later?d") + Ask("/now?e") + Ask("/no").substr(0, 4));
  EXPECT_EQ(Body(connection), "first") << "it has nothing to wait for";
  LeftOpen a = server.Next();
  EXPECT_FALSE(server.TryNext(milliseconds(50))) << "a request was looked at too early";
  ExpectSilence(connection);
  a.later->Finish(Saying("a"));
  EXPECT_EQ(Body(connection), "a");
  EXPECT_EQ(Body(connection), "b");
  ExpectSilence(connection);
  server.Next().later->Finish(Saying("c"));
  EXPECT_EQ(Body(connection), "c");
  server.Next().later->Finish(Saying("d"));
  EXPECT_EQ(Body(connection), "d");
  EXPECT_EQ(Body(connection), "e");
  connection.Send(Ask("/now?f").substr(4));
  EXPECT_EQ(Body(connection), "f") << "the beginning of a request was lost";
}

// More than one read of the server holds.
TEST(LaterAnswer, ManyRequestsBehindItAreKept) {
  constexpr int kCount = 3000;
  OpenAnswerServer server;
  RawConnection connection(server.port());
  std::string bytes = Ask("/later?a");
  for (int i = 0; i < kCount; ++i) bytes += Ask("/now?" + std::to_string(i));
  std::thread writer([&] { connection.Send(bytes); });
  LeftOpen open = server.Next();
  open.later->Finish(Saying("a"));
  EXPECT_EQ(Body(connection), "a");
  for (int i = 0; i < kCount; ++i) ASSERT_EQ(Body(connection), std::to_string(i));
  writer.join();
}

TEST(LaterAnswer, OnlyTheFirstFinishCounts) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a"));
  LeftOpen open = server.Next();
  open.later->Finish(Saying("one"));
  open.later->Finish(Saying("two"));
  EXPECT_EQ(Body(connection), "one");
  open.later->Finish(Saying("three"));
  open.later.reset();
  ExpectInStep(connection);
}

// Not even into the answer to a later request that is open by then.
TEST(LaterAnswer, FinishingOneDoesNotFinishTheNext) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a") + Ask("/later?b"));
  LeftOpen a = server.Next();
  a.later->Finish(Saying("a"));
  EXPECT_EQ(Body(connection), "a");
  LeftOpen b = server.Next();
  a.later->Finish(Saying("a again"));
  a.later.reset();
  ExpectSilence(connection);
  b.later->Finish(Saying("b"));
  EXPECT_EQ(Body(connection), "b");
}

TEST(LaterAnswer, OnlyTheFirstOfARequestCounts) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/twice?a"));
  LeftOpen open = server.Next();
  ExpectSilence(connection);
  open.later->Finish(Saying("the first"));
  EXPECT_EQ(Body(connection), "the first");
  ExpectInStep(connection);
}

TEST(LaterAnswer, ThatIsForgottenIsAnError) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/drop") + Ask("/later?a") + Ask("/now?b"));
  auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 500);
  EXPECT_EQ(answer->body, "internal_error");
  EXPECT_EQ(answer->headers["x-before"], "1");
  server.Next().later.reset();
  EXPECT_EQ(Body(connection), "internal_error");
  EXPECT_EQ(Body(connection), "b");
  ExpectInStep(connection);
}

TEST(LaterAnswer, ThatTakesTooLongIsUnavailable) {
  server::Limits limits;
  limits.request_time = milliseconds(300);
  OpenAnswerServer server(limits);
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a") + Ask("/now?b"));
  LeftOpen open = server.Next();
  auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 503);
  EXPECT_EQ(answer->body, "deadline_exceeded");
  EXPECT_EQ(answer->headers["x-behind"], "1");
  EXPECT_EQ(Body(connection), "b");
  open.later->Finish(Saying("too late"));
  open.later.reset();
  ExpectInStep(connection);
  EXPECT_EQ(server.Answered()[0], "GET /later?a 503");
}

TEST(LaterAnswer, ToAClientThatIsGoneIsHarmless) {
  OpenAnswerServer server;
  for (int round = 0; round < 20; ++round) {
    RawConnection connection(server.port());
    connection.Send(Ask("/later?a") + Ask("/now?b"));
    LeftOpen open = server.Next();
    { const RawConnection gone(std::move(connection)); }
    if (round % 2 == 0) open.later->Finish(Saying("a"));
  }
  EXPECT_TRUE(Becomes([&] { return server.http().connections() == 0; }));
  RawConnection other(server.port());
  ExpectInStep(other);
}

TEST(LaterAnswer, ReachesAClientThatHasSaidAllItHadToSay) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a"));
  connection.FinishSending();
  LeftOpen open = server.Next();
  ExpectSilence(connection);
  open.later->Finish(Saying("a"));
  EXPECT_EQ(Body(connection), "a");
  EXPECT_TRUE(connection.ClosedWithin());
}

TEST(LaterAnswer, HasNoBodyForHead) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a", "", "HEAD") + Ask("/now?b"));
  server.Next().later->Finish(Saying("four"));
  auto answer = connection.Read(true);
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->headers["content-length"], "4");
  EXPECT_EQ(Body(connection), "b");
}

TEST(LaterAnswer, KeepsTheConnectionAsAnyOtherDoes) {
  struct Row {
    std::string version;
    std::string headers;
    bool close;  // says the answer
    std::string connection;
  };
  const std::vector<Row> rows = {
      {"1.1", "", false, ""},
      {"1.1", "Connection: close\r\n", false, "close"},
      {"1.1", "", true, "close"},
      {"1.0", "", false, "close"},
      {"1.0", "Connection: keep-alive\r\n", false, "keep-alive"},
  };
  OpenAnswerServer server;
  for (const Row& row : rows) {
    SCOPED_TRACE(row.version + " " + row.headers);
    RawConnection connection(server.port());
    connection.Send(Ask("/later?a", row.headers, "GET", row.version) + Ask("/now?b"));
    server::HttpResponse response = Saying("a");
    response.close = row.close;
    server.Next().later->Finish(std::move(response));
    auto answer = connection.Read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "a");
    EXPECT_EQ(answer->headers["connection"], row.connection);
    if (row.connection == "close") {
      EXPECT_TRUE(connection.ClosedWithin());
    } else {
      EXPECT_EQ(Body(connection), "b");
    }
  }
}

// The answer before it does not fit into the socket, and is still being written when it comes.
TEST(LaterAnswer, WaitsBehindAnAnswerThatIsNotRead) {
  OpenAnswerServer server;
  for (const bool read_before : {false, true}) {
    RawConnection connection(server.port());
    connection.Send(Ask("/big") + Ask("/later?a") + Ask("/now?b"));
    LeftOpen open = server.Next();
    if (!read_before) open.later->Finish(Saying("a"));
    EXPECT_EQ(Body(connection).size(), kBig);
    if (read_before) open.later->Finish(Saying("a"));
    EXPECT_EQ(Body(connection), "a");
    EXPECT_EQ(Body(connection), "b");
    ExpectInStep(connection);
  }
}

TEST(LaterAnswer, IsWaitedForWhenTheServerDrains) {
  OpenAnswerServer server;
  RawConnection connection(server.port());
  connection.Send(Ask("/later?a") + Ask("/now?b"));
  LeftOpen open = server.Next();
  server.http().BeginDrain();
  ExpectSilence(connection);
  EXPECT_EQ(server.http().connections(), 1u);
  open.later->Finish(Saying("a"));
  auto answer = connection.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->body, "a");
  EXPECT_EQ(answer->headers["connection"], "close");
  EXPECT_TRUE(connection.ClosedWithin());
  server.Stop();
  EXPECT_EQ(server.http().connections(), 0u);
}

TEST(LaterAnswer, MayOutliveTheServer) {
  server::Limits limits;
  limits.drain_time = milliseconds(20);
  OpenAnswerServer server(limits);
  RawConnection first(server.port());
  RawConnection second(server.port());
  first.Send(Ask("/later?a"));
  LeftOpen a = server.Next();
  second.Send(Ask("/later?b"));
  LeftOpen b = server.Next();
  server.Stop();
  a.later->Finish(Saying("nobody runs the loop"));
  server.Destroy();
  EXPECT_TRUE(first.ClosedWithin());
  b.later->Finish(Saying("there is no loop"));
}

// Each round the server ends at another moment of the finishing.
TEST(LaterAnswer, MayBeFinishedWhileTheServerEnds) {
  server::Limits limits;
  limits.drain_time = milliseconds(0);
  for (int round = 0; round < 30; ++round) {
    OpenAnswerServer server(limits);
    std::vector<std::unique_ptr<RawConnection>> connections;
    std::vector<LeftOpen> open;
    for (int i = 0; i < 20; ++i) {
      connections.push_back(std::make_unique<RawConnection>(server.port()));
      connections.back()->Send(Ask("/later?a"));
      open.push_back(server.Next());
    }
    std::thread finisher([&] {
      for (LeftOpen& left : open) {
        left.later->Finish(Saying("a"));
        left.later.reset();
      }
    });
    std::this_thread::sleep_for(std::chrono::microseconds(20 * round));
    server.Stop();
    server.Destroy();
    finisher.join();
  }
}

TEST(LaterAnswer, ManyAreFinishedByManyThreads) {
  constexpr int kConnections = 16;
  constexpr int kRequests = 150;
  constexpr int kFinishers = 4;
  OpenAnswerServer server({}, 2);
  std::atomic<bool> stop = false;
  std::vector<std::thread> finishers;
  for (int i = 0; i < kFinishers; ++i) {
    finishers.emplace_back([&] {
      while (!stop) {
        std::optional<LeftOpen> open = server.TryNext(milliseconds(5));
        if (open && !open->name.ends_with("7")) open->later->Finish(Saying(open->name));
      }
    });
  }
  std::atomic<int> right = 0;
  std::vector<std::thread> clients;
  for (int c = 0; c < kConnections; ++c) {
    clients.emplace_back([&, c] {
      RawConnection connection(server.port());
      std::vector<std::string> names;
      std::string bytes;
      for (int i = 0; i < kRequests; ++i) {
        names.push_back(std::to_string(c) + "-" + std::to_string(i));
        bytes += Ask((i % 3 == 0 ? "/now?" : "/later?") + names.back());
      }
      connection.Send(bytes);
      for (int i = 0; i < kRequests; ++i) {
        // One in ten is let go of.
        const bool forgotten = i % 3 != 0 && i % 10 == 7;
        right += Body(connection) == (forgotten ? "internal_error" : names[static_cast<size_t>(i)]);
      }
    });
  }
  for (std::thread& client : clients) client.join();
  stop = true;
  for (std::thread& finisher : finishers) finisher.join();
  EXPECT_EQ(right, kConnections * kRequests);
  EXPECT_EQ(server.Answered().size(), static_cast<size_t>(kConnections * kRequests));
}

}  // namespace
}  // namespace thuja::testing
