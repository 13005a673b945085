// SPDX-License-Identifier: Apache-2.0
// Adding up what the threads counted, in Prometheus' families.
//
// Tested by tests/unit/operations/metrics_test.cc.
#include "server/operations/metrics.h"

#include <prometheus/metric_family.h>
#include <prometheus/text_serializer.h>

#include <algorithm>
#include <limits>
#include <string_view>

namespace thuja::server {
namespace {

using prometheus::ClientMetric;
using prometheus::MetricFamily;
using prometheus::MetricType;

MetricFamily Family(std::string name, std::string help, MetricType type) {
  MetricFamily family;
  family.name = std::move(name);
  family.help = std::move(help);
  family.type = type;
  return family;
}

ClientMetric Counted(uint64_t value, std::vector<ClientMetric::Label> labels) {
  ClientMetric metric;
  metric.counter.value = static_cast<double>(value);
  metric.label = std::move(labels);
  return metric;
}

std::string Word(std::string_view text) { return std::string(text); }

}  // namespace

void ThreadMetrics::CountDecision(DialectName dialect, ReasonCode code, int64_t nanoseconds) {
  const auto row = static_cast<size_t>(dialect);
  decisions_[row][static_cast<size_t>(code)].Add();
  const auto bound = std::ranges::lower_bound(kLatencyBounds, nanoseconds);
  latency_[row].buckets[static_cast<size_t>(bound - kLatencyBounds.begin())].Add();
  latency_[row].sum.Add(static_cast<uint64_t>(std::max<int64_t>(nanoseconds, 0)));
}

void ThreadMetrics::CountAnswer(int status) {
  const int hundreds = status / 100;
  answers_[hundreds >= 1 && hundreds <= 5 ? static_cast<size_t>(hundreds) : 0].Add();
}

ThreadMetrics& Metrics::AddThread() {
  return *threads_.emplace_back(std::make_unique<ThreadMetrics>());
}

uint64_t Metrics::Decisions() const {
  uint64_t sum = 0;
  for (const auto& thread : threads_) {
    for (const auto& row : thread->decisions_) {
      for (const Counter& counter : row) sum += counter.value();
    }
  }
  return sum;
}

uint64_t Metrics::Allowed() const {
  uint64_t sum = 0;
  for (const auto& thread : threads_) {
    for (const auto& row : thread->decisions_) {
      sum += row[static_cast<size_t>(ReasonCode::kPermit)].value();
    }
  }
  return sum;
}

std::string Metrics::Text() const {
  std::vector<MetricFamily> families;
  MetricFamily decisions =
      Family("thuja_decisions_total", "Decisions by dialect and reason code.", MetricType::Counter);
  MetricFamily latency =
      Family("thuja_decision_duration_seconds",
             "From a request being read to its decision being made.", MetricType::Histogram);
  for (size_t dialect = 0; dialect < kDialectCount; ++dialect) {
    const ClientMetric::Label name = {"dialect", Word(kDialectNames[dialect])};
    for (size_t code = 0; code < kReasonCodeCount; ++code) {
      uint64_t sum = 0;
      for (const auto& thread : threads_) sum += thread->decisions_[dialect][code].value();
      const ReasonCodeInfo& info = kReasonCodes[code];
      const bool allowed = info.code == ReasonCode::kPermit;
      decisions.metric.push_back(Counted(
          sum, {name, {"decision", allowed ? "allow" : "deny"}, {"reason", Word(info.name)}}));
    }
    ClientMetric metric;
    metric.label = {name};
    for (size_t bucket = 0; bucket <= kLatencyBounds.size(); ++bucket) {
      for (const auto& thread : threads_) {
        metric.histogram.sample_count += thread->latency_[dialect].buckets[bucket].value();
      }
      const double bound = bucket < kLatencyBounds.size()
                               ? static_cast<double>(kLatencyBounds[bucket]) / 1e9
                               : std::numeric_limits<double>::infinity();
      metric.histogram.bucket.push_back({metric.histogram.sample_count, bound});
    }
    for (const auto& thread : threads_) {
      metric.histogram.sample_sum +=
          static_cast<double>(thread->latency_[dialect].sum.value()) / 1e9;
    }
    latency.metric.push_back(std::move(metric));
  }
  MetricFamily answers = Family("thuja_http_answers_total",
                                "HTTP answers of the decision listener.", MetricType::Counter);
  for (size_t hundreds = 1; hundreds <= 5; ++hundreds) {
    uint64_t sum = 0;
    for (const auto& thread : threads_) sum += thread->answers_[hundreds].value();
    answers.metric.push_back(Counted(sum, {{"status", std::to_string(hundreds) + "xx"}}));
  }
  families = {std::move(decisions), std::move(latency), std::move(answers)};
  for (const Gauge& gauge : gauges_) {
    if (families.back().name != gauge.name) {
      families.push_back(Family(gauge.name, gauge.help,
                                gauge.is_counter ? MetricType::Counter : MetricType::Gauge));
    }
    ClientMetric metric;
    (gauge.is_counter ? metric.counter.value : metric.gauge.value) = gauge.read();
    if (!gauge.label.empty()) metric.label = {{gauge.label, gauge.label_value}};
    families.back().metric.push_back(std::move(metric));
  }
  return prometheus::TextSerializer().prometheus::Serializer::Serialize(families);
}

}  // namespace thuja::server
