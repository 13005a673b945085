// SPDX-License-Identifier: Apache-2.0
// Streams of changes without a network: order, gaps, clients that read slowly or not at all.
#include "server/grants/change_streams.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <mutex>
#include <random>
#include <string>
#include <thread>
#include <vector>

#include "tests/unit/store/store_world.h"

namespace thuja::server {
namespace {

using std::chrono::milliseconds;

// A client that a test plays: reads when it is told to.
class PlayedClient {
 public:
  std::shared_ptr<AnswerStream> MakeStream() { return std::make_shared<Stream>(state_); }

  // Takes what waits, at most so many bytes.
  void Read(size_t most = SIZE_MAX) {
    const std::lock_guard lock(state_->mutex);
    const size_t taken = std::min(most, state_->waiting.size());
    read_ += state_->waiting.substr(0, taken);
    state_->waiting.erase(0, taken);
  }
  void Leave() {
    const std::lock_guard lock(state_->mutex);
    state_->gone = true;
  }
  size_t waiting() const {
    const std::lock_guard lock(state_->mutex);
    return state_->waiting.size();
  }
  bool ended() const {
    const std::lock_guard lock(state_->mutex);
    return state_->ended;
  }
  const std::string& text() const { return read_; }

  // Revisions of the events that were read to their end.
  std::vector<uint64_t> Revisions() const {
    std::vector<uint64_t> revisions;
    for (size_t at = 0, end = 0; (end = read_.find("\n\n", at)) != read_.npos; at = end + 2) {
      if (read_.compare(at, 4, "id: ") == 0) {
        revisions.push_back(std::stoull(read_.substr(at + 4, 20)));
      }
    }
    return revisions;
  }

 private:
  struct State {
    mutable std::mutex mutex;
    std::string waiting;
    bool gone = false;
    bool ended = false;
  };
  struct Stream : AnswerStream {
    explicit Stream(std::shared_ptr<State> shared) : state(std::move(shared)) {}
    ~Stream() override {
      const std::lock_guard lock(state->mutex);
      state->ended = true;
    }
    bool Write(std::string_view bytes) override {
      const std::lock_guard lock(state->mutex);
      if (!state->gone) state->waiting += bytes;
      return !state->gone;
    }
    size_t waiting() const override {
      const std::lock_guard lock(state->mutex);
      return state->waiting.size();
    }
    const std::shared_ptr<State> state;
  };

  const std::shared_ptr<State> state_ = std::make_shared<State>();
  std::string read_;
};

std::vector<uint64_t> From(uint64_t first, uint64_t last) {
  std::vector<uint64_t> all;
  for (uint64_t revision = first; revision <= last; ++revision) all.push_back(revision);
  return all;
}

class ChangeStreamsTest : public ::testing::Test {
 protected:
  void Start(const ChangeStreamLimits& limits = {}) {
    streams = std::make_unique<ChangeStreams>(*world.store, limits);
  }
  bool Begin(PlayedClient& client, uint64_t after) {
    return streams->Begin(after, [&] { return client.MakeStream(); });
  }
  void Issue(int count) {
    for (int i = 0; i < count; ++i) world.Make(OfTask(made++, IssueOf()));
  }
  // Reads all the time until the event comes.
  bool ReadsUpTo(PlayedClient& client, uint64_t revision) {
    return StoreWorld::Eventually([&] {
      client.Read();
      const auto revisions = client.Revisions();
      return revision == 0 ? !client.text().empty()
                           : !revisions.empty() && revisions.back() >= revision;
    });
  }

