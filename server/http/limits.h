// SPDX-License-Identifier: Apache-2.0
// What one caller may cost: every bound of the HTTP front in one place, with its default.
#pragma once

#include <chrono>
#include <cstddef>

namespace thuja::server {

struct Limits {
  size_t line = size_t{8} << 10;     // bytes of the request line, and of each header line
  size_t fields = 100;               // header fields
  size_t header = size_t{16} << 10;  // bytes of request line and header together
  size_t body = size_t{1} << 20;     // bytes, after the transfer coding is undone
  size_t connections = 8000;         // open at the same time, over all threads
  size_t pipelined = 64;             // requests answered before the answers are written
  size_t unread = size_t{1} << 20;   // bytes of a stream that wait for its client to read

  std::chrono::milliseconds request_time{10'000};  // first byte in to last byte out, but of streams
  std::chrono::milliseconds idle_time{75'000};     // between requests
  std::chrono::milliseconds drain_time{10'000};    // for running requests at the end
};

}  // namespace thuja::server
