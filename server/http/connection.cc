// SPDX-License-Identifier: Apache-2.0
// The life of a connection.
//
// Tested by tests/hostile/malformed_requests_test.cc, tests/hostile/slow_clients_test.cc,
// tests/service/later_answer_test.cc, tests/service/answer_stream_test.cc and
// tests/unit/http/full_listener_test.cc.
#include "server/http/connection.h"

#include <sys/socket.h>

#include <array>
#include <boost/asio/buffer.hpp>
#include <charconv>
#include <chrono>
#include <limits>
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
      reader_(host.limits(), peer_) {
  response_.room = this;
}

void Connection::Start() {
  Enter(Phase::kIdle, host_.limits().idle_time);
  Read();
}

void Connection::Enter(Phase phase, nanoseconds time) {
  phase_ = phase;
  deadline_ = SteadyNow() + time.count();
  if (phase == Phase::kIdle) host_.OnIdle(*this);
}

void Connection::Sweep(int64_t now) {
  if (phase_ == Phase::kClosed || now < deadline_) return;
  if (phase_ != Phase::kReading && phase_ != Phase::kWaiting) return Close();
  const auto self = shared_from_this();
  if (phase_ == Phase::kWaiting) {
    HttpResponse late;
    late.SetText(503, "deadline_exceeded");
    return FinishLater(std::move(late));
  }
  // A request that never ended is told so; who never began one was promised nothing.
  Refuse({408, "the request took too long"});
  if (Flush() && phase_ != Phase::kClosed) Linger();
}

void Connection::Drain() {
  if (phase_ == Phase::kIdle) return Close();
  if (stream_ == nullptr) return;
  if (stream_->overflowed()) return Close();
  AppendParts();
  EndStream();
}

void Connection::Close() {
  if (phase_ == Phase::kClosed) return;
  phase_ = Phase::kClosed;
  const std::shared_ptr<Connection> self = CloseOpenAnswer();
  error_code ignored;
  socket_.close(ignored);
  host_.OnClosed(*this);
}

bool Connection::CloseIfIdle() {
  if (phase_ != Phase::kIdle) return false;
  char byte = 0;
  if (recv(socket_.native_handle(), &byte, 1, MSG_PEEK | MSG_DONTWAIT) > 0) return false;
  Close();
  return true;
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
  if (phase_ > Phase::kReading) [[unlikely]]
    return OnReadAside(error, size);
  if (error) return Close();
  Advance({buffer_.data(), size});
}

void Connection::OnReadAside(const error_code& error, size_t size) {
  if (phase_ == Phase::kClosed) return;
  if (phase_ == Phase::kLingering) return error ? Close() : Read();
  if (stream_ == nullptr) {
    // The read was begun under a stream that ended, or a request that was refused for its time, and
    // an answer is under way. A client that has said all it had to say still gets it.
    ended_ = static_cast<bool>(error);
    if (!error && !close_when_written_) unread_.append(buffer_.data(), size);
    return;
  }
  // Whoever sends requests behind an endless answer does not wait for theirs.
  if (error || unread_.size() + size > buffer_.size()) return Close();
  unread_.append(buffer_.data(), size);
  Read();
}

void Connection::Advance(std::string_view bytes) {
  for (;;) {
    bytes = Consume(bytes);
    if (!Flush() || phase_ > Phase::kReading) return Pause(bytes);
    if (close_when_written_) return Linger();
    if (bytes.empty()) break;
  }
  if (host_.draining() && phase_ == Phase::kIdle) return Close();
  if (ended_) return Close();
  if (!reading_) Read();
}

void Connection::Pause(std::string_view bytes) {
  if (phase_ == Phase::kClosed) return;
  if (!close_when_written_) unread_.assign(bytes);
  if (stream_ == nullptr || reading_) return;
  if (ended_) return Close();
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
        if (!Answer()) return bytes;
        ++answered;
        break;
      case RequestReader::State::kRefused: Refuse(reader_.refusal()); break;
    }
  }
  return bytes;
}

bool Connection::Answer() {
  response_.Clear();
  host_.application().Handle(reader_.request(), response_);
  if (phase_ == Phase::kReading) [[likely]] {
    Complete();
    return true;
  }
  if (phase_ == Phase::kStreaming) BeginStream();
  return later_ == nullptr && stream_ == nullptr;
}

void Connection::Complete() {
  const HttpRequest& request = reader_.request();
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
  AppendStatusAndDate();
  out_.append("Content-Length: ").append(std::to_string(response_.body.size())).append("\r\n");
  AppendConnectionAndEnd(request, keep);
  if (request.method != "HEAD") out_.append(response_.body);
}

void Connection::AppendStatusAndDate() {
  const std::string status = std::to_string(response_.status);
  out_.append("HTTP/1.1 ").append(status).append(" ").append(StatusPhrase(response_.status));
  out_.append("\r\nDate: ").append(host_.date()).append("\r\n");
  if (!response_.content_type.empty()) {
    out_.append("Content-Type: ").append(response_.content_type).append("\r\n");
  }
}

void Connection::AppendConnectionAndEnd(const HttpRequest& request, bool keep) {
  out_.append(response_.headers);
  if (!keep) {
    out_.append("Connection: close\r\n");
  } else if (request.version == 10) {
    out_.append("Connection: keep-alive\r\n");
  }
  out_.append("\r\n");
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
  if (stream_ != nullptr) stream_->SetUnsent(out_.size() - written_);
  socket_.async_wait(StreamSocket::wait_write, [self = shared_from_this()](const error_code& wait) {
    self->OnWritable(wait);
  });
  return false;
}

