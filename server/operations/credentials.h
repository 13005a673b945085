// SPDX-License-Identifier: Apache-2.0
// Who asks the admin listener, and what they may do.
//
// What is presented is hashed once and compared with the digest of every credential, so that how
// long it takes says nothing of any of them.
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/admin_config.h"
#include "server/http/message.h"

namespace thuja::server {

// Immutable and thread-safe. Keeps no token.
class Credentials {
 public:
  struct Credential {
    std::string name;
    AdminRoles roles;
    std::array<uint8_t, 32> digest = {};  // SHA-256 of the token
  };

  explicit Credentials(const std::vector<AdminCredentialConfig>& configured);

  // None is configured: what lists or changes anything does not exist.
  bool empty() const { return credentials_.empty(); }

  struct Presented {
    bool any = false;                        // something was presented
    const Credential* credential = nullptr;  // that it is; null if it is none
  };
  // Of `Authorization: Bearer TOKEN`; a request with two is nobody's.
  Presented Identify(const HttpRequest& request) const;

  // Who asks, if they have the role. Null otherwise, with the refusal in `response`.
  const Credential* Admit(const HttpRequest& request, AdminRole role, HttpResponse& response) const;

 private:
  std::vector<Credential> credentials_;
};

// The token of `Bearer TOKEN`; empty if it is something else.
std::string_view BearerToken(std::string_view authorization);

}  // namespace thuja::server
