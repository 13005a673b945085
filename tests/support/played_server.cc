// SPDX-License-Identifier: Apache-2.0
// One thread, blocking but for looks at whether the test is over.
#include "tests/support/played_server.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <cstring>
#include <optional>
#include <utility>

namespace thuja::testing {
namespace {

constexpr int kPollMilliseconds = 20;

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

// Nothing before the whole request is there, or of an early one its header.
std::optional<PlayedRequest> ParseRequest(const std::string& received, bool early) {
  const size_t blank = received.find("\r\n\r\n");
  if (blank == std::string::npos) return std::nullopt;
  PlayedRequest request;
  const std::string line = received.substr(0, received.find("\r\n"));
  request.method = line.substr(0, line.find(' '));
  request.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
  for (size_t begin = line.size() + 2; begin < blank + 2;) {
    const size_t end = received.find("\r\n", begin);
    const size_t colon = received.find(": ", begin);
    request.headers[LowerCase(received.substr(begin, colon - begin))] =
        received.substr(colon + 2, end - colon - 2);
    begin = end + 2;
  }
  const auto length = request.headers.find("content-length");
  const size_t size =
      length == request.headers.end() ? 0 : std::strtoul(length->second.c_str(), nullptr, 10);
  request.body = received.substr(blank + 4);
  if (request.body.size() < size && !early) return std::nullopt;
  return request;
}

int Listen(const sockaddr* address, socklen_t size) {
  const int fd = socket(address->sa_family, SOCK_STREAM | SOCK_CLOEXEC, 0);
  EXPECT_EQ(bind(fd, address, size), 0) << std::strerror(errno);
  EXPECT_EQ(listen(fd, 16), 0);
  return fd;
}

}  // namespace

Play Answer(int status, const std::string& json) {
  return {"HTTP/1.1 " + std::to_string(status) +
          " Played\r\nContent-Type: application/json\r\nContent-Length: " +
          std::to_string(json.size()) + "\r\nConnection: close\r\n\r\n" + json};
}

Play Drop() { return {}; }

Play DropEarly() {
  Play play;
  play.early = true;
  return play;
}

Play DropAndLeave() {
  Play play;
  play.leave = true;
  return play;
}

Play Hang() { return {"", true}; }

PlayedServer::PlayedServer(std::vector<Play> plays, const std::string& unix_path)
    : plays_(std::move(plays)) {
  if (unix_path.empty()) {
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    listener_ = Listen(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    socklen_t size = sizeof(address);
    getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
    port_ = ntohs(address.sin_port);
    address_ = "http://127.0.0.1:" + std::to_string(port_);
  } else {
    sockaddr_un address{};
    address.sun_family = AF_UNIX;
    unix_path.copy(address.sun_path, sizeof(address.sun_path) - 1);
    listener_ = Listen(reinterpret_cast<const sockaddr*>(&address), sizeof(address));
    address_ = "unix:" + unix_path;
  }
  thread_ = std::thread([this] { Serve(); });
}

PlayedServer::~PlayedServer() {
  stopping_ = true;
  thread_.join();
  if (listener_ >= 0) close(listener_);
}

std::vector<PlayedRequest> PlayedServer::Seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

bool PlayedServer::WaitFor(int fd) const {
  while (!stopping_) {
    pollfd wanted = {fd, POLLIN, 0};
    if (poll(&wanted, 1, kPollMilliseconds) > 0) return true;
  }
  return false;
}

void PlayedServer::Serve() {
  for (size_t next = 0; WaitFor(listener_); next = std::min(next + 1, plays_.size() - 1)) {
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    ServeOne(fd, plays_[next]);
    // Before the client learns of it, and may come back.
    if (plays_[next].leave) close(std::exchange(listener_, -1));
    close(fd);
    if (listener_ < 0) return;
  }
}

void PlayedServer::ServeOne(int fd, const Play& play) {
  std::string received;
  std::optional<PlayedRequest> request;
  char buffer[4096];
  while (!request) {
    if (!WaitFor(fd)) return;
    const ssize_t count = recv(fd, buffer, sizeof(buffer), 0);
    if (count <= 0) return;
    received.append(buffer, static_cast<size_t>(count));
    request = ParseRequest(received, play.early);
  }
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back(*std::move(request));
  }
  const size_t step = play.drip.count() == 0 ? play.bytes.size() : 1;
  for (size_t at = 0; at < play.bytes.size() && !stopping_; at += step) {
    if (send(fd, play.bytes.data() + at, step, MSG_NOSIGNAL) <= 0) return;
    std::this_thread::sleep_for(play.drip);
  }
  // Until the client goes: it has nothing more to say.
  while (play.hold && WaitFor(fd) && recv(fd, buffer, sizeof(buffer), 0) > 0) {
  }
}

}  // namespace thuja::testing
