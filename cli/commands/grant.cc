// SPDX-License-Identifier: Apache-2.0
// `thuja grant`: grants of a running server, through its admin listener.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include <memory>

#include "cli/command.h"
#include "cli/commands.h"
#include "cli/grants/grant_commands.h"

namespace thuja::cli {
namespace {

const Command kGrantCommands[] = {
    {"issue", "Give a holder authority for one task", &DeclareGrantIssue},
    {"delegate", "Give another holder a part of a grant", &DeclareGrantDelegate},
    {"get", "Show a grant", &DeclareGrantGet},
    {"list", "Show grants", &DeclareGrantList},
    {"activate", "Put a pending grant into force", &DeclareGrantChange},
    {"heartbeat", "Say that the task goes on", &DeclareGrantChange},
    {"complete", "The task is done: end its grant", &DeclareGrantEnd},
    {"fail", "The task is given up: end its grant", &DeclareGrantEnd},
    {"suspend", "Take a grant out of force until it is resumed", &DeclareGrantEnd},
    {"resume", "Put a suspended grant back into force", &DeclareGrantChange},
    {"revoke", "Take back a grant, or all of a task, holder or class", &DeclareGrantRevoke},
};

}  // namespace

std::function<int()> DeclareGrant(CLI::App& app) {
  app.footer(
      "Exit status: 0 done, 2 refused by the server, 1 anything wrong. Credentials and requests: "
      "docs/grants.md.");
  app.require_subcommand(1);
  const auto chosen = std::make_shared<std::function<int()>>();
  for (const Command& command : kGrantCommands) {
    CLI::App* options = app.add_subcommand(command.name, command.summary);
    const std::function<int()> run = command.declare(*options);
    options->callback([run, chosen] { *chosen = run; });
  }
  return [chosen] { return (*chosen)(); };
}

}  // namespace thuja::cli
