// SPDX-License-Identifier: Apache-2.0
// The thread of the store: who is answered when, and what it does by itself.
#include "server/store/grant_store.h"

#include <gtest/gtest.h>

#include <atomic>
#include <future>
#include <string>
#include <vector>

#include "tests/unit/store/store_world.h"

namespace thuja::server {
namespace {

using grants::GrantEvent;
using grants::GrantSlot;

class GrantStoreTest : public ::testing::Test, protected StoreWorld {
 protected:
  // Keeps the store's thread within an answer until it is told to go on.
  class Held {
   public:
    explicit Held(GrantStore& store) : go_on_(std::make_shared<std::promise<void>>()) {
      const auto holds = std::make_shared<std::promise<void>>();
      std::shared_future<void> go_on = go_on_->get_future();
      store.Submit(IssueOf(), [holds, go_on](const MutationOutcome&) {
        holds->set_value();
        go_on.wait();
      });
      holds->get_future().wait();
    }
    ~Held() { go_on_->set_value(); }

   private:
    std::shared_ptr<std::promise<void>> go_on_;
  };
};

TEST_F(GrantStoreTest, WhatIsAnsweredIsStoredAndSeen) {
  const auto said = std::make_shared<std::promise<std::string>>();
  store->Submit(IssueOf(), [&, said](const MutationOutcome& outcome) {
    const auto id = outcome.grant->grant.id;
    const bool stored = (*storage->OpenView())->Get(id)->has_value();
    const GrantSlot* const slot = store->table().Find(id);
    const bool seen = slot != nullptr && !slot->WhyNot(clock.Read().now);
    said->set_value(std::string(stored ? "stored" : "") + (seen ? " seen" : "") +
                    (store->revision() >= outcome.revision ? " revision" : ""));
  });
  EXPECT_EQ(said->get_future().get(), "stored seen revision");
  EXPECT_EQ(store->grants(), 1u);
}

TEST_F(GrantStoreTest, ManyThatWaitAreWrittenTogetherAndAnsweredInTheirOrder) {
  std::atomic<int> commits = 0;
  std::vector<uint64_t> revisions;
  {
    const Held held(*store);
    SetBefore([&](const char* call) {
      commits += std::string(call) == "Commit";
      return absl::OkStatus();
    });
    for (size_t i = 0; i < 500; ++i) {
      store->Submit(OfTask(i, IssueOf()),
                    [&](const MutationOutcome& outcome) { revisions.push_back(outcome.revision); });
    }
  }
  EXPECT_EQ(store->Apply(IssueOf()).revision, 502u);
  ASSERT_EQ(revisions.size(), 500u);
  for (size_t i = 0; i < revisions.size(); ++i) EXPECT_EQ(revisions[i], i + 2);
  EXPECT_LE(commits, 4) << "500 mutations, perhaps a sweep, and the last one";
}

TEST_F(GrantStoreTest, TheListenerHearsOfEachChangeAfterItIsSeen) {
  std::vector<uint64_t> heard;
  std::atomic<bool> seen = true;
  store->SetListener([&](uint64_t revision) {
    heard.push_back(revision);
    seen = seen && store->revision() == revision;
  });
  const auto id = Make(IssueOf());
  Make(EventOf(GrantEvent::kSuspend, id));
  store->Apply(EventOf(GrantEvent::kActivate, {5, 6}));
  store->Apply(EventOf(GrantEvent::kActivate, {5, 6}));  // behind whatever was told of the first
  store->SetListener(nullptr);
  Make(EventOf(GrantEvent::kResume, id));
  store->Stop();
  EXPECT_EQ(heard, (std::vector<uint64_t>{1, 2}));
  EXPECT_TRUE(seen);
}

TEST_F(GrantStoreTest, WhatHasNoRoomInTheQueueIsRefusedAtOnce) {
  options.queue = 3;
  Open();
  std::atomic<int> answered = 0;
  {
    const Held held(*store);
    for (int i = 0; i < 3; ++i) store->Submit(IssueOf(), [&](const auto&) { ++answered; });
    std::string said;
    store->Submit(IssueOf(), [&](const MutationOutcome& outcome) { said = Said(outcome); });
    EXPECT_EQ(said, "overloaded");
    EXPECT_EQ(answered, 0);
  }
  store->Stop();
  EXPECT_EQ(answered, 3);
}

TEST_F(GrantStoreTest, StoppingAnswersWhatWaitsAndRefusesWhatComes) {
  std::atomic<int> done = 0;
  std::future<void> stopped;
  {
    const Held held(*store);
    for (size_t i = 0; i < 3000; ++i) {
      store->Submit(OfTask(i, IssueOf()),
                    [&](const MutationOutcome& outcome) { done += Said(outcome) == "done"; });
    }
    stopped = std::async(std::launch::async, [&] { store->Stop(); });
  }
  stopped.get();
  EXPECT_EQ(done, 3000);
  EXPECT_EQ(Said(store->Apply(IssueOf())), "overloaded");
  store->Stop();
  EXPECT_EQ(store->grants(), 3001u) << "the table can still be read";
}

TEST_F(GrantStoreTest, StoppingGivesBackTheCallsThatNobodyTook) {
  const auto id = Make(IssueOf(100));
  for (int i = 0; i < 30; ++i) store->table().Find(id)->TakeCall();
  store->Stop();
  EXPECT_EQ(Given(id), 30u);
  EXPECT_EQ(store->table().Find(id)->TakeCall(), GrantSlot::Taken::kNone);
  Open();
  EXPECT_EQ(Given(id), 94u);
  EXPECT_EQ(store->table().Find(id)->calls_left(), 64);
}

TEST_F(GrantStoreTest, CallsThatAreWantedComeSoon) {
  const auto id = Make(IssueOf(1000));
  const GrantSlot* const slot = store->table().Find(id);
  int taken = 0;
  EXPECT_TRUE(Eventually([&] {
    while (true) {
      const GrantSlot::Taken one = slot->TakeCall();
      taken += one != GrantSlot::Taken::kNone;
      if (one != GrantSlot::Taken::kOne) store->RequestCalls(id);
      if (one == GrantSlot::Taken::kNone) return taken >= 1000;
    }
  }));
  EXPECT_EQ(taken, 1000);
}

TEST_F(GrantStoreTest, CallsThatCouldNotBeCountedAreAskedForAgain) {
  const auto id = Make(IssueOf(100));
  while (store->table().Find(id)->TakeCall() != GrantSlot::Taken::kNone) {
  }
  SetBefore([](const char* call) {
    return std::string(call) == "PutCalls" ? absl::InternalError("disk") : absl::OkStatus();
  });
  store->RequestCalls(id);
  EXPECT_TRUE(Eventually([&] { return !store->health().ok(); }));
  SetBefore(nullptr);
  EXPECT_TRUE(Eventually([&] { return store->table().Find(id)->calls_left() == 36; }));
}

TEST_F(GrantStoreTest, WhatStorageRefusesIsRefusedAndNothingIsRetried) {
  const auto id = Make(IssueOf());
  SetBefore([](const char*) { return absl::ResourceExhaustedError("full"); });
  EXPECT_EQ(Said(store->Apply(EventOf(GrantEvent::kRevoke, id))), "internal_error");
  EXPECT_EQ(store->health().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(store->revision(), 1u);
  EXPECT_FALSE(store->table().Find(id)->WhyNot(clock.Read().now)) << "decisions go on";
  SetBefore(nullptr);
  EXPECT_TRUE(Eventually([&] { return store->health().ok(); })) << "time is written down";
  EXPECT_EQ(store->revision(), 1u);
  Make(EventOf(GrantEvent::kRevoke, id));
  EXPECT_TRUE(store->table().Find(id)->WhyNot(clock.Read().now));
}

TEST_F(GrantStoreTest, WhoFallsSilentTimesOutByItself) {
  std::atomic<uint64_t> heard = 0;
  store->SetListener([&](uint64_t revision) { heard = revision; });
  Mutation mutation = IssueOf();
  mutation.issue.heartbeat_timeout = 1;
  const auto id = Make(mutation);
  EXPECT_TRUE(Eventually([&] { return heard == 2; }));
  EXPECT_EQ(store->table().Find(id)->state(), grants::GrantState::kTimedOut);
  EXPECT_EQ(store->revision(), 2u);
  store->Stop();
}

TEST_F(GrantStoreTest, TheTimeIsWrittenDownWhileNothingHappens) {
  const int64_t begin = clock.Read().now;
  EXPECT_TRUE(
      Eventually([&] { return (*storage->OpenView())->Header()->clock > begin + kSecond; }));
}

TEST_F(GrantStoreTest, AViewIsOfWhatWasCommitted) {
  const auto id = Make(IssueOf());
  const auto view = store->OpenView();
  ASSERT_TRUE(view.ok());
  Make(EventOf(GrantEvent::kRevoke, id));
  EXPECT_EQ((*view)->Get(id).value()->grant.state, grants::GrantState::kActive);
}

TEST_F(GrantStoreTest, StorageThatCannotBeReadIsNotOpened) {
  store.reset();
  const auto opened = GrantStore::Open(
      std::make_unique<SharedBackend>(storage,
                                      [](const char*) { return absl::DataLossError("damaged"); }),
      options, [] { return SampleSnapshot(); }, clock, log);
  EXPECT_EQ(opened.status().code(), absl::StatusCode::kDataLoss);
}

// The store's thread has changes of all callers to make, such as revocations.
TEST_F(GrantStoreTest, AScopeIsWrittenOutByWhoAsks) {
  std::thread::id thread;
  SetBefore([&](const std::string& call) {
    if (call == "Prepare") thread = std::this_thread::get_id();
    return absl::OkStatus();
  });
  const auto id = Make(IssueOf());
  EXPECT_EQ(thread, std::this_thread::get_id());
  // One that cannot be stored is found out before it is anybody else's trouble.
  SetBefore([](const std::string& call) {
    return call == "Prepare" ? absl::InternalError("no") : absl::OkStatus();
  });
  EXPECT_EQ(Said(store->Apply(IssueOf())), "internal_error");
  EXPECT_EQ(Said(store->Apply(EventOf(GrantEvent::kRevoke, id))), "done");
  EXPECT_TRUE(store->health().ok());
}

}  // namespace
}  // namespace thuja::server
