// SPDX-License-Identifier: Apache-2.0
// The file of a database: who may use it, who holds it, and what is made of one that is of
// something else or of another version.
#include "server/store/sqlite_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include "tests/unit/store/contract.h"
#include "tests/unit/store/database_file.h"
#include "tests/unit/store/in_child.h"

namespace thuja::server {
namespace {

using ::testing::AllOf;
using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;

unsigned ModeOf(const std::string& path) {
  struct stat found {};
  return stat(path.c_str(), &found) == 0 ? found.st_mode & 07777 : 0;
}

class SqliteFileTest : public FileTest {};

TEST_F(SqliteFileTest, KeepsGrantsUntilItIsOpenedAgain) {
  const StoredGrant root = MakeGrant(1);
  const KeptReply reply = {.caller = "c", .request_id = "r", .reply = "done"};
  {
    const auto backend = MustOpen();
    ASSERT_TRUE(backend->Begin().ok());
    ASSERT_TRUE(backend->Put(root).ok());
    ASSERT_TRUE(backend->Put(MakeChild(2, root)).ok());
    ASSERT_TRUE(backend->PutHeader({3, 4}).ok());
    ASSERT_TRUE(backend->AddChange({.revision = 3, .event = "delegate"}).ok());
    ASSERT_TRUE(backend->PutReply(reply).ok());
    ASSERT_TRUE(backend->Commit().ok());
    ASSERT_TRUE(backend->Begin().ok());
    ASSERT_TRUE(backend->Put(MakeGrant(3)).ok());  // is never committed
  }
  const auto backend = MustOpen();
  EXPECT_THAT(server::AllOf(*backend), ElementsAre(root, MakeChild(2, root)));
  EXPECT_EQ(*backend->Header(), (StoreHeader{3, 4}));
  EXPECT_EQ(*backend->FindReply("c", "r"), reply);
  EXPECT_EQ(*(*backend->OpenView())->FirstChange(), 3u);
}

TEST_F(SqliteFileTest, IsForItsOwnerAlone) {
  const auto backend = MustOpen();
  ASSERT_TRUE(backend->Begin().ok());
  ASSERT_TRUE(backend->Commit().ok());
  for (const char* ending : {"", "-wal", "-shm", "-lock"}) {
    EXPECT_EQ(ModeOf(path_ + ending), 0600u) << ending;
  }
}

TEST_F(SqliteFileTest, IsTakenFromOthersWhoCouldUseIt) {
  Fill(1);
  ASSERT_EQ(chmod(path_.c_str(), 0664), 0);
  WriteBytes(path_ + "-wal", "");
  ASSERT_EQ(chmod((path_ + "-wal").c_str(), 0644), 0);
  const auto backend = MustOpen();
  EXPECT_EQ(ModeOf(path_), 0600u);
  EXPECT_EQ(ModeOf(path_ + "-wal"), 0600u);
}

TEST_F(SqliteFileTest, IsHeldByOneBackendAtATime) {
  auto first = MustOpen();
  const absl::Status second = Open();
  EXPECT_EQ(second.code(), absl::StatusCode::kUnavailable);
  EXPECT_EQ(std::string(second.message()), "`" + path_ + "` is in use by another process");
  first.reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteFileTest, IsHeldByOneProcessAtATime) {
  const auto first = MustOpen();
  const auto open_elsewhere = [&] { return static_cast<int>(Open().code()); };
  EXPECT_EQ(testing::InChild(open_elsewhere), static_cast<int>(absl::StatusCode::kUnavailable));
  // The one that holds it is none the worse for it.
  ASSERT_TRUE(first->Begin().ok());
  ASSERT_TRUE(first->Put(MakeGrant(1)).ok());
  EXPECT_TRUE(first->Commit().ok());
}

TEST_F(SqliteFileTest, IsHeldUnderAnotherNameToo) {
  Fill(1);
  const auto first = MustOpen();
  const std::string link = (folder_.path() / "link.db").string();
  std::filesystem::create_symlink(path_, link);
  EXPECT_EQ(OpenSqliteBackend(link).status().code(), absl::StatusCode::kUnavailable);
  const std::string around = (folder_.path() / "." / "grants.db").string();
  EXPECT_EQ(OpenSqliteBackend(around).status().code(), absl::StatusCode::kUnavailable);
}

TEST_F(SqliteFileTest, IsHeldAsLongAsSomebodyLooks) {
  auto backend = MustOpen();
  auto view = *backend->OpenView();
  backend.reset();
  EXPECT_EQ(Open().code(), absl::StatusCode::kUnavailable);
  view.reset();
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteFileTest, IsGivenBackWhenItCannotBeOpened) {
  WriteBytes(path_, std::string(5000, 'x'));
  EXPECT_FALSE(Open().ok());
  std::filesystem::remove(path_);
  EXPECT_TRUE(Open().ok());
}

TEST_F(SqliteFileTest, HasAFolderThatIsThere) {
  const auto missing = OpenSqliteBackend((folder_.path() / "no" / "grants.db").string());
  EXPECT_EQ(missing.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(missing.status().message()),
              AllOf(HasSubstr("grants.db"), HasSubstr("No such file or directory")));
  std::filesystem::create_directory(folder_.path() / "inner");
  const auto folder = OpenSqliteBackend((folder_.path() / "inner").string());
  EXPECT_EQ(folder.status().code(), absl::StatusCode::kInternal);
  EXPECT_THAT(std::string(folder.status().message()), HasSubstr("no regular file"));
}

TEST_F(SqliteFileTest, ThatNobodyMayWriteIsRefused) {
  Fill(1);
  std::filesystem::remove(path_ + "-lock");
  const auto open_as_nobody = [&] {
    return testing::BecomeNobody() ? static_cast<int>(Open().code()) : -1;
  };
  const int kDenied = static_cast<int>(absl::StatusCode::kPermissionDenied);

  // Neither the file nor its folder.
  ASSERT_EQ(chmod(path_.c_str(), 0400), 0);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0555), 0);
  EXPECT_EQ(testing::InChild(open_as_nobody), kDenied);

