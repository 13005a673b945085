// SPDX-License-Identifier: Apache-2.0
// Clients that send their request one byte at a time, with a long pause behind each: the attack
// that holds a server's connections with next to no effort.
#pragma once

#include <atomic>
#include <chrono>
#include <string>
#include <thread>
#include <vector>

namespace thuja::testing {

// All on one thread of their own. A client whose connection the server closes comes back at once.
class DrippingClients {
 public:
  struct Outcome {
    int timed_out = 0;           // closed behind a 408
    int silent = 0;              // closed without an answer
    int other = 0;               // answered with anything else
    int refused = 0;             // could not connect
    double shortest_life = 1e9;  // seconds from the first byte to the end
    double longest_life = 0;
  };

  DrippingClients(int port, int count, std::chrono::milliseconds pause, std::string bytes);
  ~DrippingClients() { Stop(); }
  DrippingClients(const DrippingClients&) = delete;
  DrippingClients& operator=(const DrippingClients&) = delete;

  // How many connections the server has closed so far.
  int closed() const { return closed_; }

  // Ends the thread and closes the connections. Safe to call twice.
  void Stop();

  // REQUIRES: stopped.
  const Outcome& outcome() const { return outcome_; }

 private:
  using Clock = std::chrono::steady_clock;

  struct Client {
    int fd = -1;
    size_t sent = 0;
    Clock::time_point began;
    Clock::time_point next;
  };

  void Run();
  void Connect(Client& client);
  void Drip(Client& client);
  // Takes what the server says; it says nothing before the end.
  void Hear(Client& client);

  const int port_;
  const std::chrono::milliseconds pause_;
  const std::string bytes_;
  std::vector<Client> clients_;
  Outcome outcome_;
  std::atomic<int> closed_{0};
  std::atomic<bool> stop_{false};
  std::thread thread_;
};

}  // namespace thuja::testing
