// SPDX-License-Identifier: Apache-2.0
// From paths to a snapshot: what every command that decides does first.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "engine/decide.h"
#include "engine/diagnostics.h"

namespace thuja::cli {

struct SnapshotPaths {
  std::vector<std::string> policies;
  std::string entities;                             // a file; empty: none
  std::shared_ptr<const SourceText> entities_text;  // instead of a file
  std::string links;                                // empty: none
  PolicyIds ids = PolicyIds::kPosition;
};

// Null, with everything that is wrong on standard error, if anything is.
std::shared_ptr<const Snapshot> LoadSnapshot(const SnapshotPaths& paths);
// The same as the next snapshot of the builder.
std::shared_ptr<const Snapshot> LoadSnapshot(const SnapshotPaths& paths, SnapshotBuilder& builder);

// Prints the diagnostics on standard error; true if there were none.
bool ReportDiagnostics(const Diagnostics& diagnostics);

}  // namespace thuja::cli
