// SPDX-License-Identifier: Apache-2.0
// A listener with as many connections as it may have: those that nobody uses make room, those that
// somebody uses do not.
#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <utility>
#include <vector>

#include "server/http/http_server.h"
#include "tests/support/raw_connection.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;
using testing::RawConnection;

constexpr size_t kMost = 16;
const std::string kRequest = "GET /hello HTTP/1.1\r\nHost: localhost\r\n\r\n";
const std::string kPart = "GET /hello HTTP/1.1\r\nHo";

// Says the path. `/later` is left open for as long as there is a server.
class Echo : public Application {
 public:
  void Handle(const HttpRequest& request, HttpResponse& response) override {
    if (request.path == "/later") {
      open_.push_back(response.AnswerLater());
    } else {
      response.SetText(200, request.path);
    }
  }

  void OnAnswered(const HttpRequest&, const HttpResponse&) override {}

 private:
  std::vector<std::shared_ptr<LaterAnswer>> open_;
};

class FullListenerTest : public ::testing::TestWithParam<size_t> {
 protected:
  FullListenerTest() { Start({}); }

  void Start(Limits limits) {
    limits.connections = kMost;
    limits.drain_time = milliseconds(0);
    HttpServerOptions options;
    options.addresses = {*ParseListenAddress("127.0.0.1:0")};
    options.threads = GetParam();
    options.limits = limits;
    options.make_application = [](size_t) { return std::make_unique<Echo>(); };
    server = std::make_unique<HttpServer>(std::move(options));
    ASSERT_TRUE(server->Open().ok());
    server->Start();
  }

  int port() const { return server->addresses()[0].port; }

  // Until the server has seen them.
  void Expect(size_t connections) {
    for (int i = 0; i < 5000 && server->connections() != connections; ++i) {
      std::this_thread::sleep_for(milliseconds(2));
    }
    ASSERT_EQ(server->connections(), connections);
  }

  // As many as there may be, one after the other, each with these bytes sent.
  std::vector<RawConnection> Fill(const std::string& bytes) {
    std::vector<RawConnection> held;
    held.reserve(kMost);
    for (size_t i = 0; i < kMost; ++i) {
      held.emplace_back(port());
      EXPECT_TRUE(held.back().Send(bytes));
      Expect(i + 1);
    }
    return held;
  }

  static bool IsAnswered(RawConnection& connection) {
    if (!connection.Send(kRequest)) return false;
    const auto answer = connection.Read();
    return answer && answer->status == 200 && answer->body == "/hello";
  }

  // Of a new client, whose request may not even be sent when it is refused.
  bool IsRefused() {
    RawConnection connection(port());
    const auto answer = connection.Read();
    return answer && answer->status == 503 && answer->body == "overloaded";
  }

  std::unique_ptr<HttpServer> server;
};

INSTANTIATE_TEST_SUITE_P(Threads, FullListenerTest, ::testing::Values(1, 4));

TEST_P(FullListenerTest, OfConnectionsThatNeverAskedAnswersWhoeverAsks) {
  auto held = Fill("");
  for (size_t i = 0; i < 3 * kMost; ++i) {
    RawConnection fresh(port());
    ASSERT_TRUE(IsAnswered(fresh)) << i;
  }
  EXPECT_EQ(server->rejected(), 0u);
  EXPECT_GE(server->displaced(), 1u);
  EXPECT_LE(server->connections(), kMost);
}

TEST_P(FullListenerTest, OfConnectionsThatStayAnswersAsManyNewOnesAsThereAre) {
  auto held = Fill(kRequest);
  for (RawConnection& connection : held) ASSERT_TRUE(connection.Read());
  std::vector<RawConnection> fresh;
  fresh.reserve(kMost);
  for (size_t i = 0; i < kMost; ++i) {
    fresh.emplace_back(port());
    ASSERT_TRUE(IsAnswered(fresh.back())) << i;
  }
  EXPECT_EQ(server->rejected(), 0u);
  EXPECT_EQ(server->displaced(), kMost);
}

TEST_P(FullListenerTest, ClosesNoneInTheMiddleOfARequest) {
  auto held = Fill(kPart);
  std::this_thread::sleep_for(milliseconds(50));
  for (int i = 0; i < 5; ++i) EXPECT_TRUE(IsRefused());
  for (RawConnection& connection : held) {
    connection.Send(kRequest.substr(kPart.size()));
    const auto answer = connection.Read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->body, "/hello");
  }
  EXPECT_EQ(server->displaced(), 0u);
  RawConnection fresh(port());
  EXPECT_TRUE(IsAnswered(fresh)) << "they are idle now";
}

TEST_P(FullListenerTest, ClosesNoneThatWaitsForItsAnswer) {
  auto held = Fill("GET /later HTTP/1.1\r\nHost: localhost\r\n\r\n");
  std::this_thread::sleep_for(milliseconds(50));
  EXPECT_TRUE(IsRefused());
  for (RawConnection& connection : held) EXPECT_FALSE(connection.ClosedWithin(milliseconds(1)));
}

// Whichever thread the kernel gives the new one to.
TEST_P(FullListenerTest, ClosesTheOnlyOneThatIsIdle) {
  auto held = Fill(kPart);
  for (size_t i = 0; i < kMost; ++i) {
    held[i].Send(kRequest.substr(kPart.size()));
    ASSERT_TRUE(held[i].Read());
    RawConnection fresh(port());
    ASSERT_TRUE(IsAnswered(fresh)) << i;
    EXPECT_TRUE(held[i].ClosedWithin());
    fresh.Send(kPart);
    held.push_back(std::move(fresh));
    std::this_thread::sleep_for(milliseconds(20));
  }
  EXPECT_TRUE(IsRefused());
  EXPECT_EQ(server->displaced(), kMost);
}

TEST_P(FullListenerTest, OfRequestsThatNeverEndHasRoomWhenTheirTimeIsOver) {
  Start({.request_time = milliseconds(500)});
  auto held = Fill(kPart);
  EXPECT_TRUE(IsRefused());
  for (RawConnection& connection : held) {
    const auto answer = connection.Read();
    ASSERT_TRUE(answer);
    EXPECT_EQ(answer->status, 408);
    EXPECT_TRUE(connection.ClosedWithin());
  }
  Expect(0);
  RawConnection fresh(port());
  EXPECT_TRUE(IsAnswered(fresh));
}

class FullListenerOfOneThreadTest : public FullListenerTest {};
INSTANTIATE_TEST_SUITE_P(Threads, FullListenerOfOneThreadTest, ::testing::Values(1));

TEST_P(FullListenerOfOneThreadTest, ClosesWhatIsIdleLongest) {
  auto held = Fill("");
  // The first is used again, so that the second is the first to go.
  ASSERT_TRUE(IsAnswered(held[0]));
  for (size_t i = 1; i < kMost; ++i) {
    RawConnection fresh(port());
    ASSERT_TRUE(IsAnswered(fresh));
    EXPECT_TRUE(held[i].ClosedWithin()) << i;
    Expect(kMost);
    held.push_back(std::move(fresh));
  }
  EXPECT_TRUE(IsAnswered(held[0]));
}

}  // namespace
}  // namespace thuja::server