void Connection::OnWritable(const error_code& error) {
  if (phase_ == Phase::kClosed) return;
  if (error) return Close();
  if (!Flush() || phase_ == Phase::kClosed) return;
  if (stream_ != nullptr) {
    phase_ = Phase::kStreaming;
    return SendParts();
  }
  if (later_ != nullptr) {
    phase_ = Phase::kWaiting;
    return;
  }
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
  if (ended_) return Close();
  if (!reading_) Read();
}

std::shared_ptr<LaterAnswer> Connection::MakeLater() {
  if (phase_ == Phase::kReading) {
    phase_ = Phase::kWaiting;
    later_ = std::make_shared<OpenLater>(shared_from_this(), socket_.get_executor(),
                                         host_.limits().unread);
    return MakeHolder(later_);
  }
  return MakeHolder(std::shared_ptr<OpenLater>());
}

std::shared_ptr<AnswerStream> Connection::MakeStream() {
  if (phase_ == Phase::kReading) {
    phase_ = Phase::kStreaming;
    stream_ = std::make_shared<OpenStream>(shared_from_this(), socket_.get_executor(),
                                           host_.limits().unread);
    return MakeHolder(stream_);
  }
  return MakeHolder(std::shared_ptr<OpenStream>());
}

void Connection::GoOn() {
  if (stream_ != nullptr) return SendParts();
  std::optional<HttpResponse> response = later_->Take();
  if (!response) return;
  if (auto stream = later_->TakeStream()) {
    return BeginLaterStream(*std::move(response), std::move(stream));
  }
  FinishLater(*std::move(response));
}

// What was said about all answers before and behind the handler holds for this one.
void Connection::TakeLater(HttpResponse response) {
  response.headers.insert(0, response_.headers);
  response_ = std::move(response);
  response_.room = this;
}

void Connection::BeginLaterStream(HttpResponse head, std::shared_ptr<OpenStream> stream) {
  const std::shared_ptr<Connection> self = CloseOpenAnswer();
  TakeLater(std::move(head));
  stream_ = std::move(stream);
  const bool writing = phase_ == Phase::kWriting;
  phase_ = Phase::kStreaming;
  BeginStream();
  if (writing) phase_ = Phase::kWriting;
  if (stream_ == nullptr) return TakeUp();
  if (!writing) Flush();
  const std::string rest = std::exchange(unread_, {});
  Pause(rest);
}

void Connection::FinishLater(HttpResponse response) {
  const std::shared_ptr<Connection> self = CloseOpenAnswer();
  TakeLater(std::move(response));
  const bool writing = phase_ == Phase::kWriting;
  phase_ = Phase::kIdle;
  Complete();
  if (writing) phase_ = Phase::kWriting;
  TakeUp();
}

// Who is no client of HTTP/1.1 knows no chunks: the end of the connection is the end of the answer.
void Connection::BeginStream() {
  const HttpRequest& request = reader_.request();
  const bool has_body = request.method != "HEAD";
  const bool keep =
      request.version == 11 && reader_.keep_alive() && !response_.close && !host_.draining();
  chunked_ = request.version == 11 && has_body;
  response_.close = !keep;
  response_.body.clear();
  AppendStatusAndDate();
  if (request.version == 11) out_.append("Transfer-Encoding: chunked\r\n");
  AppendConnectionAndEnd(request, keep);
  host_.application().OnAnswered(request, response_);
  reader_.Next();
  deadline_ = std::numeric_limits<int64_t>::max();
  if (has_body && !host_.draining()) return;
  if (has_body) AppendParts();
  FinishStream();
}

void Connection::SendParts() {
  if (stream_->overflowed()) return Close();
  if (phase_ == Phase::kWriting) return;
  if (AppendParts()) return EndStream();
  if (Flush() && phase_ != Phase::kClosed) stream_->SetUnsent(0);
}

bool Connection::AppendParts() {
  const OpenStream::Parts parts = stream_->Take(out_.size() - written_);
  // Without bytes it would be the chunk that ends the body.
  if (parts.bytes.empty()) return parts.ended;
  if (!chunked_) {
    out_.append(parts.bytes);
    return parts.ended;
  }
  std::array<char, 16> digits{};
  const auto end =
      std::to_chars(digits.data(), digits.data() + digits.size(), parts.bytes.size(), 16);
  out_.append(digits.data(), end.ptr).append("\r\n").append(parts.bytes).append("\r\n");
  return parts.ended;
}

void Connection::EndStream() {
  const std::shared_ptr<Connection> self = FinishStream();
  TakeUp();
}

std::shared_ptr<Connection> Connection::FinishStream() {
  if (chunked_) out_.append("0\r\n\r\n");
  close_when_written_ = response_.close || host_.draining();
  if (phase_ == Phase::kStreaming) Enter(Phase::kIdle, host_.limits().idle_time);
  return CloseOpenAnswer();
}

std::shared_ptr<Connection> Connection::CloseOpenAnswer() {
  if (later_ != nullptr) {
    const std::shared_ptr<OpenLater> later = std::exchange(later_, nullptr);
    std::shared_ptr<Connection> self = later->Close();
    // One that was begun, and that this connection has not heard of.
    if (const auto stream = later->TakeStream()) stream->Close();
    return self;
  }
  if (stream_ != nullptr) return std::exchange(stream_, nullptr)->Close();
  return nullptr;
}

void Connection::TakeUp() {
  if (phase_ == Phase::kWriting) return Enter(Phase::kWriting, host_.limits().request_time);
  const std::string rest = std::exchange(unread_, {});
  Advance(rest);
}

}  // namespace thuja::server
