// SPDX-License-Identifier: Apache-2.0
// SHA-256 of texts, as bytes or as hexadecimal digits.
#pragma once

#include <array>
#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

struct evp_md_ctx_st;
struct evp_md_st;

namespace thuja::server {

// Keeps what OpenSSL looks up, which costs more than the digest of a short text. Not thread-safe.
class Sha256 {
 public:
  Sha256();
  ~Sha256();
  Sha256(const Sha256&) = delete;
  Sha256& operator=(const Sha256&) = delete;

  void Update(std::string_view text);

  // The digest, and begins anew.
  std::array<uint8_t, 32> Finish();
  // The same as 64 hexadecimal digits, appended.
  void AppendHex(std::string* out);

 private:
  void Begin();

  evp_md_ctx_st* context_;
  evp_md_st* algorithm_;
};

std::string Sha256Hex(std::string_view text);

}  // namespace thuja::server
