// SPDX-License-Identifier: Apache-2.0
// The thread of the dripping clients.
#include "tests/hostile/dripping_clients.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string_view>
#include <utility>

namespace thuja::testing {

DrippingClients::DrippingClients(int port, int count, std::chrono::milliseconds pause,
                                 std::string bytes)
    : port_(port), pause_(pause), bytes_(std::move(bytes)), clients_(static_cast<size_t>(count)) {
  // The first bytes are spread over one pause, so that the drops never come together.
  for (Client& client : clients_) Connect(client);
  for (size_t i = 0; i < clients_.size(); ++i) {
    clients_[i].next = Clock::now() + pause_ * static_cast<int>(i) / count;
  }
  thread_ = std::thread([this] { Run(); });
}

void DrippingClients::Stop() {
  stop_ = true;
  if (thread_.joinable()) thread_.join();
  for (Client& client : clients_) {
    if (client.fd >= 0) close(std::exchange(client.fd, -1));
  }
}

void DrippingClients::Connect(Client& client) {
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_port = htons(static_cast<uint16_t>(port_));
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  client = {};
  client.fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  client.next = Clock::now();
  if (connect(client.fd, reinterpret_cast<sockaddr*>(&address), sizeof(address)) == 0) return;
  close(std::exchange(client.fd, -1));
  client.next += pause_;
  ++outcome_.refused;
}

void DrippingClients::Drip(Client& client) {
  if (client.fd < 0) return Connect(client);
  if (client.sent == 0) client.began = Clock::now();
  client.next = Clock::now() + pause_;
  if (client.sent == bytes_.size()) return;
  if (send(client.fd, bytes_.data() + client.sent, 1, MSG_NOSIGNAL | MSG_DONTWAIT) == 1) {
    ++client.sent;
  }
}

void DrippingClients::Hear(Client& client) {
  char text[2048];
  const ssize_t got = recv(client.fd, text, sizeof(text), MSG_DONTWAIT);
  if (client.sent > 0) {
    const double life = std::chrono::duration<double>(Clock::now() - client.began).count();
    outcome_.shortest_life = std::min(outcome_.shortest_life, life);
    outcome_.longest_life = std::max(outcome_.longest_life, life);
  }
  const std::string_view answer(text, got > 0 ? static_cast<size_t>(got) : 0);
  if (answer.empty()) {
    ++outcome_.silent;
  } else if (answer.starts_with("HTTP/1.1 408")) {
    ++outcome_.timed_out;
  } else {
    ++outcome_.other;
  }
  ++closed_;
  close(client.fd);
  Connect(client);
}

void DrippingClients::Run() {
  std::vector<pollfd> waiting;
  while (!stop_) {
    const Clock::time_point now = Clock::now();
    for (Client& client : clients_) {
      if (client.next <= now) Drip(client);
    }
    waiting.clear();
    for (const Client& client : clients_) waiting.push_back({client.fd, POLLIN, 0});
    if (poll(waiting.data(), waiting.size(), 10) <= 0) continue;
    for (size_t i = 0; i < waiting.size(); ++i) {
      if (waiting[i].revents != 0) Hear(clients_[i]);
    }
  }
}

}  // namespace thuja::testing
