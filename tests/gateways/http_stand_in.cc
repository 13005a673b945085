// SPDX-License-Identifier: Apache-2.0
// One thread and one poll over all connections: some gateways open connections that they never use.
#include "tests/gateways/http_stand_in.h"

#include <arpa/inet.h>
#include <gtest/gtest.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <optional>

namespace thuja::testing {
namespace {

// How often it is looked whether the test is over.
constexpr int kPollMilliseconds = 20;

std::string LowerCase(std::string text) {
  std::ranges::transform(text, text.begin(), [](char c) {
    return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c;
  });
  return text;
}

// The request line and headers; `head` ends in the last line's end.
SeenRequest ParseHead(const std::string& head) {
  SeenRequest request;
  size_t begin = head.find("\r\n") + 2;
  const std::string line = head.substr(0, begin - 2);
  request.method = line.substr(0, line.find(' '));
  request.target = line.substr(line.find(' ') + 1, line.rfind(' ') - line.find(' ') - 1);
  while (begin < head.size()) {
    const size_t end = head.find("\r\n", begin);
    const size_t colon = std::min(head.find(':', begin), end);
    const size_t value = std::min(head.find_first_not_of(" \t", colon + 1), end);
    request.headers.emplace_back(LowerCase(head.substr(begin, colon - begin)),
                                 head.substr(value, end - value));
    begin = end + 2;
  }
  return request;
}

// Nothing as long as the body has not arrived. Gateways send no chunks for a body of known length.
std::optional<SeenRequest> ParseRequest(const std::string& received) {
  const size_t blank = received.find("\r\n\r\n");
  if (blank == std::string::npos) return std::nullopt;
  SeenRequest request = ParseHead(received.substr(0, blank + 2));
  const std::vector<std::string> length = request.ValuesOf("content-length");
  const size_t body = length.empty() ? 0 : std::strtoul(length[0].c_str(), nullptr, 10);
  if (received.size() < blank + 4 + body) return std::nullopt;
  return request;
}

std::string MakeAnswer(const SeenRequest& request, int status) {
  std::string body;
  if (status == 200) {
    body = "upstream " + request.method + " " + request.target + "\n";
    for (const std::string& agent : request.ValuesOf("x-agent")) body += "agent: " + agent + "\n";
  }
  return "HTTP/1.1 " + std::to_string(status) + " Stand-In\r\nConnection: close\r\n" +
         (status == 204 ? "" : "Content-Length: " + std::to_string(body.size()) + "\r\n") + "\r\n" +
         (request.method == "HEAD" ? "" : body);
}

}  // namespace

std::vector<std::string> SeenRequest::ValuesOf(const std::string& name) const {
  std::vector<std::string> values;
  for (const auto& [key, value] : headers) {
    std::string spelled = key;
    std::ranges::replace(spelled, '_', '-');
    if (spelled == name) values.push_back(value);
  }
  return values;
}

HttpStandIn::HttpStandIn(int status)
    : listener_(socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)), status_(status) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  socklen_t size = sizeof(address);
  auto* generic = reinterpret_cast<sockaddr*>(&address);
  if (bind(listener_, generic, size) != 0 || listen(listener_, SOMAXCONN) != 0 ||
      getsockname(listener_, generic, &size) != 0) {
    ADD_FAILURE() << "the stand-in has no port";
    return;
  }
  port_ = ntohs(address.sin_port);
  thread_ = std::thread([this] { Serve(); });
}

HttpStandIn::~HttpStandIn() {
  stopping_ = true;
  if (thread_.joinable()) thread_.join();
  close(listener_);
}

std::vector<SeenRequest> HttpStandIn::Seen() const {
  const std::lock_guard lock(mutex_);
  return seen_;
}

void HttpStandIn::Serve() {
  std::vector<Connection> connections;
  while (!stopping_) {
    std::vector<pollfd> waiting = {{listener_, POLLIN, 0}};
    for (const Connection& connection : connections) waiting.push_back({connection.fd, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), kPollMilliseconds) <= 0) continue;
    for (size_t i = connections.size(); i-- > 0;) {
      if (waiting[i + 1].revents == 0 || Advance(connections[i])) continue;
      close(connections[i].fd);
      connections.erase(connections.begin() + static_cast<std::ptrdiff_t>(i));
    }
    if (waiting[0].revents == 0) continue;
    const int fd = accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (fd >= 0) connections.push_back({fd, ""});
  }
  for (const Connection& connection : connections) close(connection.fd);
}

bool HttpStandIn::Advance(Connection& connection) {
  char bytes[4096];
  const ssize_t got = recv(connection.fd, bytes, sizeof(bytes), 0);
  if (got <= 0) return false;
  connection.received.append(bytes, static_cast<size_t>(got));
  const std::optional<SeenRequest> request = ParseRequest(connection.received);
  if (!request) return true;
  {
    const std::lock_guard lock(mutex_);
    seen_.push_back(*request);
  }
  const int status = status_;
  if (status == kSilent) {
    connection.received.clear();
    return true;
  }
  const std::string answer = MakeAnswer(*request, status);
  send(connection.fd, answer.data(), answer.size(), MSG_NOSIGNAL);
  return false;
}

}  // namespace thuja::testing