  // The folder, but not the file.
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  EXPECT_EQ(testing::InChild(open_as_nobody), kDenied);

  // A folder that cannot even be looked into.
  ASSERT_EQ(chmod(folder_.path().c_str(), 0), 0);
  EXPECT_EQ(testing::InChild(open_as_nobody), kDenied);
  ASSERT_EQ(chmod(folder_.path().c_str(), 0700), 0);
}

// Root may write it; whoever owns it sees the refusal of SQLite itself.
TEST_F(SqliteFileTest, ThatItsOwnerMayOnlyReadIsRefused) {
  const auto own_and_open = [&] {
    if (!testing::BecomeNobody()) return -1;
    Fill(1);
    if (chmod(path_.c_str(), 0400) != 0) return -2;
    const absl::Status status = Open();
    if (std::string(status.message()).find("grants.db") == std::string::npos) return -3;
    return static_cast<int>(status.code());
  };
  ASSERT_EQ(chmod(folder_.path().c_str(), 0777), 0);
  EXPECT_EQ(testing::InChild(own_and_open), static_cast<int>(absl::StatusCode::kPermissionDenied));
  std::filesystem::remove(path_ + "-lock");
}

TEST_F(SqliteFileTest, OfNoBytesIsANewOne) {
  WriteBytes(path_, "");
  EXPECT_THAT(server::AllOf(*MustOpen()), IsEmpty());
}

TEST_F(SqliteFileTest, OfANewerVersionIsRefused) {
  Fill(1);
  Alter("PRAGMA user_version = 3");
  const absl::Status status = Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::string(status.message()),
            "`" + path_ +
                "` was written by a newer version: its schema is 3, and this "
                "version knows 2");
}

TEST_F(SqliteFileTest, OfAnOlderVersionIsRefused) {
  Fill(1);
  Alter("PRAGMA user_version = 1");
  const absl::Status status = Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_EQ(std::string(status.message()),
            "`" + path_ +
                "` was written by an older version: its schema is 1, and this version knows 2; "
                "begin without grants by moving it away with its -wal and -shm");
}

TEST_F(SqliteFileTest, OfSomethingElseIsRefusedAndLeftAlone) {
  for (const char* made_by : {"CREATE TABLE t (x)", "PRAGMA application_id = 7",
                              "PRAGMA user_version = 1", "PRAGMA user_version = 9"}) {
    std::filesystem::remove(path_);
    WriteBytes(path_, "");
    Alter(made_by);
    const std::string before = ReadBytes(path_);
    const absl::Status status = Open();
    EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition) << made_by;
    EXPECT_THAT(std::string(status.message()), HasSubstr("of something else")) << made_by;
    EXPECT_EQ(ReadBytes(path_), before) << made_by;
  }
}

}  // namespace
}  // namespace thuja::server
