// SPDX-License-Identifier: Apache-2.0
// A file that takes one credential, and that nobody but its owner can read.
//
// It is made before the credential is asked for: a credential that cannot be kept is lost, because
// the server shows it once.
#pragma once

#include <absl/status/statusor.h>

#include <memory>
#include <string>
#include <string_view>

namespace thuja::cli {

class CredentialFile {
 public:
  // An error if the folder takes no file. Nothing stands at `path` before Write.
  static absl::StatusOr<std::unique_ptr<CredentialFile>> Make(const std::string& path);
  ~CredentialFile();
  CredentialFile(const CredentialFile&) = delete;
  CredentialFile& operator=(const CredentialFile&) = delete;

  // The credential on one line, in place of what stood at the path.
  absl::Status Write(std::string_view credential);

 private:
  CredentialFile(std::string path, std::string temporary, int fd);

  std::string path_;
  std::string temporary_;  // beside it; empty once it is at its place
  int fd_;
};

}  // namespace thuja::cli
