// SPDX-License-Identifier: Apache-2.0
// Reading and checking the credentials of the admin listener.
//
// Tested by tests/unit/config/admin_config_test.cc.
#include "server/config/admin_config.h"

#include <algorithm>

namespace thuja::server {
namespace {

constexpr std::string_view kRoleNames[] = {"issue", "revoke", "read"};
constexpr size_t kLongestName = 64;

absl::Status Invalid(const std::string& text) {
  return absl::InvalidArgumentError(absl::string_view(text.data(), text.size()));
}

// Names stand in records and answers, and are compared there.
bool IsName(std::string_view name) {
  const auto is_part = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' ||
           c == '_' || c == '.' || c == '@';
  };
  return !name.empty() && name.size() <= kLongestName && std::ranges::all_of(name, is_part);
}

void ReadName(const YAML::Node& node, KeyReader& reader, std::string* out) {
  if (!node.IsScalar() || !IsName(node.Scalar())) {
    return reader.Fail(node.Mark(), "expected a name of at most " + std::to_string(kLongestName) +
                                        " letters, digits, `-`, `_`, `.` and `@`");
  }
  *out = node.Scalar();
}

void ReadCredential(const YAML::Node& node, KeyReader& reader, AdminConfig& config) {
  AdminCredentialConfig credential;
  const auto role = [&](AdminRole which) { return [&, which] { credential.roles.Add(which); }; };
  reader.ReadMap(
      node, "an entry of `credentials`",
      {{"name", [&](const YAML::Node& name) { ReadName(name, reader, &credential.name); }},
       {"token_file",
        reader.Secret([&](std::string token) { credential.token = std::move(token); })},
       {"roles", reader.List(reader.OneOf({{"issue", role(AdminRole::kIssue)},
                                           {"revoke", role(AdminRole::kRevoke)},
                                           {"read", role(AdminRole::kRead)}}))}});
  for (const char* key : {"name", "token_file", "roles"}) reader.Require(node, key);
  config.credentials.push_back(std::move(credential));
}

}  // namespace

std::string_view AdminRoleName(AdminRole role) { return kRoleNames[static_cast<size_t>(role)]; }

std::vector<AdminCredentialConfig> AdminConfig::AllCredentials() const {
  std::vector<AdminCredentialConfig> all;
  if (!token.empty()) all.push_back({"admin", token, AdminRoles().Add(AdminRole::kRead)});
  all.insert(all.end(), credentials.begin(), credentials.end());
  return all;
}

KeyReader::ReadKey AdminCredentialsKey(KeyReader& reader, AdminConfig& config) {
  return reader.List([&](const YAML::Node& node) { ReadCredential(node, reader, config); });
}

absl::Status CheckAdminConfig(const AdminConfig& config) {
  const std::vector<AdminCredentialConfig> all = config.AllCredentials();
  for (size_t i = 0; i < all.size(); ++i) {
    if (all[i].roles.empty()) return Invalid("the credential `" + all[i].name + "` has no roles");
    for (size_t other = 0; other < i; ++other) {
      if (all[other].name == all[i].name) {
        return Invalid("two credentials of the admin listener are named `" + all[i].name + "`");
      }
      if (all[other].token == all[i].token) {
        return Invalid("`" + all[other].name + "` and `" + all[i].name + "` have one credential");
      }
    }
  }
  return absl::OkStatus();
}

}  // namespace thuja::server
