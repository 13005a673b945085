// SPDX-License-Identifier: Apache-2.0
// glibc's heap grows where sbrk ends. It is made to grow by a lot at once, and that much is asked
// for in large pages; it is only addresses until somebody writes there.
//
// Tested by tests/unit/cli/large_heap_test.cc.
#include "cli/large_heap.h"

#include <cstddef>
#include <cstdint>
#include <cstdlib>
#include <initializer_list>

#ifdef __GLIBC__
#include <malloc.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <unistd.h>
#endif

namespace thuja::cli {

#ifdef __GLIBC__
namespace {

// Where addresses are counted, a heap that grows by much at once would use them up.
bool AreAddressesLimited() {
  for (const auto resource : {RLIMIT_AS, RLIMIT_DATA}) {
    rlimit limit{};
    if (getrlimit(resource, &limit) != 0 || limit.rlim_cur != RLIM_INFINITY) return true;
  }
  return false;
}

}  // namespace
#endif

void UseLargePages() {
#ifdef __GLIBC__
  constexpr size_t kHeap = size_t{1} << 29;
  constexpr int kUsualPad = 1 << 17;
  constexpr int kLargestInHeap = 1 << 25;  // more is refused
  constexpr uintptr_t kPage = uintptr_t{1} << 21;
  if (AreAddressesLimited()) return;
  const auto begin = reinterpret_cast<uintptr_t>(sbrk(0));
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  // What was given back would come again in small pages.
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kHeap));
  mallopt(M_TOP_PAD, static_cast<int>(kHeap));
  // The compiler must not find out that nobody needs it.
  void* volatile memory = std::malloc(kLargestInHeap / 2);
  std::free(memory);
  mallopt(M_TOP_PAD, kUsualPad);
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0));
  const uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const uintptr_t behind = end / kPage * kPage;
  if (behind > first) madvise(reinterpret_cast<void*>(first), behind - first, MADV_HUGEPAGE);
#endif
}

}  // namespace thuja::cli
