// SPDX-License-Identifier: Apache-2.0
// `thuja serve`: the policy decision point over HTTP.
//
// Tested by tests/service/serve_test.cc.
#include <iostream>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "cli/command.h"
#include "cli/commands.h"
#include "server/config/config.h"
#include "server/service.h"

namespace thuja::cli {
namespace {

struct ServeOptions {
  std::string config;
  server::BundlePaths bundle;
  std::vector<std::string> listen;
  std::string admin;
  bool accept_clock = false;
};

bool ReadAddressOption(const std::string& name, const std::string& text,
                       server::ListenAddress* out) {
  const auto address = server::ParseListenAddress(text);
  if (!address) {
    std::cerr << "thuja: error: " << name << " " << text
              << ": expected HOST:PORT with an IP address, or unix:PATH\n";
    return false;
  }
  *out = *address;
  return true;
}

absl::StatusOr<server::Config> MakeConfig(const ServeOptions& options) {
  if (!options.config.empty()) return server::ReadConfig(options.config);
  server::Config config = server::DefaultConfig();
  config.bundle = options.bundle;
  if (!options.listen.empty()) config.listen.resize(options.listen.size());
  bool good = true;
  for (size_t i = 0; i < options.listen.size(); ++i) {
    good &= ReadAddressOption("--listen", options.listen[i], &config.listen[i]);
  }
  if (!options.admin.empty()) {
    good &= ReadAddressOption("--admin", options.admin, &config.admin.listen);
  }
  if (!good) return absl::InvalidArgumentError("");
  if (const absl::Status status = server::CheckConfig(config); !status.ok()) return status;
  return config;
}

int Report(const absl::Status& status) {
  if (!status.message().empty()) {
    std::cerr << "thuja: error: " << std::string(status.message()) << "\n";
  }
  return kFailure;
}

int RunServe(const ServeOptions& options) {
  absl::StatusOr<server::Config> config = MakeConfig(options);
  if (!config.ok()) return Report(config.status());
  config->accept_clock = options.accept_clock;
  server::PrepareProcess();
  auto service = server::Service::Start(*std::move(config));
  if (!service.ok()) return Report(service.status());
  (*service)->Run();
  return kSuccess;
}

}  // namespace

std::function<int()> DeclareServe(CLI::App& app) {
  const auto options = std::make_shared<ServeOptions>();
  app.footer(
      "SIGHUP reloads, SIGTERM drains and ends. All settings: docs/configuration.md. Exit status: "
      "0 ended by a signal, 1 anything wrong.");
  CLI::Option* config = app.add_option("--config", options->config, "A configuration file (YAML)");
  CLI::Option* policies = app.add_option("--policies", options->bundle.policies,
                                         "Policy files and folders of .cedar files");
  CLI::Option* entities =
      app.add_option("--entities", options->bundle.entities, "Entities as JSON");
  CLI::Option* links =
      app.add_option("--links", options->bundle.links, "Links of templates as JSON");
  CLI::Option* ids =
      app.add_option("--ids", options->bundle.ids,
                     "How policies are named: position (policy0, policy1, ...) or annotation (@id)")
          ->transform(CLI::CheckedTransformer(std::map<std::string, PolicyIds>{
              {"position", PolicyIds::kPosition}, {"annotation", PolicyIds::kAnnotation}}));
  CLI::Option* listen = app.add_option("--listen", options->listen,
                                       "Where decisions are answered: HOST:PORT or unix:PATH "
                                       "(127.0.0.1:8180)");
  CLI::Option* admin = app.add_option("--admin", options->admin,
                                      "Where health and metrics are: HOST:PORT or unix:PATH "
                                      "(127.0.0.1:8181)");
  app.add_flag("--accept-clock", options->accept_clock,
               "Believe the clock although grants were used at a later time: it was wrong then and "
               "is right now");
  for (CLI::Option* option : {policies, entities, links, ids, listen, admin}) {
    option->excludes(config);
  }
  return [options, policies] {
    if (options->config.empty() && policies->empty()) {
      std::cerr << "thuja: error: --policies or --config is required\n";
      return kFailure;
    }
    return RunServe(*options);
  };
}

}  // namespace thuja::cli
