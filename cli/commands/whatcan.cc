// SPDX-License-Identifier: Apache-2.0
// `thuja whatcan`: what a grant authorizes now, and why nothing if it does not.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include <iostream>
#include <memory>
#include <string>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "cli/commands.h"
#include "cli/grants/grant_commands.h"
#include "cli/grants/grant_text.h"

namespace thuja::cli {
namespace {

struct WhatCanOptions {
  AdminOptions admin;
  std::string id;
};

int RunWhatCan(const WhatCanOptions& options) {
  const absl::StatusOr<std::string> path = GrantPath(options.id, "whatcan");
  if (!path.ok()) return Fail(path.status());
  return AskServer(
      options.admin, [&](AdminClient& client) { return client.Get(*path); },
      [&](const AdminAnswer& answer) {
        if (options.admin.format == OutputFormat::kJson) {
          std::cout << answer.text() << "\n";
        } else {
          std::cout << WhatCanText(answer.json());
        }
        return kSuccess;
      });
}

}  // namespace

std::function<int()> DeclareWhatCan(CLI::App& app) {
  const auto options = std::make_shared<WhatCanOptions>();
  app.footer("Exit status: 0 shown, 2 refused by the server, 1 anything wrong.");
  app.add_option("--grant", options->id, "The grant's id")->required();
  AddAdminOptions(app, options->admin);
  return [options] { return RunWhatCan(*options); };
}

}  // namespace thuja::cli
