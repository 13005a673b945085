// SPDX-License-Identifier: Apache-2.0
// A TCP or Unix connection on which a test writes any bytes it likes and reads HTTP answers.
#pragma once

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <string_view>

namespace thuja::testing {

struct RawAnswer {
  int status = 0;
  std::map<std::string, std::string> headers;  // names in lower case
  std::string body;
};

// Not thread-safe. Times out reading after a while, so that no test hangs.
class RawConnection {
 public:
  // To a port of the loopback, or to a Unix socket.
  explicit RawConnection(int port);
  explicit RawConnection(const std::string& unix_path);
  ~RawConnection();
  RawConnection(RawConnection&& other) noexcept;
  RawConnection& operator=(RawConnection&&) = delete;

  bool connected() const { return fd_ >= 0; }
  int fd() const { return fd_; }

  // False if the other side is gone.
  bool Send(std::string_view bytes);
  void FinishSending();

  // The next answer; nothing if the connection ends or the time is over first. `head` says that
  // the answer has no body, whatever its Content-Length.
  std::optional<RawAnswer> Read(bool head = false,
                                std::chrono::milliseconds limit = std::chrono::seconds(10));

  // What comes up to and with `end`, as it is; nothing if the connection ends or the time is over.
  std::optional<std::string> ReadUntil(std::string_view end,
                                       std::chrono::milliseconds limit = std::chrono::seconds(10));

  // All that comes until the server closes or the time is over.
  std::string ReadToEnd(std::chrono::milliseconds limit = std::chrono::seconds(10));

  // True if the server closes within the time, without sending more.
  bool ClosedWithin(std::chrono::milliseconds limit = std::chrono::seconds(10));

 private:
  bool Fill(std::chrono::steady_clock::time_point end);

  int fd_ = -1;
  std::string buffer_;
};

// One exchange on a connection of its own. `headers` are whole lines, each with `\r\n`; Host,
// Content-Length and, for a body, `Content-Type: application/json` are added.
std::optional<RawAnswer> Post(int port, const std::string& path, const std::string& body,
                              const std::string& headers = "");
std::optional<RawAnswer> Get(int port, const std::string& path, const std::string& headers = "");

}  // namespace thuja::testing
