// SPDX-License-Identifier: Apache-2.0
// Paths, bodies and answers of one grant.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include "cli/grants/grant_commands.h"

#include <absl/strings/str_cat.h>

#include <iostream>
#include <optional>

#include "cli/command.h"
#include "cli/grants/grant_text.h"
#include "cli/grants/json_object.h"
#include "engine/diagnostics.h"
#include "engine/grants.h"

namespace thuja::cli {

absl::StatusOr<std::string> GrantPath(const std::string& id, const std::string& verb) {
  const std::optional<grants::GrantId> parsed = grants::GrantId::Parse(id);
  if (!parsed) {
    return absl::InvalidArgumentError(
        absl::StrCat("a grant's id is 32 hexadecimal digits in lower case, got ", Quote(id)));
  }
  return absl::StrCat("/v1/grants/", parsed->ToString(), verb.empty() ? "" : "/", verb);
}

absl::StatusOr<const Json*> GrantOf(const AdminAnswer& answer) {
  const Json* grant = answer.json().Find("grant");
  if (grant != nullptr && grant->IsObject()) return grant;
  return absl::DataLossError("the server's answer has no grant; --format json shows it");
}

int ShowGrant(const AdminAnswer& answer, OutputFormat format,
              std::string (*text)(const Json& grant)) {
  if (format == OutputFormat::kJson) {
    std::cout << answer.text() << "\n";
    return kSuccess;
  }
  const absl::StatusOr<const Json*> grant = GrantOf(answer);
  if (!grant.ok()) return Fail(grant.status());
  std::cout << text(**grant);
  return kSuccess;
}

int ChangeGrant(const AdminOptions& options, const std::string& id, const std::string& verb,
                const std::string& reason) {
  const absl::StatusOr<std::string> path = GrantPath(id, verb);
  if (!path.ok()) return Fail(path.status());
  JsonObject body;
  if (!IsValidUtf8(reason)) return Fail(absl::InvalidArgumentError("--reason: expected UTF-8"));
  if (!reason.empty()) body.SetText("reason", reason);
  return AskServer(
      options,
      [&](AdminClient& client) {
        return client.Post(*path, body.ToString(), RequestIdOf(options));
      },
      [&](const AdminAnswer& answer) { return ShowGrant(answer, options.format, &GrantLine); });
}

}  // namespace thuja::cli
