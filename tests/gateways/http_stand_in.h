// SPDX-License-Identifier: Apache-2.0
// A small HTTP server inside the test: the upstream behind a gateway, which counts what reaches it,
// or a decision point that answers wrongly or never.
#pragma once

#include <atomic>
#include <mutex>
#include <string>
#include <thread>
#include <utility>
#include <vector>

namespace thuja::testing {

struct SeenRequest {
  std::string method;
  std::string target;
  std::vector<std::pair<std::string, std::string>> headers;  // names in lower case

  // All values of a header whose name, a hyphen and an underscore being the same, is `name`.
  std::vector<std::string> ValuesOf(const std::string& name) const;
};

// Listens on a free port of the loopback from its construction on; thread-safe. One answer for each
// connection.
class HttpStandIn {
 public:
  static constexpr int kSilent = 0;

  // Answers with this status, or never if it is kSilent. The body of a 200 is `upstream METHOD
  // TARGET` and a line `agent: ID` for each X-Agent.
  explicit HttpStandIn(int status);
  ~HttpStandIn();
  HttpStandIn(const HttpStandIn&) = delete;
  HttpStandIn& operator=(const HttpStandIn&) = delete;

  int port() const { return port_; }
  void set_status(int status) { status_ = status; }

  // What has arrived so far, in its order.
  std::vector<SeenRequest> Seen() const;

 private:
  struct Connection {
    int fd;
    std::string received;
  };

  void Serve();
  // False if the connection is to be closed.
  bool Advance(Connection& connection);

  int listener_ = -1;
  int port_ = 0;
  std::atomic<int> status_;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<SeenRequest> seen_;
  std::thread thread_;
};

}  // namespace thuja::testing
