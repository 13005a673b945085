// SPDX-License-Identifier: Apache-2.0
// What all commands share that ask the admin listener: where it is, who asks, how it is shown.
#pragma once

#include <absl/functional/function_ref.h>
#include <absl/status/status.h>

#include <CLI/CLI.hpp>
#include <string>

#include "cli/admin_client.h"

namespace thuja::cli {

enum class OutputFormat { kText, kJson };

struct AdminOptions {
  std::string server = "http://127.0.0.1:8181";
  std::string token_file;
  std::string timeout = "30s";
  std::string request_id;  // empty: one is made
  OutputFormat format = OutputFormat::kText;
};

// --server, --token-file, --timeout and --format.
void AddAdminOptions(CLI::App& app, AdminOptions& options);
// --request-id, of mutations.
void AddRequestIdOption(CLI::App& app, AdminOptions& options);

// Refuses an empty value: a variable that a script forgot to set must not read as no limit at all.
CLI::Validator NotEmpty();

// An error if the options, the token's file or the request id are not usable.
absl::StatusOr<AdminClient> MakeAdminClient(const AdminOptions& options);

// The request id that was given, or a new one.
std::string RequestIdOf(const AdminOptions& options);

// Says on standard error what is wrong; kFailure.
int Fail(const absl::Status& status);

// Asks the server, and gives what it says to `show`, whose result is the exit status. What is
// wrong, and the server's refusal, are said on standard error: kFailure and kRefused.
int AskServer(const AdminOptions& options,
              absl::FunctionRef<absl::StatusOr<AdminAnswer>(AdminClient&)> ask,
              absl::FunctionRef<int(const AdminAnswer&)> show);

// Says the server's refusal on standard error; kRefused. REQUIRES: it is one.
int ReportRefusal(const AdminAnswer& answer);

}  // namespace thuja::cli
