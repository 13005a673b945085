// SPDX-License-Identifier: Apache-2.0
// Publishing snapshots to threads that keep deciding.
#include "server/decision/snapshot_source.h"

#include <gtest/gtest.h>

#include <atomic>
#include <memory>
#include <thread>
#include <vector>

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

}  // namespace
}  // namespace thuja::server
