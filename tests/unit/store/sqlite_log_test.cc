// SPDX-License-Identifier: Apache-2.0
// The write-ahead log stays short, whoever looks at old states meanwhile.
#include "server/store/sqlite_log.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>

#include "server/store/sqlite_backend.h"
#include "tests/unit/store/contract.h"

namespace thuja::server {
namespace {

constexpr uintmax_t kPage = 4096;

class SqliteLogTest : public ::testing::Test {
 protected:
  SqliteLogTest() : path_((folder_.path() / "grants.db").string()) {
    backend_ = *OpenSqliteBackend(path_, SqliteLogLimits{.moved_at = 50, .most = 200});
  }

  // Each commit writes some ten pages.
  void Write(int commits) {
    for (int i = 0; i < commits; ++i) {
      ASSERT_TRUE(backend_->Begin().ok());
      StoredGrant grant = MakeGrant(++number_);
      grant.grant.ended_because = std::string(1000, 'x');
      ASSERT_TRUE(backend_->Put(grant).ok());
      ASSERT_TRUE(backend_->PutHeader({number_, 0}).ok());
      ASSERT_TRUE(backend_->Commit().ok());
    }
  }

  uintmax_t LogPages() const { return std::filesystem::file_size(path_ + "-wal") / kPage; }

  testing::TemporaryFolder folder_;
  std::string path_;
  std::unique_ptr<GrantBackend> backend_;
  uint64_t number_ = 0;
};

TEST_F(SqliteLogTest, IsMovedIntoTheFileWhenItIsLong) {
  Write(300);
  EXPECT_LT(LogPages(), 100u);
  EXPECT_GT(std::filesystem::file_size(path_) / kPage, 50u);
}

TEST_F(SqliteLogTest, IsMovedBetweenViewsThatComeAndGo) {
  for (int i = 0; i < 100; ++i) {
    {
      const auto view = *backend_->OpenView();
      Write(4);
      ASSERT_EQ(view->Header()->revision, number_ - 4);
    }
    Write(1);
  }
  EXPECT_LT(LogPages(), 350u);
}

TEST_F(SqliteLogTest, GrowsUnderAViewAndIsShortAfterIt) {
  Write(1);
  auto view = *backend_->OpenView();
  Write(10);
  EXPECT_EQ(view->Header()->revision, 1u);
  view.reset();
  Write(300);
  EXPECT_LT(LogPages(), 300u);
  EXPECT_EQ(AllOf(*backend_).size(), number_);
}

// Views that overlap, so that at no moment there is none.
TEST_F(SqliteLogTest, ThatIsTooLongLetsNobodyBeginToLook) {
  Write(1);
  auto view = *backend_->OpenView();
  Write(100);
  const auto refused = backend_->OpenView();
  EXPECT_EQ(refused.status().code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(view->Header()->revision, 1u) << "who looks already goes on";

  view.reset();
  Write(1);
  const auto again = backend_->OpenView();
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ((*again)->Header()->revision, number_);
}

// Nothing may be committed for hours, and what would commit may need a view.
TEST_F(SqliteLogTest, IsTidiedWithoutACommit) {
  Write(1);
  auto view = *backend_->OpenView();
  Write(100);
  EXPECT_TRUE(backend_->HasTooManyViews());
  backend_->Tidy();
  EXPECT_TRUE(backend_->HasTooManyViews()) << "somebody looks";
  view.reset();
  backend_->Tidy();
  EXPECT_FALSE(backend_->HasTooManyViews());
  EXPECT_EQ((*backend_->OpenView())->Header()->revision, number_);
  Write(1);
  EXPECT_FALSE(backend_->HasTooManyViews()) << "the log began anew";
}

TEST_F(SqliteLogTest, IsGoneWhenTheDatabaseIsClosed) {
  Write(20);
  { const auto view = *backend_->OpenView(); }
  backend_.reset();
  EXPECT_FALSE(std::filesystem::exists(path_ + "-wal"));
  EXPECT_FALSE(std::filesystem::exists(path_ + "-shm"));
  EXPECT_EQ(AllOf(**OpenSqliteBackend(path_)).size(), 20u);
}

TEST(SqliteLog, TriesAgainOnlyWhenThereIsMoreToMove) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "some.db").string();
  { std::ofstream made(path); }
  const auto connection = *SqliteConnection::Open(path, "some.db");
  ASSERT_TRUE(connection->Execute("PRAGMA journal_mode = WAL; CREATE TABLE t (x)").ok());
  SqliteLog log(connection.get(), {.moved_at = 10, .most = 40});
  const auto reader = *SqliteConnection::Open(path, "some.db");
  ASSERT_TRUE(reader->Execute("BEGIN; SELECT count(*) FROM t").ok());
  const auto write = [&] {
    ASSERT_TRUE(connection->Execute("INSERT INTO t VALUES (zeroblob(3000))").ok());
  };
  while (log.pages() <= 40) {
    ASSERT_FALSE(log.is_too_long());
    write();
    log.MoveIfLong(/*is_looked_at=*/true);
  }
  EXPECT_TRUE(log.is_too_long());
  ASSERT_TRUE(reader->Execute("COMMIT").ok());
  log.MoveIfLong(/*is_looked_at=*/false);
  write();
  EXPECT_LT(log.pages(), 10);
  EXPECT_FALSE(log.is_too_long());
}

}  // namespace
}  // namespace thuja::server
