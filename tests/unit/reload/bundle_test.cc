// SPDX-License-Identifier: Apache-2.0
// The files of a snapshot as one unit: reading, settling, and telling accidents from changes.
#include "server/reload/bundle.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <atomic>
#include <cerrno>
#include <chrono>
#include <filesystem>
#include <functional>
#include <memory>
#include <set>
#include <string>
#include <thread>
#include <vector>

#include "tests/support/decide_fixture.h"
#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja::server {
namespace {

namespace fs = std::filesystem;
using std::chrono::milliseconds;
using std::chrono::steady_clock;
using testing::WriteFile;

constexpr std::string_view kPermit = "permit(principal, action, resource);\n";
constexpr std::string_view kForbid = "forbid(principal, action, resource);\n";

// A folder with two policy files, entities and links.
class BundleFolder : public ::testing::Test {
 protected:
  BundleFolder() {
    Write("policies/a.cedar", std::string(kPermit));
    Write("policies/sub/b.cedar", std::string(kForbid));
    Write("entities.json", "[]");
    Write("links.json", "[ ]");
    paths_.policies = {Path("policies")};
    paths_.entities = Path("entities.json");
    paths_.links = Path("links.json");
  }

  std::string Path(const std::string& name) const { return (folder_.path() / name).string(); }

  std::string Write(const std::string& name, const std::string& text) const {
    fs::create_directories(fs::path(Path(name)).parent_path());
    return WriteFile(Path(name), text);
  }

  Bundle Read() const {
    const auto bundle = ReadBundle(paths_);
    EXPECT_TRUE(bundle.ok()) << bundle.status();
    return bundle.ok() ? *bundle : Bundle();
  }

  // What is wrong; empty if nothing is.
  std::string Problem() const {
    const auto bundle = ReadBundle(paths_);
    return bundle.ok() ? "" : std::string(bundle.status().message());
  }

