// SPDX-License-Identifier: Apache-2.0
// A database that is damaged says so, whatever was done to it.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <random>

#include "tests/unit/store/contract.h"
#include "tests/unit/store/database_file.h"

namespace thuja::server {
namespace {

using grants::GrantId;
using ::testing::AllOf;
using ::testing::AnyOf;
using ::testing::HasSubstr;
using Kind = GrantSelector::Kind;

// What can be found in a database, one way or another.
struct Found {
  StoreHeader header;
  std::vector<StoredGrant> grants;
  std::vector<std::vector<GrantId>> selected;

  friend bool operator==(const Found&, const Found&) = default;
};

const GrantSelector kSelectors[] = {
    {},
    {.kind = Kind::kHolder, .holder = {"Thuja::Agent", "agent3"}},
    {.kind = Kind::kClass, .agent_class = "coder"},
    {.kind = Kind::kTask, .tenant = "acme", .task = "task"},
};

class SqliteDamageTest : public FileTest {
 protected:
  // What there is, or what is wrong.
  absl::StatusOr<Found> Load() {
    auto backend = OpenSqliteBackend(path_);
    if (!backend.ok()) return backend.status();
    const auto header = (*backend)->Header();
    if (!header.ok()) return header.status();
    Found found{.header = *header, .grants = {}, .selected = {}};
    const absl::Status status = (*backend)->ForEach([&](StoredGrant grant) {
      found.grants.push_back(std::move(grant));
      return absl::OkStatus();
    });
    if (!status.ok()) return status;
    for (const GrantSelector& selector : kSelectors) {
      auto ids = (*backend)->Select(selector);
      if (!ids.ok()) return ids.status();
      found.selected.push_back(*std::move(ids));
    }
    for (auto ids : {(*backend)->Silent(INT64_MAX - 1, SIZE_MAX),
                     (*backend)->Forgettable(INT64_MAX - 1, 0, SIZE_MAX)}) {
      if (!ids.ok()) return ids.status();
      found.selected.push_back(*std::move(ids));
    }
    return found;
  }
};

TEST_F(SqliteDamageTest, ThatIsATextIsDamaged) {
  WriteBytes(path_, std::string(100, '\n') + "grants: []\n");
  const absl::Status status = Open();
  EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss);
  EXPECT_EQ(std::string(status.message()),
            "`" + path_ +
                "` is damaged: file is not a database; restore it from a backup, or begin without "
                "grants by moving it away with its -wal and -shm");
}

// What quick_check finds and what only reading finds.
TEST_F(SqliteDamageTest, WithRowsThatCannotBeReadIsDamaged) {
  Fill(200);
  const std::string good = ReadBytes(path_);
  const struct {
    const char* sql;
    const char* says;
  } kCases[] = {
      {"UPDATE grants SET state = 7 WHERE number = 5", "CHECK"},
      {"UPDATE grants SET state = 3 WHERE number = 5", "not what was written"},
      {"UPDATE grants SET expires = expires + 1 WHERE number = 5", "not what was written"},
      {"UPDATE grants SET depth = 9 WHERE number = 5", "CHECK"},
      {"UPDATE grants SET parent = zeroblob(15) WHERE number = 5", "CHECK"},
      {"UPDATE grants SET task = 'x' WHERE number = 200", "not what was written"},
      {"UPDATE grants SET seal = 1 WHERE number = 1", "not what was written"},
      {"UPDATE grants SET scope = 99 WHERE number = 1", "not what was written"},
      {"DELETE FROM scopes WHERE number = 3", "there is no scope 3"},
      {"UPDATE scopes SET text = '{\"tools\":[\"**\"]}' WHERE number = 3", "scope 3 is not what"},
      {"UPDATE scopes SET digest = zeroblob(32) WHERE number = 3", "scope 3 is not what"},
      {"UPDATE header SET revision = 1", "revision, clock and runs"},
      {"UPDATE header SET clock = 1", "revision, clock and runs"},
      {"UPDATE header SET runs = 1", "revision, clock and runs"},
      {"UPDATE grants SET calls_since = 1 WHERE number = 5", "not what was written"},
      {"DELETE FROM header", "header is not there"},
      {"PRAGMA user_version = 0", "no schema version"},
  };
  for (const auto& test : kCases) {
    WriteBytes(path_, good);
    Alter(test.sql);
    const absl::Status status = Load().status();
    EXPECT_EQ(status.code(), absl::StatusCode::kDataLoss) << test.sql << ": " << status;
    EXPECT_THAT(std::string(status.message()), AllOf(HasSubstr(test.says), HasSubstr(path_)));
  }
  WriteBytes(path_, good);
  EXPECT_TRUE(Load().ok());
}

class DamagedFileTest : public SqliteDamageTest {
 protected:
  DamagedFileTest() {
    Fill(200);
    good_ = ReadBytes(path_);
    found_ = *Load();
  }

