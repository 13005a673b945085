// SPDX-License-Identifier: Apache-2.0
// Listing of folders.
//
// Tested by tests/unit/cli/files_test.cc.
#include "server/reload/files_below.h"

#include <algorithm>

namespace thuja::server {

std::vector<std::string> FilesBelow(const std::filesystem::path& folder, std::string_view ending) {
  std::vector<std::string> files;
  for (const auto& entry : std::filesystem::recursive_directory_iterator(folder)) {
    std::string path = entry.path().string();
    // A link to nothing counts: to pass it over would lose, say, a forbid without a word.
    const bool is_file = entry.is_regular_file() || !entry.exists();
    if (is_file && path.ends_with(ending)) files.push_back(std::move(path));
  }
  std::ranges::sort(files);
  return files;
}

}  // namespace thuja::server
