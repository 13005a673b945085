// SPDX-License-Identifier: Apache-2.0
// A part of a test in a process of its own, which may be killed, have limits or be another user.
#pragma once

#include <sys/wait.h>
#include <unistd.h>

#include <utility>

namespace thuja::testing {

// Begins `body`, whose result is the exit status: 0 if all was as it should be. The child has a
// copy of everything but threads and must not use what is open in the parent.
template <typename Body>
pid_t BeginChild(const Body& body) {
  const pid_t child = fork();
  if (child == 0) _exit(body());
  return child;
}

// The exit status of a child, or 1000 and the number of the signal that ended it.
inline int WaitFor(pid_t child) {
  int status = 0;
  waitpid(child, &status, 0);
  return WIFEXITED(status) ? WEXITSTATUS(status) : 1000 + WTERMSIG(status);
}

template <typename Body>
int InChild(const Body& body) {
  return WaitFor(BeginChild(body));
}

// Gives up root's right to write what nobody may write. For children only.
inline bool BecomeNobody() {
  constexpr uid_t kNobody = 65534;
  return geteuid() != 0 || (setegid(kNobody) == 0 && seteuid(kNobody) == 0);
}

}  // namespace thuja::testing
