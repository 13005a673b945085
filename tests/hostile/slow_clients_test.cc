// SPDX-License-Identifier: Apache-2.0
// Clients that hold connections and do not use them, beside one that does. Nothing here fails
// because of how fast the machine is; what a normal client waits is measured and printed.
#include <algorithm>
#include <cstdio>

#include "tests/hostile/dripping_clients.h"
#include "tests/hostile/exchange.h"
#include "tests/hostile/process_figures.h"

namespace thuja::testing {
namespace {

using std::chrono::seconds;
using Clock = std::chrono::steady_clock;

constexpr int kRequests = 3000;
constexpr int kIdle = 1000;
constexpr int kDripping = 200;

// What 1,200 connections and 3,000 requests may cost: a little over 50 KiB for each connection.
constexpr size_t kLargestGrowth = size_t{64} << 20;

struct Waiting {
  int answered = 0;
  double median = 0;  // microseconds
  double p99 = 0;
};

// One client, one request after another on one connection.
Waiting Measure(int port) {
  RawConnection connection(port);
  const std::string request = Good();
  std::vector<double> times;
  Waiting waiting;
  for (int i = 0; i < kRequests; ++i) {
    const Clock::time_point began = Clock::now();
    if (!connection.Send(request)) break;
    const auto answer = connection.Read();
    times.push_back(std::chrono::duration<double, std::micro>(Clock::now() - began).count());
    if (answer && answer->status == 200 && answer->body == kAllowed) ++waiting.answered;
  }
  if (times.empty()) return waiting;
  std::ranges::sort(times);
  waiting.median = times[times.size() / 2];
  waiting.p99 = times[times.size() * 99 / 100];
  return waiting;
}

// Connections that have made one request and are silent since.
std::vector<RawConnection> ConnectIdle(int port, int count) {
  std::vector<RawConnection> connections;
  connections.reserve(static_cast<size_t>(count));
  for (int i = 0; i < count; ++i) {
    connections.emplace_back(port);
    EXPECT_TRUE(connections.back().connected() && IsAnswered(connections.back())) << i;
  }
  return connections;
}

void PrintMeasured(const Waiting& alone, const Waiting& crowded) {
  const double ratio = alone.p99 > 0 ? crowded.p99 / alone.p99 : 0;
  std::printf("[ measured ] alone: median %.1f us, p99 %.1f us\n", alone.median, alone.p99);
  std::printf("[ measured ] beside %d idle and %d dripping: median %.1f us, p99 %.1f us (x%.2f)\n",
              kIdle, kDripping, crowded.median, crowded.p99, ratio);
  ::testing::Test::RecordProperty("p99_alone_us", std::to_string(alone.p99));
  ::testing::Test::RecordProperty("p99_crowded_us", std::to_string(crowded.p99));
  ::testing::Test::RecordProperty("p99_ratio", std::to_string(ratio));
}

TEST(SlowClients, ANormalClientDoesNotFeelThem) {
  RaiseFileLimit();
  const auto server = StartServer();
  const pid_t pid = server->process().pid();
  const Waiting alone = Measure(server->port());
  EXPECT_EQ(alone.answered, kRequests);
  const size_t files = OpenFiles(pid);
  const size_t memory = ResidentBytes(pid);
  {
    const auto idle = ConnectIdle(server->port(), kIdle);
    DrippingClients dripping(server->port(), kDripping, seconds(3), Good());
    EXPECT_TRUE(Eventually(seconds(20), [&] { return OpenFiles(pid) >= files + kIdle + 150; }));
    const Waiting crowded = Measure(server->port());
    EXPECT_EQ(crowded.answered, kRequests);
    PrintMeasured(alone, crowded);

    // Until every dripping client was dropped once, somebody else is answered all the time.
    RawConnection normal(server->port());
    EXPECT_TRUE(Eventually(seconds(90), [&] {
      EXPECT_TRUE(IsAnswered(normal));
      return dripping.closed() >= kDripping;
    }));
    const size_t grown = ResidentBytes(pid) - std::min(memory, ResidentBytes(pid));
    std::printf("[ measured ] resident memory grew by %zu KiB\n", grown >> 10);
    if (MemoryIsComparable()) {
      EXPECT_LT(grown, kLargestGrowth);
    }
    dripping.Stop();
    const DrippingClients::Outcome& outcome = dripping.outcome();
    std::printf("[ measured ] dripping clients: %d times 408, %d times closed, %.1f to %.1f s\n",
                outcome.timed_out, outcome.silent, outcome.shortest_life, outcome.longest_life);
    EXPECT_EQ(outcome.other, 0);
    EXPECT_EQ(outcome.refused, 0);
    EXPECT_GE(outcome.shortest_life, 9.0) << "dropped before limits.request_time";
    for (const RawConnection& connection : idle) {
      ASSERT_TRUE(connection.connected());
    }
  }
  EXPECT_TRUE(Eventually(seconds(30), [&] { return OpenFiles(pid) <= files + 2; }))
      << OpenFiles(pid) << " open files, " << files << " before";
  EXPECT_TRUE(server->process().running());
  EXPECT_EQ(Measure(server->port()).answered, kRequests);
}

TEST(SlowClients, IdleConnectionsStayAsLongAsTheyMay) {
  const auto server = StartServer();
  std::vector<RawConnection> idle = ConnectIdle(server->port(), 100);
  std::this_thread::sleep_for(seconds(2));
  for (RawConnection& connection : idle) EXPECT_TRUE(IsAnswered(connection));
}

TEST(SlowClients, IdleConnectionsAreClosed) {
  const auto server = StartServer("limits: {idle_time: 1s}\n");
  const pid_t pid = server->process().pid();
  const size_t files = OpenFiles(pid);
  std::vector<RawConnection> idle = ConnectIdle(server->port(), 50);
  for (int i = 0; i < 50; ++i) idle.emplace_back(server->port());  // not even one request
  for (RawConnection& connection : idle) EXPECT_TRUE(connection.ClosedWithin(seconds(20)));
  EXPECT_TRUE(Eventually(seconds(20), [&] { return OpenFiles(pid) <= files; }));
  RawConnection fresh(server->port());
  EXPECT_TRUE(IsAnswered(fresh));
}

// In every part of a request: its line, its header, its body, its chunks.
TEST(SlowClients, RequestsThatStopAreDropped) {
  const auto server = StartServer("limits: {request_time: 1s}\n");
  const std::string whole = Good();
  const size_t body = whole.find("\r\n\r\n") + 4;
  for (const std::string& start :
       {std::string("P"), whole.substr(0, 30), whole.substr(0, 60), whole.substr(0, body - 1),
        whole.substr(0, body), whole.substr(0, whole.size() - 1), Chunked(""), Chunked("5\r\n{"),
        Chunked(Chunk(kGoodBody)), whole + whole.substr(0, 30)}) {
    RawConnection connection(server->port());
    connection.Send(start);
    std::optional<RawAnswer> answer = connection.Read();
    if (answer && answer->status == 200) answer = connection.Read();
    EXPECT_TRUE(!answer || answer->status == 408) << answer->status << " to " << start;
    EXPECT_TRUE(connection.ClosedWithin()) << start;
  }
  RawConnection fresh(server->port());
  EXPECT_TRUE(IsAnswered(fresh));
}

}  // namespace
}  // namespace thuja::testing
