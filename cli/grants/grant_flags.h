// SPDX-License-Identifier: Apache-2.0
// A grant request out of the flags of `thuja grant issue` and `delegate`, and of a file.
#pragma once

#include <absl/status/statusor.h>

#include <CLI/CLI.hpp>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/diagnostics.h"

namespace thuja::cli {

struct GrantFlags {
  std::string from;  // a file or `-`; empty: none
  std::optional<std::string> holder;
  std::optional<std::string> agent_class;
  std::optional<std::string> task;
  std::optional<std::string> tenant;
  std::optional<std::string> workflow;
  std::optional<std::string> step;
  std::optional<std::string> environment;
  std::optional<std::string> deployment;
  std::optional<std::string> not_before;
  std::optional<std::string> ttl;
  std::optional<std::string> heartbeat;
  std::optional<std::string> calls;
  std::vector<std::string> tools;         // patterns
  std::vector<std::string> tool_objects;  // JSON
  std::vector<std::string> resources;
  bool pending = false;
  bool credential = false;
};

void AddGrantFlags(CLI::App& app, GrantFlags& flags);

enum class GrantRequestKind { kIssue, kDelegate };

// The body of the request: the members of `file`, which may be null, with those of the flags in
// their place. An error names the flag that is wrong or missing; whatever a flag does not show, the
// server judges.
absl::StatusOr<std::string> MakeGrantRequest(const GrantFlags& flags,
                                             const std::shared_ptr<const SourceText>& file,
                                             GrantRequestKind kind);

// `Type::"id"` as JSON, `{"type":...,"id":...}`. `flag` is for the error.
absl::StatusOr<std::string> UidJson(const std::string& flag, const std::string& text);

// The first of them as `name:line:column: message`. REQUIRES: there is one.
std::string FirstLine(const Diagnostics& diagnostics);

}  // namespace thuja::cli
