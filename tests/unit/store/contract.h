// SPDX-License-Identifier: Apache-2.0
// Every kind of storage, for the tests that each of them must pass: backend_test.cc,
// backend_view_test.cc and backend_search_test.cc.
#pragma once

#include <gtest/gtest.h>

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "server/store/grant_backend.h"
#include "tests/support/shared_material.h"

namespace thuja::server {

inline void PrintTo(const StoredGrant& stored, std::ostream* out) {
  const grants::Grant& grant = stored.grant;
  *out << grant.id.ToString() << ' ' << grants::GrantStateName(grant.state) << " revision "
       << grant.revision << " of " << grant.holder.id << " for " << grant.purpose.task;
}

struct Storage {
  std::string name;
  std::function<std::unique_ptr<GrantBackend>(const std::filesystem::path& folder)> open;
};

inline std::vector<Storage> AllStorages() {
  return {{"memory", [](const auto&) { return MakeMemoryBackend(); }},
          {"sqlite", [](const auto& folder) {
             auto backend = OpenSqliteBackend((folder / "grants.db").string());
             EXPECT_TRUE(backend.ok()) << backend.status();
             return backend.ok() ? *std::move(backend) : MakeMemoryBackend();
           }}};
}

inline std::string StorageName(const ::testing::TestParamInfo<Storage>& info) {
  return info.param.name;
}

inline std::shared_ptr<const grants::Scope> MakeScope(std::string_view pattern) {
  auto scope = std::make_shared<grants::Scope>();
  scope->tools.push_back({.tools = grants::ScopePattern::Segments(pattern).value()});
  return scope;
}

// Active, of an agent for a task, from second 1,000 to second 2,000.
inline constexpr int64_t kSecond = 1'000'000'000;
inline StoredGrant MakeGrant(uint64_t number) {
  StoredGrant stored;
  grants::Grant& grant = stored.grant;
  grant.id = {7, number};
  grant.holder = {"Thuja::Agent", "agent"};
  grant.agent_class = "coder";
  grant.purpose.task = "task";
  grant.scope = MakeScope("crm/*");
  grant.state = grants::GrantState::kActive;
  grant.issued = 1'000 * kSecond;
  grant.not_before = 1'000 * kSecond;
  grant.expires = 2'000 * kSecond;
  grant.last_heartbeat = 1'000 * kSecond;
  return stored;
}

inline StoredGrant MakeChild(uint64_t number, const StoredGrant& parent) {
  StoredGrant stored = MakeGrant(number);
  stored.grant.parent = parent.grant.id;
  stored.grant.depth = static_cast<uint8_t>(parent.grant.depth + 1);
  return stored;
}

inline std::vector<StoredGrant> AllOf(GrantBackend& backend) {
  std::vector<StoredGrant> all;
  const absl::Status status = backend.ForEach([&](StoredGrant grant) {
    all.push_back(std::move(grant));
    return absl::OkStatus();
  });
  EXPECT_TRUE(status.ok()) << status;
  return all;
}

inline std::vector<uint64_t> NumbersOf(const std::vector<grants::GrantId>& ids) {
  std::vector<uint64_t> numbers;
  for (const grants::GrantId& id : ids) numbers.push_back(id.low);
  return numbers;
}

class BackendTest : public ::testing::TestWithParam<Storage> {
 protected:
  void SetUp() override { backend_ = GetParam().open(folder_.path()); }

  std::unique_ptr<GrantBackendView> View() {
    auto view = backend_->OpenView();
    EXPECT_TRUE(view.ok()) << view.status();
    return *std::move(view);
  }

  // A transaction in which each call is good.
  template <typename... Calls>
  void Commit(const Calls&... calls) {
    ASSERT_TRUE(backend_->Begin().ok());
    for (const absl::Status& status : {calls()...}) ASSERT_TRUE(status.ok()) << status;
    const absl::Status status = backend_->Commit();
    ASSERT_TRUE(status.ok()) << status;
  }
  void Put(const std::vector<StoredGrant>& grants) {
    Commit([&] {
      for (const StoredGrant& grant : grants) {
        if (absl::Status status = backend_->Put(grant); !status.ok()) return status;
      }
      return absl::OkStatus();
    });
  }

  testing::TemporaryFolder folder_;
  std::unique_ptr<GrantBackend> backend_;
};

}  // namespace thuja::server
