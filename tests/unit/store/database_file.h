// SPDX-License-Identifier: Apache-2.0
// The file of a database, for tests that do something to it behind the backend's back.
#pragma once

#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>
#include <string_view>

#include "server/store/sqlite_connection.h"
#include "tests/unit/store/contract.h"

namespace thuja::server {

inline std::string ReadBytes(const std::string& path) {
  std::ifstream in(path, std::ios::binary);
  return {std::istreambuf_iterator<char>(in), {}};
}

inline void WriteBytes(const std::string& path, std::string_view bytes) {
  std::ofstream(path, std::ios::binary) << bytes;
}

class FileTest : public ::testing::Test {
 protected:
  FileTest() : path_((folder_.path() / "grants.db").string()) {}

  absl::Status Open() { return OpenSqliteBackend(path_).status(); }

  std::unique_ptr<GrantBackend> MustOpen() {
    auto backend = OpenSqliteBackend(path_);
    EXPECT_TRUE(backend.ok()) << backend.status();
    return *std::move(backend);
  }

  // What a database without its log is made of.
  void Fill(uint64_t grants) {
    const auto backend = MustOpen();
    ASSERT_TRUE(backend->Begin().ok());
    for (uint64_t number = 1; number <= grants; ++number) {
      StoredGrant grant = MakeGrant(number);
      grant.grant.holder.id = "agent" + std::to_string(number % 5);
      grant.grant.purpose.tenant = number % 2 == 0 ? "acme" : "";
      grant.grant.heartbeat_timeout = static_cast<int64_t>(number % 3) * kSecond;
      grant.grant.scope = MakeScope("scope" + std::to_string(number % 10) + "/*");
      ASSERT_TRUE(backend->Put(grant).ok());
    }
    ASSERT_TRUE(backend->PutHeader({grants, 17}).ok());
    ASSERT_TRUE(backend->Commit().ok());
  }

  // The database as SQL sees it, past all that is checked.
  void Alter(const char* sql) {
    const auto connection = *SqliteConnection::Open(path_, "altered");
    ASSERT_TRUE(connection->Execute("PRAGMA ignore_check_constraints = ON").ok());
    const absl::Status status = connection->Execute(sql);
    ASSERT_TRUE(status.ok()) << status;
  }

  testing::TemporaryFolder folder_;
  std::string path_;
};

}  // namespace thuja::server
