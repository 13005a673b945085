// SPDX-License-Identifier: Apache-2.0
// Equality of texts that are compared a machine word at a time.
#include "engine/base/words.h"

#include <gtest/gtest.h>

#include <string>
#include <string_view>

namespace thuja::base {
namespace {

// Every length that is read in words of its own kind, and beyond; at every place in a word.
TEST(EqualTexts, SeesEveryByteOfEveryLength) {
  for (size_t size = 0; size <= 40; ++size) {
    for (size_t offset = 0; offset < 8; ++offset) {
      const std::string a = std::string(offset, '.') + std::string(size, 'a') + "?";
      std::string b = std::string(size, 'a') + "!";
      const std::string_view left = std::string_view(a).substr(offset, size);
      EXPECT_TRUE(EqualTexts(left, std::string_view(b).substr(0, size))) << size;
      for (size_t i = 0; i < size; ++i) {
        b[i] = 'b';
        EXPECT_FALSE(EqualTexts(left, std::string_view(b).substr(0, size))) << size << " " << i;
        b[i] = 'a';
      }
    }
  }
}

TEST(EqualTexts, TextsOfOtherLengthsDiffer) {
  const std::string text(20, 'a');
  for (size_t size = 0; size < text.size(); ++size) {
    EXPECT_FALSE(EqualTexts(text, std::string_view(text).substr(0, size))) << size;
  }
  EXPECT_TRUE(EqualTexts(std::string_view(), ""));
}

}  // namespace
}  // namespace thuja::base
