// SPDX-License-Identifier: Apache-2.0
// What a command of the program is: a name, options, and something to run.
//
// One file in cli/commands is one command; commands.cc is the table of them.
#pragma once

#include <CLI/CLI.hpp>
#include <functional>
#include <span>
#include <string>

namespace thuja::cli {

// Exit statuses of all commands. Scripts rely on them.
inline constexpr int kSuccess = 0;  // allow; all decided; all passed
inline constexpr int kFailure = 1;  // anything wrong with the input or the call
inline constexpr int kDeny = 2;     // authorize: the decision is deny
inline constexpr int kRefused = 2;  // grant, whatcan: the server says no
inline constexpr int kTestsFailed = 3;

struct Command {
  std::string name;
  std::string summary;  // one line for the list of commands

  // Adds options to the parser and returns what runs once they are parsed: the exit status.
  std::function<int()> (*declare)(CLI::App& options);
};

// All commands, in the order of the help.
std::span<const Command> AllCommands();

// Runs the program: parses the arguments, dispatches, and turns an exception of a library into a
// message and kFailure.
int RunProgram(int argc, char** argv);

}  // namespace thuja::cli
