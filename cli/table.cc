// SPDX-License-Identifier: Apache-2.0
// Layout of tables.
//
// Tested by tests/unit/cli/table_test.cc.
#include "cli/table.h"

#include <algorithm>
#include <utility>

#include "cli/terminal_text.h"

namespace thuja::cli {

Table::Table(std::vector<std::string> header) {
  if (!header.empty()) rows_.push_back(std::move(header));
}

void Table::Add(const std::vector<std::string>& row) {
  std::vector<std::string>& cells = rows_.emplace_back();
  for (const std::string& cell : row) cells.push_back(cell.empty() ? "-" : Visible(cell));
}

std::string Table::ToString() const {
  std::vector<size_t> widths;
  for (const std::vector<std::string>& row : rows_) {
    widths.resize(std::max(widths.size(), row.size()));
    for (size_t i = 0; i < row.size(); ++i) widths[i] = std::max(widths[i], Columns(row[i]));
  }
  std::string out;
  for (const std::vector<std::string>& row : rows_) {
    for (size_t i = 0; i < row.size(); ++i) {
      out += row[i];
      if (i + 1 < row.size()) out.append(widths[i] - Columns(row[i]) + 2, ' ');
    }
    out += '\n';
  }
  return out;
}

}  // namespace thuja::cli
