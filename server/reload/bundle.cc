// SPDX-License-Identifier: Apache-2.0
// Reading of bundles, and the judgement of changes.
//
// Tested by tests/unit/reload/bundle_test.cc and tests/service/reload_hammer_test.cc.
#include "server/reload/bundle.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <thread>

#include "server/decision/digest.h"
#include "server/reload/files_below.h"

namespace thuja::server {
namespace {

namespace fs = std::filesystem;

struct NamedPath {
  std::string name;
  std::string path;
};

absl::Status Failed(const std::string& path, const std::string& why) {
  return FailedPrecondition(path + ": " + why);
}

// The policy files, folders unfolded; the name of a file does not change with where a link leads.
absl::StatusOr<std::vector<NamedPath>> PolicyFiles(const std::vector<std::string>& paths) {
  std::vector<NamedPath> files;
  for (const std::string& path : paths) {
    std::error_code error;
    const fs::path resolved = fs::canonical(path, error);
    if (error) return Failed(path, error.message());
    if (!fs::is_directory(resolved, error)) {
      files.push_back({path, resolved.string()});
      continue;
    }
    std::vector<std::string> found;
    try {
      found = FilesBelow(resolved, ".cedar");
    } catch (const fs::filesystem_error& listing) {
      return Failed(path, listing.code().message());
    }
    if (found.empty()) return Failed(path, "this folder holds no .cedar file");
    for (const std::string& file : found) {
      files.push_back({path + "/" + file.substr(resolved.string().size() + 1), file});
    }
  }
  return files;
}

class OpenFile {
 public:
  explicit OpenFile(const std::string& path)
      : fd_(open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK)) {}
  ~OpenFile() {
    if (fd_ >= 0) close(fd_);
  }
  OpenFile(const OpenFile&) = delete;
  OpenFile& operator=(const OpenFile&) = delete;

  int fd() const { return fd_; }

  // True if somebody has it open for writing. A read lease cannot be had then; where leases cannot
  // be had at all, nobody can tell, and the two reads have to do.
  bool IsBeingWritten() const {
    // Whoever opens it for writing now breaks the lease; the signal for that is one that is
    // ignored.
    fcntl(fd_, F_SETSIG, SIGURG);
    if (fcntl(fd_, F_SETLEASE, F_RDLCK) == 0) {
      fcntl(fd_, F_SETLEASE, F_UNLCK);
      return false;
    }
    return errno == EAGAIN;
  }

 private:
  int fd_;
};

absl::StatusOr<BundleFile> ReadOne(const NamedPath& file) {
  const OpenFile opened(file.path);
  if (opened.fd() < 0) return Failed(file.name, std::strerror(errno));
  struct stat info {};
  if (fstat(opened.fd(), &info) != 0 || !S_ISREG(info.st_mode)) {
    return Failed(file.name, "this is no regular file");
  }
  if (opened.IsBeingWritten()) {
    return absl::UnavailableError(file.name + ": somebody is writing this file");
  }
  std::string text;
  char buffer[1 << 16];
  for (;;) {
    const ssize_t got = read(opened.fd(), buffer, sizeof(buffer));
    if (got < 0 && errno == EINTR) continue;
    if (got < 0) return Failed(file.name, std::strerror(errno));
    if (got == 0) break;
    text.append(buffer, static_cast<size_t>(got));
    if (text.size() >= kMaxSourceBytes) return Failed(file.name, "the file is too large");
  }
  return BundleFile{file.name, std::make_shared<const SourceText>(file.name, std::move(text))};
}

absl::Status ReadInto(const NamedPath& file, std::vector<BundleFile>* out) {
  absl::StatusOr<BundleFile> read = ReadOne(file);
  if (!read.ok()) return read.status();
  out->push_back(*std::move(read));
  return absl::OkStatus();
}

void AppendStat(const std::string& path, std::string* out) {
  struct stat info {};
  *out += path;
  if (stat(path.c_str(), &info) != 0) {
    *out += " absent\n";
    return;
  }
  for (const long long part :
       {static_cast<long long>(info.st_dev), static_cast<long long>(info.st_ino),
        static_cast<long long>(info.st_size), static_cast<long long>(info.st_mtim.tv_sec),
        static_cast<long long>(info.st_mtim.tv_nsec), static_cast<long long>(info.st_ctim.tv_sec),
        static_cast<long long>(info.st_ctim.tv_nsec)}) {
    *out += ' ' + std::to_string(part);
  }
  *out += '\n';
}

const BundleFile* FindFile(const std::vector<const BundleFile*>& files, const std::string& name) {
  const auto found = std::ranges::find(files, name, &BundleFile::name);
  return found == files.end() ? nullptr : *found;
}

}  // namespace

