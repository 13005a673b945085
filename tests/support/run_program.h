// SPDX-License-Identifier: Apache-2.0
// The built program, run as a user would.
#pragma once

#include <string>
#include <vector>

namespace thuja::testing {

struct ProgramResult {
  int status = -1;  // of exit; -1 if it was killed or could not be started
  std::string out;
  std::string err;
};

// Runs `thuja` with the arguments and this standard input. Standard output goes to `device`, if it
// is given, and is not read then.
ProgramResult RunThuja(const std::vector<std::string>& arguments, const std::string& input = "",
                       const std::string& device = "");

// Writes a file and returns its path.
std::string WriteFile(const std::string& path, const std::string& text);

}  // namespace thuja::testing
