// SPDX-License-Identifier: Apache-2.0
// Comparing what is presented with what is configured.
//
// Tested by tests/unit/operations/credentials_test.cc.
#include "server/operations/credentials.h"

#include <openssl/crypto.h>

#include "server/decision/digest.h"
#include "server/operations/refusal.h"

namespace thuja::server {

std::string_view BearerToken(std::string_view authorization) {
  constexpr std::string_view kScheme = "Bearer ";
  if (!EqualsIgnoringCase(authorization.substr(0, kScheme.size()), kScheme)) return {};
  return authorization.substr(kScheme.size());
}

Credentials::Credentials(const std::vector<AdminCredentialConfig>& configured) {
  Sha256 sha256;
  for (const AdminCredentialConfig& credential : configured) {
    sha256.Update(credential.token);
    credentials_.push_back({credential.name, credential.roles, sha256.Finish()});
  }
}

Credentials::Presented Credentials::Identify(const HttpRequest& request) const {
  const HttpRequest::Occurrence header = request.Find("Authorization");
  Presented presented = {.any = header.count > 0};
  if (header.count != 1) return presented;
  const std::string_view token = BearerToken(header.value);
  if (token.empty()) return presented;
  Sha256 sha256;
  sha256.Update(token);
  const auto digest = sha256.Finish();
  for (const Credential& credential : credentials_) {
    // All of them, found or not.
    if (CRYPTO_memcmp(credential.digest.data(), digest.data(), digest.size()) == 0) {
      presented.credential = &credential;
    }
  }
  return presented;
}

const Credentials::Credential* Credentials::Admit(const HttpRequest& request, AdminRole role,
                                                  HttpResponse& response) const {
  const Presented presented = Identify(request);
  if (presented.credential == nullptr) {
    Refuse(presented.any ? ReasonCode::kTokenInvalid : ReasonCode::kTokenMissing, "", response);
    response.AddHeader("WWW-Authenticate", "Bearer");
    return nullptr;
  }
  if (!presented.credential->roles.Has(role)) {
    Refuse(403, kRoleMissing,
           "this needs a credential with the role `" + std::string(AdminRoleName(role)) + "`",
           response);
    return nullptr;
  }
  return presented.credential;
}

}  // namespace thuja::server
