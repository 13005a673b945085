// SPDX-License-Identifier: Apache-2.0
// Hashes of short texts, for tables on the decision path.
//
// Two 64-bit words are multiplied to 128 bits and folded, sixteen bytes at a time, as in the wyhash
// family (Wang Yi, 2019). It is several times faster on the texts that names and ids are than
// absl's, which is made for all types. The seed differs from process to process where addresses do,
// so that nobody outside can prepare texts that collide; nothing may depend on the order it gives.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string_view>

#include "engine/base/words.h"

namespace thuja::base {

__extension__ typedef unsigned __int128 Uint128;

inline uint64_t MixWords(uint64_t a, uint64_t b) {
  const Uint128 product = static_cast<Uint128>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

namespace internal {

inline constexpr char kSeedAnchor = 0;

}  // namespace internal

inline uint64_t HashSeed() { return reinterpret_cast<uintptr_t>(&internal::kSeedAnchor); }

inline uint64_t HashBytes(std::string_view bytes, uint64_t seed = HashSeed()) {
  constexpr uint64_t kFirst = 0xa0761d6478bd642f;
  constexpr uint64_t kSecond = 0xe7037ed1a0b428db;
  const char* at = bytes.data();
  size_t left = bytes.size();
  uint64_t hash = seed ^ (left * kFirst);
  for (; left > 16; at += 16, left -= 16) {
    hash = MixWords(LoadWord<uint64_t>(at) ^ kSecond ^ seed, LoadWord<uint64_t>(at + 8) ^ hash);
  }
  uint64_t a = 0;
  uint64_t b = 0;
  if (left >= 8) {
    a = LoadWord<uint64_t>(at);
    b = LoadWord<uint64_t>(at + left - 8);
  } else if (left >= 4) {
    a = LoadWord<uint32_t>(at);
    b = LoadWord<uint32_t>(at + left - 4);
  } else if (left > 0) {
    a = static_cast<uint64_t>(static_cast<uint8_t>(at[0])) << 16 |
        static_cast<uint64_t>(static_cast<uint8_t>(at[left / 2])) << 8 |
        static_cast<uint64_t>(static_cast<uint8_t>(at[left - 1]));
  }
  return MixWords(a ^ kSecond ^ seed, b ^ hash ^ kFirst);
}

// For containers.
struct TextHash {
  using is_transparent = void;
  size_t operator()(std::string_view text) const { return HashBytes(text); }
};

}  // namespace thuja::base
