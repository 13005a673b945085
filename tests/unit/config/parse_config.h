// SPDX-License-Identifier: Apache-2.0
// Texts of a configuration, read for tests, and what is wrong with them.
#pragma once

#include <gtest/gtest.h>

#include <string>
#include <string_view>
#include <utility>

#include "server/config/config.h"

namespace thuja::server {

inline constexpr std::string_view kBase = "version: 1\npolicies: [p.cedar]\n";

// The configuration of the required keys and these, its folder `/etc/thuja`.
inline absl::StatusOr<Config> Parse(const std::string& yaml) {
  return ParseConfig(std::string(kBase) + yaml, "t.yaml", "/etc/thuja");
}

inline Config Good(const std::string& yaml) {
  auto config = Parse(yaml);
  EXPECT_TRUE(config.ok()) << yaml << "\n" << config.status();
  return config.ok() ? *std::move(config) : DefaultConfig();
}

// What is wrong with a whole text; empty if nothing is.
inline std::string ErrorsOf(const std::string& text) {
  const auto config = ParseConfig(text, "t.yaml", "/etc/thuja");
  return config.ok() ? "" : std::string(config.status().message());
}
inline std::string Errors(const std::string& yaml) { return ErrorsOf(std::string(kBase) + yaml); }

}  // namespace thuja::server
