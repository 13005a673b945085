// SPDX-License-Identifier: Apache-2.0
// A bump allocator that owns what values point to.
//
// Values are small handles that are copied freely (engine/value/value.h); the strings, sets and
// records behind them live in an Arena and die with it, all at once. Reset keeps the memory, so an
// arena that is reused for every decision stops allocating once it has grown to the largest one.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <memory>
#include <new>
#include <string_view>
#include <type_traits>
#include <utility>
#include <vector>

namespace thuja::base {

// Not thread-safe; movable, and what it handed out stays where it is when it moves.
class Arena {
 public:
  Arena() = default;
  Arena(Arena&& other) noexcept { *this = std::move(other); }
  Arena& operator=(Arena&& other) noexcept;

  // `size` bytes aligned for any scalar; never null. `size` may be 0.
  void* Allocate(size_t size) {
    size = (size + kAlignment - 1) & ~(kAlignment - 1);
    if (static_cast<size_t>(end_ - next_) < size) NextBlock(size);
    return std::exchange(next_, next_ + size);
  }

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

  std::string_view CopyString(std::string_view text) {
    char* copy = AllocateArray<char>(text.size());
    if (!text.empty()) std::memcpy(copy, text.data(), text.size());
    return {copy, text.size()};
  }

  // Forgets everything that was handed out and keeps the blocks for reuse.
  void Reset();

  // Bytes taken from the system.
  size_t capacity() const;

 private:
  struct Block {
    std::unique_ptr<std::byte[]> bytes;
    size_t size;
  };

  static constexpr size_t kAlignment = alignof(std::max_align_t);

  // Makes a block with room for so many bytes the one that is being filled.
  void NextBlock(size_t at_least);
  void Enter(size_t block);

  // Where an arena without blocks points, so that what it hands out of nothing is not null.
  alignas(kAlignment) static std::byte nothing_[1];

  std::vector<Block> blocks_;
  size_t current_ = 0;          // index of the block that is being filled
  std::byte* next_ = nothing_;  // what is free of that block
  std::byte* end_ = nothing_;
};

}  // namespace thuja::base
