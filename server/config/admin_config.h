// SPDX-License-Identifier: Apache-2.0
// Configuration of the admin listener: who may ask it for what.
#pragma once

#include <absl/status/status.h>

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "server/config/key_reader.h"
#include "server/http/address.h"

namespace thuja::server {

// What a credential may do: docs/grants.md, "Set up".
enum class AdminRole : uint8_t { kIssue, kRevoke, kRead };

std::string_view AdminRoleName(AdminRole role);

// A set of them.
class AdminRoles {
 public:
  AdminRoles& Add(AdminRole role) {
    bits_ |= 1U << static_cast<unsigned>(role);
    return *this;
  }
  bool Has(AdminRole role) const { return (bits_ >> static_cast<unsigned>(role) & 1) != 0; }
  bool empty() const { return bits_ == 0; }

  friend bool operator==(const AdminRoles&, const AdminRoles&) = default;

 private:
  unsigned bits_ = 0;
};

struct AdminCredentialConfig {
  std::string name;   // for records: who asked
  std::string token;  // bearer credential
  AdminRoles roles;
};

struct AdminConfig {
  ListenAddress listen;
  std::string token;  // of `token_file`: the credential named `admin`, which may read; empty: none
  std::vector<AdminCredentialConfig> credentials;  // besides it
  std::vector<std::string> hosts;                  // accepted besides this machine's own names

  // All of them.
  std::vector<AdminCredentialConfig> AllCredentials() const;
};

// The key `admin.credentials` of the reference. Both outlive it.
KeyReader::ReadKey AdminCredentialsKey(KeyReader& reader, AdminConfig& config);

// What no single key shows.
absl::Status CheckAdminConfig(const AdminConfig& config);

}  // namespace thuja::server
