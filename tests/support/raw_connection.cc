// SPDX-License-Identifier: Apache-2.0
// Sockets and the reading of answers.
#include "tests/support/raw_connection.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <utility>

namespace thuja::testing {
namespace {

using Clock = std::chrono::steady_clock;

std::string Lower(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

// Status line and headers; `text` ends before the empty line.
RawAnswer ParseHead(const std::string& text) {
  RawAnswer answer;
  size_t at = text.find("\r\n");
  if (text.starts_with("HTTP/1.") && text.size() > 12) answer.status = std::atoi(text.c_str() + 9);
  while (at != std::string::npos) {
    const size_t begin = at + 2;
    at = text.find("\r\n", begin);
    const std::string line = text.substr(begin, at == std::string::npos ? at : at - begin);
    const size_t colon = line.find(": ");
    if (colon != std::string::npos)
      answer.headers[Lower(line.substr(0, colon))] = line.substr(colon + 2);
  }
  return answer;
}

}  // namespace

RawConnection::RawConnection(int port) : fd_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return;
  close(fd_);
  fd_ = -1;
}

RawConnection::RawConnection(const std::string& unix_path)
    : fd_(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0)) {
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, unix_path.c_str(), sizeof(address.sun_path) - 1);
  if (connect(fd_, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return;
  close(fd_);
  fd_ = -1;
}

RawConnection::~RawConnection() {
  if (fd_ >= 0) close(fd_);
}

RawConnection::RawConnection(RawConnection&& other) noexcept
    : fd_(std::exchange(other.fd_, -1)), buffer_(std::move(other.buffer_)) {}

bool RawConnection::Send(std::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t sent = send(fd_, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (sent <= 0) return false;
    bytes.remove_prefix(static_cast<size_t>(sent));
  }
  return true;
}

void RawConnection::FinishSending() { shutdown(fd_, SHUT_WR); }

bool RawConnection::Fill(Clock::time_point end) {
  const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(end - Clock::now());
  pollfd waiting{fd_, POLLIN, 0};
  if (left.count() <= 0 || poll(&waiting, 1, static_cast<int>(left.count())) <= 0) return false;
  char bytes[16384];
  const ssize_t got = recv(fd_, bytes, sizeof(bytes), 0);
  if (got <= 0) return false;
  buffer_.append(bytes, static_cast<size_t>(got));
  return true;
}

std::optional<RawAnswer> RawConnection::Read(bool head, std::chrono::milliseconds limit) {
  const Clock::time_point end = Clock::now() + limit;
  size_t blank = 0;
  while ((blank = buffer_.find("\r\n\r\n")) == std::string::npos) {
    if (!Fill(end)) return std::nullopt;
  }
  RawAnswer answer = ParseHead(buffer_.substr(0, blank));
  buffer_.erase(0, blank + 4);
  const auto length = answer.headers.find("content-length");
  if (head || length == answer.headers.end()) return answer;
  const size_t size = std::strtoul(length->second.c_str(), nullptr, 10);
  while (buffer_.size() < size) {
    if (!Fill(end)) return std::nullopt;
  }
  answer.body = buffer_.substr(0, size);
  buffer_.erase(0, size);
  return answer;
}

std::optional<std::string> RawConnection::ReadUntil(std::string_view end,
                                                    std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  size_t at = 0;
  size_t seen = 0;  // holds no beginning of `end`: much may come before it
  while ((at = buffer_.find(end, seen)) == std::string::npos) {
    seen = buffer_.size() - std::min(buffer_.size(), end.size() - 1);
    if (!Fill(deadline)) return std::nullopt;
  }
  std::string text = buffer_.substr(0, at + end.size());
  buffer_.erase(0, text.size());
  return text;
}

std::string RawConnection::ReadToEnd(std::chrono::milliseconds limit) {
  const Clock::time_point deadline = Clock::now() + limit;
  while (Fill(deadline)) {
  }
  return std::exchange(buffer_, {});
}

bool RawConnection::ClosedWithin(std::chrono::milliseconds limit) {
  pollfd waiting{fd_, POLLIN, 0};
  if (!buffer_.empty() || poll(&waiting, 1, static_cast<int>(limit.count())) <= 0) return false;
  char byte = 0;
  return recv(fd_, &byte, 1, 0) <= 0;
}

std::optional<RawAnswer> Post(int port, const std::string& path, const std::string& body,
                              const std::string& headers) {
  RawConnection connection(port);
  const std::string type = headers.find("Content-Type:") == std::string::npos
                               ? "Content-Type: application/json\r\n"
                               : "";
  if (!connection.Send("POST " + path + " HTTP/1.1\r\nHost: localhost\r\n" + type + headers +
                       "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body)) {
    return std::nullopt;
  }
  return connection.Read();
}

std::optional<RawAnswer> Get(int port, const std::string& path, const std::string& headers) {
  RawConnection connection(port);
  if (!connection.Send("GET " + path + " HTTP/1.1\r\nHost: localhost\r\n" + headers + "\r\n")) {
    return std::nullopt;
  }
  return connection.Read();
}

}  // namespace thuja::testing
