// SPDX-License-Identifier: Apache-2.0
// The program `thuja`: all of it is in commands.cc and the files of cli/commands.
#include "cli/allocation_count.h"
#include "cli/command.h"
#include "cli/counting_new.h"
#include "cli/large_heap.h"

int main(int argc, char** argv) {
  thuja::cli::UseLargePages();
  thuja::cli::allocation_count = &thuja::cli::CountedAllocations;
  return thuja::cli::RunProgram(argc, argv);
}
