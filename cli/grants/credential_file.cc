// SPDX-License-Identifier: Apache-2.0
// Writing beside the path and renaming: a file that stood there, with whatever mode, and a link are
// replaced and not written to.
//
// Tested by tests/unit/cli/credential_file_test.cc.
#include "cli/grants/credential_file.h"

#include <absl/strings/str_cat.h>
#include <stdlib.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>
#include <filesystem>
#include <utility>

namespace thuja::cli {
namespace {

absl::Status ErrorOf(const std::string& path, int error) {
  return absl::UnavailableError(absl::StrCat(path, ": ", std::strerror(error)));
}

}  // namespace

absl::StatusOr<std::unique_ptr<CredentialFile>> CredentialFile::Make(const std::string& path) {
  std::error_code ignored;
  if (std::filesystem::is_directory(path, ignored)) return ErrorOf(path, EISDIR);
  std::string temporary = path + ".XXXXXX";
  const int fd = mkstemp(temporary.data());  // with mode 0600
  if (fd < 0) return ErrorOf(path, errno);
  return std::unique_ptr<CredentialFile>(new CredentialFile(path, std::move(temporary), fd));
}

CredentialFile::CredentialFile(std::string path, std::string temporary, int fd)
    : path_(std::move(path)), temporary_(std::move(temporary)), fd_(fd) {}

CredentialFile::~CredentialFile() {
  close(fd_);
  if (!temporary_.empty()) unlink(temporary_.c_str());
}

absl::Status CredentialFile::Write(std::string_view credential) {
  const std::string line = std::string(credential) + "\n";
  for (size_t written = 0; written < line.size();) {
    const ssize_t count = write(fd_, line.data() + written, line.size() - written);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return ErrorOf(path_, errno);
    written += static_cast<size_t>(count);
  }
  if (fsync(fd_) != 0) return ErrorOf(path_, errno);
  if (std::rename(temporary_.c_str(), path_.c_str()) != 0) return ErrorOf(path_, errno);
  temporary_.clear();
  return absl::OkStatus();
}

}  // namespace thuja::cli