  StoreWorld world;
  std::atomic<size_t> made = 0;  // by whichever thread issues
  std::unique_ptr<ChangeStreams> streams;
};

TEST_F(ChangeStreamsTest, ThePastComesFirstAndThenWhatHappens) {
  Issue(1000);
  Start();
  PlayedClient client;
  ASSERT_TRUE(Begin(client, 0));
  EXPECT_TRUE(ReadsUpTo(client, 1000));
  Issue(3);
  EXPECT_TRUE(ReadsUpTo(client, 1003));
  EXPECT_EQ(client.Revisions(), From(1, 1003));
}

TEST_F(ChangeStreamsTest, EachBeginsWhereItAsks) {
  Issue(10);
  Start();
  PlayedClient middle;
  PlayedClient end;
  ASSERT_TRUE(Begin(middle, 4));
  ASSERT_TRUE(Begin(end, 10));
  EXPECT_TRUE(ReadsUpTo(end, 0)) << "a comment says that it has begun";
  Issue(1);
  EXPECT_TRUE(ReadsUpTo(middle, 11));
  EXPECT_TRUE(ReadsUpTo(end, 11));
  EXPECT_EQ(middle.Revisions(), From(5, 11));
  EXPECT_EQ(end.Revisions(), From(11, 11));
}

// Streams that begin anywhere, at any time, while many threads change grants.
TEST_F(ChangeStreamsTest, NothingIsLostAndNothingComesTwice) {
  Start();
  constexpr int kThreads = 4;
  constexpr int kEach = 300;
  constexpr size_t kClients = 24;
  std::vector<std::thread> changing;
  for (int i = 0; i < kThreads; ++i) changing.emplace_back([&] { Issue(kEach); });
  std::vector<PlayedClient> clients(kClients);
  std::vector<uint64_t> after(kClients);
  std::mt19937 random(1);
  for (size_t i = 0; i < kClients; ++i) {
    after[i] = random() % (world.store->revision() + 1);
    ASSERT_TRUE(Begin(clients[i], after[i]));
    std::this_thread::sleep_for(milliseconds(random() % 5));
    for (size_t j = 0; j <= i; ++j) clients[j].Read(random() % 20'000);
  }
  for (std::thread& thread : changing) thread.join();
  const uint64_t last = world.store->revision();
  EXPECT_EQ(last, uint64_t{kThreads} * kEach);
  for (size_t i = 0; i < kClients; ++i) {
    EXPECT_TRUE(ReadsUpTo(clients[i], last));
    EXPECT_EQ(clients[i].Revisions(), From(after[i] + 1, last)) << "behind " << after[i];
  }
}

TEST_F(ChangeStreamsTest, AClientThatReadsSlowlyCostsNoMemory) {
  Issue(2000);
  Start({.waiting = 4096});
  PlayedClient client;
  ASSERT_TRUE(Begin(client, 0));
  size_t most = 0;
  EXPECT_TRUE(StoreWorld::Eventually([&] {
    most = std::max(most, client.waiting());
    client.Read(3000);
    const auto revisions = client.Revisions();
    return !revisions.empty() && revisions.back() == 2000;
  }));
  EXPECT_EQ(client.Revisions(), From(1, 2000));
  // What it may have to read, and what is read at once behind that.
  EXPECT_LT(most, 100'000u);
}

TEST_F(ChangeStreamsTest, AClientThatReadsNothingIsLetGo) {
  Issue(600);
  Start({.waiting = 4096, .patience = milliseconds(100)});
  PlayedClient idle;
  PlayedClient reader;
  ASSERT_TRUE(Begin(idle, 0));
  ASSERT_TRUE(Begin(reader, 0));
  EXPECT_TRUE(StoreWorld::Eventually([&] {
    reader.Read();
    return idle.ended();
  }));
  EXPECT_TRUE(ReadsUpTo(reader, 600));
  EXPECT_FALSE(reader.ended());
  EXPECT_EQ(streams->size(), 1u);
  // What it was sent is a beginning of all.
  idle.Read();
  const auto got = idle.Revisions();
  ASSERT_FALSE(got.empty());
  EXPECT_EQ(got, From(1, got.back()));
}

TEST_F(ChangeStreamsTest, AClientThatLeftGivesItsPlace) {
  Start({.most = 2, .silence = milliseconds(20)});
  PlayedClient a;
  PlayedClient b;
  PlayedClient c;
  ASSERT_TRUE(Begin(a, 0));
  ASSERT_TRUE(Begin(b, 0));
  EXPECT_FALSE(Begin(c, 0));
  a.Leave();
  EXPECT_TRUE(StoreWorld::Eventually([&] { return Begin(c, 0); }));
  EXPECT_TRUE(a.ended());
  EXPECT_FALSE(b.ended());
}

TEST_F(ChangeStreamsTest, SilenceIsFilledWithComments) {
  Start({.silence = milliseconds(20)});
  PlayedClient client;
  ASSERT_TRUE(Begin(client, 0));
  EXPECT_TRUE(StoreWorld::Eventually([&] {
    client.Read();
    return client.text().size() >= 12;
  }));
  for (size_t at = 0; at + 3 <= client.text().size(); at += 3) {
    EXPECT_EQ(client.text().substr(at, 3), ":\n\n");
  }
}

TEST_F(ChangeStreamsTest, TheyEndWhenTheyAreStopped) {
  Start();
  PlayedClient client;
  ASSERT_TRUE(Begin(client, 0));
  streams->Stop();
  EXPECT_TRUE(client.ended());
  PlayedClient late;
  EXPECT_FALSE(Begin(late, 0));
  streams->Stop();
  Issue(3);  // which would tell the streams
  streams.reset();
  Issue(3);
}

// What a stream would go on with is no longer kept: it ends, rather than to leave something out.
TEST_F(ChangeStreamsTest, AStreamThatFellTooFarBehindEnds) {
  Issue(600);
  Start({.waiting = 4096});
  PlayedClient client;
  ASSERT_TRUE(Begin(client, 0));
  EXPECT_TRUE(StoreWorld::Eventually([&] { return client.waiting() > 4096; }));
  world.store->Stop();
  ASSERT_TRUE(world.storage->Begin().ok());
  ASSERT_TRUE(world.storage->EraseChangesBefore(500).ok());
  ASSERT_TRUE(world.storage->Commit().ok());
  EXPECT_TRUE(StoreWorld::Eventually([&] {
    client.Read();
    return client.ended();
  }));
  const auto got = client.Revisions();
  EXPECT_EQ(got, From(1, got.back()));
  EXPECT_LT(got.back(), 499u);
}

TEST(ChangeEvents, AreWrittenAsTheReferenceSays) {
  GrantChange change;
  change.revision = 7;
  change.time = int64_t{1'772'442'300} * 1'000'000'000;
  change.event = "suspend";
  change.id = {1, 2};
  change.caller = "a\"b";
  std::string text;
  AppendEvent(change, &text);
  EXPECT_EQ(text,
            "id: 7\nevent: suspend\ndata: {\"revision\":7,\"time\":\"2026-03-02T09:05:00Z\","
            "\"event\":\"suspend\",\"grant\":\"00000000000000010000000000000002\",\"grants\":1,"
            "\"caller\":\"a\\\"b\"}\n\n");
  change.id = {};
  change.event = "revoke";
  change.subject = R"({"class":"coder"})";
  change.grants = 3;
  change.caller.clear();
  text.clear();
  AppendEvent(change, &text);
  EXPECT_EQ(text,
            "id: 7\nevent: revoke\ndata: {\"revision\":7,\"time\":\"2026-03-02T09:05:00Z\","
            "\"event\":\"revoke\",\"subject\":{\"class\":\"coder\"},\"grants\":3}\n\n");
}

}  // namespace
}  // namespace thuja::server
