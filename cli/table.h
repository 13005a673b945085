// SPDX-License-Identifier: Apache-2.0
// Aligned columns for people, the same on a terminal and in a file.
#pragma once

#include <string>
#include <vector>

namespace thuja::cli {

class Table {
 public:
  // Without a header, if none is given.
  explicit Table(std::vector<std::string> header = {});

  // Cells are made visible; an empty one is shown as `-`.
  void Add(const std::vector<std::string>& row);

  // Each row on a line, columns two spaces apart, and no spaces at the end.
  std::string ToString() const;

 private:
  std::vector<std::vector<std::string>> rows_;
};

}  // namespace thuja::cli
