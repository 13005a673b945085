// SPDX-License-Identifier: Apache-2.0
// The operational log: one line an event, whatever the values hold.
#include "server/operations/operational_log.h"

#include <gtest/gtest.h>

#include <regex>
#include <string>
#include <string_view>
#include <thread>
#include <utility>
#include <vector>

#include "engine/diagnostics.h"
#include "engine/json.h"
#include "tests/support/decide_fixture.h"

namespace thuja::server {
namespace {

// What a log writes to standard error before it ends.
template <typename Use>
std::string Capture(LogLevel level, LogFormat format, Use use) {
  ::testing::internal::CaptureStderr();
  {
    OperationalLog log(level, format);
    use(log);
  }
  return ::testing::internal::GetCapturedStderr();
}

// The lines of a text that ends with a newline.
std::vector<std::string> Lines(std::string_view text) {
  std::vector<std::string> lines;
  EXPECT_TRUE(text.empty() || text.ends_with('\n')) << text;
  while (!text.empty()) {
    const size_t end = std::min(text.find('\n'), text.size() - 1);
    lines.emplace_back(text.substr(0, end));
    text.remove_prefix(end + 1);
  }
  return lines;
}

// One event without its time, which must look like one.
std::string WriteText(std::string_view event, OperationalLog::Fields fields = {}) {
  const std::string out = Capture(LogLevel::kDebug, LogFormat::kText, [&](OperationalLog& log) {
    log.Write(LogLevel::kInfo, event, fields);
  });
  static const std::regex kTime(R"(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z )");
  std::smatch match;
  EXPECT_TRUE(std::regex_search(out, match, kTime, std::regex_constants::match_continuous)) << out;
  return out.substr(match.length());
}

TEST(OperationalLog, ATextLineHasTimeLevelEventAndFields) {
  EXPECT_EQ(WriteText("ready"), "info ready\n");
  EXPECT_EQ(WriteText("ready", {{"revision", "1"}, {"address", "127.0.0.1:8180"}}),
            "info ready revision=1 address=127.0.0.1:8180\n");
}

TEST(OperationalLog, ATextValueIsQuotedWhereItNeedsIt) {
  const std::pair<std::string, std::string> kRows[] = {
      {"plain", "plain"},
      {"/a/b.cedar:1:2", "/a/b.cedar:1:2"},
      {"", "\"\""},
      {"two words", "\"two words\""},
      {"a=b", "\"a=b\""},
      {"a\"b", "\"a\\\"b\""},
      {"a\\b", "\"a\\\\b\""},
      {"a\nb", "\"a\\nb\""},
      {"2026-03-02T00:00:00.000Z error forged\n", "\"2026-03-02T00:00:00.000Z error forged\\n\""},
      {"a\r\tb", "\"a\\r\\tb\""},
      {std::string("a\0b", 3), "\"a\\u0000b\""},
      {"\x1b[31m", "\"\\u001b[31m\""},
      {"é", "\"é\""},
      {"\xFF", "\"<not UTF-8>\""},
      {"%s%n{}", "%s%n{}"},
  };
  for (const auto& [value, written] : kRows) {
    EXPECT_EQ(WriteText("event", {{"key", value}}), "info event key=" + written + "\n");
  }
}

TEST(OperationalLog, EachJsonLineIsAnObject) {
  const std::string kValues[] = {"plain",    "",         "two words",
                                 "a\"b\\c",  "a\nb\r\t", std::string("a\0b", 3),
                                 "\x1b[31m", "é😀",      "%s{}"};
  const std::string out = Capture(LogLevel::kDebug, LogFormat::kJson, [&](OperationalLog& log) {
    for (const std::string& value : kValues) {
      log.Write(LogLevel::kWarn, "event", {{"key", value}, {"more", "x"}});
    }
  });
  const std::vector<std::string> lines = Lines(out);
  ASSERT_EQ(lines.size(), std::size(kValues)) << out;
  for (size_t i = 0; i < lines.size(); ++i) {
    Diagnostics diagnostics;
    const auto document = ReadJson(testing::MakeSource(lines[i], "line"), diagnostics);
    ASSERT_TRUE(document) << lines[i] << Render(diagnostics);
    std::vector<std::string> keys;
    for (const JsonMember& member : document->root().members) keys.emplace_back(member.key);
    EXPECT_EQ(keys, (std::vector<std::string>{"time", "level", "event", "key", "more"}));
    EXPECT_EQ(document->root().Find("level")->text, "warn");
    EXPECT_EQ(document->root().Find("event")->text, "event");
    EXPECT_EQ(document->root().Find("key")->text, kValues[i]);
    EXPECT_EQ(document->root().Find("time")->text.size(), 24u);
  }
}

TEST(OperationalLog, AJsonLineTakesBytesThatAreNoText) {
  const std::string out = Capture(LogLevel::kDebug, LogFormat::kJson, [](OperationalLog& log) {
    log.Write(LogLevel::kInfo, "event", {{"key", "\xC3("}});
  });
  EXPECT_NE(out.find(",\"key\":\"<not UTF-8>\"}\n"), std::string::npos) << out;
}

TEST(OperationalLog, WritesFromItsLevelUp) {
  const std::pair<LogLevel, std::string> kLevels[] = {{LogLevel::kDebug, "debug"},
                                                      {LogLevel::kInfo, "info"},
                                                      {LogLevel::kWarn, "warn"},
                                                      {LogLevel::kError, "error"}};
  for (const auto& [level, name] : kLevels) {
    std::vector<std::string> wanted;
    const std::string out = Capture(level, LogFormat::kText, [&](OperationalLog& log) {
      for (const auto& [of_line, of_name] : kLevels) {
        EXPECT_EQ(log.Writes(of_line), of_line >= level) << name;
        log.Write(of_line, "event");
        if (of_line >= level) wanted.push_back(of_name + " event");
      }
    });
    std::vector<std::string> got;
    for (const std::string& line : Lines(out)) got.push_back(line.substr(line.find(' ') + 1));
    EXPECT_EQ(got, wanted);
  }
}

TEST(OperationalLog, LinesOfManyThreadsStayWhole) {
  constexpr int kThreads = 4;
  constexpr int kLines = 500;
  const std::string out = Capture(LogLevel::kInfo, LogFormat::kText, [](OperationalLog& log) {
    std::vector<std::thread> threads;
    for (int i = 0; i < kThreads; ++i) {
      threads.emplace_back([&log, i] {
        const std::string word(50, static_cast<char>('a' + i));
        for (int k = 0; k < kLines; ++k) log.Write(LogLevel::kInfo, "event", {{"word", word}});
      });
    }
    for (std::thread& thread : threads) thread.join();
  });
  const std::vector<std::string> lines = Lines(out);
  // Far fewer than what is queued before the oldest are dropped.
  ASSERT_EQ(lines.size(), size_t{kThreads * kLines});
  for (const std::string& line : lines) {
    ASSERT_EQ(line.size(), std::string("2026-03-02T00:00:00.000Z info event word=").size() + 50);
    EXPECT_EQ(line.find_first_not_of(line.back(), line.size() - 50), std::string::npos) << line;
  }
}

}  // namespace
}  // namespace thuja::server
