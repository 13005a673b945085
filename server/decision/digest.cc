// SPDX-License-Identifier: Apache-2.0
// Digests by OpenSSL.
//
// Tested by tests/unit/decision/digest_test.cc.
#include "server/decision/digest.h"

#include <openssl/evp.h>

namespace thuja::server {

Sha256::Sha256()
    : context_(EVP_MD_CTX_new()), algorithm_(EVP_MD_fetch(nullptr, "SHA256", nullptr)) {
  Begin();
}

Sha256::~Sha256() {
  EVP_MD_CTX_free(context_);
  EVP_MD_free(algorithm_);
}

void Sha256::Begin() { EVP_DigestInit_ex2(context_, algorithm_, nullptr); }

void Sha256::Update(std::string_view text) { EVP_DigestUpdate(context_, text.data(), text.size()); }

std::array<uint8_t, 32> Sha256::Finish() {
  std::array<uint8_t, 32> bytes = {};
  EVP_DigestFinal_ex(context_, bytes.data(), nullptr);
  Begin();
  return bytes;
}

void Sha256::AppendHex(std::string* out) {
  static constexpr char kDigits[] = "0123456789abcdef";
  for (const uint8_t byte : Finish()) {
    out->push_back(kDigits[byte >> 4]);
    out->push_back(kDigits[byte & 15]);
  }
}

std::string Sha256Hex(std::string_view text) {
  Sha256 digest;
  digest.Update(text);
  std::string out;
  digest.AppendHex(&out);
  return out;
}

}  // namespace thuja::server
