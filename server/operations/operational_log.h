// SPDX-License-Identifier: Apache-2.0
// The operational log: what the server does, one line an event, on standard error.
//
// Lines are written by a thread of the log. When it cannot keep up, the oldest are dropped: a slow
// terminal must not stop a decision.
#pragma once

#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>
#include <utility>

namespace thuja::server {

enum class LogLevel { kDebug, kInfo, kWarn, kError };
enum class LogFormat { kText, kJson };

// Thread-safe.
class OperationalLog {
 public:
  using Fields = std::initializer_list<std::pair<std::string_view, std::string_view>>;

  OperationalLog(LogLevel level, LogFormat format);
  ~OperationalLog();  // writes what is queued
  OperationalLog(const OperationalLog&) = delete;
  OperationalLog& operator=(const OperationalLog&) = delete;

  // `2026-03-02T09:05:00.123Z info ready revision=1`, or the same as a JSON object. Values are
  // quoted where they need it; they may hold anything.
  void Write(LogLevel level, std::string_view event, Fields fields = {});

  bool Writes(LogLevel level) const { return level >= level_; }

 private:
  struct Sink;

  const LogLevel level_;
  const LogFormat format_;
  std::unique_ptr<Sink> sink_;
};

}  // namespace thuja::server
