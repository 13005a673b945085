// SPDX-License-Identifier: Apache-2.0
// `thuja grant get`, and the commands that change the state of one grant: `activate`, `heartbeat`,
// `resume`, and with a reason `complete`, `fail` and `suspend`. Their names are the API's.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include <memory>
#include <string>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "cli/grants/grant_commands.h"
#include "cli/grants/grant_text.h"

namespace thuja::cli {
namespace {

struct ChangeOptions {
  AdminOptions admin;
  std::string id;
  std::string reason;
};

int RunGet(const ChangeOptions& options) {
  const absl::StatusOr<std::string> path = GrantPath(options.id);
  if (!path.ok()) return Fail(path.status());
  return AskServer(
      options.admin, [&](AdminClient& client) { return client.Get(*path); },
      [&](const AdminAnswer& answer) {
        return ShowGrant(answer, options.admin.format, &GrantText);
      });
}

std::shared_ptr<ChangeOptions> DeclareId(CLI::App& app) {
  auto options = std::make_shared<ChangeOptions>();
  app.add_option("grant", options->id, "The grant's id")->required();
  AddAdminOptions(app, options->admin);
  return options;
}

}  // namespace

std::function<int()> DeclareGrantGet(CLI::App& app) {
  return [options = DeclareId(app)] { return RunGet(*options); };
}

std::function<int()> DeclareGrantChange(CLI::App& app) {
  const auto options = DeclareId(app);
  AddRequestIdOption(app, options->admin);
  return [options, verb = app.get_name()] {
    return ChangeGrant(options->admin, options->id, verb, options->reason);
  };
}

std::function<int()> DeclareGrantEnd(CLI::App& app) {
  const auto options = DeclareId(app);
  app.add_option("--reason", options->reason, "Why, for whoever reads of it later");
  AddRequestIdOption(app, options->admin);
  return [options, verb = app.get_name()] {
    return ChangeGrant(options->admin, options->id, verb, options->reason);
  };
}

}  // namespace thuja::cli