  testing::TemporaryFolder folder_;
  BundlePaths paths_;
};

using ReadBundleTest = BundleFolder;
using ReadSettledBundleTest = BundleFolder;
using BundleSignatureTest = BundleFolder;

std::vector<std::string> Names(const std::vector<BundleFile>& files) {
  std::vector<std::string> names;
  for (const BundleFile& file : files) names.push_back(file.name);
  return names;
}

TEST_F(ReadBundleTest, HoldsEveryFileUnderItsName) {
  const Bundle bundle = Read();
  EXPECT_EQ(Names(bundle.policies),
            (std::vector<std::string>{Path("policies/a.cedar"), Path("policies/sub/b.cedar")}));
  EXPECT_EQ(Names(bundle.entities), std::vector<std::string>{Path("entities.json")});
  EXPECT_EQ(Names(bundle.links), std::vector<std::string>{Path("links.json")});
  ASSERT_EQ(bundle.AllFiles().size(), 4u);
  EXPECT_EQ(bundle.AllFiles()[0]->source->text(), kPermit);
  EXPECT_EQ(bundle.AllFiles()[0]->source->name(), Path("policies/a.cedar"));
  EXPECT_EQ(bundle.AllFiles()[1]->source->text(), kForbid);
  EXPECT_EQ(bundle.AllFiles()[3]->source->text(), "[ ]");
  EXPECT_EQ(bundle.digest.size(), 64u);
}

TEST_F(ReadBundleTest, FilesAndFoldersComeInTheOrderOfTheConfiguration) {
  const std::string single = Write("z.txt", std::string(kPermit));
  paths_ = {};
  paths_.policies = {single, Path("policies")};
  const Bundle bundle = Read();
  EXPECT_EQ(Names(bundle.policies), (std::vector<std::string>{single, Path("policies/a.cedar"),
                                                              Path("policies/sub/b.cedar")}));
  EXPECT_TRUE(bundle.entities.empty());
  EXPECT_TRUE(bundle.links.empty());
}

TEST_F(ReadBundleTest, TheSameFilesHaveTheSameDigest) {
  const std::string digest = Read().digest;
  EXPECT_EQ(Read().digest, digest);
  Write("policies/a.cedar", std::string(kPermit));
  Write("policies/c.txt", "not a policy");
  EXPECT_EQ(Read().digest, digest);
}

TEST_F(ReadBundleTest, TheDigestChangesWithEveryNameSizeAndText) {
  std::set<std::string> digests = {Read().digest};
  const auto expect_new = [&](const char* what) {
    EXPECT_TRUE(digests.insert(Read().digest).second) << what;
  };
  Write("policies/a.cedar", "Permit(principal, action, resource);\n");
  expect_new("a byte of a text");
  Write("policies/a.cedar", std::string(kPermit) + "\n");
  expect_new("a byte more");
  Write("entities.json", "[ ]");
  expect_new("entities");
  Write("links.json", "[]");
  expect_new("links");
  Write("policies/c.cedar", "");
  expect_new("an empty file");
  fs::rename(Path("policies/c.cedar"), Path("policies/d.cedar"));
  expect_new("another name");
  paths_.links.clear();
  expect_new("no links");
}

TEST_F(ReadBundleTest, TextMovedFromOneFileToTheNextIsAChange) {
  paths_ = {};
  paths_.policies = {Path("policies")};
  Write("policies/a.cedar", std::string(kPermit) + std::string(kForbid));
  Write("policies/sub/b.cedar", "");
  const std::string first = Read().digest;
  Write("policies/a.cedar", std::string(kPermit));
  Write("policies/sub/b.cedar", std::string(kForbid));
  EXPECT_NE(Read().digest, first);
}

TEST_F(ReadBundleTest, AFolderThroughALinkKeepsItsNamesWhereverItLeads) {
  fs::create_directory_symlink(Path("policies"), Path("current"));
  paths_.policies = {Path("current")};
  const Bundle first = Read();
  EXPECT_EQ(Names(first.policies),
            (std::vector<std::string>{Path("current/a.cedar"), Path("current/sub/b.cedar")}));
  // As Kubernetes swaps a volume: a new folder, and the link is moved to it at once.
  Write("next/a.cedar", std::string(kPermit));
  Write("next/sub/b.cedar", std::string(kForbid));
  fs::create_directory_symlink(Path("next"), Path("new-link"));
  fs::rename(Path("new-link"), Path("current"));
  EXPECT_EQ(Read().digest, first.digest);
  Write("next/sub/b.cedar", "");
  EXPECT_NE(Read().digest, first.digest);
  EXPECT_EQ(Names(Read().policies), Names(first.policies));
}

TEST_F(ReadBundleTest, AFileThroughALinkIsReadUnderTheNameOfTheLink) {
  fs::create_symlink(Path("policies/a.cedar"), Path("link.cedar"));
  paths_.policies = {Path("link.cedar")};
  const Bundle bundle = Read();
  EXPECT_EQ(Names(bundle.policies), std::vector<std::string>{Path("link.cedar")});
  ASSERT_EQ(bundle.policies.size(), 1u);
  EXPECT_EQ(bundle.policies[0].source->text(), kPermit);
}

TEST_F(ReadBundleTest, WhatIsMissingIsNamed) {
  const struct {
    std::string BundlePaths::*single;
    const char* what;
  } kRows[] = {{&BundlePaths::entities, "entities"}, {&BundlePaths::links, "links"}};
  for (const auto& row : kRows) {
    BundlePaths paths = paths_;
    paths.*row.single = Path("missing.json");
    const auto bundle = ReadBundle(paths);
    ASSERT_FALSE(bundle.ok()) << row.what;
    EXPECT_TRUE(std::string(bundle.status().message()).starts_with(Path("missing.json") + ": "))
        << bundle.status();
  }
  paths_.policies.push_back(Path("missing.cedar"));
  EXPECT_TRUE(Problem().starts_with(Path("missing.cedar") + ": ")) << Problem();
}

TEST_F(ReadBundleTest, AFolderWithoutPoliciesIsAnError) {
  fs::create_directory(Path("empty"));
  paths_.policies = {Path("empty")};
  EXPECT_EQ(Problem(), Path("empty") + ": this folder holds no .cedar file");
  Write("empty/readme.txt", "");
  EXPECT_EQ(Problem(), Path("empty") + ": this folder holds no .cedar file");
}

TEST_F(ReadBundleTest, ALinkToNothingIsAnErrorAndIsNotPassedOver) {
  fs::create_symlink(Path("gone"), Path("policies/c.cedar"));
  EXPECT_TRUE(Problem().starts_with(Path("policies/c.cedar") + ": ")) << Problem();
}

TEST_F(ReadBundleTest, AFolderIsNoFileOfEntities) {
  paths_.entities = Path("policies");
  EXPECT_EQ(Problem(), Path("policies") + ": this is no regular file");
}

// The other end of a file's descriptors, closed at the end.
class Descriptor {
 public:
  Descriptor(const std::string& path, int flags) : fd_(open(path.c_str(), flags | O_CLOEXEC)) {
    EXPECT_GE(fd_, 0) << path;
  }
  ~Descriptor() { close(fd_); }
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;

