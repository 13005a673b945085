// SPDX-License-Identifier: Apache-2.0
// Counting in threads, and the text for Prometheus, read back line by line.
#include "server/operations/metrics.h"

#include <gtest/gtest.h>

#include <cmath>
#include <cstdlib>
#include <map>
#include <regex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

namespace thuja::server {
namespace {

// A text in the exposition format 0.0.4; a line that is not in it is a failure of the test.
struct Exposition {
  explicit Exposition(const std::string& text) {
    static const std::regex kComment(R"(# (HELP|TYPE) ([a-zA-Z_:][a-zA-Z0-9_:]*) (.+))");
    static const std::regex kSample(
        R"(([a-zA-Z_:][a-zA-Z0-9_:]*)(\{([a-zA-Z_][a-zA-Z0-9_]*="[^"\\\n]*",?)*\})? (\S+))");
    EXPECT_TRUE(text.ends_with('\n'));
    std::istringstream lines(text);
    std::string family;
    for (std::string line; std::getline(lines, line);) {
      std::smatch match;
      if (std::regex_match(line, match, kComment)) {
        family = match[2];
        if (match[1] == "TYPE") {
          EXPECT_TRUE(types.emplace(family, match[3]).second) << "twice: " << line;
        } else {
          EXPECT_TRUE(helps.emplace(family, match[3]).second) << "twice: " << line;
        }
      } else if (std::regex_match(line, match, kSample)) {
        EXPECT_TRUE(match[1].str().starts_with(family)) << line << " below " << family;
        const std::string name = match[1].str() + match[2].str();
        char* end = nullptr;
        const std::string value = match[4];
        EXPECT_TRUE(samples.emplace(name, std::strtod(value.c_str(), &end)).second)
            << "twice: " << line;
        EXPECT_EQ(*end, '\0') << line;
      } else {
        ADD_FAILURE() << "no line of the format: " << line;
      }
    }
  }

  double Value(const std::string& name) const {
    const auto found = samples.find(name);
    EXPECT_NE(found, samples.end()) << name;
    return found == samples.end() ? std::nan("") : found->second;
  }

  std::map<std::string, std::string> helps;
  std::map<std::string, std::string> types;
  std::map<std::string, double> samples;
};

std::string DecisionsOf(const std::string& dialect, const std::string& decision,
                        const std::string& reason) {
  return "thuja_decisions_total{dialect=\"" + dialect + "\",decision=\"" + decision +
         "\",reason=\"" + reason + "\"}";
}

// Upper bound -> count, of one dialect.
std::map<double, double> Buckets(const Exposition& exposition, const std::string& dialect) {
  std::map<double, double> buckets;
  const std::string begin =
      "thuja_decision_duration_seconds_bucket{dialect=\"" + dialect + "\",le=\"";
  for (const auto& [name, value] : exposition.samples) {
    if (name.starts_with(begin)) buckets[std::strtod(name.c_str() + begin.size(), nullptr)] = value;
  }
  return buckets;
}

TEST(Metrics, CountsDecisionsByDialectAndReason) {
  Metrics metrics;
  ThreadMetrics& first = metrics.AddThread();
  ThreadMetrics& second = metrics.AddThread();
  first.CountDecision(DialectName::kAuthzen, ReasonCode::kPermit, 10);
  first.CountDecision(DialectName::kAuthzen, ReasonCode::kPermit, 10);
  second.CountDecision(DialectName::kAuthzen, ReasonCode::kPermit, 10);
  second.CountDecision(DialectName::kForwardAuth, ReasonCode::kTokenMissing, 10);
  first.CountDecision(DialectName::kCedarAgent, ReasonCode::kForbidError, 10);
  const Exposition text(metrics.Text());
  double sum = 0;
  size_t rows = 0;
  for (const auto& [name, value] : text.samples) {
    if (!name.starts_with("thuja_decisions_total{")) continue;
    sum += value;
    ++rows;
  }
  EXPECT_EQ(sum, 5);
  EXPECT_EQ(rows, kDialectCount * kReasonCodeCount);
  EXPECT_EQ(text.Value(DecisionsOf("authzen", "allow", "permit")), 3);
  EXPECT_EQ(text.Value(DecisionsOf("forward_auth", "deny", "token_missing")), 1);
  EXPECT_EQ(text.Value(DecisionsOf("cedar_agent", "deny", "forbid_error")), 1);
  EXPECT_EQ(text.Value(DecisionsOf("cedar_agent", "allow", "permit")), 0);
  EXPECT_EQ(text.types.at("thuja_decisions_total"), "counter");
  EXPECT_EQ(metrics.Decisions(), 5u);
  EXPECT_EQ(metrics.Allowed(), 3u);
}

// A dashboard must see a reason at 0 before it is first given.
TEST(Metrics, EveryReasonHasItsRowFromTheBeginning) {
  Metrics metrics;
  metrics.AddThread();
  const Exposition text(metrics.Text());
  for (const std::string_view dialect : kDialectNames) {
    for (const ReasonCodeInfo& row : kReasonCodes) {
      const char* decision = row.code == ReasonCode::kPermit ? "allow" : "deny";
      EXPECT_EQ(text.Value(DecisionsOf(std::string(dialect), decision, std::string(row.name))), 0);
    }
  }
  EXPECT_EQ(metrics.Decisions(), 0u);
  EXPECT_EQ(metrics.Allowed(), 0u);
}

