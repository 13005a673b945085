// SPDX-License-Identifier: Apache-2.0
// Numbers that were collected, against std::set.
#include "engine/value/number_sorter.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <random>
#include <set>
#include <vector>

namespace thuja::value {
namespace {

std::vector<EntityNumber> DrainAll(NumberSorter& sorter, size_t room) {
  std::vector<EntityNumber> out(room);
  out.erase(out.begin() + (sorter.Drain(out.data()) - out.data()), out.end());
  return out;
}

TEST(NumberSorter, GivesNumbersBackAscendingAndOnce) {
  std::mt19937 random(3);
  // Around the sizes at which another word, and another word of words, begins.
  for (const uint32_t numbers : {1u, 64u, 65u, 4'096u, 4'097u, 262'144u, 262'145u, 1'000'000u}) {
    NumberSorter sorter(numbers);
    for (int round = 0; round < 20; ++round) {
      std::set<EntityNumber> expected = {EntityNumber{0}, EntityNumber{numbers - 1}};
      sorter.Insert(EntityNumber{0});
      sorter.Insert(EntityNumber{numbers - 1});
      for (int run = 0; run < 5; ++run) {
        std::vector<EntityNumber> inserted;
        for (int i = 0; i < 40; ++i)
          inserted.push_back(EntityNumber{static_cast<uint32_t>(random() % numbers)});
        sorter.Insert(inserted);
        expected.insert(inserted.begin(), inserted.end());
      }
      const std::vector<EntityNumber> drained = DrainAll(sorter, expected.size());
      ASSERT_TRUE(std::ranges::equal(drained, expected)) << numbers << " " << round;
    }
    EXPECT_TRUE(DrainAll(sorter, 1).empty()) << "it forgets what it gave back";
  }
}

}  // namespace
}  // namespace thuja::value
