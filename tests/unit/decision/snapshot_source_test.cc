// SPDX-License-Identifier: Apache-2.0
// Publishing snapshots to threads that keep deciding.
#include "server/decision/snapshot_source.h"

#include <gtest/gtest.h>

#include <array>
#include <atomic>
#include <chrono>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/decide_fixture.h"

namespace thuja::server {
namespace {

TEST(SnapshotSource, GivesWhatWasPublishedLast) {
  SnapshotBuilder builder;
  SnapshotSource source(builder.Build());
  const uint64_t first = source.revision();
  EXPECT_EQ(source.Get()->revision(), first);
  const auto next = builder.Build();
  source.Publish(next);
  EXPECT_EQ(source.Get(), next);
  EXPECT_EQ(source.revision(), next->revision());
  EXPECT_EQ(source.revision(), first + 1);
}

TEST(SnapshotReader, KeepsItsSnapshotUntilItIsRefreshed) {
  SnapshotBuilder builder;
  SnapshotSource source(builder.Build());
  SnapshotReader reader(source);
  const Snapshot* const held = &reader.snapshot();
  source.Publish(builder.Build());
  source.Publish(builder.Build());
  EXPECT_EQ(&reader.snapshot(), held);
  reader.Refresh();
  EXPECT_NE(&reader.snapshot(), held);
  EXPECT_EQ(reader.snapshot().revision(), source.revision());
  const Snapshot* const newest = &reader.snapshot();
  reader.Refresh();
  EXPECT_EQ(&reader.snapshot(), newest);
}

TEST(SnapshotReader, LetsGoOfAnOldSnapshotWithRefresh) {
  SnapshotBuilder builder;
  auto first = builder.Build();
  const std::weak_ptr<const Snapshot> watched = first;
  SnapshotSource source(std::move(first));
  SnapshotReader reader(source);
  SnapshotReader other(source);
  source.Publish(builder.Build());
  EXPECT_FALSE(watched.expired());
  reader.Refresh();
  EXPECT_FALSE(watched.expired());
  other.Refresh();
  EXPECT_TRUE(watched.expired());
}

TEST(SnapshotReader, NeverGoesBackAndNeverMissesWhatIsPublished) {
  constexpr uint64_t kRevisions = 3000;
  SnapshotBuilder builder;
  SnapshotSource source(builder.Build());
  const uint64_t first = source.revision();
  std::atomic<uint64_t> published = first;
  std::atomic<int> running = 0;
  std::atomic<int> wrong = 0;
  std::vector<std::thread> readers;
  for (int i = 0; i < 3; ++i) {
    readers.emplace_back([&] {
      SnapshotReader reader(source);
      ++running;
      for (uint64_t last = 0; last < first + kRevisions;) {
        const uint64_t least = published.load();
        reader.Refresh();
        const uint64_t now = reader.snapshot().revision();
        if (now < last || now < least) ++wrong;
        last = now;
      }
    });
  }
  while (running < 3) std::this_thread::yield();
  for (uint64_t i = 0; i < kRevisions; ++i) {
    source.Publish(builder.Build());
    published = source.revision();
  }
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_EQ(source.revision(), first + kRevisions);
}

// Policies that fit no entities but those that they came with, and ids that name the set.
std::shared_ptr<const Snapshot> BuildSet(SnapshotBuilder& builder, const std::string& name) {
  return builder
      .SetPolicies(testing::MakePolicies("@id(\"" + name + "\") permit (principal in G::\"" + name +
                                             "\", action, resource)"
                                             " when { principal.set == \"" +
                                             name + "\" };",
                                         PolicyIds::kAnnotation))
      .SetEntities(testing::MakeEntities(
          R"([{"uid": {"type": "User", "id": "alice"}, "attrs": {"set": ")" + name +
          R"("}, "parents": [{"type": "G", "id": ")" + name + R"("}]}])"))
      .Build();
}

// Two snapshots are published by turns while two threads decide. Whatever a decision saw, policies,
// link and entities were of the revision that it names; mixed ones would deny, or be a data race.
TEST(SnapshotReader, NoAnswerIsOfTwoSnapshots) {
  constexpr int kPublications = 2000;
  SnapshotBuilder builder;
  const std::shared_ptr<const Snapshot> sets[] = {BuildSet(builder, "one"),
                                                  BuildSet(builder, "two")};
  SnapshotSource source(sets[0]);
  std::atomic<bool> stop = false;
  std::atomic<int> running = 0;
  std::atomic<int> wrong = 0;
  std::array<std::atomic<int>, 2> seen = {};
  std::vector<std::thread> readers;
  for (int i = 0; i < 2; ++i) {
    readers.emplace_back([&] {
      SnapshotReader reader(source);
      Scratch scratch;
      const Request request = testing::MakeRequest(testing::kPlainRequest);
      ++running;
      while (!stop) {
        reader.Refresh();
        const Decision decision = Decide(reader.snapshot(), request, scratch);
        const size_t set = decision.revision == sets[0]->revision() ? 0 : 1;
        ++seen[set];
        if (!decision.allowed() || decision.reasons.size() != 1 ||
            sets[set]->policies().bound()[decision.reasons[0].index].id !=
                (set == 0 ? "one" : "two")) {
          ++wrong;
        }
      }
    });
  }
  while (running < 2) std::this_thread::yield();
  for (int i = 1; i <= kPublications; ++i) {
    source.Publish(sets[i % 2]);
    std::this_thread::sleep_for(std::chrono::microseconds(100));
  }
  stop = true;
  for (std::thread& reader : readers) reader.join();
  EXPECT_EQ(wrong, 0);
  EXPECT_GT(seen[0], 0);
  EXPECT_GT(seen[1], 0);
}

}  // namespace
}  // namespace thuja::server
