// SPDX-License-Identifier: Apache-2.0
// More clients than there may be, clients that never read, and the end of the server under load.
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <thread>
#include <vector>

#include "tests/hostile/exchange.h"
#include "tests/hostile/process_figures.h"

namespace thuja::testing {
namespace {

using std::chrono::seconds;

// What the answers of 20 clients that never read may cost.
constexpr size_t kLargestGrowth = size_t{32} << 20;

TEST(Overload, TheConnectionBeyondTheLimitIsRefusedAndTheOthersStay) {
  const auto server = StartServer("limits: {connections: 20}\n");
  const pid_t pid = server->process().pid();
  std::vector<RawConnection> held;
  held.reserve(20);
  for (int i = 0; i < 20; ++i) {
    held.emplace_back(server->port());
    ASSERT_TRUE(IsAnswered(held.back())) << i;
  }
  // Idle ones would make room.
  const std::string request = Good();
  for (RawConnection& connection : held) connection.Send(request.substr(0, 50));
  const size_t files = OpenFiles(pid);
  for (int i = 0; i < 50; ++i) {
    RawConnection more(server->port());
    more.Send(Good());
    const auto answer = more.Read();
    EXPECT_TRUE(!answer || answer->status == 503) << answer->status;
    EXPECT_TRUE(more.ClosedWithin());
  }
  for (RawConnection& connection : held) {
    connection.Send(request.substr(50));
    const auto answer = connection.Read();
    EXPECT_TRUE(answer && answer->status == 200);
  }
  // Health is asked on the other listener, which has room.
  const auto ready = Get(server->admin_port(), "/health/ready");
  ASSERT_TRUE(ready);
  EXPECT_EQ(ready->status, 200);
  EXPECT_TRUE(Eventually(seconds(20), [&] { return OpenFiles(pid) <= files; }));
  while (held.size() > 10) held.pop_back();
  EXPECT_TRUE(Eventually(seconds(20), [&] {
    RawConnection fresh(server->port());
    return fresh.connected() && IsAnswered(fresh);
  })) << "what was closed does not count any more";
}

// Sends as much as the server takes at once; true if it takes no more.
bool FillUp(RawConnection& connection, const std::string& bytes) {
  for (int i = 0; i < 10'000; ++i) {
    pollfd waiting{connection.fd(), POLLOUT, 0};
    if (poll(&waiting, 1, 200) <= 0) return true;
    if (send(connection.fd(), bytes.data(), bytes.size(), MSG_NOSIGNAL | MSG_DONTWAIT) < 0) {
      return false;
    }
  }
  return false;
}

TEST(Overload, AClientThatNeverReadsIsDroppedAndCostsLittle) {
  const auto server = StartServer("limits: {request_time: 2s}\n");
  const pid_t pid = server->process().pid();
  RawConnection normal(server->port());
  ASSERT_TRUE(IsAnswered(normal));
  const size_t files = OpenFiles(pid);
  const size_t memory = ResidentBytes(pid);
  std::string many;
  for (int i = 0; i < 1000; ++i) many += Good();
  std::vector<RawConnection> deaf;
  deaf.reserve(20);
  size_t highest = 0;
  for (int i = 0; i < 20; ++i) {
    deaf.emplace_back(server->port());
    const int small = 4096;
    setsockopt(deaf.back().fd(), SOL_SOCKET, SO_RCVBUF, &small, sizeof(small));
    FillUp(deaf.back(), many);
    EXPECT_TRUE(IsAnswered(normal));
    highest = std::max(highest, ResidentBytes(pid));
  }
  // Seen from the server: the client's own socket may never learn of the end.
  EXPECT_TRUE(Eventually(seconds(60),
                         [&] {
                           EXPECT_TRUE(IsAnswered(normal));
                           highest = std::max(highest, ResidentBytes(pid));
                           return OpenFiles(pid) <= files;
                         }))
      << OpenFiles(pid) << " open files, " << files << " before";
  const size_t grown = highest - std::min(highest, memory);
  std::printf("[ measured ] resident memory grew by %zu KiB\n", grown >> 10);
  if (MemoryIsComparable()) {
    EXPECT_LT(grown, kLargestGrowth);
  }
}

TEST(Overload, ConnectionsThatEndAtOnceLeaveNothing) {
  const auto server = StartServer();
  const pid_t pid = server->process().pid();
  RawConnection normal(server->port());
  ASSERT_TRUE(IsAnswered(normal));
  const size_t files = OpenFiles(pid);
  for (int i = 0; i < 2000; ++i) {
    RawConnection connection(server->port());
    if (i % 3 == 1) connection.Send(Good().substr(0, static_cast<size_t>(i % 200)));
    if (i % 3 == 2) connection.Send(Good());
    // A reset instead of an orderly end.
    const linger reset{1, 0};
    if (i % 2 == 0) setsockopt(connection.fd(), SOL_SOCKET, SO_LINGER, &reset, sizeof(reset));
  }
  EXPECT_TRUE(IsAnswered(normal));
  EXPECT_TRUE(Eventually(seconds(30), [&] { return OpenFiles(pid) <= files; }))
      << OpenFiles(pid) << " open files, " << files << " before";
}

// Waits until nobody listens any more.
bool WaitUntilRefused(int port) {
  return Eventually(seconds(20), [port] { return !RawConnection(port).connected(); });
}

TEST(Drain, ARequestUnderWayIsAnsweredAndNewOnesAreRefused) {
  const auto server = StartServer();
  const int port = server->port();
  const std::string request = Good("X-Request-ID: last\r\n");
  const size_t half = request.size() - 20;
  RawConnection under_way(port);
  RawConnection idle(port);
  ASSERT_TRUE(IsAnswered(under_way));
  ASSERT_TRUE(IsAnswered(idle));
  under_way.Send(request.substr(0, half));
  // A connection of which the server has read nothing is idle to it, and would be closed.
  std::this_thread::sleep_for(std::chrono::milliseconds(300));

  server->process().Signal(SIGTERM);
  EXPECT_TRUE(WaitUntilRefused(port));
  EXPECT_TRUE(idle.ClosedWithin());
  const auto ready = Get(server->admin_port(), "/health/ready");
  ASSERT_TRUE(ready) << "health is told while the server drains";
  EXPECT_EQ(ready->status, 503);
  EXPECT_TRUE(server->process().running());

  under_way.Send(request.substr(half) + Good("X-Request-ID: too-late\r\n"));
  auto answer = under_way.Read();
  ASSERT_TRUE(answer);
  EXPECT_EQ(answer->status, 200);
  EXPECT_EQ(answer->body, kAllowed);
  EXPECT_EQ(answer->headers["x-request-id"], "last");
  EXPECT_EQ(answer->headers["connection"], "close");
  EXPECT_TRUE(under_way.ClosedWithin());
  EXPECT_EQ(server->process().Wait(), 0) << server->Log();
  EXPECT_FALSE(RawConnection(port).connected());
}

TEST(Drain, ARequestThatNeverEndsHoldsTheServerNoLongerThanItMay) {
  const auto server = StartServer("limits: {drain_time: 1s}\n");
  RawConnection stuck(server->port());
  RawConnection deaf(server->port());
  ASSERT_TRUE(IsAnswered(stuck));
  stuck.Send(Good().substr(0, 50));
  std::string many;
  for (int i = 0; i < 1000; ++i) many += Good();
  FillUp(deaf, many);
  server->process().Signal(SIGTERM);
  // Well before the 10 s that the request itself would have.
  const auto began = std::chrono::steady_clock::now();
  EXPECT_EQ(server->process().Wait(), 0) << server->Log();
  const std::chrono::duration<double> took = std::chrono::steady_clock::now() - began;
  std::printf("[ measured ] the drain took %.2f s\n", took.count());
}

TEST(Drain, AServerWithNothingToDoEndsAtOnce) {
  for (const int signal : {SIGTERM, SIGINT}) {
    const auto server = StartServer();
    RawConnection idle(server->port());
    ASSERT_TRUE(IsAnswered(idle));
    server->process().Signal(signal);
    EXPECT_EQ(server->process().Wait(), 0) << server->Log();
    EXPECT_TRUE(idle.ClosedWithin());
  }
}

TEST(Drain, UnderLoadEveryAnswerIsWhole) {
  const auto server = StartServer();
  const int port = server->port();
  std::atomic<bool> wrong{false};
  std::atomic<int> answered{0};
  std::vector<std::thread> clients;
  for (int i = 0; i < 8; ++i) {
    clients.emplace_back([&] {
      RawConnection connection(port);
      while (connection.Send(Good())) {
        const auto answer = connection.Read();
        if (!answer) break;  // the connection ended before this request was read
        if (answer->status != 200 || answer->body != kAllowed) wrong = true;
        ++answered;
      }
    });
  }
  EXPECT_TRUE(Eventually(seconds(20), [&] { return answered > 200; }));
  server->process().Signal(SIGTERM);
  for (std::thread& client : clients) client.join();
  EXPECT_EQ(server->process().Wait(), 0) << server->Log();
  EXPECT_FALSE(wrong);
}

}  // namespace
}  // namespace thuja::testing
