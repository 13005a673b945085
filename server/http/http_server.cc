// SPDX-License-Identifier: Apache-2.0
// Binding, accepting, sweeping, draining.
//
// Tested by tests/hostile/slow_clients_test.cc, tests/hostile/overload_test.cc,
// tests/service/serve_test.cc and tests/unit/http/full_listener_test.cc.
#include "server/http/http_server.h"

#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <boost/asio/basic_socket_acceptor.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/asio/local/stream_protocol.hpp>
#include <boost/asio/post.hpp>
#include <boost/asio/steady_timer.hpp>
#include <cerrno>
#include <cstring>
#include <ctime>
#include <list>
#include <utility>

namespace thuja::server {
namespace {

namespace asio = boost::asio;
using asio::generic::stream_protocol;
using boost::system::error_code;
using Acceptor = asio::basic_socket_acceptor<stream_protocol>;

constexpr int kBacklog = 4096;
constexpr std::chrono::milliseconds kTick{100};

absl::Status ErrnoStatus(const std::string& what, const ListenAddress& address) {
  const std::string text = what + " " + address.ToString() + ": " + std::strerror(errno);
  return absl::UnavailableError(absl::string_view(text.data(), text.size()));
}

class FileDescriptor {
 public:
  explicit FileDescriptor(int fd) : fd_(fd) {}
  ~FileDescriptor() {
    if (fd_ >= 0) close(fd_);
  }
  FileDescriptor(const FileDescriptor&) = delete;
  FileDescriptor& operator=(const FileDescriptor&) = delete;

  int get() const { return fd_; }
  int Release() { return std::exchange(fd_, -1); }

 private:
  int fd_;
};

asio::ip::tcp::endpoint EndpointOf(const ListenAddress& address) {
  return {address.host, address.port};
}

bool SetOption(int fd, int option) {
  const int on = 1;
  return setsockopt(fd, SOL_SOCKET, option, &on, sizeof(on)) == 0;
}

// A bound TCP socket; -1 with errno if that fails. Takes the port into `address`.
int BindTcp(ListenAddress* address, bool share_port) {
  const auto endpoint = EndpointOf(*address);
  FileDescriptor fd(
      socket(endpoint.data()->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  if (fd.get() < 0 || !SetOption(fd.get(), SO_REUSEADDR)) return -1;
  if (share_port && !SetOption(fd.get(), SO_REUSEPORT)) return -1;
  if (bind(fd.get(), endpoint.data(), static_cast<socklen_t>(endpoint.size())) != 0) return -1;
  asio::ip::tcp::endpoint bound;
  socklen_t size = static_cast<socklen_t>(bound.capacity());
  if (getsockname(fd.get(), bound.data(), &size) != 0) return -1;
  address->port = bound.port();
  return fd.Release();
}

// One listening socket for each thread. The first try is without SO_REUSEPORT, because with it a
// second server would share the port without a word.
absl::Status OpenTcp(ListenAddress* address, size_t count, std::vector<int>* out) {
  {
    FileDescriptor probe(BindTcp(address, false));
    if (probe.get() < 0 || listen(probe.get(), 1) != 0) return ErrnoStatus("listen on", *address);
  }
  for (size_t i = 0; i < count; ++i) {
    FileDescriptor fd(BindTcp(address, true));
    if (fd.get() < 0 || listen(fd.get(), kBacklog) != 0) return ErrnoStatus("listen on", *address);
    out->push_back(fd.Release());
  }
  return absl::OkStatus();
}

// A socket file that nobody answers on is what a killed server left behind.
bool IsAnswered(const sockaddr_un& address) {
  FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  return connect(fd.get(), reinterpret_cast<const sockaddr*>(&address), sizeof(address)) == 0;
}

absl::Status OpenUnix(const ListenAddress& address, size_t count, std::vector<int>* out) {
  sockaddr_un name{};
  name.sun_family = AF_UNIX;
  address.unix_path.copy(name.sun_path, sizeof(name.sun_path) - 1);
  struct stat existing {};
  if (lstat(name.sun_path, &existing) == 0) {
    errno = EADDRINUSE;
    if (!S_ISSOCK(existing.st_mode) || IsAnswered(name)) return ErrnoStatus("listen on", address);
    unlink(name.sun_path);
  }
  FileDescriptor fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0));
  // Peers on this socket are trusted by default: owner and group only. The mode is set before
  // anybody can connect, that is, before listen.
  if (fd.get() < 0 || bind(fd.get(), reinterpret_cast<sockaddr*>(&name), sizeof(name)) != 0 ||
      chmod(name.sun_path, 0660) != 0 || listen(fd.get(), kBacklog) != 0) {
    return ErrnoStatus("listen on", address);
  }
  for (size_t i = 0; i < count; ++i) {
    const int copy = fcntl(fd.get(), F_DUPFD_CLOEXEC, 0);
    if (copy < 0) return ErrnoStatus("listen on", address);
    out->push_back(copy);
  }
  return absl::OkStatus();
}

std::string FormatDate(std::time_t now) {
  std::tm parts{};
  gmtime_r(&now, &parts);
  char text[40];
  return {text, std::strftime(text, sizeof(text), "%a, %d %b %Y %H:%M:%S GMT", &parts)};
}

}  // namespace

// One thread's loop, acceptors and connections.
class HttpServer::Worker : public ConnectionHost {
 public:
  Worker(HttpServer& server, std::unique_ptr<Application> application)
      : server_(server), application_(std::move(application)), timer_(loop_) {}

