// SPDX-License-Identifier: Apache-2.0
// The entry points of the commands, for the table in commands.cc.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>

namespace thuja::cli {

std::function<int()> DeclareAuthorize(CLI::App& options);
std::function<int()> DeclareBench(CLI::App& options);
std::function<int()> DeclareConformance(CLI::App& options);
std::function<int()> DeclareConfig(CLI::App& options);
std::function<int()> DeclareGrant(CLI::App& options);
std::function<int()> DeclareServe(CLI::App& options);
std::function<int()> DeclareTest(CLI::App& options);
std::function<int()> DeclareTree(CLI::App& options);
std::function<int()> DeclareWhatCan(CLI::App& options);

}  // namespace thuja::cli