absl::Status FailedPrecondition(const std::string& text) {
  return absl::FailedPreconditionError(absl::string_view(text.data(), text.size()));
}

std::vector<const BundleFile*> Bundle::AllFiles() const {
  std::vector<const BundleFile*> files;
  for (const std::vector<BundleFile>* part : {&policies, &entities, &links}) {
    for (const BundleFile& file : *part) files.push_back(&file);
  }
  return files;
}

std::string BundleSignature(const BundlePaths& paths) {
  std::string signature;
  const absl::StatusOr<std::vector<NamedPath>> files = PolicyFiles(paths.policies);
  if (files.ok()) {
    for (const NamedPath& file : *files) AppendStat(file.path, &signature);
  } else {
    signature += std::string(files.status().message()) + "\n";
  }
  for (const std::string& path : {paths.entities, paths.links}) {
    if (!path.empty()) AppendStat(path, &signature);
  }
  return signature;
}

absl::StatusOr<Bundle> ReadBundle(const BundlePaths& paths) {
  Bundle bundle;
  const absl::StatusOr<std::vector<NamedPath>> files = PolicyFiles(paths.policies);
  if (!files.ok()) return files.status();
  absl::Status status;
  for (const NamedPath& file : *files) status.Update(ReadInto(file, &bundle.policies));
  if (!paths.entities.empty()) {
    status.Update(ReadInto({paths.entities, paths.entities}, &bundle.entities));
  }
  if (!paths.links.empty()) status.Update(ReadInto({paths.links, paths.links}, &bundle.links));
  if (!status.ok()) return status;
  Sha256 digest;
  for (const BundleFile* file : bundle.AllFiles()) {
    const std::string_view text = file->source->text();
    digest.Update(std::to_string(file->name.size()) + " " + file->name + " " +
                  std::to_string(text.size()) + " ");
    digest.Update(text);
  }
  digest.AppendHex(&bundle.digest);
  return bundle;
}

absl::StatusOr<Bundle> ReadSettledBundle(const BundlePaths& paths, std::chrono::milliseconds settle,
                                         std::chrono::milliseconds patience,
                                         const std::function<bool()>& stopped) {
  const auto end = std::chrono::steady_clock::now() + patience;
  absl::StatusOr<Bundle> before = ReadBundle(paths);
  for (;;) {
    std::this_thread::sleep_for(settle);
    absl::StatusOr<Bundle> after = ReadBundle(paths);
    if (before.ok() && after.ok() && before->digest == after->digest) return after;
    if (stopped() || std::chrono::steady_clock::now() >= end) {
      return after.ok() ? FailedPrecondition("the files keep changing") : after.status();
    }
    // What two reads refuse for the same reason will not settle by itself, unless somebody is at
    // it.
    if (!before.ok() && before.status() == after.status() && !absl::IsUnavailable(after.status())) {
      return after.status();
    }
    before = std::move(after);
  }
}

absl::Status CheckNothingLost(const Bundle& before, const Bundle& after) {
  const std::vector<const BundleFile*> files = after.AllFiles();
  for (const BundleFile* old : before.AllFiles()) {
    const BundleFile* file = FindFile(files, old->name);
    if (file == nullptr) return FailedPrecondition(old->name + ": the file is gone");
    const std::string_view text = file->source->text();
    const std::string_view old_text = old->source->text();
    if (text.size() < old_text.size() && old_text.starts_with(text)) {
      return FailedPrecondition(old->name + ": the file lost its end");
    }
  }
  return absl::OkStatus();
}

}  // namespace thuja::server
