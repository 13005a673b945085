// SPDX-License-Identifier: Apache-2.0
// The global operators new and delete, counting. They stand apart from all that is tested, so that
// no compiler inlines one of them without the other.
#include "tests/allocations/allocation_count.h"

#include <atomic>
#include <cstdlib>
#include <new>

namespace {

std::atomic<size_t> count{0};

}  // namespace

// All forms that the library and the language use are replaced: a sanitizer rightly objects when
// memory of one kind of new goes to another kind of delete.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}

void* operator new(size_t size) {
  void* memory = operator new(size, std::nothrow);
  if (memory == nullptr) std::abort();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace thuja {

size_t AllocationCount() { return count; }

}  // namespace thuja
