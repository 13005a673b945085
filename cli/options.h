// SPDX-License-Identifier: Apache-2.0
// Options that several commands have.
#pragma once

#include <CLI/CLI.hpp>

#include "cli/load.h"
#include "engine/decide.h"

namespace thuja::cli {

// --policies, --entities, --links and --ids.
void AddSnapshotOptions(CLI::App& app, SnapshotPaths& paths);

// --evaluator.
void AddEvaluatorOption(CLI::App& app, DecideOptions& options);

}  // namespace thuja::cli
