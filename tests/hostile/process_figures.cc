// SPDX-License-Identifier: Apache-2.0
// Reading of what /proc says of a process: its open files and its memory.
#include "tests/hostile/process_figures.h"

#include <sys/resource.h>

#include <filesystem>
#include <fstream>
#include <string>
#include <thread>

namespace thuja::testing {
namespace {

std::filesystem::path Folder(pid_t pid) {
  return std::filesystem::path("/proc") / std::to_string(pid);
}

}  // namespace

size_t OpenFiles(pid_t pid) {
  size_t count = 0;
  std::error_code error;
  std::filesystem::directory_iterator files(Folder(pid) / "fd", error);
  for (const auto end = std::filesystem::directory_iterator(); !error && files != end;
       files.increment(error)) {
    ++count;
  }
  return count;
}

size_t ResidentBytes(pid_t pid) {
  std::ifstream status(Folder(pid) / "status");
  const std::string key = "VmRSS:";
  for (std::string line; std::getline(status, line);) {
    if (line.starts_with(key)) return std::stoull(line.substr(key.size())) * 1024;
  }
  return 0;
}

bool MemoryIsComparable() {
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
  return false;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
  return false;
#else
  return true;
#endif
#else
  return true;
#endif
}

bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds) {
  const auto end = std::chrono::steady_clock::now() + limit;
  while (!holds()) {
    if (std::chrono::steady_clock::now() > end) return false;
    std::this_thread::sleep_for(std::chrono::milliseconds(20));
  }
  return true;
}

void RaiseFileLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

}  // namespace thuja::testing
