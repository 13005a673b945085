// SPDX-License-Identifier: Apache-2.0
// One connection: reads requests, has them answered, writes the answers in order.
//
// A request costs four system calls: wait, receive, send, and a receive that finds nothing yet.
// Nothing is read while answers wait to be written, so that a client which does not read costs no
// memory. Time limits are looked at by a sweep over all connections of a thread (http_server.h),
// not by a timer for each.
#pragma once

#include <array>
#include <boost/asio/generic/stream_protocol.hpp>
#include <boost/asio/io_context.hpp>
#include <memory>
#include <string>

#include "server/http/limits.h"
#include "server/http/message.h"
#include "server/http/request_reader.h"

namespace thuja::server {

using StreamSocket = boost::asio::generic::stream_protocol::socket;

// What a connection shares with the others of its thread.
class ConnectionHost {
 public:
  virtual ~ConnectionHost() = default;

  virtual Application& application() = 0;
  virtual const Limits& limits() const = 0;
  // True once the server ends: connections close behind the answer that they are writing.
  virtual bool draining() const = 0;
  // The value of Date, made once a second.
  virtual std::string_view date() = 0;
  virtual void OnClosed(class Connection& connection) = 0;
};

// Lives until its socket is closed and its last operation has ended. Not thread-safe: belongs to
// the thread of its host.
class Connection : public std::enable_shared_from_this<Connection> {
 public:
  Connection(StreamSocket socket, Peer peer, ConnectionHost& host);

  void Start();

  // Closes the connection if its time is over at `now` (nanoseconds of the steady clock).
  void Sweep(int64_t now);

  // The server ends: closes now if nothing is under way.
  void Drain();

  void Close();

  size_t index = 0;  // in the host's list; kept by the host

 private:
  enum class Phase : uint8_t {
    kIdle,       // no byte of a request has come
    kReading,    // a part of a request has come
    kWriting,    // an answer waits for the client to read
    kLingering,  // all is written; what still comes is thrown away, so that the answer arrives
    kClosed,
  };

  void Read();
  void OnRead(const boost::system::error_code& error, size_t size);
  // Answers what is there, writes, and goes on until it must wait for the client.
  void Advance(std::string_view bytes);
  // Takes requests from the front and appends their answers to out_; returns what is left.
  std::string_view Consume(std::string_view bytes);
  void Answer();
  void Refuse(const Refusal& refusal);
  void AppendAnswer(const HttpRequest& request, bool keep);
  // True if all of out_ is written; otherwise goes on when the client has read.
  bool Flush();
  void OnWritable(const boost::system::error_code& error);
  void Linger();
  void Enter(Phase phase, std::chrono::nanoseconds time);

  StreamSocket socket_;
  const Peer peer_;
  ConnectionHost& host_;
  RequestReader reader_;
  HttpResponse response_;
  std::string out_;       // answers that are not written yet
  size_t written_ = 0;    // bytes of out_ that are
  std::string unread_;    // received, but not looked at while answers wait
  int64_t deadline_ = 0;  // when the phase must have ended
  Phase phase_ = Phase::kIdle;
  bool close_when_written_ = false;
  bool reading_ = false;  // a read is under way
  std::array<char, 16384> buffer_;
};

// Nanoseconds of the steady clock.
int64_t SteadyNow();

}  // namespace thuja::server
