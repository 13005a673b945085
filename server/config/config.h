// SPDX-License-Identifier: Apache-2.0
// What a server is told to be: docs/configuration.md, as a structure.
#pragma once

#include <absl/status/statusor.h>

#include <string>
#include <string_view>
#include <vector>

#include "engine/decide.h"
#include "server/config/admin_config.h"
#include "server/config/guard_config.h"
#include "server/dialects/dialect.h"
#include "server/http/address.h"
#include "server/http/limits.h"
#include "server/operations/operational_log.h"
#include "server/reload/bundle.h"
#include "server/reload/reloader.h"

namespace thuja::server {

enum class AccessLog { kNone, kErrors, kAll };

struct DecisionsConfig {
  std::string file = "-";  // empty: none
  size_t queue = size_t{4} << 20;
  bool context = false;
  std::vector<std::string> mask;
};

struct LogConfig {
  LogLevel level = LogLevel::kInfo;
  LogFormat format = LogFormat::kText;
  AccessLog access = AccessLog::kErrors;
};

struct Config {
  BundlePaths bundle;
  std::vector<ListenAddress> listen;
  size_t threads = 0;  // 0: one for each core
  AdminConfig admin;
  std::vector<PeerRange> trusted_peers;
  DecideOptions decide;
  GuardConfig guard;
  DialectOptions dialects;
  DecisionsConfig decisions;
  LogConfig log;
  ReloadOptions reload;
  Limits limits;
  // The wall clock is right, however far behind the grants' it is. Of the command line only:
  // whoever says so has looked.
  bool accept_clock = false;
};

// All defaults of the reference.
Config DefaultConfig();

// Reads a file. The status holds every error, one a line, as `file:line:column: message`.
absl::StatusOr<Config> ReadConfig(const std::string& path);

// The same for a text, whose relative paths are relative to `folder`.
absl::StatusOr<Config> ParseConfig(const std::string& text, const std::string& name,
                                   const std::string& folder);

// What no single key shows: an admin listener that others could reach.
absl::Status CheckConfig(const Config& config);

}  // namespace thuja::server