  int get() const { return fd_; }

 private:
  int fd_;
};

// Whether the filesystem grants leases, by which a writer can be told.
bool GrantsLeases(const std::string& path) {
  const Descriptor file(path, O_RDONLY);
  fcntl(file.get(), F_SETSIG, SIGURG);
  if (fcntl(file.get(), F_SETLEASE, F_RDLCK) != 0) return false;
  return fcntl(file.get(), F_SETLEASE, F_UNLCK) == 0;
}

TEST_F(ReadBundleTest, AFileThatSomebodyWritesIsRefused) {
  if (!GrantsLeases(Path("entities.json"))) GTEST_SKIP() << "needs a filesystem with leases";
  for (const char* name : {"policies/sub/b.cedar", "entities.json", "links.json"}) {
    for (const int flags : {O_WRONLY, O_RDWR, O_WRONLY | O_APPEND}) {
      const Descriptor writer(Path(name), flags);
      const auto bundle = ReadBundle(paths_);
      ASSERT_FALSE(bundle.ok()) << name;
      EXPECT_TRUE(absl::IsUnavailable(bundle.status())) << bundle.status();
      EXPECT_EQ(std::string(bundle.status().message()),
                Path(name) + ": somebody is writing this file");
    }
    EXPECT_EQ(Problem(), "") << "after the writer closed " << name;
  }
}

TEST_F(ReadBundleTest, WhoOnlyReadsDoesNotDisturb) {
  const Descriptor reader(Path("entities.json"), O_RDONLY);
  EXPECT_EQ(Problem(), "");
}

// The lease must be given back: a writer that came later would wait for it.
TEST_F(ReadBundleTest, LeavesNoLeaseBehind) {
  ASSERT_EQ(Problem(), "");
  const auto begin = steady_clock::now();
  const Descriptor writer(Path("policies/a.cedar"), O_WRONLY | O_NONBLOCK);
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(2));
}

TEST_F(ReadSettledBundleTest, TakesQuietFilesAfterOneInterval) {
  const auto begin = steady_clock::now();
  const auto bundle =
      ReadSettledBundle(paths_, milliseconds(50), std::chrono::seconds(20), [] { return false; });
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->digest, Read().digest);
  EXPECT_GE(steady_clock::now() - begin, milliseconds(50));
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
}

TEST_F(ReadSettledBundleTest, WaitsForAWriterToClose) {
  if (!GrantsLeases(Path("entities.json"))) GTEST_SKIP() << "needs a filesystem with leases";
  std::atomic<bool> opened = false;
  std::atomic<bool> closed = false;
  std::thread writer([&] {
    {
      const Descriptor file(Path("entities.json"), O_WRONLY);
      opened = true;
      std::this_thread::sleep_for(milliseconds(300));
      EXPECT_EQ(write(file.get(), "{}", 2), 2);
      closed = true;
    }
  });
  while (!opened) std::this_thread::yield();
  const auto bundle =
      ReadSettledBundle(paths_, milliseconds(20), std::chrono::seconds(20), [] { return false; });
  EXPECT_TRUE(closed);
  writer.join();
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->entities[0].source->text(), "{}");
}

TEST_F(ReadSettledBundleTest, WhatStaysWrongIsToldBeforeThePatienceIsOver) {
  fs::remove(Path("entities.json"));
  const auto begin = steady_clock::now();
  const auto bundle =
      ReadSettledBundle(paths_, milliseconds(20), std::chrono::seconds(60), [] { return false; });
  ASSERT_FALSE(bundle.ok());
  EXPECT_TRUE(std::string(bundle.status().message()).starts_with(Path("entities.json") + ": "))
      << bundle.status();
  EXPECT_LT(steady_clock::now() - begin, std::chrono::seconds(10));
}

