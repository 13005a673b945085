// SPDX-License-Identifier: Apache-2.0
// SHA-256 against the examples of FIPS 180-4 and its test vectors.
#include "server/decision/digest.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

namespace thuja::server {
namespace {

const std::pair<std::string, const char*> kVectors[] = {
    {"", "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"},
    {"abc", "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
    {"abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq",
     "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1"},
    {std::string("\xbd"), "68325720aabd7c82f30f554b313d0570c95accbb7dc4b5aae11204c08ffe732b"},
    {std::string(55, '\0'), "02779466cdec163811d078815c633f21901413081449002f24aa3e80f0b88ef7"},
    {std::string(64, '\0'), "f5a5fd42d16a20302798ef6ed309979b43003d2320d9f0e8ea9831a92759fb4b"},
    {std::string(1'000'000, 'a'),
     "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0"},
};

TEST(Sha256, GivesThePublishedDigests) {
  for (const auto& [text, digest] : kVectors) EXPECT_EQ(Sha256Hex(text), digest) << text.size();
}

TEST(Sha256, OneObjectServesOneTextAfterAnother) {
  Sha256 digest;
  for (int round = 0; round < 2; ++round) {
    for (const auto& [text, hex] : kVectors) {
      std::string out = "sha256:";
      digest.Update(text);
      digest.AppendHex(&out);
      EXPECT_EQ(out, "sha256:" + std::string(hex)) << text.size();
    }
  }
}

TEST(Sha256, PiecesCountAsTheirWhole) {
  const std::string text = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";
  for (size_t size = 1; size <= text.size(); ++size) {
    Sha256 digest;
    for (size_t i = 0; i < text.size(); i += size) digest.Update(text.substr(i, size));
    std::string out;
    digest.AppendHex(&out);
    EXPECT_EQ(out, Sha256Hex(text)) << size;
  }
}

}  // namespace
}  // namespace thuja::server
