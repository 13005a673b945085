// SPDX-License-Identifier: Apache-2.0
// Finding and unpacking of the shared test material.
#include "tests/support/shared_material.h"

#include <unistd.h>

#include <cstdlib>
#include <string>

namespace thuja::testing {

namespace fs = std::filesystem;

std::optional<fs::path> SharedMaterial() {
  const char* name = std::getenv("THUJA_SHARED");
  const fs::path folder =
      name == nullptr ? fs::path(THUJA_SOURCE_DIR) / ".." / "shared" : fs::path(name);
  if (folder == "none" || !fs::is_directory(folder)) return std::nullopt;
  return fs::canonical(folder);
}

TemporaryFolder::TemporaryFolder() {
  std::string pattern = (fs::temp_directory_path() / "thuja-test-XXXXXX").string();
  if (mkdtemp(pattern.data()) != nullptr) path_ = pattern;
}

TemporaryFolder::~TemporaryFolder() {
  std::error_code ignored;
  if (!path_.empty()) fs::remove_all(path_, ignored);
}

bool Unpack(const fs::path& packed, const fs::path& folder) {
  const bool archive = packed.string().ends_with(".tar.gz");
  const std::string from = "'" + packed.string() + "'";
  const std::string to = "'" + folder.string() + "'";
  const std::string command =
      archive ? "tar xzf " + from + " -C " + to
              : "gzip -dc " + from + " > '" + (folder / packed.stem()).string() + "'";
  return std::system(command.c_str()) == 0;
}

}  // namespace thuja::testing
