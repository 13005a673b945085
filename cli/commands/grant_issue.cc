// SPDX-License-Identifier: Apache-2.0
// `thuja grant issue` and `thuja grant delegate`.
//
// A task credential is shown once, on a line of its own behind everything else, or goes into a file
// and is shown nowhere.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include <absl/strings/str_cat.h>

#include <iostream>
#include <memory>
#include <string>
#include <utility>

#include "cli/admin_options.h"
#include "cli/command.h"
#include "cli/files.h"
#include "cli/grants/credential_file.h"
#include "cli/grants/grant_commands.h"
#include "cli/grants/grant_flags.h"
#include "cli/grants/grant_text.h"
#include "cli/grants/json_object.h"

namespace thuja::cli {
namespace {

struct IssueOptions {
  AdminOptions admin;
  GrantFlags flags;
  std::string parent;  // of a delegation
  std::string credential_file;
};

absl::StatusOr<std::string> MakeBody(const IssueOptions& options, GrantRequestKind kind) {
  GrantFlags flags = options.flags;
  flags.credential |= !options.credential_file.empty();
  std::shared_ptr<const SourceText> file;
  if (!flags.from.empty()) {
    file = ReadSource(flags.from);
    if (file == nullptr) return absl::InvalidArgumentError("");  // said already
  }
  return MakeGrantRequest(flags, file, kind);
}

// What the server sent, without the credential.
std::string JsonWithoutCredential(const AdminAnswer& answer) {
  JsonObject object(answer.json());
  object.Remove("credential");
  return object.ToString();
}

// The file takes the credential, and standard output everything else.
int ShowAndKeep(const AdminAnswer& answer, OutputFormat format, const std::string& credential,
                CredentialFile& file) {
  const absl::Status kept = credential.empty()
                                ? absl::DataLossError("the server's answer has no credential")
                                : file.Write(credential);
  if (!kept.ok()) {
    // The grant exists; whoever wants it gone needs its id.
    const absl::StatusOr<const Json*> grant = GrantOf(answer);
    if (grant.ok()) std::cerr << "thuja: issued " << GrantLine(**grant);
    return Fail(kept);
  }
  if (format == OutputFormat::kText) return ShowGrant(answer, format, &GrantText);
  std::cout << JsonWithoutCredential(answer) << "\n";
  return kSuccess;
}

int ShowIssued(const AdminAnswer& answer, OutputFormat format, CredentialFile* file) {
  const Json* member = answer.json().Find("credential");
  const std::string credential =
      member != nullptr && member->IsString() ? std::string(member->text) : "";
  if (file != nullptr) return ShowAndKeep(answer, format, credential, *file);
  const int status = ShowGrant(answer, format, &GrantText);
  if (format == OutputFormat::kText && !credential.empty()) {
    std::cout << "\n" << credential << "\n";
    std::cerr << "thuja: the last line is the task credential; it is not shown again\n";
  }
  return status;
}

int RunIssue(const IssueOptions& options, GrantRequestKind kind) {
  const bool delegates = kind == GrantRequestKind::kDelegate;
  const absl::StatusOr<std::string> path =
      delegates ? GrantPath(options.parent, "delegate") : absl::StatusOr<std::string>("/v1/grants");
  if (!path.ok()) return Fail(path.status());
  const absl::StatusOr<std::string> body = MakeBody(options, kind);
  if (!body.ok()) return Fail(body.status());
  std::unique_ptr<CredentialFile> file;
  if (!options.credential_file.empty()) {
    auto made = CredentialFile::Make(options.credential_file);
    if (!made.ok()) return Fail(made.status());
    file = *std::move(made);
  }
  return AskServer(
      options.admin,
      [&](AdminClient& client) { return client.Post(*path, *body, RequestIdOf(options.admin)); },
      [&](const AdminAnswer& answer) {
        return ShowIssued(answer, options.admin.format, file.get());
      });
}

std::function<int()> Declare(CLI::App& app, GrantRequestKind kind) {
  const auto options = std::make_shared<IssueOptions>();
  if (kind == GrantRequestKind::kDelegate) {
    app.add_option("parent", options->parent, "Id of the grant to delegate from")->required();
    app.footer("What is left out is the parent's.");
  }
  AddGrantFlags(app, options->flags);
  app.add_option("--credential-file", options->credential_file,
                 "Make a task credential and put it into this file, for its owner only");
  AddAdminOptions(app, options->admin);
  AddRequestIdOption(app, options->admin);
  return [options, kind] { return RunIssue(*options, kind); };
}

}  // namespace

std::function<int()> DeclareGrantIssue(CLI::App& app) {
  return Declare(app, GrantRequestKind::kIssue);
}

std::function<int()> DeclareGrantDelegate(CLI::App& app) {
  return Declare(app, GrantRequestKind::kDelegate);
}

}  // namespace thuja::cli
