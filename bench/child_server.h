// SPDX-License-Identifier: Apache-2.0
// A server as a child process, so that its processor time can be read from outside and the load
// generator's own is not in it.
#pragma once

#include <absl/status/statusor.h>
#include <sys/types.h>

#include <cstdint>
#include <functional>
#include <memory>

namespace thuja::bench {

class ChildServer {
 public:
  // Runs in the child: opens a listener, says its TCP port, then serves or executes a program. It
  // comes back only if something is wrong, and has said so on standard error.
  using Serve = std::function<void(const std::function<void(uint16_t)>& opened)>;

  // REQUIRES: this process has one thread, because a fork takes only one along.
  static absl::StatusOr<std::unique_ptr<ChildServer>> Start(const Serve& serve);
  ~ChildServer();  // ends the child
  ChildServer(const ChildServer&) = delete;
  ChildServer& operator=(const ChildServer&) = delete;

  uint16_t port() const { return port_; }

  // Processor time of all threads, user and kernel, since the child began; its own children, such
  // as nginx's workers, count too.
  absl::StatusOr<double> CpuSeconds() const;

 private:
  explicit ChildServer(pid_t pid) : pid_(pid) {}

  const pid_t pid_;
  uint16_t port_ = 0;
};

}  // namespace thuja::bench
