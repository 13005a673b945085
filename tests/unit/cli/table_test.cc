// SPDX-License-Identifier: Apache-2.0
// Tables, and what they do to text that would play with the terminal.
#include "cli/table.h"

#include <gtest/gtest.h>

#include <string>
#include <utility>

#include "cli/terminal_text.h"

namespace thuja::cli {
namespace {

TEST(Table, AlignsColumnsAndLeavesNoSpaceAtTheEnd) {
  Table table({"GRANT", "STATE", "TASK"});
  table.Add({"1", "active", "a long task"});
  table.Add({"a long id", "", "b"});
  EXPECT_EQ(table.ToString(),
            "GRANT      STATE   TASK\n"
            "1          active  a long task\n"
            "a long id  -       b\n");
}

TEST(Table, CountsCharactersAndNotBytes) {
  Table table;
  table.Add({"\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x84", "x"});
  table.Add({"abc", "y"});
  EXPECT_EQ(table.ToString(), "\xc3\xa4\xe2\x82\xac\xf0\x9f\x8e\x84  x\nabc  y\n");
}

TEST(Table, OfNothingIsNothing) { EXPECT_EQ(Table().ToString(), ""); }

TEST(Table, NoCellLeavesItsLine) {
  Table table;
  table.Add({"two\nlines\x1b[2J", "x"});
  EXPECT_EQ(table.ToString(), "two\\u{a}lines\\u{1b}[2J  x\n");
}

TEST(Visible, ShowsWhatATerminalWouldActOn) {
  const std::pair<std::string, std::string> kRows[] = {
      {"plain text, \xc3\xa4", "plain text, \xc3\xa4"},
      {"\t\r\n", "\\u{9}\\u{d}\\u{a}"},
      {std::string("\0", 1), "\\u{0}"},
      {"\x1b]0;title\x07", "\\u{1b}]0;title\\u{7}"},
      {"\x7f", "\\u{7f}"},
      {"\xc2\x9b", "\\u{9b}"},        // CSI in one character
      {"\xe2\x80\xae", "\\u{202e}"},  // turns what follows around
      {"\xff\xc3", "\\xff\\xc3"},     // no UTF-8
      {"", ""},
  };
  for (const auto& [text, visible] : kRows) EXPECT_EQ(Visible(text), visible);
}

}  // namespace
}  // namespace thuja::cli
