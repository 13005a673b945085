// SPDX-License-Identifier: Apache-2.0
// Files of credentials: whole, private, and never half there.
#include "cli/grants/credential_file.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja::cli {
namespace {

std::string Read(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

mode_t ModeOf(const std::string& path) {
  struct stat status {};
  EXPECT_EQ(lstat(path.c_str(), &status), 0) << path;
  return status.st_mode;
}

size_t FilesIn(const std::filesystem::path& folder) {
  return static_cast<size_t>(std::distance(std::filesystem::directory_iterator(folder),
                                           std::filesystem::directory_iterator()));
}

TEST(CredentialFile, IsForItsOwnerOnly) {
  const testing::TemporaryFolder folder;
  const std::string path = (folder.path() / "task.token").string();
  {
    auto file = CredentialFile::Make(path);
    ASSERT_TRUE(file.ok()) << file.status();
    EXPECT_FALSE(std::filesystem::exists(path));
    ASSERT_TRUE((*file)->Write("the-credential").ok());
  }
  EXPECT_EQ(Read(path), "the-credential\n");
  EXPECT_EQ(ModeOf(path) & 07777, 0600u);
  EXPECT_EQ(FilesIn(folder.path()), 1u);
}

TEST(CredentialFile, TakesThePlaceOfAFileOrLink) {
  const testing::TemporaryFolder folder;
  const std::string target = testing::WriteFile((folder.path() / "target").string(), "kept");
  const std::string open = testing::WriteFile((folder.path() / "open").string(), "old");
  const std::string link = (folder.path() / "link").string();
  chmod(open.c_str(), 0644);
  std::filesystem::create_symlink(target, link);
  for (const std::string& path : {open, link}) {
    auto file = CredentialFile::Make(path);
    ASSERT_TRUE(file.ok()) << file.status();
    ASSERT_TRUE((*file)->Write("new").ok());
    EXPECT_EQ(Read(path), "new\n");
    EXPECT_EQ(ModeOf(path), S_IFREG | 0600u);
  }
  EXPECT_EQ(Read(target), "kept");
}

TEST(CredentialFile, LeavesNothingWithoutACredential) {
  const testing::TemporaryFolder folder;
  const std::string path = testing::WriteFile((folder.path() / "task.token").string(), "old");
  { ASSERT_TRUE(CredentialFile::Make(path).ok()); }
  EXPECT_EQ(Read(path), "old");
  EXPECT_EQ(FilesIn(folder.path()), 1u);
}

TEST(CredentialFile, SaysBeforehandThatItCannotBeWritten) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(CredentialFile::Make((folder.path() / "none" / "task.token").string()).ok());
  EXPECT_FALSE(CredentialFile::Make(folder.path().string()).ok());
}

}  // namespace
}  // namespace thuja::cli
