// SPDX-License-Identifier: Apache-2.0
// Texts compared and hashed by their words.
#include "engine/base/hash.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace thuja::base {
namespace {

// Every length that is read in words of its own kind, and beyond; at every place in a word.
TEST(SameText, SeesEveryByteOfEveryLength) {
  for (size_t size = 0; size <= 40; ++size) {
    for (size_t offset = 0; offset < 8; ++offset) {
      const std::string a = std::string(offset, '.') + std::string(size, 'a') + "?";
      std::string b = std::string(size, 'a') + "!";
      const std::string_view left = std::string_view(a).substr(offset, size);
      EXPECT_TRUE(SameText(left, std::string_view(b).substr(0, size))) << size;
      for (size_t i = 0; i < size; ++i) {
        b[i] = 'b';
        EXPECT_FALSE(SameText(left, std::string_view(b).substr(0, size))) << size << " " << i;
        b[i] = 'a';
      }
    }
  }
}

TEST(SameText, TextsOfOtherLengthsDiffer) {
  const std::string text(20, 'a');
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(SameText(text, std::string_view(text).substr(0, size))) << size;
  }
  EXPECT_TRUE(SameText(std::string_view(), ""));
}

}  // namespace
}  // namespace thuja::base
