// SPDX-License-Identifier: Apache-2.0
// Listeners and the threads behind them.
//
// Each thread has an event loop, its own sockets that accept (the kernel spreads TCP connections
// over them by SO_REUSEPORT) and its own Application, so that threads share nothing on the way of a
// request.
//
// When there are as many connections as there may be, a new one takes the place of that which its
// thread has had idle for longest: connections that nobody uses must not keep out those that
// somebody would. A thread that has none idle passes the new one on to a thread that may have. Only
// when no thread has, it is refused.
#pragma once

#include <absl/status/status.h>

#include <atomic>
#include <functional>
#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "server/http/address.h"
#include "server/http/connection.h"
#include "server/http/limits.h"
#include "server/http/message.h"

namespace thuja::server {

struct HttpServerOptions {
  std::vector<ListenAddress> addresses;
  std::vector<PeerRange> trusted;
  size_t threads = 1;
  Limits limits;
  // Called once for each thread, before it starts, with its number.
  std::function<std::unique_ptr<Application>(size_t)> make_application;
};

// Thread-safe, but Open, Start and the destructor belong to one thread.
class HttpServer {
 public:
  explicit HttpServer(HttpServerOptions options);
  ~HttpServer();  // Stop
  HttpServer(const HttpServer&) = delete;
  HttpServer& operator=(const HttpServer&) = delete;

  // Binds all addresses. Refuses an address that somebody listens on already.
  absl::Status Open();

  // The addresses with the ports that were taken. REQUIRES: Open succeeded.
  const std::vector<ListenAddress>& addresses() const { return options_.addresses; }

  // Begins to answer. REQUIRES: Open succeeded.
  void Start();

  // Accepts nothing more; requests under way are answered, then their connections closed.
  void BeginDrain();

  // Waits until all connections are gone, at most limits.drain_time; then ends the threads.
  void Stop();

  size_t connections() const { return connections_.load(std::memory_order_relaxed); }
  uint64_t rejected() const { return rejected_.load(std::memory_order_relaxed); }
  // Idle ones that were closed to make room.
  uint64_t displaced() const { return displaced_.load(std::memory_order_relaxed); }

 private:
  class Worker;

  HttpServerOptions options_;
  std::vector<std::unique_ptr<Worker>> workers_;
  std::vector<std::thread> threads_;
  std::atomic<size_t> connections_ = 0;
  std::atomic<uint64_t> rejected_ = 0;
  std::atomic<uint64_t> displaced_ = 0;
  std::atomic<bool> draining_ = false;
};

}  // namespace thuja::server
