// SPDX-License-Identifier: Apache-2.0
// `thuja grant revoke`: one grant, or all that have something in common.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include <absl/strings/str_cat.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "cli/grants/grant_commands.h"
#include "cli/grants/grant_flags.h"
#include "cli/grants/grant_text.h"
#include "cli/grants/json_object.h"
#include "cli/grants/scope_text.h"
#include "engine/diagnostics.h"

namespace thuja::cli {
namespace {

struct RevokeOptions {
  AdminOptions admin;
  std::string id;
  std::string task;
  std::string tenant;
  std::string holder;
  std::string agent_class;
  bool everything = false;
  bool yes = false;
  std::string reason;
};

// What is revoked, as docs/grants.md has it of `POST /v1/revoke`.
absl::StatusOr<std::string> SubjectBody(const RevokeOptions& options) {
  for (const std::string& text :
       {options.task, options.tenant, options.agent_class, options.reason}) {
    if (!IsValidUtf8(text)) {
      return absl::InvalidArgumentError(absl::StrCat("expected UTF-8, got ", Quote(text)));
    }
  }
  JsonObject body;
  if (options.everything) {
    body.Set("everything", "true");
  } else if (!options.holder.empty()) {
    absl::StatusOr<std::string> holder = UidJson("--holder", options.holder);
    if (!holder.ok()) return holder.status();
    body.Set("holder", *std::move(holder));
  } else if (!options.agent_class.empty()) {
    body.SetText("class", options.agent_class);
  } else {
    body.SetText("task", options.task);
    if (!options.tenant.empty()) body.SetText("tenant", options.tenant);
  }
  if (!options.reason.empty()) body.SetText("reason", options.reason);
  return body.ToString();
}

int ShowRevoked(const AdminAnswer& answer, OutputFormat format) {
  if (format == OutputFormat::kJson) {
    std::cout << answer.text() << "\n";
    return kSuccess;
  }
  const Json* count = answer.json().Find("revoked");
  if (count == nullptr || count->kind != Json::Kind::kInteger) {
    return Fail(absl::DataLossError("the server's answer says no number; --format json shows it"));
  }
  std::cout << "revoked " << count->integer << (count->integer == 1 ? " grant" : " grants") << "\n";
  const Json* unwritten = answer.json().Find("unwritten");
  if (unwritten != nullptr && unwritten->kind == Json::Kind::kInteger) {
    std::cout << unwritten->integer
              << " of them could not be written, for the store is damaged; they are over until the "
                 "server stops, and it does not open a damaged store\n";
  }
  return kSuccess;
}

int RunRevoke(const RevokeOptions& options) {
  if (!options.id.empty()) return ChangeGrant(options.admin, options.id, "revoke", options.reason);
  if (options.everything && !options.yes) {
    return Fail(absl::InvalidArgumentError(
        "--everything takes back every grant of everybody; add --yes if that is meant"));
  }
  const absl::StatusOr<std::string> body = SubjectBody(options);
  if (!body.ok()) return Fail(body.status());
  return AskServer(
      options.admin,
      [&](AdminClient& client) {
        return client.Post("/v1/revoke", *body, RequestIdOf(options.admin));
      },
      [&](const AdminAnswer& answer) { return ShowRevoked(answer, options.admin.format); });
}

}  // namespace

std::function<int()> DeclareGrantRevoke(CLI::App& app) {
  const auto options = std::make_shared<RevokeOptions>();
  // Exactly one way to say what is meant. Nothing at all must never mean everything.
  CLI::Option_group* subject = app.add_option_group("subject", "What is revoked");
  subject->add_option("grant", options->id, "The grant with this id")->check(NotEmpty());
  CLI::Option* task =
      subject->add_option("--task", options->task, "All grants of this task")->check(NotEmpty());
  subject
      ->add_option("--holder", options->holder,
                   "All grants of this holder, such as Thuja::Agent::\"fix-bot\"")
      ->check(NotEmpty());
  subject->add_option("--class", options->agent_class, "All grants of this class of agents")
      ->check(NotEmpty());
  CLI::Option* everything =
      subject->add_flag("--everything", options->everything, "All grants there are; needs --yes");
  subject->require_option(1);
  app.add_option("--tenant", options->tenant, "Of the task's grants those of this tenant")
      ->check(NotEmpty())
      ->needs(task);
  app.add_flag("--yes", options->yes, "Everything is meant")->needs(everything);
  app.add_option("--reason", options->reason, "Why, for whoever reads of it later");
  AddAdminOptions(app, options->admin);
  AddRequestIdOption(app, options->admin);
  return [options] { return RunRevoke(*options); };
}

}  // namespace thuja::cli
