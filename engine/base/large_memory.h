// SPDX-License-Identifier: Apache-2.0
// Memory for tables and arenas that may become large: in large pages, where the system has them.
//
// A store of a million entities is some hundred megabytes. In pages of 4 KB these are a hundred
// thousand page faults while it is built, and a page that the processor has to look up for almost
// every entity that a decision asks for. In pages of 2 MB both are hardly there: a store is built
// in two thirds of the time.
#pragma once

#include <cstddef>

namespace thuja::base {

// What is at least as large is in large pages.
inline constexpr size_t kLargeMemory = size_t{1} << 21;

// `size` bytes aligned for any scalar; ends the process if there are none, as `new` does. Return
// them with the same size.
void* AllocateLarge(size_t size);
void FreeLarge(void* memory, size_t size);

// For containers.
template <typename T>
struct LargeAllocator {
  using value_type = T;

  LargeAllocator() = default;
  template <typename Other>
  LargeAllocator(const LargeAllocator<Other>&) {}

  T* allocate(size_t count) { return static_cast<T*>(AllocateLarge(count * sizeof(T))); }
  void deallocate(T* memory, size_t count) { FreeLarge(memory, count * sizeof(T)); }

  friend bool operator==(const LargeAllocator&, const LargeAllocator&) { return true; }
};

}  // namespace thuja::base
