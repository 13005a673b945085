// SPDX-License-Identifier: Apache-2.0
// Files and folders as source texts.
#include "cli/files.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

#include "tests/support/run_program.h"
#include "tests/support/shared_material.h"

namespace thuja::cli {
namespace {

using testing::WriteFile;

TEST(ReadPolicySources, AFoldersFilesComeInByteOrderOfTheirPaths) {
  const testing::TemporaryFolder folder;
  const std::string root = folder.path().string() + "/";
  for (const char* name : {"b.cedar", "a/z.cedar", "a.cedar", "B.cedar", "a-b.cedar", "c.txt",
                           "a/a/a.cedar", "x.cedar.bak"}) {
    WriteFile(root + name, "");
  }
  const auto sources = ReadPolicySources({folder.path().string()});
  ASSERT_TRUE(sources);
  std::vector<std::string> names;
  for (const auto& source : *sources) names.push_back(source->name().substr(root.size()));
  EXPECT_EQ(names, (std::vector<std::string>{"B.cedar", "a-b.cedar", "a.cedar", "a/a/a.cedar",
                                             "a/z.cedar", "b.cedar"}));
}

TEST(ReadPolicySources, ALoopOfLinksIsNotFollowed) {
  const testing::TemporaryFolder folder;
  WriteFile((folder.path() / "a.cedar").string(), "");
  std::filesystem::create_directory_symlink(folder.path(), folder.path() / "loop");
  const auto sources = ReadPolicySources({folder.path().string()});
  ASSERT_TRUE(sources);
  EXPECT_EQ(sources->size(), 1u);
}

TEST(ReadPolicySources, ALinkToAFileCountsAndOneToNothingIsAnError) {
  const testing::TemporaryFolder folder;
  const testing::TemporaryFolder elsewhere;
  const std::string target = WriteFile((elsewhere.path() / "t").string(), "linked");
  std::filesystem::create_symlink(target, folder.path() / "a.cedar");
  const auto sources = ReadPolicySources({folder.path().string()});
  ASSERT_TRUE(sources);
  ASSERT_EQ(sources->size(), 1u);
  EXPECT_EQ(sources->front()->text(), "linked");
  std::filesystem::create_symlink(elsewhere.path() / "gone", folder.path() / "b.cedar");
  EXPECT_FALSE(ReadPolicySources({folder.path().string()}));
}

TEST(ReadPolicySources, WhatCannotBeReadIsNoEmptySetOfPolicies) {
  const testing::TemporaryFolder folder;
  EXPECT_FALSE(ReadPolicySources({folder.path().string()}));
  EXPECT_FALSE(ReadPolicySources({(folder.path() / "missing.cedar").string()}));
  const std::string good = WriteFile((folder.path() / "a.cedar").string(), "x");
  EXPECT_FALSE(ReadPolicySources({good, (folder.path() / "missing").string()}));
}

TEST(ReadSource, KeepsEveryByte) {
  const testing::TemporaryFolder folder;
  const std::string text("a\0\r\n\xFF", 5);
  const auto source = ReadSource(WriteFile((folder.path() / "f").string(), text));
  ASSERT_NE(source, nullptr);
  EXPECT_EQ(source->text(), text);
  EXPECT_EQ(ReadSource(folder.path().string()), nullptr);
}

}  // namespace
}  // namespace thuja::cli