  ~Worker() override {
    // The loop's destructor destroys pending handlers and with them the connections.
    while (!connections_.empty()) connections_.back()->Close();
  }

  absl::Status AddListener(int fd, const ListenAddress& address) {
    error_code error;
    const int family = address.is_unix() ? AF_UNIX : EndpointOf(address).data()->sa_family;
    Acceptor& acceptor = acceptors_.emplace_back(loop_);
    acceptor.assign(stream_protocol(family, address.is_unix() ? 0 : IPPROTO_TCP), fd, error);
    acceptor.non_blocking(true, error);
    if (error) return absl::InternalError(error.message());
    return absl::OkStatus();
  }

  void Run() {
    for (Acceptor& acceptor : acceptors_) Accept(acceptor);
    Tick();
    loop_.run();
  }

  // From any thread.
  void BeginDrain() {
    asio::post(loop_, [this] {
      for (Acceptor& acceptor : acceptors_) {
        error_code ignored;
        acceptor.close(ignored);
      }
      const std::vector<Connection*> copy = connections_;
      for (Connection* connection : copy) connection->Drain();
    });
  }

  void Stop() { loop_.stop(); }

  Application& application() override { return *application_; }
  const Limits& limits() const override { return server_.options_.limits; }
  bool draining() const override { return server_.draining_.load(std::memory_order_relaxed); }

  std::string_view date() override {
    const std::time_t now = std::time(nullptr);
    if (now != date_time_) {
      date_time_ = now;
      date_ = FormatDate(now);
    }
    return date_;
  }

  // The order is by when each became idle last: those that are not any more stay where they are,
  // which is one step for each request instead of two, until somebody looks for room.
  void OnIdle(Connection& connection) override {
    if (connection.has_idle_place) return idle_.splice(idle_.end(), idle_, connection.idle_place);
    connection.idle_place = idle_.insert(idle_.end(), &connection);
    connection.has_idle_place = true;
    has_idle_.store(true, std::memory_order_relaxed);
  }

  void OnClosed(Connection& connection) override {
    if (connection.has_idle_place) LeaveIdle(connection);
    connections_[connection.index] = connections_.back();
    connections_[connection.index]->index = connection.index;
    connections_.pop_back();
    server_.connections_.fetch_sub(1, std::memory_order_relaxed);
  }

