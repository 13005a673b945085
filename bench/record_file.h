// SPDX-License-Identifier: Apache-2.0
// The file of decision records, watched from outside: a measurement ends when all records of its
// requests are written, because writing them is a part of what they cost.
#pragma once

#include <absl/status/status.h>

#include <cstdint>
#include <string>

namespace thuja::bench {

class RecordFile {
 public:
  explicit RecordFile(std::string path) : path_(std::move(path)) {}

  // Waits until the file tells of `decisions` more decisions, written or dropped, and empties it
  // then. Fails if they do not come.
  absl::Status Await(uint64_t decisions);

  // Records that the server had no room for, over all measurements.
  uint64_t dropped() const { return dropped_; }

 private:
  // Reads on, up to the last whole line; returns the decisions that it found.
  uint64_t ReadOn();

  const std::string path_;
  int64_t offset_ = 0;
  uint64_t dropped_ = 0;
};

}  // namespace thuja::bench
