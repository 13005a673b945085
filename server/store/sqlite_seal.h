// SPDX-License-Identifier: Apache-2.0
// A hash that a row carries of its columns. The disk may change a bit that still makes sense, such
// as one of `expires`, and SQLite would not see it.
//
// It is there against accidents; whoever can write the file can write a seal.
#pragma once

#include <algorithm>
#include <bit>
#include <cstdint>
#include <cstring>
#include <string_view>

namespace thuja::server {

class SqliteSeal {
 public:
  void Add(uint64_t word) {
    hash_ = (hash_ ^ word) * 0x9e3779b97f4a7c15;
    hash_ ^= hash_ >> 32;
  }

  void AddBytes(const void* bytes, size_t size) {
    static_assert(std::endian::native == std::endian::little, "the file has words in this order");
    Add(size);
    const char* at = static_cast<const char*>(bytes);
    while (size > 0) {
      uint64_t word = 0;
      const size_t taken = std::min(size, sizeof word);
      std::memcpy(&word, at, taken);
      Add(word);
      at += taken;
      size -= taken;
    }
  }

  void AddNull() { Add(UINT64_MAX); }

  int64_t value() const { return static_cast<int64_t>(hash_); }

 private:
  uint64_t hash_ = 0x5468756a61000001;
};

}  // namespace thuja::server
