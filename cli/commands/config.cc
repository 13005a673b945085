// SPDX-License-Identifier: Apache-2.0
// `thuja config check`: would a server start with this file?
//
// Tested by tests/service/config_check_test.cc.
#include "server/config/config.h"

#include <iostream>
#include <memory>
#include <string>

#include "cli/command.h"
#include "cli/commands.h"

namespace thuja::cli {
namespace {

// Reads what the file names, as a start would; prints what would be served.
int CheckConfigFile(const std::string& path) {
  const absl::StatusOr<server::Config> config = server::ReadConfig(path);
  if (!config.ok()) {
    std::cerr << std::string(config.status().message()) << "\n";
    return kFailure;
  }
  server::OperationalLog log(server::LogLevel::kError, server::LogFormat::kText);
  server::Reloader reloader(config->bundle, config->reload, log);
  if (const absl::Status status = reloader.LoadFirst(); !status.ok()) {
    std::cerr << std::string(status.message()) << "\n";
    return kFailure;
  }
  const server::ReloadStatus status = reloader.status();
  std::cout << status.policies << " policies, " << status.entities
            << " entities, digest sha256:" << status.digest << "\n";
  for (const server::ListenAddress& address : config->listen) {
    std::cout << "decisions on " << address.ToString() << "\n";
  }
  std::cout << "admin on " << config->admin.listen.ToString()
            << (config->admin.AllCredentials().empty()
                    ? ", no credential: /v1/status does not exist\n"
                    : "\n");
  for (const server::ForwardAuthProfile& profile : config->dialects.forward_auth) {
    std::cout << "forward-auth of " << profile.gateway->name << " at " << profile.path << ", "
              << (profile.routes.empty() ? "no routes: action is the method, resource the path"
                                         : std::to_string(profile.routes.size()) + " routes")
              << "\n";
  }
  return kSuccess;
}

}  // namespace

std::function<int()> DeclareConfig(CLI::App& app) {
  const auto path = std::make_shared<std::string>();
  app.footer("Exit status: 0 a server would start with it, 1 anything wrong.");
  app.require_subcommand(1);
  CLI::App* check = app.add_subcommand("check", "Read a configuration and all that it names");
  check->add_option("file", *path, "The configuration file (YAML)")->required();
  return [path] { return CheckConfigFile(*path); };
}

}  // namespace thuja::cli
