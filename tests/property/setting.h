// SPDX-License-Identifier: Apache-2.0
// Numbers that the environment sets: how much is tried, and from which seed.
#pragma once

#include <cstdint>
#include <cstdlib>

namespace thuja::generator {

inline uint64_t Setting(const char* name, uint64_t otherwise) {
  const char* text = std::getenv(name);
  return text == nullptr ? otherwise : std::strtoull(text, nullptr, 10);
}

}  // namespace thuja::generator
