// SPDX-License-Identifier: Apache-2.0
// Forking, reading the clock of another process, and ending it.
#include "bench/child_server.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cstdio>
#include <fstream>
#include <string>

namespace thuja::bench {
namespace {

// How long a server may take to end by itself.
constexpr int kEndMilliseconds = 2'000;

absl::StatusOr<double> CpuSecondsOf(pid_t pid) {
  clockid_t clock = 0;
  timespec time{};
  if (clock_getcpuclockid(pid, &clock) != 0 || clock_gettime(clock, &time) != 0) {
    return absl::UnavailableError("process " + std::to_string(pid) + " has ended");
  }
  return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
}

}  // namespace

absl::StatusOr<std::unique_ptr<ChildServer>> ChildServer::Start(const Serve& serve) {
  int ends[2] = {};
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::UnavailableError("no pipe");
  std::fflush(nullptr);  // what is buffered would be written twice
  const pid_t pid = fork();
  if (pid < 0) return absl::UnavailableError("no process");
  if (pid == 0) {
    close(ends[0]);
    // A benchmark that is killed leaves no servers behind; nginx keeps this over its exec.
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    serve([&ends](uint16_t port) {
      if (write(ends[1], &port, sizeof(port)) != sizeof(port)) _exit(1);
    });
    _exit(1);
  }
  close(ends[1]);
  std::unique_ptr<ChildServer> child(new ChildServer(pid));
  const ssize_t size = read(ends[0], &child->port_, sizeof(child->port_));
  close(ends[0]);
  if (size != sizeof(child->port_)) return absl::UnavailableError("a server did not start");
  return child;
}

ChildServer::~ChildServer() {
  kill(pid_, SIGTERM);
  for (int waited = 0; waited < kEndMilliseconds; ++waited) {
    if (waitpid(pid_, nullptr, WNOHANG) != 0) return;
    usleep(1000);
  }
  kill(pid_, SIGKILL);
  waitpid(pid_, nullptr, 0);
}

absl::StatusOr<double> ChildServer::CpuSeconds() const {
  absl::StatusOr<double> sum = CpuSecondsOf(pid_);
  const std::string pid = std::to_string(pid_);
  std::ifstream children("/proc/" + pid + "/task/" + pid + "/children");
  for (pid_t child = 0; sum.ok() && children >> child;) {
    const absl::StatusOr<double> seconds = CpuSecondsOf(child);
    if (!seconds.ok()) return seconds;
    *sum += *seconds;
  }
  return sum;
}

}  // namespace thuja::bench
