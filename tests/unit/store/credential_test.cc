// SPDX-License-Identifier: Apache-2.0
// Credentials and ids: their form, and that no two are the same.
#include "server/store/credential.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <set>

#include "server/decision/digest.h"

namespace thuja::server {
namespace {

TEST(Credential, IsAPrefixAnd256BitsInHexadecimalDigits) {
  const std::string credential = MakeCredential().value();
  ASSERT_TRUE(credential.starts_with("thuja_tc_")) << credential;
  const std::string digits = credential.substr(kCredentialPrefix.size());
  EXPECT_EQ(digits.size(), 64u);
  EXPECT_EQ(digits.find_first_not_of("0123456789abcdef"), std::string::npos) << digits;
}

TEST(Credential, IsRandomInAllItsDigits) {
  std::set<char> seen[64];
  for (int i = 0; i < 500; ++i) {
    const std::string digits = MakeCredential()->substr(kCredentialPrefix.size());
    for (size_t at = 0; at < digits.size(); ++at) seen[at].insert(digits[at]);
  }
  // That one of 16 digits is never there in 500 draws happens once in 10^14 positions.
  for (const std::set<char>& digits : seen) EXPECT_EQ(digits.size(), 16u);
}

TEST(Credential, HasTheDigestOfItsWholeText) {
  const std::string text = "thuja_tc_0123";
  Sha256 sha256;
  sha256.Update(text);
  EXPECT_EQ(DigestOfCredential(text).bytes, sha256.Finish());
  EXPECT_FALSE(DigestOfCredential("thuja_tc_0123") == DigestOfCredential("0123"));
}

TEST(GrantIds, AreRandomInBothHalves) {
  std::set<uint64_t> high;
  std::set<uint64_t> low;
  for (int i = 0; i < 1000; ++i) {
    const auto id = MakeGrantId();
    ASSERT_TRUE(id && *id);
    high.insert(id->high);
    low.insert(id->low);
  }
  EXPECT_EQ(high.size(), 1000u);
  EXPECT_EQ(low.size(), 1000u);
}

}  // namespace
}  // namespace thuja::server
