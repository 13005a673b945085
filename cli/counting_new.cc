// SPDX-License-Identifier: Apache-2.0
// The global operators new and delete, counting for `thuja bench`. A number of the thread's own is
// added to, which costs the other commands nothing that can be measured.
//
// Tested by tests/unit/cli/bench_test.cc.
#include "cli/counting_new.h"

#include <cstdlib>
#include <new>

namespace {

thread_local size_t count = 0;

}  // namespace

// All forms that the library and the language use are replaced: a sanitizer rightly objects when
// memory of one kind of new goes to another kind of delete.
void* operator new(size_t size, const std::nothrow_t&) noexcept {
  ++count;
  return std::malloc(size == 0 ? 1 : size);
}

void* operator new(size_t size) {
  void* memory = operator new(size, std::nothrow);
  if (memory == nullptr) throw std::bad_alloc();
  return memory;
}

void operator delete(void* memory) noexcept { std::free(memory); }
void operator delete(void* memory, size_t) noexcept { std::free(memory); }
void operator delete(void* memory, const std::nothrow_t&) noexcept { std::free(memory); }

namespace thuja::cli {

size_t CountedAllocations() { return count; }

}  // namespace thuja::cli