  // Whatever was done to the file: everything is there, or it is told that it is not.
  void ExpectAllOrAnError(const std::string& bytes) {
    WriteBytes(path_, bytes);
    const auto loaded = Load();
    if (loaded.ok()) {
      ++whole_;
      ASSERT_TRUE(*loaded == found_) << "something is missing";
    } else {
      ++damaged_;
      // A bit of the file's header may say that it is of something else, or cannot be written.
      ASSERT_THAT(loaded.status().code(),
                  AnyOf(absl::StatusCode::kDataLoss, absl::StatusCode::kFailedPrecondition,
                        absl::StatusCode::kPermissionDenied))
          << loaded.status();
    }
  }

  std::string good_;
  Found found_;
  int whole_ = 0;
  int damaged_ = 0;
};

TEST_F(DamagedFileTest, WithAPageOverwrittenIsToldApart) {
  constexpr size_t kPage = 4096;
  const size_t pages = good_.size() / kPage;
  ASSERT_GT(pages, 20u);
  for (const char byte : {'\0', '\xff', '\x0d'}) {
    for (size_t page = 0; page < pages; ++page) {
      SCOPED_TRACE(page);
      std::string bytes = good_;
      bytes.replace(page * kPage, kPage, kPage, byte);
      ASSERT_NO_FATAL_FAILURE(ExpectAllOrAnError(bytes));
    }
  }
  EXPECT_EQ(whole_, 0);
}

TEST_F(DamagedFileTest, WithAPageInPlaceOfAnotherIsToldApart) {
  constexpr size_t kPage = 4096;
  std::mt19937 random(7);
  for (int i = 0; i < 200; ++i) {
    const size_t from = random() % (good_.size() / kPage);
    const size_t to = random() % (good_.size() / kPage);
    SCOPED_TRACE(std::to_string(from) + " to " + std::to_string(to));
    std::string bytes = good_;
    bytes.replace(to * kPage, kPage, good_.substr(from * kPage, kPage));
    if (bytes == good_) continue;  // of tables that are empty
    ASSERT_NO_FATAL_FAILURE(ExpectAllOrAnError(bytes));
  }
  EXPECT_EQ(whole_, 0);
}

TEST_F(DamagedFileTest, CutShortIsToldApart) {
  std::mt19937 random(7);
  for (int i = 0; i < 100; ++i) {
    const size_t size = 1 + random() % (good_.size() - 1);
    SCOPED_TRACE(size);
    ASSERT_NO_FATAL_FAILURE(ExpectAllOrAnError(good_.substr(0, size)));
  }
  EXPECT_EQ(whole_, 0);
}

TEST_F(DamagedFileTest, WithASingleBitFlippedIsWholeOrToldApart) {
  std::mt19937 random(7);
  for (int i = 0; i < 600; ++i) {
    const size_t at = i < 100 ? static_cast<size_t>(i) : random() % good_.size();
    const int bit = static_cast<int>(random() % 8);
    SCOPED_TRACE("byte " + std::to_string(at) + " bit " + std::to_string(bit));
    std::string bytes = good_;
    bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    ASSERT_NO_FATAL_FAILURE(ExpectAllOrAnError(bytes));
  }
  EXPECT_GT(damaged_, 200);
}

}  // namespace
}  // namespace thuja::server
