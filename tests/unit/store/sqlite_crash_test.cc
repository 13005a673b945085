// SPDX-License-Identifier: Apache-2.0
// What is left of a database whose process was killed, and of one whose disk is full.
#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sched.h>
#include <signal.h>
#include <sys/mount.h>
#include <sys/resource.h>

#include <chrono>
#include <random>
#include <thread>

#include "tests/unit/store/contract.h"
#include "tests/unit/store/in_child.h"

namespace thuja::server {
namespace {

constexpr uint64_t kGrantsOfACommit = 5;

// Transaction `revision`: five new grants, the five before them ended and with another scope, a
// change, and the header.
absl::Status WriteTransaction(GrantBackend& backend, uint64_t revision) {
  absl::Status status = backend.Begin();
  for (uint64_t i = 0; status.ok() && i < kGrantsOfACommit; ++i) {
    StoredGrant grant = MakeGrant(revision * kGrantsOfACommit + i);
    grant.grant.revision = revision;
    grant.grant.scope = MakeScope("scope" + std::to_string(revision % 7) + "/*");
    status = backend.Put(grant);
    if (status.ok() && revision > 1) {
      grant = MakeGrant((revision - 1) * kGrantsOfACommit + i);
      grant.grant.state = grants::GrantState::kCompleted;
      grant.grant.revision = revision;
      grant.grant.ended_because = std::string(500, 'x');
      status = backend.Put(grant);
    }
  }
  if (status.ok()) status = backend.AddChange({.revision = revision, .event = "issue"});
  if (status.ok()) status = backend.PutHeader({revision, 0});
  return status.ok() ? backend.Commit() : status;
}

// Whether everything is as after the transaction that the header speaks of.
void ExpectWhole(GrantBackend& backend) {
  const uint64_t revision = backend.Header()->revision;
  const std::vector<StoredGrant> all = AllOf(backend);
  ASSERT_EQ(all.size(), revision * kGrantsOfACommit);
  for (const StoredGrant& grant : all) {
    const uint64_t of = grant.grant.id.low / kGrantsOfACommit;
    ASSERT_LE(of, revision);
    ASSERT_EQ(grant.grant.revision, std::min(of + 1, revision));
    ASSERT_EQ(IsTerminal(grant.grant.state), of < revision);
  }
  const auto changes = (*backend.OpenView())->Changes(0, SIZE_MAX);
  ASSERT_EQ(changes->size(), revision);
}

// Writes transactions until it is killed, and says of each that was committed so on the pipe.
int WriteForever(const std::string& path, int pipe) {
  auto backend = OpenSqliteBackend(path);
  if (!backend.ok()) return 1;
  for (uint64_t revision = (*backend)->Header()->revision + 1;; ++revision) {
    if (!WriteTransaction(**backend, revision).ok()) return 2;
    if (write(pipe, &revision, sizeof revision) != sizeof revision) return 3;
  }
}

TEST(SqliteCrash, WhatWasCommittedIsThereAfterAKillAndNothingElse) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "grants.db").string();
  std::mt19937 random(7);
  uint64_t killed_within = 0;
  for (int round = 0; round < 40; ++round) {
    SCOPED_TRACE(round);
    int pipes[2];
    ASSERT_EQ(pipe(pipes), 0);
    const pid_t child = testing::BeginChild([&] { return WriteForever(path, pipes[1]); });
    close(pipes[1]);
    // Once it writes, somewhere among its next transactions.
    uint64_t acknowledged = 0;
    ASSERT_EQ(read(pipes[0], &acknowledged, sizeof acknowledged), ssize_t{sizeof acknowledged});
    std::this_thread::sleep_for(std::chrono::microseconds(random() % 20'000));
    kill(child, SIGKILL);
    ASSERT_EQ(testing::WaitFor(child), 1000 + SIGKILL);
    while (read(pipes[0], &acknowledged, sizeof acknowledged) > 0) {
    }
    close(pipes[0]);

    const auto backend = OpenSqliteBackend(path);
    ASSERT_TRUE(backend.ok()) << backend.status();
    const uint64_t revision = (*backend)->Header()->revision;
    ASSERT_GE(revision, acknowledged) << "a commit that was reported is lost";
    ASSERT_LE(revision, acknowledged + 1);
    if (revision > acknowledged) ++killed_within;
    ASSERT_NO_FATAL_FAILURE(ExpectWhole(**backend));
  }
  RecordProperty("killed_between_commit_and_report", static_cast<int>(killed_within));
}

// Fills the disk; then everything has to be as it was after the last commit, can be looked at, and
// goes on once `make_room` has made room. 0 if so, and otherwise the place that was not.
template <typename MakeRoom>
int FillDisk(const std::string& path, const MakeRoom& make_room) {
  auto opened = OpenSqliteBackend(path);
  if (!opened.ok()) return 1;
  GrantBackend& backend = **opened;
  uint64_t revision = 0;
  absl::Status status;
  while (status.ok() && revision < 100'000) status = WriteTransaction(backend, ++revision);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  if (::testing::Test::HasFailure()) return 2;
  backend.Rollback();
  if (backend.Header()->revision != revision - 1) return 3;
  ExpectWhole(backend);
  if (::testing::Test::HasFailure()) return 4;
  if ((*backend.OpenView())->Header()->revision != revision - 1) return 5;
  // As long as it is full nothing is written, and nothing is the worse for trying.
  status = WriteTransaction(backend, revision);
  EXPECT_EQ(status.code(), absl::StatusCode::kResourceExhausted) << status;
  if (::testing::Test::HasFailure()) return 6;
  backend.Rollback();

  make_room();
  for (int i = 0; i < 5; ++i, ++revision) {
    if (!WriteTransaction(backend, revision).ok()) return 7;
  }
  opened->reset();
  opened = OpenSqliteBackend(path);
  if (!opened.ok() || (*opened)->Header()->revision != revision - 1) return 8;
  ExpectWhole(**opened);
  return ::testing::Test::HasFailure() ? 9 : 0;
}

TEST(SqliteCrash, AFileThatMayNotGrowIsToldAndGoesOnLater) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "grants.db").string();
  const int result = testing::InChild([&] {
    signal(SIGXFSZ, SIG_IGN);
    rlimit limit{};
    getrlimit(RLIMIT_FSIZE, &limit);
    const rlimit all = limit;
    limit.rlim_cur = 1'000'000;
    setrlimit(RLIMIT_FSIZE, &limit);
    return FillDisk(path, [&] { setrlimit(RLIMIT_FSIZE, &all); });
  });
  EXPECT_EQ(result, 0);
}

TEST(SqliteCrash, AFullDiskIsToldAndGoesOnLater) {
  constexpr int kCannotMount = 99;
  const testing::TemporaryFolder folder;
  const std::string disk = folder.path().string();
  const int result = testing::InChild([&] {
    // Mounts of its own, which go with the child.
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, "") != 0 ||
        mount("none", disk.c_str(), "tmpfs", 0, "size=2m") != 0) {
      return kCannotMount;
    }
    return FillDisk(disk + "/grants.db",
                    [&] { mount("none", disk.c_str(), "tmpfs", MS_REMOUNT, "size=20m"); });
  });
  if (result == kCannotMount) GTEST_SKIP() << "only root can mount a small disk";
  EXPECT_EQ(result, 0);
}

TEST(SqliteCrash, AFileCannotBeMadeOnADiskThatIsReadOnly) {
  constexpr int kCannotMount = 99;
  const testing::TemporaryFolder folder;
  const std::string disk = folder.path().string();
  const int result = testing::InChild([&] {
    if (unshare(CLONE_NEWNS) != 0 || mount("none", "/", nullptr, MS_REC | MS_PRIVATE, "") != 0 ||
        mount("none", disk.c_str(), "tmpfs", MS_RDONLY, "") != 0) {
      return kCannotMount;
    }
    return static_cast<int>(OpenSqliteBackend(disk + "/grants.db").status().code());
  });
  if (result == kCannotMount) GTEST_SKIP() << "only root can mount a disk that is read-only";
  EXPECT_EQ(result, static_cast<int>(absl::StatusCode::kPermissionDenied));
}

}  // namespace
}  // namespace thuja::server
