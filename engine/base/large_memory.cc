// SPDX-License-Identifier: Apache-2.0
// Asking the system for large pages.
//
// Tested by tests/unit/base/large_memory_test.cc.
#include "engine/base/large_memory.h"

#include <new>

#ifdef __linux__
#include <sys/mman.h>
#endif

namespace thuja::base {
namespace {

constexpr std::align_val_t kPage{kLargeMemory};

}  // namespace

void* AllocateLarge(size_t size) {
  if (size < kLargeMemory) return ::operator new(size);
  void* memory = ::operator new(size, kPage);
#ifdef __linux__
  // A wish: where it is not granted, the pages are small ones. Only whole large pages are asked
  // for, so that nothing is rounded up.
  madvise(memory, size / kLargeMemory * kLargeMemory, MADV_HUGEPAGE);
#endif
  return memory;
}

void FreeLarge(void* memory, size_t size) {
  if (size < kLargeMemory) {
    ::operator delete(memory);
  } else {
    ::operator delete(memory, kPage);
  }
}

}  // namespace thuja::base