 private:
  void Accept(Acceptor& acceptor) {
    acceptor.async_accept([this, &acceptor](const error_code& error, StreamSocket socket) {
      if (error == asio::error::operation_aborted || !acceptor.is_open()) return;
      if (!error) {
        Open(std::move(socket), 1);
        return Accept(acceptor);
      }
      // Out of descriptors, most likely: the next tick tries again, instead of spinning.
      waiting_.push_back(&acceptor);
    });
  }

  // `asked`: how many threads this one is the last of that were asked to take it.
  void Open(StreamSocket socket, size_t asked) {
    const bool is_full =
        server_.connections_.load(std::memory_order_relaxed) >= limits().connections;
    if (is_full && !MakeRoom()) return PassOn(std::move(socket), asked);
    error_code ignored;
    socket.non_blocking(true, ignored);
    Peer peer = PeerOf(socket);
    const auto connection = std::make_shared<Connection>(std::move(socket), std::move(peer), *this);
    connection->index = connections_.size();
    connections_.push_back(connection.get());
    server_.connections_.fetch_add(1, std::memory_order_relaxed);
    connection->Start();
  }

  void LeaveIdle(Connection& connection) {
    idle_.erase(connection.idle_place);
    connection.has_idle_place = false;
    if (idle_.empty()) has_idle_.store(false, std::memory_order_relaxed);
  }

  // Closes the connection that is idle for longest; false if none is. One that is passed over has a
  // request, and comes back once that is answered: it pays for the step.
  bool MakeRoom() {
    while (!idle_.empty()) {
      Connection& longest = *idle_.front();
      LeaveIdle(longest);
      if (!longest.CloseIfIdle()) continue;
      server_.displaced_.fetch_add(1, std::memory_order_relaxed);
      return true;
    }
    return false;
  }

  // Another thread may have an idle one.
  void PassOn(StreamSocket socket, size_t asked) {
    const auto& workers = server_.workers_;
    const auto other = std::ranges::find_if(workers, [this](const std::unique_ptr<Worker>& worker) {
      return worker.get() != this && worker->has_idle_.load(std::memory_order_relaxed);
    });
    if (other == workers.end() || asked >= workers.size()) return Reject(socket);
    error_code error;
    const stream_protocol protocol = socket.local_endpoint(error).protocol();
    if (error) return;
    // Held, since a thread that ends does not look at it any more.
    const auto fd = std::make_shared<FileDescriptor>(socket.release(error));
    if (error) return;
    Worker& worker = **other;
    asio::post(worker.loop_, [&worker, fd, protocol, asked] {
      // Whoever drains has closed what there was already.
      if (worker.draining()) return;
      StreamSocket taken(worker.loop_);
      error_code failed;
      taken.assign(protocol, fd->get(), failed);
      if (failed) return;
      (void)fd->Release();
      worker.Open(std::move(taken), asked + 1);
    });
  }

