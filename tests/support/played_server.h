// SPDX-License-Identifier: Apache-2.0
// A server whose answers a test wrote before, good ones and bad ones, for the clients of HTTP. It
// reads requests with code of its own, so that it agrees with no client's mistakes.
#pragma once

#include <atomic>
#include <chrono>
#include <map>
#include <mutex>
#include <string>
#include <thread>
#include <vector>

namespace thuja::testing {

struct PlayedRequest {
  std::string method;
  std::string target;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// What one connection gets once its request is there.
struct Play {
  std::string bytes;
  bool hold = false;                  // wait for the client to go, instead of closing
  std::chrono::milliseconds drip{0};  // between two bytes
  bool early = false;                 // as soon as the header is there, and part of the body
  bool leave = false;                 // nobody listens any more
};

// A whole answer with a JSON body.
Play Answer(int status, const std::string& json);
// Nothing, and the end of the connection.
Play Drop();
// The same while the request is being sent.
Play DropEarly();
// The same, and nobody listens any more.
Play DropAndLeave();
// Nothing, for as long as the client likes.
Play Hang();

// Listens from its construction on, on a free port of the loopback or on a Unix socket;
// thread-safe. One request and one play for each connection, one connection after the other. The
// last play is for all that come later.
class PlayedServer {
 public:
  explicit PlayedServer(std::vector<Play> plays, const std::string& unix_path = "");
  ~PlayedServer();
  PlayedServer(const PlayedServer&) = delete;
  PlayedServer& operator=(const PlayedServer&) = delete;

  int port() const { return port_; }
  // As --server takes it.
  const std::string& address() const { return address_; }

  // What has arrived so far, in its order.
  std::vector<PlayedRequest> Seen() const;

 private:
  void Serve();
  void ServeOne(int fd, const Play& play);
  bool WaitFor(int fd) const;  // until there is something to read; false if the test is over

  std::vector<Play> plays_;
  std::string address_;
  int listener_ = -1;
  int port_ = 0;
  std::atomic<bool> stopping_ = false;
  mutable std::mutex mutex_;
  std::vector<PlayedRequest> seen_;
  std::thread thread_;
};

}  // namespace thuja::testing
