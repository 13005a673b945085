// SPDX-License-Identifier: Apache-2.0
// Which files a folder of policies or suites holds.
#pragma once

#include <filesystem>
#include <string>
#include <string_view>
#include <vector>

namespace thuja::server {

// All files below a folder whose name ends like this, in byte order of their paths. Links to files
// count, also those to nothing, so that reading them fails; links to folders are not followed.
// Throws std::filesystem::filesystem_error if the folder cannot be listed.
std::vector<std::string> FilesBelow(const std::filesystem::path& folder, std::string_view ending);

}  // namespace thuja::server
