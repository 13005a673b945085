// SPDX-License-Identifier: Apache-2.0
// The table of commands, and the dispatch to them.
//
// Tested by tests/unit/cli/authorize_test.cc.
#include "cli/commands.h"

#include <exception>
#include <iostream>

#include "cli/command.h"

namespace thuja::cli {
namespace {

const Command kCommands[] = {
    {"authorize", "Decide requests against policies and entities", &DeclareAuthorize},
    {"test", "Run test suites written beside policies", &DeclareTest},
    {"tree", "Show the decision tree that policies are compiled to", &DeclareTree},
    {"bench", "Measure decisions with policies and requests of one's own", &DeclareBench},
    {"serve", "Answer decisions over HTTP", &DeclareServe},
    {"grant", "Issue, show and end grants of a running server", &DeclareGrant},
    {"whatcan", "Show what a grant authorizes now", &DeclareWhatCan},
    {"config", "Check the configuration of a server", &DeclareConfig},
    {"conformance", "Compare with Cedar's published and recorded answers", &DeclareConformance},
};

}  // namespace

std::span<const Command> AllCommands() { return kCommands; }

int RunProgram(int argc, char** argv) {
  CLI::App program("Thuja decides what an agent may do: Cedar policies in, allow or deny out.",
                   "thuja");
  program.require_subcommand(1);
  int status = kFailure;
  for (const Command& command : AllCommands()) {
    CLI::App* options = program.add_subcommand(command.name, command.summary);
    const std::function<int()> run = command.declare(*options);
    options->callback([run, &status] { status = run(); });
  }
  try {
    program.parse(argc, argv);
  } catch (const CLI::ParseError& error) {
    // Help ends with 0; a wrong call with the one status for everything that is wrong.
    return program.exit(error) == 0 ? kSuccess : kFailure;
  } catch (const std::exception& error) {
    std::cerr << "thuja: error: " << error.what() << "\n";
    return kFailure;
  }
  // An answer that nobody received is no success.
  std::cout.flush();
  if (!std::cout) {
    std::cerr << "thuja: error: the output cannot be written\n";
    return kFailure;
  }
  return status;
}

}  // namespace thuja::cli
