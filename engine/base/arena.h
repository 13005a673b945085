// SPDX-License-Identifier: Apache-2.0
// A bump allocator that owns what values point to.
//
// Values are small handles that are copied freely (engine/value/value.h); the strings, sets and
// records behind them live in an Arena and die with it, all at once. Reset keeps the memory, so an
// arena that is reused for every decision stops allocating once it has grown to the largest one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <vector>

namespace thuja::base {

// Not thread-safe; movable, and what it handed out stays where it is when it moves.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&&) = default;
  Arena& operator=(Arena&&) = default;

  // `size` bytes aligned for any scalar; never null. `size` may be 0.
  void* Allocate(size_t size);

  // An uninitialised array. Destructors never run, so T must not need one.
  template <typename T>
  T* AllocateArray(size_t count) {
    static_assert(std::is_trivially_destructible_v<T>);
    return static_cast<T*>(Allocate(count * sizeof(T)));
  }

  template <typename T>
  T* New(T value) {
    static_assert(std::is_trivially_destructible_v<T>);
    return new (Allocate(sizeof(T))) T(value);
  }

  std::string_view CopyString(std::string_view text);

  // Forgets everything that was handed out and keeps the blocks for reuse.
  void Reset();

  // Bytes taken from the system.
  size_t capacity() const;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    size_t size;
  };

  void NextBlock(size_t at_least);

  std::vector<Block> blocks_;
  size_t current_ = 0;  // index of the block that is being filled
  size_t used_ = 0;     // bytes used in that block
};

}  // namespace thuja::base