  // One call that does not wait: a client beyond the limit must cost next to nothing.
  void Reject(StreamSocket& socket) {
    static constexpr std::string_view kAnswer =
        "HTTP/1.1 503 Service Unavailable\r\nContent-Type: text/plain; charset=utf-8\r\n"
        "Content-Length: 10\r\nConnection: close\r\n\r\noverloaded";
    send(socket.native_handle(), kAnswer.data(), kAnswer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
    error_code ignored;
    socket.close(ignored);
    server_.rejected_.fetch_add(1, std::memory_order_relaxed);
  }

  Peer PeerOf(StreamSocket& socket) const {
    Peer peer;
    error_code error;
    const stream_protocol::endpoint remote = socket.remote_endpoint(error);
    const int family = remote.data()->sa_family;
    if (!error && (family == AF_INET || family == AF_INET6)) {
      asio::ip::tcp::endpoint endpoint;
      std::memcpy(endpoint.data(), remote.data(), std::min(remote.size(), endpoint.capacity()));
      peer.address = endpoint.address();
      peer.text = peer.address.to_string() + ":" + std::to_string(endpoint.port());
      const int on = 1;
      setsockopt(socket.native_handle(), IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
    } else {
      // A peer whose address cannot be told is taken for neither: it is gone already.
      peer.is_unix = !error && family == AF_UNIX;
      peer.text = peer.is_unix ? "unix" : "unknown";
    }
    peer.trusted = IsTrusted(peer, server_.options_.trusted);
    return peer;
  }

  void Tick() {
    timer_.expires_after(kTick);
    timer_.async_wait([this](const error_code& error) {
      if (error) return;
      for (Acceptor* acceptor : std::exchange(waiting_, {})) {
        if (acceptor->is_open()) Accept(*acceptor);
      }
      const int64_t now = SteadyNow();
      // Closing one moves the last into its place: backwards, none is missed.
      for (size_t i = connections_.size(); i > 0; --i) {
        if (i <= connections_.size()) connections_[i - 1]->Sweep(now);
      }
      application_->OnTick();
      Tick();
    });
  }

  HttpServer& server_;
  std::unique_ptr<Application> application_;
  std::vector<Connection*> connections_;
  std::list<Connection*> idle_;         // see OnIdle; whichever is idle and not here has a request
  std::atomic<bool> has_idle_ = false;  // for other threads: it is not empty
  std::vector<Acceptor*> waiting_;      // for a descriptor to become free
  std::time_t date_time_ = 0;
  std::string date_;
  asio::io_context loop_{1};
  std::list<Acceptor> acceptors_;
  asio::steady_timer timer_;
};

HttpServer::HttpServer(HttpServerOptions options) : options_(std::move(options)) {}

HttpServer::~HttpServer() {
  BeginDrain();
  Stop();
}

absl::Status HttpServer::Open() {
  std::vector<std::vector<int>> sockets(options_.addresses.size());
  absl::Status status;
  for (size_t i = 0; i < sockets.size() && status.ok(); ++i) {
    ListenAddress& address = options_.addresses[i];
    status = address.is_unix() ? OpenUnix(address, options_.threads, &sockets[i])
                               : OpenTcp(&address, options_.threads, &sockets[i]);
  }
  if (!status.ok()) {
    for (const std::vector<int>& opened : sockets) {
      for (const int fd : opened) close(fd);
    }
    return status;
  }
  for (size_t thread = 0; thread < options_.threads; ++thread) {
    workers_.push_back(std::make_unique<Worker>(*this, options_.make_application(thread)));
    for (size_t i = 0; i < sockets.size(); ++i) {
      status.Update(workers_.back()->AddListener(sockets[i][thread], options_.addresses[i]));
    }
  }
  return status;
}

void HttpServer::Start() {
  for (const std::unique_ptr<Worker>& worker : workers_) {
    threads_.emplace_back([&worker] { worker->Run(); });
    pthread_setname_np(threads_.back().native_handle(), "thuja-http");
  }
}

void HttpServer::BeginDrain() {
  if (draining_.exchange(true)) return;
  // While this server still listens: once it does not, the path may be another server's.
  for (const ListenAddress& address : options_.addresses) {
    if (address.is_unix() && !workers_.empty()) unlink(address.unix_path.c_str());
  }
  for (const std::unique_ptr<Worker>& worker : workers_) worker->BeginDrain();
}

void HttpServer::Stop() {
  if (threads_.empty()) return;
  BeginDrain();
  const int64_t end = SteadyNow() + std::chrono::nanoseconds(options_.limits.drain_time).count();
  while (connections() > 0 && SteadyNow() < end) {
    std::this_thread::sleep_for(std::chrono::milliseconds(5));
  }
  for (const std::unique_ptr<Worker>& worker : workers_) worker->Stop();
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

}  // namespace thuja::server
