// SPDX-License-Identifier: Apache-2.0
// What goes through statements, and how errors of SQLite are told.
#include "server/store/sqlite_connection.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <fstream>
#include <limits>

#include "tests/support/shared_material.h"

namespace thuja::server {
namespace {

using ::testing::HasSubstr;

class SqliteConnectionTest : public ::testing::Test {
 protected:
  SqliteConnectionTest() : path_((folder_.path() / "some.db").string()) {
    std::ofstream(path_).close();
    connection_ = *SqliteConnection::Open(path_, "some.db");
  }

  absl::Status Execute(const char* sql) { return connection_->Execute(sql); }

  testing::TemporaryFolder folder_;
  std::string path_;
  std::unique_ptr<SqliteConnection> connection_;
};

TEST_F(SqliteConnectionTest, CarriesAnyValueThereAndBack) {
  auto statement = *connection_->Prepare("SELECT ?1, ?2, ?3, ?4, ?5, ?6");
  const std::string text("nul \0 and \xff", 11);
  const uint8_t bytes[] = {0, 255, 0};
  statement.BindInteger(1, std::numeric_limits<int64_t>::min());
  statement.BindText(2, text);
  statement.BindBlob(3, bytes);
  statement.BindNull(4);
  statement.BindText(5, {});
  statement.BindBlob(6, {});
  ASSERT_TRUE(*statement.Step());
  EXPECT_TRUE(statement.IsInteger(0));
  EXPECT_EQ(statement.Integer(0), std::numeric_limits<int64_t>::min());
  EXPECT_EQ(statement.Text(1), text);
  EXPECT_TRUE(std::ranges::equal(statement.Blob(2), bytes));
  EXPECT_TRUE(statement.IsNull(3));
  EXPECT_TRUE(statement.IsText(4)) << "an empty text is not nothing";
  EXPECT_EQ(statement.Text(4), "");
  EXPECT_TRUE(statement.IsBlob(5));
  EXPECT_FALSE(*statement.Step());
}

TEST_F(SqliteConnectionTest, BindsNoGreaterNumberThanThereIs) {
  auto statement = *connection_->Prepare("SELECT ?1, ?2");
  statement.BindAtMost(1, std::numeric_limits<uint64_t>::max());
  statement.BindAtMost(2, 7);
  ASSERT_TRUE(*statement.Step());
  EXPECT_EQ(statement.Integer(0), std::numeric_limits<int64_t>::max());
  EXPECT_EQ(statement.Integer(1), 7);
}

TEST_F(SqliteConnectionTest, TellsWhatCouldNotBeBound) {
  auto statement = *connection_->Prepare("SELECT ?1");
  statement.BindInteger(2, 0);
  EXPECT_EQ(statement.Step().status().code(), absl::StatusCode::kInternal);
}

TEST_F(SqliteConnectionTest, ForgetsWhatWasBoundToACachedStatement) {
  constexpr char kSql[] = "SELECT ?1";
  {
    auto statement = *connection_->Cached(kSql);
    statement.BindInteger(1, 7);
    ASSERT_TRUE(*statement.Step());
  }
  auto statement = *connection_->Cached(kSql);
  ASSERT_TRUE(*statement.Step());
  EXPECT_TRUE(statement.IsNull(0));
}

TEST_F(SqliteConnectionTest, LeavesACachedStatementToWhoIsInIt) {
  constexpr char kSql[] = "SELECT 1 UNION ALL SELECT 2";
  auto outer = *connection_->Cached(kSql);
  ASSERT_TRUE(*outer.Step());
  {
    auto inner = *connection_->Cached(kSql);
    ASSERT_TRUE(*inner.Step());
    EXPECT_EQ(inner.Integer(0), 1);
  }
  ASSERT_TRUE(*outer.Step());
  EXPECT_EQ(outer.Integer(0), 2);
}

TEST_F(SqliteConnectionTest, CountsTheRowsThatChanged) {
  ASSERT_TRUE(Execute("CREATE TABLE t (x)").ok());
  ASSERT_TRUE(Execute("INSERT INTO t VALUES (1), (2)").ok());
  EXPECT_EQ(connection_->changes(), 2);
  EXPECT_EQ(connection_->last_row(), 2);
  ASSERT_TRUE(connection_->Prepare("DELETE FROM t WHERE x = 9")->Run().ok());
  EXPECT_EQ(connection_->changes(), 0);
}

TEST_F(SqliteConnectionTest, KnowsWhetherATransactionIsOpen) {
  EXPECT_FALSE(connection_->in_transaction());
  ASSERT_TRUE(Execute("BEGIN").ok());
  EXPECT_TRUE(connection_->in_transaction());
  ASSERT_TRUE(Execute("COMMIT").ok());
  EXPECT_FALSE(connection_->in_transaction());
}

TEST_F(SqliteConnectionTest, ErrorsNameTheFileAndWhatIsWrong) {
  const absl::Status status = Execute("SELECT * FROM missing");
  EXPECT_EQ(status.code(), absl::StatusCode::kInternal);
  EXPECT_EQ(std::string(status.message()), "`some.db`: no such table: missing");
}

TEST_F(SqliteConnectionTest, ANumberThatIsNotThereIsDamage) {
  EXPECT_EQ(connection_->QueryInteger("SELECT 1 WHERE FALSE").status().code(),
            absl::StatusCode::kDataLoss);
  EXPECT_EQ(connection_->QueryInteger("SELECT 'one'").status().code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(*connection_->QueryInteger("SELECT 1"), 1);
}

TEST_F(SqliteConnectionTest, AFullFileIsToldAsThat) {
  ASSERT_TRUE(Execute("CREATE TABLE t (x); PRAGMA max_page_count = 2").ok());
  const absl::Status status = Execute("INSERT INTO t VALUES (zeroblob(100000))");
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
}

TEST_F(SqliteConnectionTest, AFileThatIsLockedByOthersIsToldAsThat) {
  ASSERT_TRUE(Execute("CREATE TABLE t (x); BEGIN EXCLUSIVE").ok());
  const auto other = *SqliteConnection::Open(path_, "some.db");
  sqlite3_busy_timeout(other->database(), 0);
  EXPECT_EQ(other->Execute("INSERT INTO t VALUES (1)").code(), absl::StatusCode::kUnavailable);
}

TEST_F(SqliteConnectionTest, OpensOnlyWhatIsThere) {
  const auto missing = SqliteConnection::Open(path_ + ".missing", "missing.db");
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(missing.status().message()), HasSubstr("`missing.db`"));
  EXPECT_FALSE(std::filesystem::exists(path_ + ".missing"));
}

// What a file that somebody made could do to whoever opens it.
TEST_F(SqliteConnectionTest, TrustsNoSchema) {
  ASSERT_TRUE(Execute("CREATE TABLE t (x); CREATE TABLE u (x);"
                      "CREATE TRIGGER r AFTER INSERT ON t BEGIN INSERT INTO u VALUES (1); END;"
                      "CREATE VIEW v AS SELECT x FROM t; INSERT INTO t VALUES (1);")
                  .ok());
  EXPECT_EQ(*connection_->QueryInteger("SELECT count(*) FROM u"), 0) << "the trigger ran";
  EXPECT_FALSE(connection_->QueryInteger("SELECT x FROM v").ok()) << "the view was read";
  EXPECT_FALSE(Execute("PRAGMA writable_schema = ON; DELETE FROM sqlite_schema").ok());
  EXPECT_FALSE(connection_->QueryInteger("SELECT \"no such column\"").ok());
}

}  // namespace
}  // namespace thuja::server