// Files that change between any two reads. A writer holds one at first, so that no two reads agree;
// then something happens each time that the reader asks whether it is to stop.
class ChangingFiles : public BundleFolder {
 protected:
  void SetUp() override {
    if (!GrantsLeases(Path("entities.json"))) GTEST_SKIP() << "needs a filesystem with leases";
    writer_ = std::make_unique<Descriptor>(Path("entities.json"), O_WRONLY);
  }

  // `between` is told how often it was called, from 1 on; true stops.
  absl::StatusOr<Bundle> Read(milliseconds patience, const std::function<bool(int)>& between) {
    return ReadSettledBundle(paths_, milliseconds(5), patience, [&] {
      writer_.reset();
      return between(++asked_);
    });
  }

  void Change(int i) const { Write("entities.json", "[" + std::to_string(i) + "]"); }

  std::unique_ptr<Descriptor> writer_;
  int asked_ = 0;
};

TEST_F(ChangingFiles, AreWaitedFor) {
  const auto bundle = Read(std::chrono::seconds(60), [&](int i) {
    if (i <= 5) Change(i);
    return false;
  });
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->entities[0].source->text(), "[5]");
  EXPECT_EQ(asked_, 6);
}

TEST_F(ChangingFiles, MayComeBack) {
  const auto bundle = Read(std::chrono::seconds(60), [&](int i) {
    if (i == 1) fs::rename(Path("entities.json"), Path("away.json"));
    if (i == 2) fs::rename(Path("away.json"), Path("entities.json"));
    return false;
  });
  ASSERT_TRUE(bundle.ok()) << bundle.status();
  EXPECT_EQ(bundle->entities[0].source->text(), "[]");
  EXPECT_EQ(asked_, 3);
}

TEST_F(ChangingFiles, AreGivenUpWhenThePatienceIsOver) {
  const auto begin = steady_clock::now();
  const auto bundle = Read(milliseconds(200), [&](int i) {
    Change(i);
    return false;
  });
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(std::string(bundle.status().message()), "the files keep changing");
  EXPECT_GE(steady_clock::now() - begin, milliseconds(200));
  EXPECT_GT(asked_, 1);
}

TEST_F(ChangingFiles, AreLeftWhenTheServerStops) {
  const auto bundle = Read(std::chrono::seconds(60), [&](int i) {
    Change(i);
    return i == 3;
  });
  EXPECT_FALSE(bundle.ok());
  EXPECT_EQ(asked_, 3);
}

TEST_F(ChangingFiles, AWriterThatStaysIsNamedWhenThePatienceIsOver) {
  const auto bundle =
      ReadSettledBundle(paths_, milliseconds(5), milliseconds(100), [] { return false; });
  ASSERT_FALSE(bundle.ok());
  EXPECT_EQ(std::string(bundle.status().message()),
            Path("entities.json") + ": somebody is writing this file");
}

BundleFile MakeFile(const std::string& name, std::string_view text) {
  return {name, testing::MakeSource(text, name)};
}

// What CheckNothingLost says of the change, empty if it takes it.
std::string Lost(const Bundle& before, const Bundle& after) {
  return std::string(CheckNothingLost(before, after).message());
}

Bundle MakeBundle(std::vector<BundleFile> policies, std::string_view entities = "[]",
                  std::string_view links = "") {
  Bundle bundle;
  bundle.policies = std::move(policies);
  bundle.entities = {MakeFile("e.json", entities)};
  if (!links.empty()) bundle.links = {MakeFile("l.json", links)};
  return bundle;
}

TEST(CheckNothingLost, TakesOrdinaryChanges) {
  const Bundle before = MakeBundle({MakeFile("a", kPermit), MakeFile("b", kForbid)});
  const Bundle kAfters[] = {
      before,
      MakeBundle({MakeFile("a", kForbid), MakeFile("b", kPermit)}),
      MakeBundle({MakeFile("b", kForbid), MakeFile("a", kPermit)}),
      MakeBundle({MakeFile("a", kPermit), MakeFile("b", kForbid), MakeFile("c", kForbid)}),
      MakeBundle({MakeFile("a", std::string(kPermit) + "// more\n"), MakeFile("b", kForbid)}),
      // Shorter, but not the beginning of what was there.
      MakeBundle({MakeFile("a", "permit(principal, action, resource) ;"), MakeFile("b", kForbid)}),
      MakeBundle({MakeFile("a", "// none\n"), MakeFile("b", kForbid)}),
      MakeBundle({MakeFile("a", kPermit), MakeFile("b", kForbid)}, "[ {} ]"),
      MakeBundle({MakeFile("a", kPermit), MakeFile("b", kForbid)}, "[]", "[]"),
  };
  for (const Bundle& after : kAfters) EXPECT_EQ(Lost(before, after), "");
}

