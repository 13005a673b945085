// SPDX-License-Identifier: Apache-2.0
// A grant store with its thread, over storage in memory that outlives it.
#pragma once

#include <gtest/gtest.h>

#include <chrono>
#include <memory>
#include <mutex>
#include <thread>
#include <utility>

#include "server/operations/operational_log.h"
#include "server/store/call_blocks.h"
#include "server/store/grant_store.h"
#include "server/store/trusted_clock.h"
#include "tests/unit/store/store_samples.h"

namespace thuja::server {

class StoreWorld {
 public:
  explicit StoreWorld(const GrantStoreOptions& given = {}) : options(given) { Open(); }

  void Open() {
    store.reset();
    auto opened = GrantStore::Open(
        std::make_unique<SharedBackend>(storage, [this](const char* call) { return Before(call); }),
        options, [] { return SampleSnapshot(); }, clock, log);
    ASSERT_TRUE(opened.ok()) << opened.status();
    store = *std::move(opened);
  }

  // From now on storage does this before each call; null: nothing.
  void SetBefore(BeforeCall before) {
    const std::lock_guard lock(mutex_);
    before_ = std::move(before);
  }

  grants::GrantId Make(Mutation mutation) {
    const MutationOutcome outcome = store->Apply(std::move(mutation));
    EXPECT_EQ(Said(outcome), "done");
    return outcome.grant ? outcome.grant->grant.id : grants::GrantId();
  }

  // How many of its calls are given out.
  uint64_t Given(const grants::GrantId& id) {
    return GivenOut(storage->Get(id)->value(), storage->Header()->runs);
  }

  // Waits until it holds, a minute at most.
  template <typename Condition>
  static bool Eventually(const Condition& condition) {
    const auto end = std::chrono::steady_clock::now() + std::chrono::minutes(1);
    while (!condition()) {
      if (std::chrono::steady_clock::now() > end) return false;
      std::this_thread::sleep_for(std::chrono::milliseconds(1));
    }
    return true;
  }

  GrantStoreOptions options;
  std::shared_ptr<GrantBackend> storage = MakeMemoryBackend();
  TrustedClock clock;
  OperationalLog log{static_cast<LogLevel>(static_cast<int>(LogLevel::kError) + 1),
                     LogFormat::kText};  // silent
  std::unique_ptr<GrantStore> store;

 private:
  absl::Status Before(const char* call) {
    BeforeCall before;
    {
      const std::lock_guard lock(mutex_);
      before = before_;
    }
    return before == nullptr ? absl::OkStatus() : before(call);
  }

  std::mutex mutex_;
  BeforeCall before_;
};

}  // namespace thuja::server
