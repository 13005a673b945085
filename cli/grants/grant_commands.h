// SPDX-License-Identifier: Apache-2.0
// The entry points of `thuja grant`, for its table in cli/commands/grant.cc, and what they share.
#pragma once

#include <absl/status/statusor.h>

#include <CLI/CLI.hpp>
#include <functional>
#include <string>

#include "cli/admin_client.h"
#include "cli/admin_options.h"

namespace thuja::cli {

std::function<int()> DeclareGrantIssue(CLI::App& app);
std::function<int()> DeclareGrantDelegate(CLI::App& app);
std::function<int()> DeclareGrantGet(CLI::App& app);
std::function<int()> DeclareGrantList(CLI::App& app);
// Changes of state, each under the name that the API has for it.
std::function<int()> DeclareGrantChange(CLI::App& app);
std::function<int()> DeclareGrantEnd(CLI::App& app);  // with a reason
std::function<int()> DeclareGrantRevoke(CLI::App& app);

// Path of the grant and of what is done with it, such as `/v1/grants/ID/heartbeat`. An error if the
// id is none.
absl::StatusOr<std::string> GrantPath(const std::string& id, const std::string& verb = "");

// The answer's grant. An error if there is none.
absl::StatusOr<const Json*> GrantOf(const AdminAnswer& answer);

// Shows an answer on standard output: as it was sent, or its grant as `text` renders it.
int ShowGrant(const AdminAnswer& answer, OutputFormat format,
              std::string (*text)(const Json& grant));

// Does to one grant what the API calls `verb`, and shows what became of it; the exit status. An
// empty reason is none.
int ChangeGrant(const AdminOptions& options, const std::string& id, const std::string& verb,
                const std::string& reason);

}  // namespace thuja::cli