TEST(CheckNothingLost, AFileThatIsGoneIsALoss) {
  const Bundle before =
      MakeBundle({MakeFile("a", kPermit), MakeFile("b", kForbid)}, "[]", "[\"l\"]");
  EXPECT_EQ(Lost(before, MakeBundle({MakeFile("a", kPermit)}, "[]", "[\"l\"]")),
            "b: the file is gone");
  EXPECT_EQ(
      Lost(before, MakeBundle({MakeFile("a", kPermit), MakeFile("c", kForbid)}, "[]", "[\"l\"]")),
      "b: the file is gone");
  EXPECT_EQ(Lost(before, MakeBundle({MakeFile("a", kPermit), MakeFile("b", kForbid)}, "[]")),
            "l.json: the file is gone");
}

TEST(CheckNothingLost, AFileThatLostItsEndIsALoss) {
  const std::string whole = std::string(kPermit) + std::string(kForbid);
  const Bundle before = MakeBundle({MakeFile("a", whole)}, "[{}, {}]", "[\"l\"]");
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(
        Lost(before, MakeBundle({MakeFile("a", whole.substr(0, size))}, "[{}, {}]", "[\"l\"]")),
        "a: the file lost its end")
        << size;
  }
  EXPECT_EQ(Lost(before, MakeBundle({MakeFile("a", whole)}, "[{}", "[\"l\"]")),
            "e.json: the file lost its end");
  EXPECT_EQ(Lost(before, MakeBundle({MakeFile("a", whole)}, "", "[\"l\"]")),
            "e.json: the file lost its end");
  EXPECT_EQ(Lost(before, MakeBundle({MakeFile("a", whole)}, "[{}, {}]", "[")),
            "l.json: the file lost its end");
}

TEST_F(BundleSignatureTest, ChangesWhenAFileIsTouched) {
  const std::string first = BundleSignature(paths_);
  EXPECT_EQ(BundleSignature(paths_), first);
  std::set<std::string> signatures = {first};
  const auto expect_new = [&](const char* what) {
    EXPECT_TRUE(signatures.insert(BundleSignature(paths_)).second) << what;
  };
  const auto touch = [&](const std::string& name) {
    fs::last_write_time(Path(name), fs::last_write_time(Path(name)) + milliseconds(1));
  };
  touch("policies/sub/b.cedar");
  expect_new("touched policy");
  touch("entities.json");
  expect_new("touched entities");
  touch("links.json");
  expect_new("touched links");
  Write("entities.json", "[ ]");
  expect_new("another size");
  fs::rename(Path("policies/a.cedar"), Path("policies/c.cedar"));
  expect_new("another name");
  Write("policies/d.cedar", "");
  expect_new("one more");
  fs::remove(Path("policies/d.cedar"));
  fs::remove(Path("links.json"));
  expect_new("one gone");
  fs::remove_all(Path("policies"));
  expect_new("all gone");
}

TEST_F(BundleSignatureTest, AFileReplacedByOneOfTheSameSizeAndTimeIsAnother) {
  const std::string first = BundleSignature(paths_);
  const auto time = fs::last_write_time(Path("entities.json"));
  Write("new.json", "{}");
  fs::last_write_time(Path("new.json"), time);
  fs::rename(Path("new.json"), Path("entities.json"));
  EXPECT_NE(BundleSignature(paths_), first);
}

TEST_F(BundleSignatureTest, SeesALinkThatIsMoved) {
  fs::create_directory_symlink(Path("policies"), Path("current"));
  paths_.policies = {Path("current")};
  const std::string first = BundleSignature(paths_);
  Write("next/a.cedar", std::string(kPermit));
  fs::create_directory_symlink(Path("next"), Path("new-link"));
  fs::rename(Path("new-link"), Path("current"));
  EXPECT_NE(BundleSignature(paths_), first);
}

TEST_F(BundleSignatureTest, OtherFilesDoNotCount) {
  const std::string first = BundleSignature(paths_);
  Write("policies/readme.txt", "x");
  Write("other.json", "[]");
  EXPECT_EQ(BundleSignature(paths_), first);
}

}  // namespace
}  // namespace thuja::server
