// SPDX-License-Identifier: Apache-2.0
// A server in this process whose handlers leave their answers open, for the test to complete.
#pragma once

#include <chrono>
#include <condition_variable>
#include <deque>
#include <functional>
#include <memory>
#include <mutex>
#include <optional>
#include <string>
#include <vector>

#include "server/http/http_server.h"

namespace thuja::testing {

// What a handler left to the test.
struct LeftOpen {
  std::string name;  // the query of its request
  std::shared_ptr<server::LaterAnswer> later;
  std::shared_ptr<server::AnswerStream> stream;
  std::shared_ptr<server::LaterAnswer> stream_later;  // becomes the stream in Next
};

// Thread-safe. Its paths, each with a name as query, which is what the answer says:
//   /now    answered at once
//   /big    answered at once, with so much that no socket holds it
//   /later  left to the test
//   /parts  left to the test, as a stream of text/plain
//   /drop   later, but nobody keeps it
//   /own    later, but finished by the handler
//   /twice  made later twice; the second is finished at once, the first is left to the test
// Headers are added before and behind the handler: X-Before and X-Behind.
class OpenAnswerServer {
 public:
  explicit OpenAnswerServer(const server::Limits& limits = {}, size_t threads = 1);

  // Whether streams of /parts begin in Next, as later answers, rather than in the handler.
  static inline bool streams_begin_later = false;
  ~OpenAnswerServer();

  int port() const { return port_; }
  server::HttpServer& http() { return *http_; }

  // The next that was left open. Waits; fails the test if there is none within ten seconds.
  LeftOpen Next();
  std::optional<LeftOpen> TryNext(std::chrono::milliseconds limit);

  // What OnAnswered has been told so far, as `GET /now?a 200`.
  std::vector<std::string> Answered() const;

  // Ends the threads, then the server with its event loops.
  void Stop() { http_->Stop(); }
  void Destroy() { http_.reset(); }

 private:
  class Handlers;

  mutable std::mutex mutex_;
  std::condition_variable left_;
  std::deque<LeftOpen> open_;
  std::vector<std::string> answered_;
  std::unique_ptr<server::HttpServer> http_;
  int port_ = 0;
};

// The length of an answer of /big.
inline constexpr size_t kBig = size_t{16} << 20;

// An answer with this text.
server::HttpResponse Saying(std::string_view text);

// `GET /now?a HTTP/1.1` with a header, whole lines.
std::string Ask(const std::string& target, const std::string& headers = "",
                const std::string& method = "GET", const std::string& version = "1.1");

// Looks until it is true, at most ten seconds.
bool Becomes(const std::function<bool()>& condition);

}  // namespace thuja::testing
