// SPDX-License-Identifier: Apache-2.0
// What a process holds, from /proc: for tests that say that a client costs no more than it may.
#pragma once

#include <sys/types.h>

#include <chrono>
#include <cstddef>
#include <functional>

namespace thuja::testing {

size_t OpenFiles(pid_t pid);
size_t ResidentBytes(pid_t pid);

// False in builds whose tools keep freed memory, where no bound can be stated.
bool MemoryIsComparable();

// Looks again and again until it is so, or the time is over.
bool Eventually(std::chrono::milliseconds limit, const std::function<bool()>& holds);

// Lets this process hold as many open files as it is allowed to.
void RaiseFileLimit();

}  // namespace thuja::testing
