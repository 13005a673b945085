// SPDX-License-Identifier: Apache-2.0
// The life of a connection.
//
// Tested by tests/hostile/malformed_requests_test.cc and tests/hostile/slow_clients_test.cc.
#include "server/http/connection.h"

#include <boost/asio/buffer.hpp>
#include <chrono>
#include <utility>

namespace thuja::server {
namespace {

using boost::system::error_code;
using std::chrono::nanoseconds;

// How long a client that was sent an error may take to read it.
constexpr std::chrono::seconds kLingerTime{1};

}  // namespace

int64_t SteadyNow() {
  return std::chrono::duration_cast<nanoseconds>(
             std::chrono::steady_clock::now().time_since_epoch())
      .count();
}

Connection::Connection(StreamSocket socket, Peer peer, ConnectionHost& host)
    : socket_(std::move(socket)),
      peer_(std::move(peer)),
      host_(host),
      reader_(host.limits(), peer_) {}

void Connection::Start() {
  Enter(Phase::kIdle, host_.limits().idle_time);
  Read();
}

void Connection::Enter(Phase phase, nanoseconds time) {
  phase_ = phase;
  deadline_ = SteadyNow() + time.count();
}

void Connection::Sweep(int64_t now) {
  if (phase_ == Phase::kClosed || now < deadline_) return;
  if (phase_ != Phase::kReading) return Close();
  // A request that never ended is told so; who never began one was promised nothing.
  const auto self = shared_from_this();
  Refuse({408, "the request took too long"});
  if (Flush() && phase_ != Phase::kClosed) Linger();
}

void Connection::Drain() {
  if (phase_ == Phase::kIdle) Close();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  error_code ignored;
  socket_.close(ignored);
  host_.OnClosed(*this);
}

void Connection::Read() {
  reading_ = true;
  socket_.async_read_some(boost::asio::buffer(buffer_),
                          [self = shared_from_this()](const error_code& error, size_t size) {
                            self->OnRead(error, size);
                          });
}

void Connection::OnRead(const error_code& error, size_t size) {
  reading_ = false;
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  if (phase_ == Phase::kLingering) return Read();
  // A request was refused for its time, and the refusal is still on its way.
  if (phase_ == Phase::kWriting) return;
  Advance({buffer_.data(), size});
}

void Connection::Advance(std::string_view bytes) {
  for (;;) {
    bytes = Consume(bytes);
    if (!Flush()) {
      if (!close_when_written_) unread_.assign(bytes);
      return;
    }
    if (phase_ == Phase::kClosed) return;
    if (close_when_written_) return Linger();
    if (bytes.empty()) break;
  }
  if (host_.draining() && phase_ == Phase::kIdle) return Close();
  Read();
}

std::string_view Connection::Consume(std::string_view bytes) {
  for (size_t answered = 0; answered < host_.limits().pipelined;) {
    if (bytes.empty() || close_when_written_) break;
    if (phase_ == Phase::kIdle) {
      Enter(Phase::kReading, host_.limits().request_time);
      reader_.request().received = deadline_ - nanoseconds(host_.limits().request_time).count();
    }
    switch (reader_.Feed(&bytes)) {
      case RequestReader::State::kNeedMore:
        if (reader_.TakeExpectation()) out_ += "HTTP/1.1 100 Continue\r\n\r\n";
        break;
      case RequestReader::State::kComplete:
        Answer();
        ++answered;
        break;
      case RequestReader::State::kRefused: Refuse(reader_.refusal()); break;
    }
  }
  return bytes;
}

void Connection::Answer() {
  response_.Clear();
  const HttpRequest& request = reader_.request();
  host_.application().Handle(request, response_);
  const bool keep = reader_.keep_alive() && !response_.close && !host_.draining();
  AppendAnswer(request, keep);
  host_.application().OnAnswered(request, response_);
  close_when_written_ = !keep;
  reader_.Next();
  if (keep) Enter(Phase::kIdle, host_.limits().idle_time);
}

void Connection::Refuse(const Refusal& refusal) {
  response_.Clear();
  response_.SetText(refusal.status, refusal.reason);
  HttpRequest nobody;
  nobody.peer = &peer_;
  nobody.version = 11;
  AppendAnswer(nobody, false);
  host_.application().OnAnswered(nobody, response_);
  close_when_written_ = true;
}

void Connection::AppendAnswer(const HttpRequest& request, bool keep) {
  const std::string status = std::to_string(response_.status);
  out_.append("HTTP/1.1 ").append(status).append(" ").append(StatusPhrase(response_.status));
  out_.append("\r\nDate: ").append(host_.date()).append("\r\n");
  if (!response_.content_type.empty()) {
    out_.append("Content-Type: ").append(response_.content_type).append("\r\n");
  }
  out_.append("Content-Length: ").append(std::to_string(response_.body.size())).append("\r\n");
  out_.append(response_.headers);
  if (!keep) {
    out_.append("Connection: close\r\n");
  } else if (request.version == 10) {
    out_.append("Connection: keep-alive\r\n");
  }
  out_.append("\r\n");
  if (request.method != "HEAD") out_.append(response_.body);
}

// Most answers fit into the socket's buffer, and one call is all they need.
bool Connection::Flush() {
  error_code error;
  while (written_ < out_.size()) {
    written_ += socket_.write_some(
        boost::asio::buffer(out_.data() + written_, out_.size() - written_), error);
    if (error == boost::asio::error::would_block || error == boost::asio::error::try_again) break;
    if (error) {
      Close();
      return true;
    }
  }
  if (written_ == out_.size()) {
    out_.clear();
    written_ = 0;
    return true;
  }
  if (phase_ == Phase::kIdle) Enter(Phase::kWriting, host_.limits().request_time);
  phase_ = Phase::kWriting;
  socket_.async_wait(StreamSocket::wait_write, [self = shared_from_this()](const error_code& wait) {
    self->OnWritable(wait);
  });
  return false;
}

void Connection::OnWritable(const error_code& error) {
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  if (!Flush() || phase_ == Phase::kClosed) return;
  if (close_when_written_) return Linger();
  if (reader_.started()) {
    phase_ = Phase::kReading;
  } else {
    Enter(Phase::kIdle, host_.limits().idle_time);
  }
  const std::string rest = std::exchange(unread_, {});
  Advance(rest);
}

void Connection::Linger() {
  error_code ignored;
  socket_.shutdown(StreamSocket::shutdown_send, ignored);
  Enter(Phase::kLingering, kLingerTime);
  if (!reading_) Read();
}

}  // namespace thuja::server
