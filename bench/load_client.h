// SPDX-License-Identifier: Apache-2.0
// The load of http_bench: one thread that keeps a number of connections busy and times the answers.
//
// A closed loop: each connection has one request outstanding and sends the next as soon as the
// answer is complete. Every answer is compared, so that nobody is fast by answering nothing.
#pragma once

#include <absl/status/status.h>
#include <absl/status/statusor.h>

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "server/http/address.h"

namespace thuja::bench {

// A request and what must come back.
struct Exchange {
  std::string request;  // all bytes of it
  int status = 200;
  std::string body;
};

struct LoadResult {
  double seconds = 0;  // from the first request to the last answer
  double p50_us = 0;   // of the time between a request and its answer
  double p99_us = 0;
};

class LoadClient {
 public:
  // Opens the connections. `exchange` outlives the client.
  static absl::StatusOr<std::unique_ptr<LoadClient>> Connect(const server::ListenAddress& address,
                                                             const Exchange& exchange,
                                                             size_t connections);
  ~LoadClient();
  LoadClient(const LoadClient&) = delete;
  LoadClient& operator=(const LoadClient&) = delete;

  // Sends `requests` over all connections. Fails at the first answer that is not the expected one;
  // the client is of no use then.
  absl::StatusOr<LoadResult> Run(size_t requests);

 private:
  struct Link {
    int fd = -1;
    int64_t sent = 0;    // when; nanoseconds
    std::string answer;  // what has come of it
  };

  explicit LoadClient(const Exchange& exchange) : exchange_(exchange) {}
  absl::Status Send(Link& link, int64_t now);
  // True once the answer is complete and right.
  absl::StatusOr<bool> Receive(Link& link);

  const Exchange& exchange_;
  const std::string status_line_ = "HTTP/1.1 " + std::to_string(exchange_.status) + " ";
  int epoll_ = -1;
  std::vector<Link> links_;
};

// A connected socket; -1 with errno if nobody listens.
int ConnectTo(const server::ListenAddress& address);

}  // namespace thuja::bench
