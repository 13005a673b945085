// SPDX-License-Identifier: Apache-2.0
// The file of a database, held by one process and readable by its owner alone.
//
// What is locked is a file beside it, NAME-lock, which stays: SQLite's own locks are of the kind
// that a process loses as soon as it closes any descriptor of the file.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <memory>
#include <string>

namespace thuja::server {

class SqliteFile {
 public:
  // Makes an empty file if there is none. PERMISSION_DENIED, RESOURCE_EXHAUSTED, UNAVAILABLE if it
  // is held already, by this process or another; INTERNAL otherwise.
  static absl::StatusOr<std::unique_ptr<SqliteFile>> Hold(const std::string& path);
  ~SqliteFile();
  SqliteFile(const SqliteFile&) = delete;
  SqliteFile& operator=(const SqliteFile&) = delete;

  const std::string& name() const { return name_; }  // as it was given
  const std::string& path() const { return path_; }  // without links, from the root

 private:
  SqliteFile(std::string name, std::string path) : name_(std::move(name)), path_(std::move(path)) {}
  absl::Status Lock();
  absl::Status Make() const;
  absl::Status KeepToOwner(const std::string& path) const;
  absl::Status Failure(const char* what, int error) const;

  std::string name_;
  std::string path_;
  int lock_ = -1;
};

}  // namespace thuja::server
