// SPDX-License-Identifier: Apache-2.0
// Making, locking and protecting the file.
//
// Tested by tests/unit/store/sqlite_file_test.cc.
#include "server/store/sqlite_file.h"

#include <absl/strings/str_cat.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <filesystem>
#include <system_error>

namespace thuja::server {
namespace {

constexpr mode_t kOwnerOnly = S_IRUSR | S_IWUSR;
constexpr mode_t kOthers = S_IRWXG | S_IRWXO;

}  // namespace

absl::StatusOr<std::unique_ptr<SqliteFile>> SqliteFile::Hold(const std::string& path) {
  // Two names of one file have to have one lock.
  std::error_code error;
  std::filesystem::path real = std::filesystem::absolute(path, error);
  if (!error) real = std::filesystem::weakly_canonical(real, error);
  std::unique_ptr<SqliteFile> file(new SqliteFile(path, error ? path : real.string()));
  if (error) return file->Failure("cannot be found", error.value());
  if (const absl::Status status = file->Lock(); !status.ok()) return status;
  if (const absl::Status status = file->Make(); !status.ok()) return status;
  // The other two are made like the first, but may be there already.
  for (const char* ending : {"", "-wal", "-shm"}) {
    const absl::Status status = file->KeepToOwner(absl::StrCat(file->path_, ending));
    if (!status.ok()) return status;
  }
  return file;
}

SqliteFile::~SqliteFile() {
  if (lock_ >= 0) close(lock_);
}

absl::Status SqliteFile::Lock() {
  const std::string path = absl::StrCat(path_, "-lock");
  lock_ = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC | O_NOFOLLOW, kOwnerOnly);
  if (lock_ < 0) return Failure("its lock cannot be made", errno);
  if (flock(lock_, LOCK_EX | LOCK_NB) == 0) return absl::OkStatus();
  if (errno != EWOULDBLOCK) return Failure("cannot be locked", errno);
  return absl::UnavailableError(absl::StrCat("`", name_, "` is in use by another process"));
}

// The lock is held: nobody else in this process has the file open and could lose SQLite's locks
// when this descriptor is closed.
absl::Status SqliteFile::Make() const {
  const int made = open(path_.c_str(), O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, kOwnerOnly);
  if (made >= 0) {
    close(made);
    return absl::OkStatus();
  }
  if (errno != EEXIST) return Failure("cannot be made", errno);
  struct stat found {};
  if (stat(path_.c_str(), &found) != 0) return Failure("cannot be found", errno);
  if (S_ISREG(found.st_mode)) return absl::OkStatus();
  return absl::InternalError(absl::StrCat("`", name_, "` is no regular file"));
}

absl::Status SqliteFile::KeepToOwner(const std::string& path) const {
  struct stat found {};
  if (stat(path.c_str(), &found) != 0) {
    return errno == ENOENT ? absl::OkStatus() : Failure("cannot be found", errno);
  }
  if ((found.st_mode & kOthers) == 0) return absl::OkStatus();
  if (chmod(path.c_str(), found.st_mode & 07777 & ~kOthers) == 0) return absl::OkStatus();
  return Failure("others may use it, and that cannot be changed", errno);
}

absl::Status SqliteFile::Failure(const char* what, int error) const {
  const std::string message =
      absl::StrCat("`", name_, "`: ", what, ": ", std::generic_category().message(error));
  switch (error) {
    case EACCES:
    case EPERM:
    case EROFS: return absl::PermissionDeniedError(message);
    case ENOSPC:
    case EDQUOT: return absl::ResourceExhaustedError(message);
    default: return absl::InternalError(message);
  }
}

}  // namespace thuja::server
