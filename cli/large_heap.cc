// SPDX-License-Identifier: Apache-2.0
// glibc's heap grows where sbrk ends. It is made to grow by a lot at once, and that much is asked
// for in large pages; it is only addresses until somebody writes there.
#include "cli/large_heap.h"

#include <malloc.h>
#include <sys/mman.h>
#include <unistd.h>

#include <cstdint>
#include <cstdlib>

namespace thuja::cli {

void UseLargePages() {
#ifdef __GLIBC__
  constexpr size_t kHeap = size_t{1} << 29;
  constexpr int kLargestInHeap = 1 << 25;  // more is refused
  constexpr uintptr_t kPage = uintptr_t{1} << 21;
  const auto begin = reinterpret_cast<uintptr_t>(sbrk(0));
  mallopt(M_TOP_PAD, static_cast<int>(kHeap));
  mallopt(M_MMAP_THRESHOLD, kLargestInHeap);
  // What was given back would come again in small pages.
  mallopt(M_TRIM_THRESHOLD, static_cast<int>(kHeap));
  // The compiler must not find out that nobody needs it.
  void* volatile memory = std::malloc(kLargestInHeap / 2);
  std::free(memory);
  const auto end = reinterpret_cast<uintptr_t>(sbrk(0));
  const uintptr_t first = (begin + kPage - 1) / kPage * kPage;
  const uintptr_t behind = end / kPage * kPage;
  if (behind > first) madvise(reinterpret_cast<void*>(first), behind - first, MADV_HUGEPAGE);
#endif
}

}  // namespace thuja::cli
