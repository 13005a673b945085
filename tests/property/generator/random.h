// SPDX-License-Identifier: Apache-2.0
// The random numbers of the generator: the same seed gives the same numbers on every platform.
//
// The distributions of <random> differ from one standard library to the next, so a seed that a
// failing run prints would mean nothing elsewhere. This is SplitMix64, 64 bits of state and no
// table: generators are made and thrown away by the thousand, one for each expression.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <utility>

namespace thuja::generator {

class Random {
 public:
  explicit Random(uint64_t seed) : state_(seed) {}

  uint64_t Next() {
    state_ += 0x9e3779b97f4a7c15;
    uint64_t bits = state_;
    bits = (bits ^ (bits >> 30)) * 0xbf58476d1ce4e5b9;
    bits = (bits ^ (bits >> 27)) * 0x94d049bb133111eb;
    return bits ^ (bits >> 31);
  }

  // From 0 to `count` - 1. REQUIRES: 0 < count < 2^32.
  size_t Below(size_t count) { return ((Next() >> 32) * count) >> 32; }

  // Both bounds included.
  size_t Between(size_t low, size_t high) { return low + Below(high - low + 1); }

  bool Chance(size_t percent) { return Below(100) < percent; }

  // REQUIRES: not empty.
  template <typename Range>
  const auto& Pick(const Range& range) {
    return std::data(range)[Below(std::size(range))];
  }

  // The position of one of the weights, each as likely as it is heavy. REQUIRES: not all are 0.
  size_t Weighted(std::span<const int> weights) {
    size_t total = 0;
    for (const int weight : weights) total += static_cast<size_t>(weight);
    size_t left = Below(total);
    size_t position = 0;
    while (left >= static_cast<size_t>(weights[position])) {
      left -= static_cast<size_t>(weights[position++]);
    }
    return position;
  }

  template <typename Element>
  void Shuffle(std::span<Element> elements) {
    for (size_t i = elements.size(); i > 1; --i) std::swap(elements[i - 1], elements[Below(i)]);
  }

 private:
  uint64_t state_;
};

}  // namespace thuja::generator