TEST(Metrics, BucketsOfTheHistogramAreCumulative) {
  Metrics metrics;
  ThreadMetrics& first = metrics.AddThread();
  ThreadMetrics& second = metrics.AddThread();
  // 1 us and just beyond: a bound belongs to its own bucket. Then a late one and the latest.
  const int64_t kTimes[] = {1,           1'000,         1'001,         2'500,
                            999'999'999, 1'000'000'000, 1'000'000'001, 5'000'000'000};
  double seconds = 0;
  for (size_t i = 0; i < std::size(kTimes); ++i) {
    (i % 2 == 0 ? first : second)
        .CountDecision(DialectName::kAuthzen, ReasonCode::kNoPermit, kTimes[i]);
    seconds += static_cast<double>(kTimes[i]) / 1e9;
  }
  const Exposition text(metrics.Text());
  EXPECT_EQ(text.types.at("thuja_decision_duration_seconds"), "histogram");
  const std::map<double, double> buckets = Buckets(text, "authzen");
  ASSERT_EQ(buckets.size(), kLatencyBounds.size() + 1);
  std::vector<double> counts;
  size_t position = 0;
  for (const auto& [bound, count] : buckets) {
    counts.push_back(count);
    if (position < kLatencyBounds.size()) {
      EXPECT_NEAR(bound, static_cast<double>(kLatencyBounds[position]) / 1e9, 1e-12);
    } else {
      EXPECT_TRUE(std::isinf(bound));
    }
    ++position;
  }
  EXPECT_EQ(counts, (std::vector<double>{2, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 4, 6, 8}));
  EXPECT_EQ(text.Value("thuja_decision_duration_seconds_count{dialect=\"authzen\"}"), 8);
  EXPECT_NEAR(text.Value("thuja_decision_duration_seconds_sum{dialect=\"authzen\"}"), seconds,
              1e-9);
  EXPECT_EQ(text.Value("thuja_decision_duration_seconds_count{dialect=\"cedar_agent\"}"), 0);
  EXPECT_EQ(Buckets(text, "cedar_agent").size(), kLatencyBounds.size() + 1);
}

TEST(Metrics, AClockThatRanBackCountsAsNoTime) {
  Metrics metrics;
  metrics.AddThread().CountDecision(DialectName::kAuthzen, ReasonCode::kPermit, -5);
  const Exposition text(metrics.Text());
  EXPECT_EQ(text.Value("thuja_decision_duration_seconds_sum{dialect=\"authzen\"}"), 0);
  EXPECT_EQ(Buckets(text, "authzen").begin()->second, 1);
}

TEST(Metrics, CountsAnswersByTheHundredsOfTheirStatus) {
  Metrics metrics;
  ThreadMetrics& first = metrics.AddThread();
  ThreadMetrics& second = metrics.AddThread();
  for (const int status : {200, 204, 299, 400, 404, 503}) first.CountAnswer(status);
  second.CountAnswer(200);
  // None of them is an HTTP status.
  for (const int status : {0, -1, 99, 600, 1000}) second.CountAnswer(status);
  const Exposition text(metrics.Text());
  const std::map<std::string, double> wanted = {
      {"1xx", 0}, {"2xx", 4}, {"3xx", 0}, {"4xx", 2}, {"5xx", 1}};
  for (const auto& [status, count] : wanted) {
    EXPECT_EQ(text.Value("thuja_http_answers_total{status=\"" + status + "\"}"), count) << status;
  }
}

TEST(Metrics, GaugesOfOneNameStandUnderOneType) {
  Metrics metrics;
  double value = 1;
  metrics.AddGauge(
      {"thuja_connections", "Open connections.", false, [&] { return value; }, "", ""});
  metrics.AddGauge({"thuja_reloads_total", "Reloads.", true, [] { return 2; }, "result", "loaded"});
  metrics.AddGauge({"thuja_reloads_total", "Reloads.", true, [] { return 3; }, "result", "held"});
  metrics.AddGauge({"thuja_revision", "Revision.", false, [] { return 4.5; }, "", ""});
  // The reader of the text fails if a TYPE stands twice.
  const Exposition text(metrics.Text());
  EXPECT_EQ(text.types.at("thuja_connections"), "gauge");
  EXPECT_EQ(text.types.at("thuja_reloads_total"), "counter");
  EXPECT_EQ(text.helps.at("thuja_reloads_total"), "Reloads.");
  EXPECT_EQ(text.Value("thuja_connections"), 1);
  EXPECT_EQ(text.Value("thuja_reloads_total{result=\"loaded\"}"), 2);
  EXPECT_EQ(text.Value("thuja_reloads_total{result=\"held\"}"), 3);
  EXPECT_EQ(text.Value("thuja_revision"), 4.5);
  // Read anew each time.
  value = 7;
  EXPECT_EQ(Exposition(metrics.Text()).Value("thuja_connections"), 7);
}

TEST(Metrics, EveryFamilyHasTypeAndHelp) {
  Metrics metrics;
  metrics.AddThread();
  const Exposition text(metrics.Text());
  EXPECT_EQ(text.types.size(), 3u);
  for (const auto& [family, type] : text.types) EXPECT_EQ(text.helps.count(family), 1u) << family;
}

TEST(Metrics, AScrapeBetweenCountsSeesNoStep) {
  Metrics metrics;
  constexpr int kDecisions = 20'000;
  ThreadMetrics& counted = metrics.AddThread();
  std::thread thread([&] {
    for (int i = 0; i < kDecisions; ++i) {
      counted.CountDecision(DialectName::kAuthzen, ReasonCode::kPermit, 100);
    }
  });
  uint64_t last = 0;
  while (last < kDecisions) {
    const uint64_t now = metrics.Decisions();
    ASSERT_GE(now, last);
    ASSERT_LE(now, uint64_t{kDecisions});
    last = now;
  }
  thread.join();
  EXPECT_EQ(metrics.Allowed(), uint64_t{kDecisions});
}

}  // namespace
}  // namespace thuja::server
