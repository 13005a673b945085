// SPDX-License-Identifier: Apache-2.0
// Lines of the operational log, through spdlog.
//
// Tested by tests/unit/operations/operational_log_test.cc.
#include "server/operations/operational_log.h"

#include <spdlog/async.h>
#include <spdlog/sinks/stdout_sinks.h>
#include <time.h>

#include <algorithm>
#include <cstdio>

#include "engine/diagnostics.h"
#include "engine/json.h"

namespace thuja::server {
namespace {

constexpr size_t kQueuedLines = 8192;
constexpr std::string_view kLevelNames[] = {"debug", "info", "warn", "error"};

std::string Now() {
  timespec now{};
  clock_gettime(CLOCK_REALTIME, &now);
  std::tm parts{};
  gmtime_r(&now.tv_sec, &parts);
  char text[48];
  const size_t size = std::strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &parts);
  const int more = std::snprintf(text + size, sizeof(text) - size, ".%03dZ",
                                 static_cast<int>(now.tv_nsec / 1'000'000));
  return {text, size + static_cast<size_t>(more)};
}

bool IsPlainWord(std::string_view text) {
  const auto is_plain = [](char c) {
    return c > 0x20 && c < 0x7f && c != '"' && c != '\\' && c != '=';
  };
  return !text.empty() && std::ranges::all_of(text, is_plain);
}

std::string QuoteValue(std::string_view text) {
  return IsValidUtf8(text) ? QuoteJson(text) : "\"<not UTF-8>\"";
}

}  // namespace

struct OperationalLog::Sink {
  std::shared_ptr<spdlog::details::thread_pool> pool =
      std::make_shared<spdlog::details::thread_pool>(kQueuedLines, 1);
  std::shared_ptr<spdlog::async_logger> logger = std::make_shared<spdlog::async_logger>(
      "thuja", std::make_shared<spdlog::sinks::stderr_sink_mt>(), pool,
      spdlog::async_overflow_policy::overrun_oldest);
};

OperationalLog::OperationalLog(LogLevel level, LogFormat format)
    : level_(level), format_(format), sink_(std::make_unique<Sink>()) {
  sink_->logger->set_pattern("%v");
  sink_->logger->set_level(spdlog::level::trace);
  sink_->logger->flush_on(spdlog::level::trace);
}

OperationalLog::~OperationalLog() = default;

void OperationalLog::Write(LogLevel level, std::string_view event, Fields fields) {
  if (!Writes(level)) return;
  const std::string_view level_name = kLevelNames[static_cast<size_t>(level)];
  std::string line;
  if (format_ == LogFormat::kJson) {
    line = "{\"time\":\"" + Now() + "\",\"level\":\"" + std::string(level_name) +
           "\",\"event\":" + QuoteJson(event);
    for (const auto& [key, value] : fields) {
      line += ',' + QuoteJson(key) + ':' + QuoteValue(value);
    }
    line += '}';
  } else {
    line = Now() + " " + std::string(level_name) + " " + std::string(event);
    for (const auto& [key, value] : fields) {
      line += " " + std::string(key) + "=" +
              (IsPlainWord(value) ? std::string(value) : QuoteValue(value));
    }
  }
  sink_->logger->log(spdlog::level::info, spdlog::string_view_t(line.data(), line.size()));
}

}  // namespace thuja::server
