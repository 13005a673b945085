// SPDX-License-Identifier: Apache-2.0
// Randomness by OpenSSL, whose generator is seeded by the system.
//
// Tested by tests/unit/store/credential_test.cc.
#include "server/store/credential.h"

#include <openssl/rand.h>

#include <array>
#include <cstdint>
#include <cstring>

#include "server/decision/digest.h"

namespace thuja::server {
namespace {

template <size_t kSize>
std::optional<std::array<uint8_t, kSize>> RandomBytes() {
  std::array<uint8_t, kSize> bytes;
  if (RAND_bytes(bytes.data(), kSize) != 1) return std::nullopt;
  return bytes;
}

}  // namespace

std::optional<std::string> MakeCredential() {
  const auto secret = RandomBytes<32>();
  if (!secret) return std::nullopt;
  std::string text(kCredentialPrefix);
  text.reserve(text.size() + 2 * secret->size());
  for (const uint8_t byte : *secret) {
    text += "0123456789abcdef"[byte >> 4];
    text += "0123456789abcdef"[byte & 15];
  }
  return text;
}

grants::CredentialDigest DigestOfCredential(std::string_view credential) {
  Sha256 sha256;
  sha256.Update(credential);
  return {sha256.Finish()};
}

std::optional<grants::GrantId> MakeGrantId() {
  grants::GrantId id;
  // All zero is no grant; who draws it draws again.
  do {
    const auto bytes = RandomBytes<sizeof(id)>();
    if (!bytes) return std::nullopt;
    std::memcpy(&id, bytes->data(), sizeof(id));
  } while (!id);
  return id;
}

}  // namespace thuja::server
