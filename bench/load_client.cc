// SPDX-License-Identifier: Apache-2.0
// Sockets, epoll and the little of HTTP that reading an expected answer takes.
#include "bench/load_client.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <cerrno>
#include <charconv>
#include <chrono>
#include <cstring>
#include <string_view>

namespace thuja::bench {
namespace {

constexpr int kPatienceMilliseconds = 10'000;

int64_t Now() {
  return std::chrono::duration_cast<std::chrono::nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

absl::Status ErrnoStatus(const std::string& what) {
  return absl::UnavailableError(what + ": " + std::strerror(errno));
}

// What an answer says of the length of its body; npos if it says nothing.
size_t ContentLength(const std::string& answer, size_t head_size) {
  constexpr std::string_view kName = "\r\nContent-Length:";
  const char* found = strcasestr(answer.c_str(), kName.data());
  if (found == nullptr || found >= answer.c_str() + head_size) return std::string::npos;
  const char* begin = found + kName.size();
  while (*begin == ' ') ++begin;
  size_t length = std::string::npos;
  std::from_chars(begin, answer.c_str() + head_size, length);
  return length;
}

double Microseconds(std::vector<int64_t>& nanoseconds, size_t percent) {
  const auto place = nanoseconds.begin() + nanoseconds.size() * percent / 100;
  std::nth_element(nanoseconds.begin(), place, nanoseconds.end());
  return static_cast<double>(*place) / 1e3;
}

}  // namespace

int ConnectTo(const server::ListenAddress& address) {
  const int fd = socket(address.is_unix() ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  int result = -1;
  if (address.is_unix()) {
    sockaddr_un name{};
    name.sun_family = AF_UNIX;
    address.unix_path.copy(name.sun_path, sizeof(name.sun_path) - 1);
    result = connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
  } else {
    sockaddr_in name{};
    name.sin_family = AF_INET;
    name.sin_port = htons(address.port);
    name.sin_addr.s_addr = htonl(address.host.to_v4().to_uint());
    result = connect(fd, reinterpret_cast<const sockaddr*>(&name), sizeof(name));
    const int on = 1;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
  }
  if (result == 0) return fd;
  const int error = errno;
  close(fd);
  errno = error;
  return -1;
}

absl::StatusOr<std::unique_ptr<LoadClient>> LoadClient::Connect(
    const server::ListenAddress& address, const Exchange& exchange, size_t connections) {
  std::unique_ptr<LoadClient> client(new LoadClient(exchange));
  client->epoll_ = epoll_create1(EPOLL_CLOEXEC);
  if (client->epoll_ < 0) return ErrnoStatus("epoll");
  client->links_.resize(connections);
  for (size_t i = 0; i < connections; ++i) {
    Link& link = client->links_[i];
    link.fd = ConnectTo(address);
    epoll_event event{};
    event.events = EPOLLIN;
    event.data.u64 = i;
    if (link.fd < 0 || epoll_ctl(client->epoll_, EPOLL_CTL_ADD, link.fd, &event) != 0) {
      return ErrnoStatus("connect to " + address.ToString());
    }
  }
  return client;
}

LoadClient::~LoadClient() {
  for (const Link& link : links_) {
    if (link.fd >= 0) close(link.fd);
  }
  if (epoll_ >= 0) close(epoll_);
}

absl::Status LoadClient::Send(Link& link, int64_t now) {
  link.sent = now;
  link.answer.clear();
  const std::string& request = exchange_.request;
  const ssize_t size = send(link.fd, request.data(), request.size(), MSG_NOSIGNAL);
  if (size < 0) return ErrnoStatus("send");
  // The buffer of a socket without anything outstanding is far larger than a request.
  if (static_cast<size_t>(size) != request.size()) return absl::InternalError("a send was cut");
  return absl::OkStatus();
}

absl::StatusOr<bool> LoadClient::Receive(Link& link) {
  std::array<char, 4096> buffer;
  const ssize_t size = recv(link.fd, buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size < 0) return ErrnoStatus("receive");
  if (size == 0) return absl::UnavailableError("the server closed a connection");
  link.answer.append(buffer.data(), static_cast<size_t>(size));
  const size_t end = link.answer.find("\r\n\r\n");
  if (end == std::string::npos) return false;
  const size_t head_size = end + 4;
  const size_t length = ContentLength(link.answer, head_size);
  const std::string_view body = std::string_view(link.answer).substr(head_size);
  if (length == exchange_.body.size() && body.size() < length) return false;
  if (length == exchange_.body.size() && body == exchange_.body &&
      link.answer.starts_with(status_line_)) {
    return true;
  }
  return absl::InternalError("expected `" + status_line_ + "` with the body `" + exchange_.body +
                             "`, got:\n" + link.answer);
}

absl::StatusOr<LoadResult> LoadClient::Run(size_t requests) {
  std::vector<int64_t> times;
  times.reserve(requests);
  std::vector<epoll_event> events(links_.size());
  const int64_t begin = Now();
  size_t sent = 0;
  for (; sent < std::min(requests, links_.size()); ++sent) {
    if (absl::Status status = Send(links_[sent], Now()); !status.ok()) return status;
  }
  int64_t now = begin;
  while (times.size() < requests) {
    const int count =
        epoll_wait(epoll_, events.data(), static_cast<int>(events.size()), kPatienceMilliseconds);
    if (count == 0) return absl::DeadlineExceededError("no answer for ten seconds");
    if (count < 0 && errno != EINTR) return ErrnoStatus("epoll");
    for (int i = 0; i < count; ++i) {
      Link& link = links_[events[static_cast<size_t>(i)].data.u64];
      const absl::StatusOr<bool> complete = Receive(link);
      if (!complete.ok()) return complete.status();
      if (!*complete) continue;
      now = Now();
      times.push_back(now - link.sent);
      if (sent == requests) continue;
      ++sent;
      if (absl::Status status = Send(link, now); !status.ok()) return status;
    }
  }
  LoadResult result;
  result.seconds = static_cast<double>(now - begin) / 1e9;
  result.p50_us = Microseconds(times, 50);
  result.p99_us = Microseconds(times, 99);
  return result;
}

}  // namespace thuja::bench
