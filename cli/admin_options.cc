// SPDX-License-Identifier: Apache-2.0
// Declaring the options of the admin listener's commands, and asking.
//
// A credential is read from a file only: the arguments of a program are seen by all on its machine.
//
// Tested by tests/unit/cli/grant_command_test.cc.
#include "cli/admin_options.h"

#include <absl/strings/str_cat.h>

#include <algorithm>
#include <iostream>
#include <map>
#include <memory>
#include <utility>

#include "cli/command.h"
#include "cli/files.h"
#include "cli/grants/duration.h"
#include "cli/terminal_text.h"
#include "engine/diagnostics.h"

namespace thuja::cli {
namespace {

constexpr size_t kLongestRequestId = 128;
constexpr int64_t kLongestTimeout = 3600;

bool IsVisibleAscii(std::string_view text) {
  return std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

absl::StatusOr<std::string> ReadToken(const std::string& path) {
  if (path.empty()) {
    return absl::InvalidArgumentError(
        "no credential; name its file with --token-file or THUJA_TOKEN_FILE");
  }
  const std::shared_ptr<const SourceText> source = ReadSource(path);
  if (source == nullptr) return absl::InvalidArgumentError("");  // said already
  std::string_view token = source->text();
  while (!token.empty() && (token.back() == '\n' || token.back() == '\r' || token.back() == ' ')) {
    token.remove_suffix(1);
  }
  if (token.empty() || !IsVisibleAscii(token)) {
    return absl::InvalidArgumentError(
        absl::StrCat(path, ": expected one line of printable characters, which is the credential"));
  }
  return std::string(token);
}

}  // namespace

void AddAdminOptions(CLI::App& app, AdminOptions& options) {
  app.add_option("--server", options.server,
                 "The admin listener: http://HOST:PORT or unix:PATH (http://127.0.0.1:8181)")
      ->envname("THUJA_SERVER");
  app.add_option("--token-file", options.token_file, "File with the credential of the caller")
      ->envname("THUJA_TOKEN_FILE");
  app.add_option("--timeout", options.timeout, "How long an answer may take (30s)");
  app.add_option("--format", options.format, "text (the default) or json, as the server sent it")
      ->transform(CLI::CheckedTransformer(std::map<std::string, OutputFormat>{
          {"text", OutputFormat::kText}, {"json", OutputFormat::kJson}}));
}

void AddRequestIdOption(CLI::App& app, AdminOptions& options) {
  app.add_option("--request-id", options.request_id,
                 "Idempotency-Key in place of a random one: repeated, it changes nothing more");
}

CLI::Validator NotEmpty() {
  return {[](std::string& text) { return std::string(text.empty() ? "the value is empty" : ""); },
          "", "not empty"};
}

absl::StatusOr<AdminClient> MakeAdminClient(const AdminOptions& options) {
  AdminClientOptions client;
  absl::StatusOr<AdminAddress> address = AdminAddress::Parse(options.server);
  if (!address.ok()) return address.status();
  client.address = *std::move(address);
  const absl::StatusOr<int64_t> timeout = ParseDuration(options.timeout);
  if (!timeout.ok()) {
    return absl::InvalidArgumentError(absl::StrCat("--timeout: ", timeout.status().message()));
  }
  if (*timeout < 1 || *timeout > kLongestTimeout) {
    return absl::InvalidArgumentError("--timeout: expected 1s to 1h");
  }
  client.answer_limit = std::chrono::seconds(*timeout);
  client.connect_limit = std::min(client.connect_limit, client.answer_limit);
  if (options.request_id.size() > kLongestRequestId || !IsVisibleAscii(options.request_id)) {
    return absl::InvalidArgumentError("--request-id: expected 1 to 128 visible ASCII characters");
  }
  absl::StatusOr<std::string> token = ReadToken(options.token_file);
  if (!token.ok()) return token.status();
  client.token = *std::move(token);
  return AdminClient(std::move(client));
}

std::string RequestIdOf(const AdminOptions& options) {
  return options.request_id.empty() ? NewRequestId() : options.request_id;
}

int Fail(const absl::Status& status) {
  if (!status.message().empty()) {
    std::cerr << "thuja: error: " << std::string(status.message()) << "\n";
  }
  return kFailure;
}

int ReportRefusal(const AdminAnswer& answer) {
  std::cerr << "thuja: refused: " << Visible(answer.code());
  if (!answer.message().empty()) std::cerr << ": " << Visible(answer.message());
  std::cerr << "\n";
  return kRefused;
}

int AskServer(const AdminOptions& options,
              absl::FunctionRef<absl::StatusOr<AdminAnswer>(AdminClient&)> ask,
              absl::FunctionRef<int(const AdminAnswer&)> show) {
  absl::StatusOr<AdminClient> client = MakeAdminClient(options);
  if (!client.ok()) return Fail(client.status());
  const absl::StatusOr<AdminAnswer> answer = ask(*client);
  if (!answer.ok()) return Fail(answer.status());
  return answer->refused() ? ReportRefusal(*answer) : show(*answer);
}

}  // namespace thuja::cli
