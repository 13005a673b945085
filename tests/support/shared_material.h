// SPDX-License-Identifier: Apache-2.0
// The test material that is not part of the repository: Cedar's published tests, recorded cases
// and workloads, in the folder that THUJA_SHARED names (`../shared` if it is not set).
#pragma once

#include <filesystem>
#include <optional>

namespace thuja::testing {

// Nothing if the material is not there, or THUJA_SHARED is `none`. A suite that needs it skips
// then, with a message that begins with THUJA_SHARED.
std::optional<std::filesystem::path> SharedMaterial();

// A folder of the test program's own that is empty now and removed at its end.
class TemporaryFolder {
 public:
  TemporaryFolder();
  ~TemporaryFolder();
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  const std::filesystem::path& path() const { return path_; }

 private:
  std::filesystem::path path_;
};

// Unpacks an archive (`.tar.gz`) or a text (`.gz`) into a folder. False if tar or gzip fails.
bool Unpack(const std::filesystem::path& packed, const std::filesystem::path& folder);

}  // namespace thuja::testing

// Leaves the test, counted as skipped, if the shared material is not there.
#define THUJA_REQUIRE_SHARED(folder)                      \
  const auto folder = ::thuja::testing::SharedMaterial(); \
  if (!folder) GTEST_SKIP() << "THUJA_SHARED names no folder; this suite needs its data"
