// SPDX-License-Identifier: Apache-2.0
// The program `thuja`: all of it is in commands.cc and the files of cli/commands.
#include "cli/command.h"

int main(int argc, char** argv) { return thuja::cli::RunProgram(argc, argv); }
